"""A nameserver on loopback that answers in the way that a label of the name says: `mx.servfail.test`, `a.silence.test`.

UDP and TCP on one port. What it saw is kept, so that a test can count.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

PORTS_TRIED = 50
LOOPBACK = "127.0.0.1"
TRUTH = {
    "MX": "10 MX.Good.test.",
    "TXT": '"v=spf1 " "-all"',
    "A": "192.0.2.1",
    "PTR": "Mail.Good.test.",
}
LIE = {"MX": "10 evil.test.", "TXT": '"evil"', "A": "6.6.6.6", "PTR": "evil.test."}
LATE = 0.35


@dataclass(frozen=True)
class Packet:
    wire: bytes
    delay: float = 0.0
    from_elsewhere: bool = False


@dataclass
class Asked:
    message: dns.message.Message
    tcp: bool
    times: int  # how often this question came before

    @property
    def name(self) -> str:
        return self.message.question[0].name.to_text()

    @property
    def kind(self) -> str:
        return dns.rdatatype.to_text(self.message.question[0].rdtype)

    @property
    def has_edns(self) -> bool:
        return self.message.edns >= 0


Fault = Callable[[Asked], list[Packet] | None]  # None: the connection is closed (TCP)
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


def rrset(owner: str, kind: str, *values: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(owner, 60, "IN", kind, *values)


def response(asked: Asked) -> dns.message.Message:
    return dns.message.make_response(asked.message, recursion_available=True)


def packets(message: dns.message.Message) -> list[Packet]:
    return [Packet(message.to_wire(max_size=65535))]


def truth(asked: Asked) -> dns.message.Message:
    message = response(asked)
    message.answer.append(rrset(asked.name, asked.kind, TRUTH[asked.kind]))
    return message


def lie(asked: Asked) -> dns.message.Message:
    message = response(asked)
    message.answer.append(rrset(asked.name, asked.kind, LIE[asked.kind]))
    return message


def failing(asked: Asked, rcode: dns.rcode.Rcode) -> list[Packet]:
    message = response(asked)
    message.set_rcode(rcode)
    return packets(message)


def apex(asked: Asked) -> str:
    return "arpa." if asked.name.endswith("arpa.") else "test."


def other_id(packet: bytes) -> bytes:
    return bytes((packet[0] ^ 0xFF,)) + packet[1:]


@fault
def good(asked: Asked) -> list[Packet]:
    return packets(truth(asked))


@fault
def validated(asked: Asked) -> list[Packet]:
    message = truth(asked)
    message.flags |= dns.flags.AD
    return packets(message)


@fault
def nodata(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.authority.append(rrset(apex(asked).title(), "SOA", "A.test. b.test. 1 1 1 1 30"))
    return packets(message)


@fault
def nxdomain(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.set_rcode(dns.rcode.NXDOMAIN)
    message.authority.append(rrset(apex(asked), "SOA", "a.test. b.test. 1 1 1 1 30"))
    return packets(message)


@fault
def nosoa(asked: Asked) -> list[Packet]:
    return packets(response(asked))


@fault
def nosoa_unrecursive(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.flags &= ~dns.flags.RA
    return packets(message)


@fault
def servfail(asked: Asked) -> list[Packet]:
    return failing(asked, dns.rcode.SERVFAIL)


@fault
def servfail_once(asked: Asked) -> list[Packet]:
    return good(asked) or [] if asked.times else failing(asked, dns.rcode.SERVFAIL)


@fault
def bogus(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.set_rcode(dns.rcode.SERVFAIL)
    message.use_edns(
        0, options=[dns.edns.EDEOption(dns.edns.EDECode.SIGNATURE_EXPIRED, "signature expired \u202e\x1b[31m")]
    )
    return packets(message)


@fault
def stale(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.set_rcode(dns.rcode.SERVFAIL)
    message.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "no reachable authority")])
    return packets(message)


@fault
def refused(asked: Asked) -> list[Packet]:
    return failing(asked, dns.rcode.REFUSED)


@fault
def formerr(asked: Asked) -> list[Packet]:
    return failing(asked, dns.rcode.FORMERR)


@fault
def formerr_bare(asked: Asked) -> list[Packet]:
    """The header alone, as old servers give it."""
    return [Packet(asked.message.to_wire()[:2] + b"\x81\x81" + bytes(8))]


@fault
def notimp(asked: Asked) -> list[Packet]:
    return failing(asked, dns.rcode.NOTIMP)


@fault
def yxdomain(asked: Asked) -> list[Packet]:
    return failing(asked, dns.rcode.YXDOMAIN)


@fault
def silence(_: Asked) -> list[Packet]:
    return []


@fault
def wrong_id(asked: Asked) -> list[Packet]:
    return [Packet(other_id(lie(asked).to_wire()))]


@fault
def wrong_question(asked: Asked) -> list[Packet]:
    other = dns.message.make_query("other.test", asked.kind, id=asked.message.id)
    return packets(lie(Asked(other, asked.tcp, 0)))


@fault
def wrong_type(asked: Asked) -> list[Packet]:
    other = dns.message.make_query(asked.name, "AAAA" if asked.kind == "A" else "A", id=asked.message.id)
    return packets(dns.message.make_response(other, recursion_available=True))


@fault
def wrong_port(asked: Asked) -> list[Packet]:
    return [Packet(lie(asked).to_wire(), from_elsewhere=True)]


@fault
def echo(asked: Asked) -> list[Packet]:
    """The query itself: QR is not set."""
    return [Packet(asked.message.to_wire())]


@fault
def garbage(_: Asked) -> list[Packet]:
    return [Packet(os.urandom(60)) for _ in range(20)]


@fault
def flood(asked: Asked) -> list[Packet]:
    return [Packet(other_id(lie(asked).to_wire())) for _ in range(400)]


@fault
def short(asked: Asked) -> list[Packet]:
    return [Packet(truth(asked).to_wire()[:7])]


@fault
def cut(asked: Asked) -> list[Packet]:
    """The header promises an answer, and the packet ends in the middle of it."""
    return [Packet(truth(asked).to_wire()[:-5])]


@fault
def pointer_loop(asked: Asked) -> list[Packet]:
    message = dns.message.make_response(asked.message)
    message.use_edns(-1)
    wire = bytearray(message.to_wire())
    at = len(wire)
    wire[7] = 1  # one answer: its owner is a pointer to itself
    return [Packet(bytes(wire) + struct.pack("!HHHIH", 0xC000 | at, 1, 1, 60, 4) + bytes(4))]


@fault
def tc_closed(asked: Asked) -> list[Packet] | None:
    return None if asked.tcp else truncated(asked)


@fault
def tc_hangs(asked: Asked) -> list[Packet]:
    return [] if asked.tcp else truncated(asked)


@fault
def tc_garbage(asked: Asked) -> list[Packet]:
    return [Packet(os.urandom(40))] if asked.tcp else truncated(asked)


@fault
def tc_always(asked: Asked) -> list[Packet]:
    return truncated(asked)


@fault
def tc_whole(asked: Asked) -> list[Packet]:
    return packets(truth(asked)) if asked.tcp else truncated(asked)


def truncated(asked: Asked) -> list[Packet]:
    message = lie(asked)  # what a truncated answer holds must not be read
    message.flags |= dns.flags.TC
    return packets(message)


@fault
def cname_loop(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.answer += [rrset(asked.name, "CNAME", "b.test."), rrset("b.test.", "CNAME", asked.name)]
    return packets(message)


@fault
def cname_loops_later(asked: Asked) -> list[Packet]:
    """Each answer holds one step, and the last leads back to where it began."""
    message = response(asked)
    target = asked.name.removeprefix("x.") if asked.name.startswith("x.") else "x." + asked.name
    message.answer.append(rrset(asked.name, "CNAME", target))
    return packets(message)


@fault
def cname_long(asked: Asked) -> list[Packet]:
    message = response(asked)
    names = [asked.name, *(f"c{i}.test." for i in range(12))]
    message.answer += [rrset(a, "CNAME", b) for a, b in pairwise(names)]
    message.answer.append(rrset(names[-1], asked.kind, LIE[asked.kind]))
    return packets(message)


@fault
def cname_whole(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.answer.append(rrset(asked.name, "CNAME", "There.good.test."))
    message.answer.append(rrset("there.GOOD.test.", asked.kind, TRUTH[asked.kind]))
    return packets(message)


@fault
def cname_half(asked: Asked) -> list[Packet]:
    """The target must be asked for."""
    message = response(asked)
    message.answer.append(rrset(asked.name, "CNAME", "there.good.test."))
    return packets(message)


@fault
def cname_absent(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.set_rcode(dns.rcode.NXDOMAIN)
    message.answer.append(rrset(asked.name, "CNAME", "gone.nxdomain.test."))
    message.authority.append(rrset("test.", "SOA", "a.test. b.test. 1 1 1 1 30"))
    return packets(message)


@fault
def stray_records(asked: Asked) -> list[Packet]:
    """The truth among records of other owners and types."""
    message = truth(asked)
    message.answer.append(rrset("bank.test.", asked.kind, LIE[asked.kind]))
    message.answer.append(rrset(asked.name, "HINFO", '"a" "b"'))
    message.additional.append(rrset(asked.name, "AAAA", "2001:db8::6"))
    return packets(message)


@fault
def upward(asked: Asked) -> list[Packet]:
    message = dns.message.make_response(asked.message)
    message.authority.append(rrset(".", "NS", "a.root.test."))
    return packets(message)


@fault
def sideways(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.authority.append(rrset("elsewhere.test.", "NS", "ns.elsewhere.test."))
    return packets(message)


@fault
def foreign_nxdomain(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.set_rcode(dns.rcode.NXDOMAIN)
    message.authority.append(rrset("evil.example.", "SOA", "a. b. 1 1 1 1 999999"))
    return packets(message)


@fault
def foreign_nodata(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.authority.append(rrset("evil.example.", "SOA", "a. b. 1 1 1 1 999999"))
    return packets(message)


@fault
def spoof_then_truth(asked: Asked) -> list[Packet]:
    forged = other_id(lie(asked).to_wire())
    return [Packet(forged), Packet(forged[:9]), Packet(truth(asked).to_wire(), delay=0.03)]


@fault
def formerr_on_edns(asked: Asked) -> list[Packet]:
    if asked.has_edns:
        message = response(asked)
        message.use_edns(-1)
        message.set_rcode(dns.rcode.FORMERR)
        return packets(message)
    return packets(truth(asked))


@fault
def silent_on_edns(asked: Asked) -> list[Packet]:
    return [] if asked.has_edns else packets(truth(asked))


@fault
def late(asked: Asked) -> list[Packet]:
    """Only the first datagram is answered, after the client's first patience is over."""
    return [] if asked.times else [Packet(truth(asked).to_wire(), delay=LATE)]


