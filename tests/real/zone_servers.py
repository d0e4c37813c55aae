"""A registry and name servers that do their work badly, each in its own way: NSD where a server answers, else sockets.

Two servers hold the zones as they are, one holds old copies, one holds none of them, one is silent, one cannot be asked
by TCP, and one sends everybody to TCP and is silent there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.daemons import Daemons, answers
from tests.real.internet import UNBOUND, name_server
from tests.real.place import Place

SOUND, SECOND, OLD, EMPTY, SILENT, DATAGRAMS, CUT = "a", "b", "old", "empty", "silent", "datagrams", "cut"
WHERE = {SOUND: "3.1", SECOND: "4.1", OLD: "4.2", EMPTY: "4.3", SILENT: "4.4", DATAGRAMS: "4.5", CUT: "4.6"}
NOWHERE = "ns.gone.com."
WITHIN = "ns.within.com."  # at an address that the internet does not reach
UNHEARD = "ns.gone.net."  # in a top level whose servers are silent
MAIL = ("@ MX 10 mx\n", '@ TXT "v=spf1 mx -all"\n', '_dmarc TXT "v=DMARC1; p=reject"\n')


@dataclass(frozen=True, slots=True)
class Zone:
    """A domain below `test.`: the servers that the parent names, those that it names itself, and what is old."""

    name: str
    servers: tuple[str, ...]
    itself: tuple[str, ...] = ()  # where that is another set
    foreign: tuple[str, ...] = ()  # further name servers, by name
    old: Mapping[str, str] = field(default_factory=dict)  # what the old copy has instead
    heard: str = ""  # the one server that the resolver asks, where which it is matters


ZONES = (
    Zone("sound.test", (SOUND, SECOND)),
    Zone("differ.test", (SOUND, OLD), old={"MX 10 mx": "MX 10 former"}),
    Zone("hollow.test", (SOUND, OLD), old=dict.fromkeys(MAIL, ""), heard=OLD),
    Zone("behind.test", (SOUND, OLD)),
    Zone("lame.test", (SOUND, EMPTY)),
    Zone("silent.test", (SOUND, SILENT)),
    Zone("notcp.test", (SOUND, DATAGRAMS)),
    Zone("cut.test", (SOUND, CUT), heard=SOUND),
    Zone("single.test", (SOUND,)),
    Zone("moved.test", (SOUND, SECOND), itself=(SOUND, OLD)),
    Zone("dead.test", (EMPTY, SILENT)),
    Zone("taken.test", (SOUND, SECOND), foreign=(NOWHERE,)),
    Zone("inside.test", (SOUND, SECOND), foreign=(WITHIN,)),
    Zone("unheard.test", (SOUND, SECOND), foreign=(UNHEARD,)),
)


def address(place: Place, server: str) -> str:
    return f"127.{place.net}.{WHERE[server]}"


@contextmanager
def serving(directory: Path, place: Place) -> Iterator[None]:
    """Start the registry, the servers and a resolver.

    Raises:
        NotReady: a server did not come up.
    """
    daemons = Daemons(directory)
    with ExitStack() as stack:
        stack.callback(daemons.stop)
        stack.enter_context(_silent(address(place, SILENT)))
        stack.enter_context(_sending_to_tcp(address(place, CUT)))
        stack.enter_context(_datagrams(address(place, DATAGRAMS), address(place, SOUND)))
        parent = {
            "": _root(place),
            "test": _registry(place),
            "com": f"{_apex('com.', place.root, 1)}{WITHIN} A 10.0.0.1\n",
        }
        name_server(daemons, directory, "parent", (place.root,), parent)
        good = {z.name: _zone(z, place) for z in ZONES}
        name_server(daemons, directory, "sound", (address(place, SOUND), address(place, SECOND)), good)
        name_server(daemons, directory, "old", (address(place, OLD),), {z.name: _former(z, place) for z in ZONES})
        other = {"other.test": _apex("other.test.", place.root, 1)}
        name_server(daemons, directory, "empty", (address(place, EMPTY),), other)
        _unbound(daemons, directory, place)
        yield


def _unbound(daemons: Daemons, directory: Path, place: Place) -> None:
    (directory / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
    text = UNBOUND.format(address=place.resolver, directory=directory).replace("validator iterator", "iterator")
    configuration = directory / "unbound.conf"
    stubs = "".join(f"stub-zone:\n  name: {z.name}\n  stub-addr: {address(place, z.heard)}\n" for z in ZONES if z.heard)
    configuration.write_text("".join(f"{line}\n" for line in text.splitlines() if "trust-anchor" not in line) + stubs)
    daemons.start("unbound", ("unbound", "-d", "-c", str(configuration)), answers(place.resolver, ZONES[0].name, "MX"))


def _apex(origin: str, server: str, serial: int, *names: str) -> str:
    """The beginning of a zone, with a name server of its own at an address unless there are others."""
    own = "".join(f"@ NS {name}\n" for name in names) or f"@ NS ns.{origin}\nns.{origin} A {server}\n"
    soa = f"{next(iter(names), f'ns.{origin}')} hostmaster.{origin} {serial} 3600 600 1209600 300"
    return f"$ORIGIN {origin}\n$TTL 300\n@ SOA {soa}\n{own}"


def _root(place: Place) -> str:
    """The root, which its own name server holds, as all top levels but one."""
    tops = "".join(f"{top}. NS ns.{top}.\nns.{top}. A {place.root}\n" for top in ("test", "com"))
    silent = f"net. NS ns.net.\nns.net. A {address(place, SILENT)}\n"
    soa = "ns.root-lab. hostmaster.test. 1 3600 600 1209600 300"
    return f"$ORIGIN .\n$TTL 300\n@ SOA {soa}\n@ NS ns.root-lab.\nns.root-lab. A {place.root}\n{tops}{silent}"


def _registry(place: Place) -> str:
    """The zone `test.`: a delegation with glue of each domain."""
    text = _apex("test.", place.root, 1)
    for zone in ZONES:
        for server in zone.servers:
            text += f"{zone.name}. NS {server}.{zone.name}.\n{server}.{zone.name}. A {address(place, server)}\n"
        text += "".join(f"{zone.name}. NS {name}\n" for name in zone.foreign)
    return text


def _zone(zone: Zone, place: Place, serial: int = 2) -> str:
    """A domain whose mail is in order."""
    names = [f"{server}.{zone.name}." for server in zone.itself or zone.servers]
    text = _apex(f"{zone.name}.", place.root, serial, *names, *zone.foreign)
    text += "".join(f"{server} A {address(place, server)}\n" for server in {*zone.servers, *zone.itself})
    return text + "mx A 192.0.2.25\nformer A 192.0.2.26\n" + "".join(MAIL)


def _former(zone: Zone, place: Place) -> str:
    text = _zone(zone, place, serial=1)
    for new, old in zone.old.items():
        text = text.replace(new, old)
    return text


@contextmanager
def _silent(at: str) -> Iterator[None]:
    """A server that takes what is sent, and says nothing."""
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams, socket.socket() as connections:
        datagrams.bind((at, 53))
        connections.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connections.bind((at, 53))
        connections.listen(64)
        yield


@contextmanager
def _sending_to_tcp(at: str) -> Iterator[None]:
    """A server that says by UDP that its answer is too long, and takes connections in which it says nothing."""

    def cut(query: bytes) -> bytes:
        return query[:2] + bytes((query[2] | 0x86, query[3])) + query[4:]  # QR, AA and TC (RFC 1035 section 4.1.1)

    with socket.socket() as connections, _answering(at, cut):
        connections.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connections.bind((at, 53))
        connections.listen(64)
        yield


@contextmanager
def _datagrams(at: str, behind: str) -> Iterator[None]:
    """A server by UDP alone: another's answers."""
    with socket.socket(type=socket.SOCK_DGRAM) as back:
        back.connect((behind, 53))
        back.settimeout(2)

        def asked(query: bytes) -> bytes:
            back.send(query)
            return back.recv(65_535)

        with _answering(at, asked):
            yield


@contextmanager
def _answering(at: str, answer: Callable[[bytes], bytes]) -> Iterator[None]:
    """A server of datagrams, one after the other."""
    with socket.socket(type=socket.SOCK_DGRAM) as front:
        front.bind((at, 53))
        over = threading.Event()

        def pass_on() -> None:
            while True:
                query, client = front.recvfrom(65_535)
                if over.is_set():
                    return
                try:
                    front.sendto(answer(query), client)
                except OSError:  # the NSD behind it is not up yet, or gone
                    continue

        thread = threading.Thread(target=pass_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            with socket.socket(type=socket.SOCK_DGRAM) as last:
                last.sendto(b"", (at, 53))
            thread.join(timeout=5)
