"""The sections of a DNS message (RFC 1035 section 4.1), as record sets with their data in canonical form.

A usual reply (records of eight types, an OPT record without options) is walked here, which costs a twentieth of a full
parser. Whatever is not usual, and so all that is damaged, is given to dnspython whole: it alone says what is malformed.
So the walk need not be complete, it must only never take what dnspython would refuse or read otherwise.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import dns.edns
import dns.message
import dns.rrset

from audit.model.probe import ExtendedError
from audit.network.dns.presentation import AAAA, CNAME, IN, MX, NS, PTR, SOA, TXT, A
from audit.syntax.escape import octets
from audit.syntax.tlsa_rdata import read_any_length

EDE_SHOWN = 4

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_OPT = 41
_DO = 0x8000
_OPCODE = 0x7800
_POINTER = 0xC0
_LONGEST_NAME = 255
_POINTERS_FOLLOWED = 8
_MOST = 0x7FFFFFFF  # seconds; larger times to live are read as nought (RFC 2181 section 8)
_HOST_NAMES = frozenset({NS, CNAME, PTR})
_ALONE = frozenset({CNAME, SOA})  # of several, the last counts

read_any_length()


class Unusual(Exception):
    """A message that the walk leaves to dnspython."""


@dataclass(slots=True)
class RecordSet:
    """Records of one owner, class and type. `owner` is in wire form and lower case, `data` holds each rdata once, in
    canonical form, in the order of the message; `ttl` is the lowest, in seconds."""

    owner: bytes
    klass: int
    kind: int
    ttl: int
    covers: int = 0
    data: dict[bytes, None] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """A reply. `edns` says whether it has an OPT record, `rcode` includes the bits from there."""

    flags: int
    rcode: int
    answer: list[RecordSet]
    authority: list[RecordSet]
    additional: list[RecordSet]
    edns: bool
    ede: tuple[ExtendedError, ...] = ()


def parsed(packet: bytes, section: bytes) -> Message:
    """The message in a packet that replies to a question section.

    Raises:
        DNSException, ValueError …: what dnspython raises for a packet that is malformed.
    """
    try:
        return walked(packet, section)
    except (Unusual, IndexError, struct.error):
        return whole(packet)


# ---- as dnspython reads it --------------------------------------------------------------------------------------


def whole(packet: bytes) -> Message:
    """The message as dnspython reads it."""
    message = dns.message.from_wire(packet, ignore_trailing=True)
    found = [option for option in message.options if isinstance(option, dns.edns.EDEOption)]
    return Message(
        flags=int(message.flags),
        rcode=int(message.rcode()),
        answer=[_set_of(s) for s in message.answer],
        authority=[_set_of(s) for s in message.authority],
        additional=[_set_of(s) for s in message.additional],
        edns=message.edns >= 0,
        ede=tuple(
            ExtendedError(code=int(option.code), text=octets((option.text or "").encode("utf-8")))
            for option in found[:EDE_SHOWN]
        ),
    )


def _set_of(rrset: dns.rrset.RRset) -> RecordSet:
    return RecordSet(
        owner=rrset.name.to_digestable(),
        klass=int(rrset.rdclass),
        kind=int(rrset.rdtype),
        ttl=int(rrset.ttl),
        covers=int(rrset.covers),
        data=dict.fromkeys(rdata.to_wire(canonicalize=True) or b"" for rdata in rrset),
    )


# ---- the walk ---------------------------------------------------------------------------------------------------


def walked(packet: bytes, section: bytes) -> Message:
    """The message, if it is a usual one.

    Raises:
        Unusual, IndexError, struct.error: it is not.
    """
    _, flags, questions, answers, authorities, additions = _HEADER.unpack_from(packet)
    if flags & _OPCODE or questions > 1:
        raise Unusual
    walk = _Walk(packet, section[:-4])
    if questions:
        walk.at += len(section)
        shown = packet[_HEADER.size : walk.at]
        if shown != section and (shown[:-4].lower() != section[:-4] or shown[-4:] != section[-4:]):
            raise Unusual
    return Message(
        flags=flags,
        rcode=flags & 15,
        answer=walk.records(answers),
        authority=walk.records(authorities),
        additional=walk.records(additions, last=True),
        edns=walk.edns,
    )


class _Walk:
    """A walk through a packet: `at` is where it stands."""

    __slots__ = ("_packet", "_question", "at", "edns")

    def __init__(self, packet: bytes, question: bytes) -> None:
        self._packet, self._question = packet, question
        self.at = _HEADER.size
        self.edns = False

    def records(self, count: int, *, last: bool = False) -> list[RecordSet]:
        """The records of the next section; the last one alone may hold OPT."""
        if not count:
            return []
        found: dict[tuple[bytes, int], RecordSet] = {}
        packet = self._packet
        size = len(packet)
        for _ in range(count):
            owner, at = self._name(self.at, size)
            kind, klass, ttl, length = _RECORD.unpack_from(packet, at)
            at += _RECORD.size
            self.at = end = at + length
            if end > size or ttl > _MOST:
                raise Unusual
            if kind == _OPT:
                if not last or self.edns or length or owner != b"\0" or ttl & ~_DO:
                    raise Unusual
                self.edns = True
                continue
            if klass != IN:
                raise Unusual
            rdata = self._rdata(kind, at, end)
            known = found.get((owner, kind))
            if known is None:
                found[owner, kind] = RecordSet(owner, klass, kind, ttl, 0, {rdata: None})
                continue
            known.ttl = min(known.ttl, ttl)
            if kind in _ALONE:
                known.data.clear()
            known.data[rdata] = None
        return list(found.values())

    def _rdata(self, kind: int, at: int, end: int) -> bytes:
        """The canonical form of a record's data, which must have the form of its type."""
        packet = self._packet
        if kind in (A, AAAA):
            if end - at != (4 if kind == A else 16):
                raise Unusual
            return packet[at:end]
        if kind == TXT:
            return self._strings(at, end)
        if kind == MX:
            name, stop = self._name(at + 2, end)
            rdata = packet[at : at + 2] + name
        elif kind in _HOST_NAMES:
            rdata, stop = self._name(at, end)
        elif kind == SOA:
            server, stop = self._name(at, end)
            mailbox, stop = self._name(stop, end)
            numbers = packet[stop:end]
            rdata, stop = server + mailbox + numbers, stop + 20
            if len(numbers) != 20 or (numbers[4] | numbers[8] | numbers[12] | numbers[16]) > 0x7F:
                raise Unusual
        else:
            raise Unusual
        if stop != end:
            raise Unusual
        return rdata

    def _strings(self, at: int, end: int) -> bytes:
        packet, begin = self._packet, at
        while at < end:
            at += 1 + packet[at]
        if at != end or begin == end:
            raise Unusual
        return packet[begin:end]

    def _name(self, at: int, limit: int) -> tuple[bytes, int]:
        """A name in lower case without compression, and where it ends. Pointers lead backwards only, each before the
        part that holds it (RFC 1035 section 4.1.4), so the walk through them is bounded."""
        packet = self._packet
        if packet[at] == _POINTER and packet[at + 1] == _HEADER.size and at + 2 <= limit and at > _HEADER.size:
            return self._asked(), at + 2
        parts: list[bytes] = []
        begin, end, hops = at, 0, 0
        while count := packet[at]:
            if count < 64:
                stop = at + 1 + count
                parts.append(packet[at:stop])
            elif count >= _POINTER and at + 1 < limit:
                end = end or at + 2
                stop = (count & 0x3F) << 8 | packet[at + 1]
                hops += 1
                if not _HEADER.size <= stop < begin or hops > _POINTERS_FOLLOWED:
                    raise Unusual
                limit, begin = begin, stop
            else:
                raise Unusual
            if stop >= limit:
                raise Unusual
            at = stop
        name = b"".join(parts).lower() + b"\0"
        if len(name) > _LONGEST_NAME or at >= limit:
            raise Unusual
        return name, end or at + 1

    def _asked(self) -> bytes:
        """The name in the question, to which most names point."""
        if not self._packet[5]:
            raise Unusual
        return self._question