@fault
def shouting(asked: Asked) -> list[Packet]:
    """The question comes back in upper case."""
    message = dns.message.make_response(asked.message, recursion_available=True)
    message.answer.append(rrset(asked.name, asked.kind, TRUTH[asked.kind]))
    wire = message.to_wire()
    length = len(message.question[0].name.to_wire() or b"")
    return [Packet(wire[:12] + wire[12 : 12 + length].upper() + wire[12 + length :])]


@dataclass
class FaultServer:
    """`seen` counts the questions by name and type, `datagrams` keeps whether each came with EDNS."""

    port: int = 0
    fault: str | None = None  # for each question; null: the name says it
    seen: Counter[str] = field(default_factory=Counter)
    datagrams: list[tuple[str, bool]] = field(default_factory=list)
    sources: set[int] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)

    @property
    def endpoint(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    def answers(self, wire: bytes, *, tcp: bool) -> list[Packet] | None:
        message = dns.message.from_wire(wire)
        key = f"{message.question[0].name} {dns.rdatatype.to_text(message.question[0].rdtype)}"
        asked = Asked(message, tcp, self.seen[key])
        self.seen[key] += 1
        self.ids.add(message.id)
        if not tcp:
            self.datagrams.append((asked.name, asked.has_edns))
        labels = asked.name.lower().split(".")
        named = self.fault or next((label for label in labels if label in FAULTS), "good")
        chosen = FAULTS.get(named, good)
        return chosen(asked)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: FaultServer, elsewhere: socket.socket) -> None:
        self._server, self._elsewhere = server, elsewhere
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.sources.add(addr[1])
        loop = asyncio.get_running_loop()
        for packet in self._server.answers(data, tcp=False) or []:
            loop.call_later(packet.delay, self._send, packet, addr)

    def _send(self, packet: Packet, addr: tuple[str, int]) -> None:
        if packet.from_elsewhere:
            with contextlib.suppress(OSError):
                self._elsewhere.sendto(packet.wire, addr)
        elif self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(packet.wire, addr)


Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


