"""The lab's DNS data, and what a recursive resolver answers from it (RFC 1034 section 4.3.2, RFC 2308, RFC 4592).

Zone text holds one record a line, `owner TYPE rdata`, every name absolute. A name exists when it or a name below it
owns a record: `a.b.example TXT` makes `b.example` an empty non-terminal, whose answers are NODATA and not NXDOMAIN. A
line `owner SERVFAIL` or `owner SILENT` breaks the whole zone below its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL = 300  # seconds
ALIASES = 8  # a resolver gives up on a longer chain
STRING = 255  # octets of one character-string (RFC 1035 section 3.3)


class ZoneFault(StrEnum):
    """How a zone's servers fail."""

    SERVFAIL = "SERVFAIL"
    SILENT = "SILENT"


Labels: TypeAlias = tuple[bytes, ...]  # of a name in lower case, the empty one of the root at the end


@dataclass(frozen=True)
class Zones:
    """All that the lab's internet knows. Names below no other zone belong to the root, which is one of the zones."""

    records: dict[tuple[Labels, dns.rdatatype.RdataType], dns.rrset.RRset]
    faults: dict[Labels, ZoneFault]

    @cached_property
    def names(self) -> frozenset[Labels]:
        """Every name that exists: the owners and all names above them."""
        return frozenset(above for owner, _ in self.records for above in ancestry(owner))

    def fault(self, name: dns.name.Name) -> ZoneFault | None:
        return next((self.faults[above] for above in ancestry(labels(name)) if above in self.faults), None)

    def authority(self, name: dns.name.Name) -> dns.rrset.RRset | None:
        """The SOA of the zone that holds a name."""
        found = (self.records.get((above, dns.rdatatype.SOA)) for above in ancestry(labels(name)))
        return next((soa for soa in found if soa is not None), None)

    def lookup(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        """The record set that answers for a name, from a wildcard where the name itself does not exist."""
        owner = labels(name)
        if owner in self.names:
            return self.records.get((owner, kind))
        source = self.wildcard(owner)
        found = self.records.get((source, kind)) if source else None
        if found is None:
            return None
        synthesised = dns.rrset.RRset(name, dns.rdataclass.IN, kind)
        for rdata in found:
            synthesised.add(rdata, TTL)
        return synthesised

    def wildcard(self, name: Labels) -> Labels | None:
        """The wildcard below the closest name above that exists: one further up does not count (RFC 4592)."""
        encloser = next((above for above in ancestry(name) if above in self.names), (b"",))
        source = (b"*", *encloser)
        return source if source in self.names else None

    def exists(self, name: dns.name.Name) -> bool:
        return labels(name) in self.names or self.wildcard(labels(name)) is not None


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
    records: dict[tuple[Labels, dns.rdatatype.RdataType], dns.rrset.RRset] = {}
    faults: dict[Labels, ZoneFault] = {}
    for line in filter(str.strip, lines):
        owner, word, *rest = line.split(None, 2)
        name = dns.name.from_text(owner)
        if word in list(ZoneFault):
            faults[labels(name)] = ZoneFault(word)
            continue
        kind = dns.rdatatype.from_text(word)
        if not rest:
            raise ValueError(f"no data in {line!r}")
        text = _strings(rest[0]) if kind == dns.rdatatype.TXT else rest[0]
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)
        rrset = records.setdefault((labels(name), kind), dns.rrset.RRset(name, dns.rdataclass.IN, kind))
        rrset.add(rdata, TTL)
    return Zones(records, faults)


def answer(zones: Zones, query: dns.message.Message) -> dns.message.Message | None:
    """What a recursive resolver replies that holds all zones itself; nothing when the zone is silent."""
    reply = dns.message.make_response(query, recursion_available=True, our_payload=1232)
    reply.flags |= dns.flags.AA
    if query.opcode() != dns.opcode.QUERY:
        reply.set_rcode(dns.rcode.NOTIMP)
        return reply
    if len(query.question) != 1:
        reply.set_rcode(dns.rcode.FORMERR)
        return reply
    name, kind = query.question[0].name, query.question[0].rdtype
    for _ in range(ALIASES + 1):
        match zones.fault(name):
            case ZoneFault.SILENT:
                return None
            case ZoneFault.SERVFAIL:
                return _servfail(query)
        alias = None if kind == dns.rdatatype.CNAME else zones.lookup(name, dns.rdatatype.CNAME)
        if alias is None:
            _conclude(zones, reply, name, kind)
            return reply
        reply.answer.append(alias)
        name = alias[0].target
    return _servfail(query)


def _conclude(zones: Zones, reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
    """The end of the chain of aliases: data, or a denial signed off by the SOA of the zone."""
    found = zones.lookup(name, kind)
    if found is not None:
        reply.answer.append(found)
        return
    if not zones.exists(name):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    soa = zones.authority(name)
    if soa is not None:
        reply.authority.append(soa)


def _servfail(query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query, recursion_available=True, our_payload=1232)
    reply.set_rcode(dns.rcode.SERVFAIL)
    return reply


def _strings(quoted: str) -> str:
    """Quoted text as strings, each ended by a space where it has one, as a careful tool does it."""
    body, pieces = quoted.strip().removeprefix('"').removesuffix('"'), []
    while len(body) > STRING:
        end = body.rfind(" ", 0, STRING) + 1 or STRING
        pieces.append(body[:end])
        body = body[end:]
    return " ".join(f'"{piece}"' for piece in (*pieces, body))
