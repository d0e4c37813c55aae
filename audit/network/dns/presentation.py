"""Records as text (RFC 1035 section 5.1), from rdata in canonical form (RFC 4034 section 6.2).

The rdata of a dozen records that mail lives by is a few octets, a host name or some strings, which are put into text
here. All else, and a name with letters that want an escape, goes through dnspython: what is written must be the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import dns.ipv6
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA = 1, 2, 5, 6, 12, 15, 16, 28
IN = 1
_PLAIN = b"abcdefghijklmnopqrstuvwxyz0123456789-_"
_PRINTABLE = bytes(c for c in range(0x20, 0x7F) if c not in b'"\\')
_TEXTS_KEPT = 4096


@lru_cache(maxsize=_TEXTS_KEPT)
def name_text(name: bytes) -> str:
    """A name in wire form as text, with its final dot."""
    labels = []
    at = 0
    while name[at]:
        label = name[at + 1 : at + 1 + name[at]]
        if label.translate(None, _PLAIN):
            return as_name(name).to_text()
        labels.append(label)
        at += 1 + len(label)
    return (b".".join(labels) + b".").decode("ascii")


@lru_cache(maxsize=64)
def kind_text(kind: int) -> str:
    """The mnemonic of a record type."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind))


def as_name(name: bytes) -> dns.name.Name:
    """A name in wire form, without compression, as dnspython has it."""
    return dns.name.from_wire(name, 0)[0]


def text_of(klass: int, kind: int, rdata: bytes) -> str:
    """A record's data as text.

    Raises:
        DNSException, ValueError: it has not the form of its type.
    """
    written = _WRITTEN.get(kind) if klass == IN else None
    if written is not None:
        return written(rdata)
    made = dns.rdata.from_wire(
        dns.rdataclass.RdataClass.make(klass), dns.rdatatype.RdataType.make(kind), rdata, 0, len(rdata)
    )
    return made.to_text()


def _address(rdata: bytes) -> str:
    return "{}.{}.{}.{}".format(*rdata)


def _mx(rdata: bytes) -> str:
    return f"{rdata[0] << 8 | rdata[1]} {name_text(rdata[2:])}"


def _strings(rdata: bytes) -> str:
    shown = []
    at = 0
    while at < len(rdata):
        string = rdata[at + 1 : at + 1 + rdata[at]]
        shown.append(f'"{_escaped(string) if string.translate(None, _PRINTABLE) else string.decode("ascii")}"')
        at += 1 + len(string)
    return " ".join(shown)


def _escaped(string: bytes) -> str:
    return "".join(chr(c) if c in _PRINTABLE else f"\\{chr(c)}" if c in b'"\\' else f"\\{c:03d}" for c in string)


@lru_cache(maxsize=_TEXTS_KEPT)
def _soa(rdata: bytes) -> str:
    """The same for all names of a zone that are not there, so it is worth keeping."""
    second = name_end(rdata, 0)
    end = name_end(rdata, second)
    numbers = " ".join(str(int.from_bytes(rdata[at : at + 4], "big")) for at in range(end, end + 20, 4))
    return f"{name_text(rdata[:second])} {name_text(rdata[second:end])} {numbers}"


def name_end(rdata: bytes, at: int) -> int:
    """Where a name without compression ends."""
    while rdata[at]:
        at += 1 + rdata[at]
    return at + 1


_WRITTEN: dict[int, Callable[[bytes], str]] = {
    A: _address,
    AAAA: dns.ipv6.inet_ntoa,
    NS: name_text,
    CNAME: name_text,
    PTR: name_text,
    MX: _mx,
    TXT: _strings,
    SOA: _soa,
}