async def _listening(
    accept: Accept, protocol: asyncio.DatagramProtocol
) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
    """A port that is free for TCP may be another's for UDP: then the next one."""
    loop = asyncio.get_running_loop()
    for _ in range(PORTS_TRIED):
        listener = await asyncio.start_server(accept, LOOPBACK, 0)
        port = listener.sockets[0].getsockname()[1]
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: protocol, local_addr=(LOOPBACK, port))
        except OSError:
            listener.close()
        else:
            return listener, transport
    raise OSError("no port is free for both")


@asynccontextmanager
async def fault_server(fault: str | None = None) -> AsyncIterator[FaultServer]:
    server = FaultServer(fault=fault)
    loop = asyncio.get_running_loop()
    hanging: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answers = server.answers(await reader.readexactly(length), tcp=True)
            for packet in answers or []:
                writer.write(struct.pack("!H", len(packet.wire)) + packet.wire)
            if answers == []:
                await reader.read()  # hang until the client leaves
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(converse(reader, writer))
        hanging.add(task)
        task.add_done_callback(hanging.discard)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind((LOOPBACK, 0))
        elsewhere.setblocking(False)
        protocol = _Udp(server, elsewhere)
        listener, transport = await _listening(accept, protocol)
        server.port = listener.sockets[0].getsockname()[1]
        protocol.transport = transport
        try:
            yield server
        finally:
            transport.abort()
            listener.close()
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            await asyncio.sleep(0)
