"""A small internet of real servers: NSD has the signed tree, rbldnsd the lists; unbound validates, OpenSSL encrypts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.lab.pki import CertificateFault, credentials, pem, root
from tests.real import zones
from tests.real.daemons import Daemons, answers, program
from tests.real.mailhost import Addresses, MailHost
from tests.real.place import Place

PROGRAMS = ("nsd", "unbound", "rbldnsd", "ldns-keygen", "ldns-signzone", "ldns-key2ds", "openssl")
HOSTS = {
    "mx1.good.test": (1, CertificateFault.NONE),
    "mx2.good.test": (2, CertificateFault.NONE),
    "mx1.expired.test": (3, CertificateFault.EXPIRED),
    "mx1.wrongname.test": (4, CertificateFault.WRONG_NAME),
}


def required(*more: str) -> None:
    """Skip where these servers, and `more`, cannot run, unless they must."""
    missing = [name for name in (*PROGRAMS, *more) if program(name) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}"
    elif os.geteuid() != 0:
        reason = "only root may use ports 25 and 53"
    else:
        return
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"REQUIRE_REAL is set, but {reason}", pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Internet:
    place: Place
    ca_file: Path
    anchor_file: Path
    hosts: dict[str, MailHost]


@contextmanager
def running(directory: Path, place: Place) -> Iterator[Internet]:
    """Start every server, and end them all.

    Raises:
        NotReady: one did not come up.
    """
    daemons = Daemons(directory)
    try:
        _nsd(daemons, directory, place)
        _rbldnsd(daemons, directory, place)
        _unbound(daemons, directory, place)
        now = datetime.now(UTC)
        ca_file = directory / "root.pem"
        ca_file.write_bytes(pem(root(now)))
        with ExitStack() as stack:
            hosts = {}
            for name, (number, fault) in HOSTS.items():
                at = Addresses(place.mail(number), place.engine(number))
                host = MailHost(name, at, credentials(name, fault, now), directory, daemons)
                hosts[name] = stack.enter_context(host)
            yield Internet(place, ca_file, directory / "root.key", hosts)
    finally:
        daemons.stop()


def _nsd(daemons: Daemons, directory: Path, place: Place) -> None:
    """One NSD for each level of the tree, so that delegations really lead from one server to another."""
    tree = zones.tree(place)
    zones.write(tree, directory, place)
    for server, level in ((place.domains, "domains"), (place.tld, "tld"), (place.root, "root")):
        served = [zone for zone in zones.all_zones(tree) if zone.server == server]
        configuration = directory / f"nsd-{level}.conf"
        configuration.write_text(NSD.format(address=server, level=level, directory=directory) + _served(served))
        ready = answers(server, served[-1].name or ".", "SOA")
        daemons.start(f"nsd-{level}", ("nsd", "-d", "-c", str(configuration)), ready)


def _served(served: list[zones.Zone]) -> str:
    return "".join(f'zone:\n  name: "{zone.name or "."}"\n  zonefile: "{zone.file}"\n' for zone in served)


def _rbldnsd(daemons: Daemons, directory: Path, place: Place) -> None:
    """The lists. It refuses to run as root, and locks itself in the directory of its data."""
    data = directory / "lists"
    data.mkdir(mode=0o755)
    files = zones.list_files(place)
    for name, text in files.items():
        (data / name).write_text(text)
    kinds = {"ip4": "ip4trie", "ip6": "ip6trie", "dns": "dnset"}
    served = (f"{name[:-4]}:{kinds[name[-3:]]}:{name}" for name in files)
    command = ("rbldnsd", "-n", "-r", str(data), "-u", "nobody", "-b", f"{place.lists}/53", "-q", *served)
    daemons.start("rbldnsd", command, answers(place.lists, f"2.0.0.127.{zones.LISTING}", "A"))


def _unbound(daemons: Daemons, directory: Path, place: Place) -> None:
    (directory / "root.key").write_text(zones.trust_anchor(directory))
    (directory / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
    configuration = directory / "unbound.conf"
    configuration.write_text(UNBOUND.format(address=place.resolver, directory=directory))
    command = ("unbound", "-d", "-c", str(configuration))
    daemons.start("unbound", command, answers(place.resolver, "good.test", "MX"))


def name_server(
    daemons: Daemons, directory: Path, level: str, addresses: tuple[str, ...], held: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """One NSD at all these addresses, with zones as text."""
    folder = directory / level
    folder.mkdir()
    text = NSD.format(address=addresses[0], level=level, directory=folder)
    more = "".join(f"  ip-address: {each}@53\n" for each in addresses[1:])
    text = text.replace("server:\n", f"server:\n{more}", 1)
    for name, lines in held.items():
        (folder / f"{name or 'root'}.zone").write_text(lines)
        text += f'zone:\n  name: "{name or "."}"\n  zonefile: "{name or "root"}.zone"\n'
    configuration = folder / "nsd.conf"
    configuration.write_text(text)
    process = daemons.spawn(f"nsd-{level}", ("nsd", "-d", "-c", str(configuration)), talks=False)
    daemons.wait(f"nsd-{level}", process, answers(addresses[-1], next(iter(held)) or ".", "SOA"))
    return process


NSD = """server:
  ip-address: {address}@53
  username: ""
  chroot: ""
  server-count: 1
  zonesdir: "{directory}"
  database: ""
  pidfile: "{directory}/nsd-{level}.pid"
  xfrdfile: "{directory}/nsd-{level}.xfrd"
  zonelistfile: "{directory}/nsd-{level}.zonelist"
  xfrdir: "{directory}"
  rrl-ratelimit: 0  # else our bursts are dropped
remote-control:
  control-enable: no
"""

UNBOUND = """server:
  directory: "{directory}"
  chroot: ""
  username: ""
  pidfile: "{directory}/unbound.pid"
  use-syslog: no
  num-threads: 1
  incoming-num-tcp: 200  # a forwarder opens one for each question
  interface: {address}
  port: 53
  outgoing-interface: {address}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no  # the authoritative servers are there
  do-ip6: no
  root-hints: "{directory}/hints"
  trust-anchor-file: "{directory}/root.key"
  module-config: "validator iterator"
  ede: yes
  val-log-level: 2
  # it would answer for these itself
  local-zone: "test." nodefault
  local-zone: "invalid." nodefault
  local-zone: "127.in-addr.arpa." nodefault
remote-control:
  control-enable: no
"""
