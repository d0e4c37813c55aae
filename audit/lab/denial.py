"""How a signed zone shows what it does not hold: each name names its successor, in plain text or as hashes.

An NSEC record (RFC 4034 section 4) says that nothing lies between its owner and the next name, and which types the
owner has; NSEC3 (RFC 5155) says the same of hashes. A name is denied by the record at it or right before it; so is
the wildcard that could have answered in its stead.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.NSEC
import dns.rdtypes.ANY.NSEC3
import dns.rrset
from dns.rdtypes.util import Bitmap

from audit.lab.zone import TTL, Labels, Zones, ancestry

SHA1 = 1
NSEC, NSEC3 = dns.rdatatype.NSEC, dns.rdatatype.NSEC3


@dataclass(frozen=True, slots=True)
class Hashing:
    """The parameters of NSEC3 (RFC 5155 section 3.1)."""

    salt: bytes
    iterations: int

    @property
    def text(self) -> str:
        return f"{SHA1} 0 {self.iterations} {self.salt.hex() or '-'}"

    def digest(self, name: Labels) -> bytes:
        """The hash of a name, as the label of its NSEC3 record."""
        hashed = dns.dnssec.nsec3_hash(dns.name.Name(name), self.salt, self.iterations, SHA1)
        return hashed.lower().encode("ascii")


@dataclass(frozen=True, slots=True)
class Chain:
    """The names of one zone in their order, each with its types. Between two of them there is nothing."""

    apex: Labels
    hashing: Hashing | None
    places: tuple[tuple[dns.name.Name, tuple[dns.rdatatype.RdataType, ...]], ...]

    @classmethod
    def of(cls, zones: Zones, apex: Labels, secured: frozenset[Labels], hashing: Hashing | None) -> Chain:
        """The chain of a zone. `secured` are the zones with a DS record in the zone above them."""
        inside = {name for name in zones.names if _held(zones, name, apex)}
        cuts = inside & zones.apexes - {apex}
        held: dict[Labels, set[dns.rdatatype.RdataType]] = {name: set() for name in inside}
        for owner, kind in zones.records:
            if owner in held and owner not in cuts and kind != dns.rdatatype.DS:
                held[owner].add(kind)
        for cut in cuts:
            held[cut] = {dns.rdatatype.NS} | ({dns.rdatatype.DS} if cut in secured else set())
        held[apex] = held.get(apex, set()) | {dns.rdatatype.DNSKEY}
        if hashing:
            held[apex].add(dns.rdatatype.NSEC3PARAM)
        places = [
            (_place(name, apex, hashing), _types(kinds, cut=name in cuts, hashing=hashing))
            for name, kinds in held.items()
            if kinds or hashing  # an empty non-terminal has a hash of its own, and no NSEC
        ]
        return cls(apex, hashing, tuple(sorted(places)))

    def absence(self, zones: Zones, name: Labels) -> tuple[dns.rrset.RRset, ...]:
        """What shows that a name has no such type, or does not exist and no wildcard answers for it."""
        if name in zones.names:
            return self._at((name,))
        encloser = zones.encloser(name)
        wildcard = (b"*", *encloser)
        closer = name[len(name) - len(encloser) - 1 :]
        return self._at((encloser, closer, wildcard) if self.hashing else (name, wildcard))

    def nothing_closer(self, zones: Zones, name: Labels) -> tuple[dns.rrset.RRset, ...]:
        """What shows that a wildcard had to answer for a name."""
        closer = name[len(name) - len(zones.encloser(name)) - 1 :]
        return self._at((closer if self.hashing else name,))

    def _at(self, names: tuple[Labels, ...]) -> tuple[dns.rrset.RRset, ...]:
        order = [place for place, _ in self.places]
        found = {bisect_right(order, _place(name, self.apex, self.hashing)) - 1: None for name in names}
        return tuple(self._link(at % len(order)) for at in found)

    def _link(self, at: int) -> dns.rrset.RRset:
        owner, kinds = self.places[at]
        after, _ = self.places[(at + 1) % len(self.places)]
        windows = Bitmap.from_rdtypes(list(kinds)).windows
        if self.hashing is None:
            kind, fields = NSEC, {"next": after, "windows": windows}
        else:
            following = base64.b32hexdecode(after.labels[0].upper())
            hashed = {"algorithm": SHA1, "flags": 0, "iterations": self.hashing.iterations, "salt": self.hashing.salt}
            kind, fields = NSEC3, {**hashed, "next": following, "windows": windows}
        return dns.rrset.from_rdata(owner, TTL, _rdata(kind, **fields))


def _held(zones: Zones, name: Labels, apex: Labels) -> bool:
    """Whether a zone has a name, the beginnings of the zones below it among them."""
    if name == apex:
        return True
    above = name[1:] if name in zones.apexes else name
    return apex in ancestry(above) and zones.home(above) == apex


def _rdata(kind: dns.rdatatype.RdataType, **fields: Any) -> dns.rdata.Rdata:
    made: type[Any] = {NSEC: dns.rdtypes.ANY.NSEC.NSEC, NSEC3: dns.rdtypes.ANY.NSEC3.NSEC3}[kind]
    rdata: dns.rdata.Rdata = made(dns.rdataclass.IN, kind, **fields)
    return rdata


def _place(name: Labels, apex: Labels, hashing: Hashing | None) -> dns.name.Name:
    return dns.name.Name(name if hashing is None else (hashing.digest(name), *apex))


def _types(
    kinds: set[dns.rdatatype.RdataType], *, cut: bool, hashing: Hashing | None
) -> tuple[dns.rdatatype.RdataType, ...]:
    """A name's types with those that signing adds: an unsigned delegation has no signature but that of its NSEC."""
    signed = kinds - {dns.rdatatype.NS} if cut else kinds
    own = set() if hashing else {NSEC}
    return tuple(sorted(kinds | own | ({dns.rdatatype.RRSIG} if signed or own else set())))
