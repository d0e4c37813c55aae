"""The lab's DNS data: which names and records there are, and which zone each belongs to (RFC 1034 section 4.2).

Zone text holds one record a line, `owner TYPE rdata` or `owner TTL TYPE rdata`, every name absolute. A name exists when
it or a name below it owns a record: `a.b.example TXT` makes `b.example` an empty non-terminal, whose answers are NODATA
and not NXDOMAIN. A zone begins wherever there is a SOA, and is delegated by the zone above it to the servers that it
names itself.

Some lines are no records:
    owner SERVFAIL, owner SILENT    break the whole zone below the owner
    owner SIGNED how ...            sign the zone that begins there (RFC 4035); `how` are words of `Signing`
    owner DELEGATED server          what the zone above says, where that differs from the zone's own NS
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL = 300  # seconds, where a line says nothing else
SIGNED, DELEGATED = "SIGNED", "DELEGATED"
STRING = 255  # octets of one character-string (RFC 1035 section 3.3)


class ZoneFault(StrEnum):
    """How a zone's servers fail."""

    SERVFAIL = "SERVFAIL"
    SILENT = "SILENT"


class Signing(StrEnum):
    """How a zone is signed, where that is not as it should be."""

    EXPIRED = "expired"  # every signature has run out
    EXPIRING = "expiring"  # every signature runs out tomorrow
    ISLAND = "island"  # the zone above has no DS record for it
    STRIPPED = "stripped"  # there are keys, but no other signature than theirs
    ITERATED = "iterated"  # NSEC3 with salt and many rounds (RFC 9276)
    AGED = "aged"  # RSA/SHA-1 with 1024 bits, and a DS record of SHA-1


Labels: TypeAlias = tuple[bytes, ...]  # of a name in lower case, the empty one of the root at the end


RRsets: TypeAlias = dict[tuple[Labels, dns.rdatatype.RdataType], dns.rrset.RRset]
ROOT: Labels = (b"",)


@dataclass(frozen=True)
class Zones:
    """All that the lab's internet knows. Names below no other zone belong to the root, which is one of the zones."""

    records: RRsets
    faults: dict[Labels, ZoneFault]
    signed: dict[Labels, frozenset[Signing]]
    delegated: dict[Labels, dns.rrset.RRset]

    @cached_property
    def names(self) -> frozenset[Labels]:
        """Every name that exists: the owners and all names above them."""
        owners = (*(owner for owner, _ in self.records), *self.faults, *self.delegated)
        return frozenset(above for owner in owners for above in ancestry(owner))

    @cached_property
    def apexes(self) -> frozenset[Labels]:
        """Where zones begin."""
        begun = {owner for owner, kind in self.records if kind == dns.rdatatype.SOA}
        return frozenset({ROOT, *begun, *self.faults, *self.delegated})

    def home(self, name: Labels, kind: dns.rdatatype.RdataType | None = None) -> Labels:
        """The beginning of the zone that holds a name; a DS record belongs to the zone above (RFC 4035 section 2.4)."""
        inside = name[1:] if kind == dns.rdatatype.DS and len(name) > 1 else name
        return next(above for above in ancestry(inside) if above in self.apexes)

    def fault(self, apex: Labels) -> ZoneFault | None:
        """How the servers of the zone that begins here fail."""
        return next((self.faults[above] for above in ancestry(apex) if above in self.faults), None)

    def delegation(self, apex: Labels) -> dns.rrset.RRset | None:
        """The servers of a zone, as the zone above names them."""
        return self.delegated.get(apex) or self.records.get((apex, dns.rdatatype.NS))

    def source(self, name: Labels) -> Labels | None:
        """The owner of the records that answer for a name: itself, or a wildcard where it does not exist."""
        return name if name in self.names else self.wildcard(name)

    def lookup(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        """The record set that answers for a name, from a wildcard where the name itself does not exist."""
        owner = labels(name)
        source = self.source(owner)
        found = self.records.get((source, kind)) if source else None
        if found is None or source == owner:
            return found
        return owned(found, name)

    def wildcard(self, name: Labels) -> Labels | None:
        """The wildcard below the closest name above that exists: one further up does not count (RFC 4592)."""
        source = (b"*", *self.encloser(name))
        return source if source in self.names else None

    def encloser(self, name: Labels) -> Labels:
        """The closest name that exists, at or above."""
        return next((above for above in ancestry(name) if above in self.names), ROOT)

    def exists(self, name: dns.name.Name) -> bool:
        return self.source(labels(name)) is not None

    def replaced(self, lines: Iterable[str]) -> Zones:
        """The same, but for some sets of records that are others."""
        return replace(self, records={**self.records, **parse(lines).records})


def owned(rrset: dns.rrset.RRset, name: dns.name.Name) -> dns.rrset.RRset:
    """The same data at another name."""
    moved = dns.rrset.RRset(name, dns.rdataclass.IN, rrset.rdtype, rrset.covers)
    for rdata in rrset:
        moved.add(rdata, rrset.ttl)
    return moved


def labels(name: dns.name.Name) -> Labels:
    return tuple(label.lower() for label in name.labels)


def ancestry(name: Labels) -> Iterator[Labels]:
    """The name, then each name above it up to the root."""
    return (name[at:] for at in range(len(name)))


def parse(lines: Iterable[str]) -> Zones:
    """Read zone text. Long TXT data is cut into character-strings here.

    Raises:
        ValueError: a line is not a record.
        dns.exception.DNSException: its name or data is not well formed.
    """
    zones = Zones({}, {}, {}, {})
    for line in filter(str.strip, lines):
        owner, ttl, word, data = _fields(line)
        name = dns.name.from_text(owner)
        if word in list(ZoneFault):
            zones.faults[labels(name)] = ZoneFault(word)
        elif word == SIGNED:
            zones.signed[labels(name)] = frozenset(map(Signing, data.split()))
        elif not data:
            raise ValueError(f"no data in {line!r}")
        elif word == DELEGATED:
            at = zones.delegated.setdefault(labels(name), dns.rrset.RRset(name, dns.rdataclass.IN, dns.rdatatype.NS))
            at.add(_rdata(dns.rdatatype.NS, data), ttl)
        else:
            kind = dns.rdatatype.from_text(word)
            rrset = zones.records.setdefault((labels(name), kind), dns.rrset.RRset(name, dns.rdataclass.IN, kind))
            rrset.add(_rdata(kind, data), ttl)
    return zones


def _fields(line: str) -> tuple[str, int, str, str]:
    """Owner, TTL, type or word, and what is left."""
    owner, word, *rest = line.split(None, 2)
    if not word.isdecimal():
        return owner, TTL, word, rest[0] if rest else ""
    word_after, _, data = (rest[0] if rest else "").partition(" ")
    return owner, int(word), word_after, data.strip()


def _rdata(kind: dns.rdatatype.RdataType, data: str) -> dns.rdata.Rdata:
    text = _strings(data) if kind == dns.rdatatype.TXT else data
    return dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)


def _strings(quoted: str) -> str:
    """Quoted text as strings, each ended by a space where it has one, as a careful tool does it."""
    body, pieces = quoted.strip().removeprefix('"').removesuffix('"'), []
    while len(body) > STRING:
        end = body.rfind(" ", 0, STRING) + 1 or STRING
        pieces.append(body[:end])
        body = body[end:]
    return " ".join(f'"{piece}"' for piece in (*pieces, body))
