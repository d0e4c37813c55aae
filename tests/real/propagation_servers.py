"""A change on its way: NSD with the zone as it is and as it was, and Unbound with copies of all kinds.

Two servers hold the zones as they are now. A third holds what was before: it is a server of one zone, and what some
resolvers go to for others, as if they had asked before the change. What a resolver is stale of was held by a fourth,
which is gone.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dns.edns
import dns.message
import dns.query

from tests.real.daemons import PATIENCE, PAUSE, Daemons, NotReady, answers
from tests.real.internet import UNBOUND, name_server
from tests.real.place import Place

FIRST, SECOND, FORMER, GONE = "3.1", "4.1", "4.2", "4.3"
HONEST, ODD, HIJACKER, STALE = "0.53", "5.1", "5.2", "5.3"
NEW, OLD = "10 new.test.", "10 old.test."
SHORT = 1  # seconds that the stale copy was to live
ZONES = ("same.test", "lag.test", "denied.test", "filtered.test", "other.test", "stale.test", "moving.test")
DIVIDED = "divided.test"  # which the third serves as well
HIJACK = "203.0.113.9"


def address(place: Place, which: str) -> str:
    return f"127.{place.net}.{which}"


@dataclass(frozen=True, slots=True)
class Change:
    """The servers, and the zone that changes when it is told to."""

    place: Place
    moving: Path
    current: subprocess.Popen[bytes]

    def at(self, which: str) -> str:
        return address(self.place, which)

    def move(self) -> None:
        """Publish the new record."""
        text = self.moving.read_text().replace(OLD, NEW).replace(" 1 3600 ", " 2 3600 ")
        time.sleep(max(0.0, self.moving.stat().st_mtime + 1.1 - time.time()))  # NSD looks at whole seconds
        self.moving.write_text(text)
        self.current.send_signal(signal.SIGHUP)


@contextmanager
def serving(directory: Path, place: Place) -> Iterator[Change]:
    """Start the servers.

    Raises:
        NotReady: one did not come up.
    """
    daemons = Daemons(directory)
    with ExitStack() as stack:
        stack.callback(daemons.stop)
        at = partial(address, place)
        above = {"": _root(place), "test": _registry(place), "com": COM}
        name_server(daemons, directory, "parent", (place.root,), above)
        now = {zone: _zone(zone, place, OLD if zone == "moving.test" else NEW) for zone in (*ZONES, DIVIDED)}
        now["moving.test"] = now["moving.test"].replace("$TTL 300", "$TTL 2")
        now["stale.test"] = now["stale.test"].replace(" 1 3600 ", " 2 3600 ")
        now[DIVIDED] = now[DIVIDED].replace(" 1 3600 ", " 2 3600 ")
        current = name_server(daemons, directory, "current", (at(FIRST), at(SECOND)), now)
        former = {zone: _zone(zone, place, OLD) for zone in ("lag.test", DIVIDED)}
        former["denied.test"] = _zone("denied.test", place)
        name_server(daemons, directory, "former", (at(FORMER),), former)
        short = _zone("stale.test", place, OLD).replace("$TTL 300", f"$TTL {SHORT}")
        gone = name_server(daemons, directory, "gone", (at(GONE),), {"stale.test": short})
        _resolvers(daemons, directory, place)
        _let_go(gone, at(STALE))
        yield Change(place, directory / "current" / "moving.test.zone", current)


def _let_go(gone: subprocess.Popen[bytes], resolver: str) -> None:
    """A resolver has a copy, the server from which it had it is no more, and the copy is past its end."""
    gone.terminate()
    gone.wait(timeout=10)
    until = time.monotonic() + PATIENCE
    while not _is_stale(resolver):
        if time.monotonic() > until:
            raise NotReady("the copy does not get stale")
        time.sleep(PAUSE)


def _is_stale(resolver: str) -> bool:
    came = dns.query.udp(dns.message.make_query("stale.test", "MX", use_edns=0), resolver, timeout=5)
    return any(isinstance(o, dns.edns.EDEOption) and o.code == dns.edns.EDECode.STALE_ANSWER for o in came.options)


def _resolvers(daemons: Daemons, directory: Path, place: Place) -> None:
    at = partial(address, place)
    (directory / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
    stub = "stub-zone:\n  name: {}\n  stub-addr: {}\n"
    odd = '  local-zone: "filtered.test." always_refuse\n'
    odd += f'  local-zone: "other.test." static\n  local-data: "other.test. 300 IN MX {OLD}"\n'
    hijack = "  cache-min-ttl: 3600\n" + "".join(
        f'  local-zone: "{zone}." redirect\n  local-data: "{zone}. 60 IN A {HIJACK}"\n' for zone in ("com", "same.test")
    )
    stale = "  serve-expired: yes\n  serve-expired-client-timeout: 0\n  ede-serve-expired: yes\n"
    _unbound(daemons, directory, at(HONEST), "same.test")
    stubs = "".join(stub.format(zone, at(FORMER)) for zone in ("lag.test", "denied.test", DIVIDED))
    _unbound(daemons, directory, at(ODD), "lag.test", odd, stubs)
    _unbound(daemons, directory, at(HIJACKER), "lag.test", hijack)
    _unbound(daemons, directory, at(STALE), "stale.test", stale, stub.format("stale.test", at(GONE)))


def _unbound(daemons: Daemons, directory: Path, address: str, known: str, server: str = "", stubs: str = "") -> None:
    text = UNBOUND.format(address=address, directory=directory).replace("validator iterator", "iterator")
    lines = (line for line in text.splitlines() if "trust-anchor" not in line)
    text = "".join(f"{line}\n" for line in lines).replace("unbound.pid", f"unbound-{address}.pid")
    configuration = directory / f"unbound-{address}.conf"
    configuration.write_text(text.replace("server:\n", f"server:\n{server}", 1) + stubs)
    daemons.start(f"unbound-{address}", ("unbound", "-d", "-c", str(configuration)), answers(address, known, "MX"))


SOA = "ns.test. hostmaster.test. 1 3600 600 1209600 300"
COM = f"$ORIGIN com.\n$TTL 300\n@ SOA {SOA}\n@ NS ns.test.\n"


def _root(place: Place) -> str:
    tops = "".join(f"{top}. NS ns.test.\n" for top in ("test", "com"))
    own = f"@ NS ns.root-lab.\nns.root-lab. A {place.root}\nns.test. A {place.root}\n"
    return f"$ORIGIN .\n$TTL 300\n@ SOA {SOA}\n{own}{tops}"


def _registry(place: Place) -> str:
    """The zone `test.`: a delegation with glue of each domain."""
    text = (
        f"$ORIGIN test.\n$TTL 300\n@ SOA {SOA}\n@ NS ns.test.\nns A {place.root}\nnew A 192.0.2.25\nold A 192.0.2.26\n"
    )
    for zone in (*ZONES, DIVIDED):
        for host, where in (("a", FIRST), ("b", FORMER if zone == DIVIDED else SECOND)):
            text += f"{zone}. NS {host}.{zone}.\n{host}.{zone}. A {address(place, where)}\n"
    return text


def _zone(zone: str, place: Place, *mail: str) -> str:
    """A domain: its servers, an address, and where its mail goes."""
    text = f"$ORIGIN {zone}.\n$TTL 300\n@ SOA a.{zone}. hostmaster.test. 1 3600 600 1209600 300\n@ A 192.0.2.80\n"
    for host, where in (("a", FIRST), ("b", FORMER if zone == DIVIDED else SECOND)):
        text += f"@ NS {host}\n{host} A {address(place, where)}\n"
    return text + "".join(f"@ MX {record}\n" for record in mail)
