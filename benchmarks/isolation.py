"""A network of its own for the measurement: nothing leaves it, and port 53 is free in it whatever runs on the machine.

Linux gives a process new namespaces for network and mounts (namespaces(7)), to root at once and to others inside a new
user namespace. The resolver of the system is replaced there as well, since checkdmarc asks it whatever it is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import FAR, NEAR, program

INSIDE = "MXBENCH_ISOLATED"
RESOLVER = Path("/etc/resolv.conf")


def enter(arguments: list[str]) -> int | None:
    """Run this program again in namespaces of its own, and give its exit code; None when we are there already."""
    if os.environ.get(INSIDE):
        _prepare()
        return None
    unshare = program("unshare")
    if unshare is None:
        raise SystemExit("unshare is missing: install util-linux")
    flags = ("--net", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user", "--user")))
    command = (unshare, *flags, sys.executable, "-m", "benchmarks", *arguments)
    return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode


def _prepare() -> None:
    ip, mount = program("ip"), program("mount")
    if ip is None or mount is None:
        raise SystemExit("ip and mount are needed: install iproute2 and mount")
    subprocess.run((ip, "link", "set", "lo", "up"), check=True)
    subprocess.run((ip, "address", "replace", f"{FAR}/32", "dev", "lo"), check=True)
    subprocess.run((ip, "route", "add", "default", "dev", "lo"), check=True)  # or no probe believes that IPv4 works
    own = Path(f"/tmp/mxbench-resolv-{os.getpid()}")  # noqa: S108 -- goes away below
    own.write_text(f"nameserver {NEAR}\noptions timeout:2\n")
    try:
        subprocess.run((mount, "--bind", str(own), str(RESOLVER.resolve())), check=True)
    finally:
        own.unlink()
