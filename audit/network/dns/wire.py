"""DNS queries (RFC 1035 section 4, EDNS RFC 6891), and which packets count as the reply to one.

A packet counts as the reply only when it comes to the socket that asked, with the id and the question that were put;
all else is dropped, and the wait goes on. The question section holds one name, a type and a class; EDNS adds a record
to the query that says how long a datagram may be, and whether signatures are wanted (DO).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype

from audit.model.probe import Question

PAYLOAD = 1232  # avoids fragments on every usual path (DNS flag day 2020)

_HEADER = struct.Struct("!HHHHHH")
_TYPE_AND_CLASS = struct.Struct("!HH")
_RESPONSE, _OPCODE = 0x8000, 0x7800
_TRUNCATED = 0x02  # in the third octet
_RD, _AD, _CD, _DO = 0x0100, 0x0020, 0x0010, 0x8000
_OPT, _OPT_DO = (b"\0" + struct.pack("!HHIH", 41, PAYLOAD, flags, 0) for flags in (0, _DO))
_WITHOUT_QUESTION = frozenset({1, 2, 4, 5})  # servers may give an error with the header alone
_HOST_LIKE = re.compile(rb"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_LENGTHS = [bytes((n,)) for n in range(64)]
_LONGEST = 253  # octets of a name as text, without the final dot


class Unaskable(ValueError):
    """A name that cannot be put on the wire, or a type that does not exist."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One name and type, ready for the wire: `section` is the question section, in lower case."""

    section: bytes
    kind: int

    @classmethod
    def of(cls, name: dns.name.Name, kind: int) -> Asking:
        return cls(name.to_digestable() + _TYPE_AND_CLASS.pack(kind, dns.rdataclass.IN), kind)

    @property
    def owner(self) -> bytes:
        """The name in wire form."""
        return self.section[:-4]

    @property
    def name(self) -> dns.name.Name:
        return dns.name.from_wire(self.section, 0)[0]


def asking(name: str, rdtype: str) -> Asking:
    """The question in wire terms.

    Raises:
        Unaskable: a label is empty or too long, the name is, or the type is unknown.
    """
    if not name or name == "@" or not name.isascii():
        raise Unaskable(name)
    text = name.encode("ascii")
    try:
        kind = _kind(rdtype)
        if len(text) > _LONGEST or not _HOST_LIKE.fullmatch(text):
            return Asking.of(dns.name.from_text(name), kind)
    except (dns.exception.DNSException, ValueError) as error:
        raise Unaskable(str(error)) from None
    labels = [_LENGTHS[len(label)] + label for label in text.lower().split(b".")]
    return Asking(b"".join(labels) + _ends(kind), kind)


@lru_cache(maxsize=64)
def _ends(kind: int) -> bytes:
    """How a question section ends: the root, a type, and the class IN."""
    return b"\0" + _TYPE_AND_CLASS.pack(kind, dns.rdataclass.IN)


@lru_cache(maxsize=64)
def _kind(rdtype: str) -> int:
    return int(dns.rdatatype.from_text(rdtype))


def query(asked: Asking, question: Question, ident: int, *, edns: bool) -> bytes:
    """A query. It sets AD, so that a validating resolver says whether it validated (RFC 6840 section 5.7)."""
    flags = (_RD | _AD if question.recurse else 0) | (_CD if question.cd else 0)
    header = _HEADER.pack(ident, flags, 1, 0, 0, 1 if edns else 0)
    if not edns:
        return header + asked.section
    return header + asked.section + (_OPT_DO if question.dnssec else _OPT)


def matches(packet: bytes, ident: int, asked: Asking) -> bool:
    """Whether a packet answers the question that was put under this id."""
    if len(packet) < _HEADER.size:
        return False
    got, flags, questions, *_ = _HEADER.unpack_from(packet)
    if got != ident or not flags & _RESPONSE or flags & _OPCODE:
        return False
    if questions == 0:
        return flags & 15 in _WITHOUT_QUESTION
    section = asked.section
    if questions != 1 or packet.startswith(section, _HEADER.size):
        return bool(questions == 1)
    # lower(): a server may give the letters in another case; type and class hold none below 0x41 that this could change
    shown = packet[_HEADER.size : _HEADER.size + len(section)]
    return bool(shown[:-4].lower() == section[:-4] and shown[-4:] == section[-4:])


def is_truncated(packet: bytes) -> bool:
    return bool(packet[2] & _TRUNCATED)
