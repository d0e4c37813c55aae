"""The servers of a measurement: two NSDs that hold the world, and the relay that puts them at a distance.

One NSD has every zone and, seen through the relay, plays the resolver and the domains' name servers; the other has the
parents alone, and so gives referrals. Everything runs in a network of its own (`isolation`), on port 53, and ends with
the context. Clients and servers are kept on different cores where there are two.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from benchmarks import zones
from benchmarks.signing import sign_root

NEAR = "127.53.0.2"  # a resolver on this machine
FAR = "198.51.100.53"  # a resolver on another, as far as a client can tell
WHOLE, PARENTS = "127.10.0.1", "127.10.0.2"  # where NSD really listens
SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
PATIENCE = 600.0  # seconds: a hundred thousand zones take a while to load
TICKS = os.sysconf("SC_CLK_TCK")

_ROUTES = (
    f"{NEAR}={WHOLE}/r",
    f"{FAR}={WHOLE}/r",
    *(f"{address}={WHOLE}" for address in zones.NAME_SERVERS.values()),
    f"{zones.PARENT_SERVER}={PARENTS}",
)
_NSD = """server:
  ip-address: {address}@53
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{zones}"
  logfile: "{directory}/{name}.log"
  pidfile: "{directory}/{name}.pid"
  xfrdfile: "{directory}/{name}.xfrd"
  zonelistfile: "{directory}/{name}.zonelist"
  xfrdir: "{directory}"
  rrl-ratelimit: 0
  minimal-responses: yes
  receive-buffer-size: 16777216
  send-buffer-size: 16777216
remote-control:
  control-enable: no
"""


class NotReady(Exception):
    """A server did not come up; the text is its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the relay has counted since it began, and the processor time of it and of the servers, in seconds.

    `lost` counts what could not be passed on: a measurement in which it grew is void.
    """

    udp: int = 0
    udp_answers: int = 0
    tcp: int = 0
    tcp_answers: int = 0
    lost: int = 0
    relay_seconds: float = 0.0
    server_seconds: float = 0.0

    def since(self, before: Traffic) -> Traffic:
        """What came between two moments."""
        return Traffic(
            udp=self.udp - before.udp,
            udp_answers=self.udp_answers - before.udp_answers,
            tcp=self.tcp - before.tcp,
            tcp_answers=self.tcp_answers - before.tcp_answers,
            lost=self.lost - before.lost,
            relay_seconds=self.relay_seconds - before.relay_seconds,
            server_seconds=self.server_seconds - before.server_seconds,
        )

    @property
    def questions(self) -> int:
        return self.udp + self.tcp


class World:
    """The servers that run. `domains` is how many there are to ask for."""

    def __init__(self, domains: int, relay: subprocess.Popen[str], servers: list[subprocess.Popen[bytes]]) -> None:
        self.domains = domains
        self._relay, self._servers = relay, servers

    def traffic(self) -> Traffic:
        """What was counted up to now."""
        said, heard = self._relay.stdin, self._relay.stdout
        if said is None or heard is None:
            raise NotReady("the relay has no control channel")
        said.write("\n")
        said.flush()
        udp, udp_answers, tcp, tcp_answers, lost, seconds = heard.readline().split()
        return Traffic(
            udp=int(udp),
            udp_answers=int(udp_answers),
            tcp=int(tcp),
            tcp_answers=int(tcp_answers),
            lost=int(lost),
            relay_seconds=float(seconds),
            server_seconds=sum(_seconds_of_group(server.pid) for server in self._servers),
        )


@contextmanager
def zone_files(domains: int) -> Iterator[Path]:
    """The zone files of a world in a directory that goes away with the context."""
    with tempfile.TemporaryDirectory(prefix="mxbench-") as directory:
        place = Path(directory)
        (place / "zones").mkdir()
        names = zones.write(domains, place / "zones")
        sign_root(place / "zones" / "root", place / "anchor")
        (place / "names").write_text("\n".join(names))
        yield place


@contextmanager
def serving(place: Path, domains: int, delay_ms: float) -> Iterator[World]:
    """Servers over zone files, at a distance.

    Raises:
        NotReady: one does not come up.
    """
    names = (place / "names").read_text().split("\n")
    servers: list[subprocess.Popen[bytes]] = []
    relay: subprocess.Popen[str] | None = None
    try:
        for name, address, held in (("whole", WHOLE, names), ("parents", PARENTS, list(zones.PARENTS))):
            servers.append(_start_nsd(place, name, address, held))
        for name, address, server in (("whole", WHOLE, servers[0]), ("parents", PARENTS, servers[1])):
            _await(address, server, place / f"{name}.log")
        relay = subprocess.Popen(
            (str(compiled(place)), str(delay_ms), *_ROUTES),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_on_the_servers_core,  # noqa: PLW1509 -- nothing here has threads
        )
        if relay.stdout is None or relay.stdout.readline() != "ready\n":
            raise NotReady("the relay did not start")
        yield World(domains, relay, servers)
    finally:
        if relay is not None:
            _end(relay)
        for server in servers:
            _end(server)


def compiled(place: Path) -> Path:
    """The relay as a program.

    Raises:
        NotReady: there is no C compiler, or it refuses.
    """
    compiler, made = program("cc"), place / "relay"
    if compiler is None:
        raise NotReady("cc is missing: install gcc (Debian, Ubuntu), which makes the relay")
    if not made.exists():
        source = Path(__file__).with_name("relay.c")
        done = subprocess.run(
            (compiler, "-O2", "-o", str(made), str(source)), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotReady(f"cc: {done.stderr}")
    return made


def program(name: str) -> str | None:
    """Where a program is; an ordinary user's PATH may lack /usr/sbin."""
    return shutil.which(name, path=SEARCHED)


def cores() -> tuple[set[int], set[int]]:
    """The cores of clients and those of servers: the same where there is only one."""
    every = sorted(os.sched_getaffinity(0))
    return ({every[0]}, {every[-1]}) if len(every) < 3 else (set(every[:-2]), set(every[-2:]))


def _on_the_servers_core() -> None:
    os.sched_setaffinity(0, cores()[1])


def _start_nsd(place: Path, name: str, address: str, held: list[str]) -> subprocess.Popen[bytes]:
    nsd = program("nsd")
    if nsd is None:
        raise NotReady("nsd is missing: install nsd (Debian, Ubuntu)")
    served = "".join(f'zone:\n  name: "{zone}"\n  zonefile: "{zone.rstrip(".") or "root"}"\n' for zone in held)
    configuration = place / f"{name}.conf"
    text = _NSD.format(address=address, zones=place / "zones", directory=place, name=name)
    configuration.write_text(text + served)
    return subprocess.Popen(
        (nsd, "-d", "-c", str(configuration)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group of its own: what it forks is counted and ends with it
        preexec_fn=_on_the_servers_core,  # noqa: PLW1509 -- nothing here has threads
    )


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError, dns.exception.DNSException):
            if dns.query.udp(dns.message.make_query("test.", "SOA"), address, timeout=0.2).answer:
                return
        if server.poll() is not None or time.monotonic() > until:
            raise NotReady(log.read_text(errors="replace") if log.exists() else f"nsd at {address} did not start")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _seconds_of_group(group: int) -> float:
    """The processor time of all processes of a group, from /proc (proc(5): utime and stime after the command)."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(") ")[2].split()
                if int(fields[2]) == group:
                    total += int(fields[11]) + int(fields[12])
    return total / TICKS
