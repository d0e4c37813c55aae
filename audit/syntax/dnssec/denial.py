"""Denial of existence: what NSEC (RFC 4034 section 4) and NSEC3 (RFC 5155) prove once their signatures hold.

A record of either names itself, the types at its name, and the next name of the zone; between the two there is nothing.
What it says counts for its own zone only: the record of a delegation, or of a DNAME, says nothing of what lies below,
nor of other types than DS at the delegation itself (RFC 6840 section 4.1), and the child's record nothing of the DS.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import field
from enum import Enum, auto

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdatatype
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from audit.model.value import dataclass
from audit.syntax.dnssec.records import kind

MAX_ITERATIONS = 100  # RFC 9276 section 3.2: beyond, validators take the zone for unsigned; the number is Unbound's
MAX_DEPTH = 20  # labels below the zone that are hashed or walked
SHA1, OPT_OUT = 1, 1
NS, SOA, DS, CNAME, DNAME = (kind(t) for t in ("NS", "SOA", "DS", "CNAME", "DNAME"))
NXNAME = 128  # RFC 9824: the type that a name has which is not there, where a record is made for each denial


class Denied(Enum):
    """What was proved."""

    DELEGATION = auto()  # the name is a delegation, without the type
    TYPE = auto()  # the name is there, or a wildcard above it, without the type
    NAME = auto()  # the name is not there
    OPT_OUT = auto()  # the name is not there, but for unsigned delegations
    ITERATIONS = auto()  # not looked at, as validators don't
    TOO_DEEP = auto()  # not looked at: more labels than are hashed
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Denials:
    """The NSEC or NSEC3 records of one zone, whose signatures hold."""

    zone: dns.name.Name
    plain: tuple[tuple[dns.name.Name, NSEC], ...]
    hashed: tuple[tuple[str, NSEC3], ...]  # by the first label, in lower case
    _hashes: dict[tuple[dns.name.Name, bytes, int], str] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(zone: dns.name.Name, found: list[tuple[dns.name.Name, dns.rdata.Rdata]]) -> Denials:
        """Those that can be read: NSEC3 of an unknown hash or with unknown flags is ignored (RFC 5155 section 8.1)."""
        plain = tuple((owner, rdata) for owner, rdata in found if isinstance(rdata, NSEC))
        hashed = tuple(
            (owner.labels[0].decode("ascii", "replace").lower(), rdata)
            for owner, rdata in found
            if isinstance(rdata, NSEC3) and owner != dns.name.root and owner.parent() == zone
            if rdata.algorithm == SHA1 and rdata.flags in (0, OPT_OUT)
        )
        return Denials(zone, plain, hashed)

    def type_at(self, name: dns.name.Name, rdtype: str) -> Denied:
        """Whether there is no such type at a name (RFC 4035 section 5.4, RFC 5155 sections 8.5 to 8.7)."""
        asked = kind(rdtype)
        if dear := self._dear(name):
            return dear
        at = self._at(name)
        if at is not None:
            return _without(types(at), asked, above=self.zone != name)
        if any(self._is_empty(owner, rdata, name) for owner, rdata in self.plain):
            return Denied.TYPE
        closest = self._closest(name)
        if closest is None:
            return Denied.NOTHING
        wildcard, opt_out = closest
        if opt_out:
            return Denied.OPT_OUT
        at = self._at(wildcard)
        if at is not None and asked != DS:
            return Denied.TYPE if _without(types(at), asked, above=False) is Denied.TYPE else Denied.NOTHING
        return Denied.NAME if asked == DS else Denied.NOTHING

    def name_at(self, name: dns.name.Name) -> Denied:
        """Whether there is no such name, nor a wildcard for it (RFC 4035 section 5.4, RFC 5155 section 8.4)."""
        if dear := self._dear(name):
            return dear
        at = self._at(name)
        if at is not None and NXNAME in types(at):
            return Denied.NAME
        closest = self._closest(name)
        if closest is None or not self._covers(closest[0]):
            return Denied.NOTHING
        return Denied.OPT_OUT if closest[1] else Denied.NAME

    def closer_than(self, name: dns.name.Name, labels: int) -> Denied:
        """Whether there is nothing closer to a name than a wildcard of so many labels (RFC 4035 section 5.3.4)."""
        if dear := self._dear(name):
            return dear
        next_closer = dns.name.Name(name.labels[-(labels + 2) :])
        if any(self._between(owner, rdata, next_closer) for owner, rdata in self.plain):
            return Denied.NAME
        covering = self._covering(next_closer)
        if covering is None:
            return Denied.NOTHING
        return Denied.OPT_OUT if covering.flags & OPT_OUT else Denied.NAME

    # ---- both kinds ---------------------------------------------------------------------------------------------

    def _dear(self, name: dns.name.Name) -> Denied | None:
        if any(rdata.iterations > MAX_ITERATIONS for _, rdata in self.hashed):
            return Denied.ITERATIONS
        return Denied.TOO_DEEP if self.hashed and len(name) - len(self.zone) > MAX_DEPTH else None

    def _at(self, name: dns.name.Name) -> NSEC | NSEC3 | None:
        for owner, nsec in self.plain:
            if owner == name:
                return nsec
        return self._at_hash(name)

    def _covers(self, name: dns.name.Name) -> bool:
        return any(self._between(owner, rdata, name) for owner, rdata in self.plain) or self._covering(name) is not None

    def _closest(self, name: dns.name.Name) -> tuple[dns.name.Name, bool] | None:
        """That a name is not there: the wildcard that could make it, and whether unsigned delegations may."""
        for owner, rdata in self.plain:
            if self._between(owner, rdata, name):
                encloser = max(name.fullcompare(n)[2] for n in (owner, rdata.next))
                return dns.name.Name((b"*", *name.labels[-encloser:])), False
        next_closer = name
        while self.hashed and next_closer != self.zone:
            encloser_name = next_closer.parent()
            at = self._at_hash(encloser_name)
            if at is not None:
                covering = None if _is_cut(types(at)) else self._covering(next_closer)
                if covering is None:
                    return None
                return dns.name.Name((b"*", *encloser_name.labels)), bool(covering.flags & OPT_OUT)
            next_closer = encloser_name
        return None

    # ---- NSEC ---------------------------------------------------------------------------------------------------

    def _between(self, owner: dns.name.Name, rdata: NSEC, name: dns.name.Name) -> bool:
        """Whether a name would stand between two of the zone, and does not, nor anything below it."""
        last = rdata.next == self.zone
        if not (owner < name and (name < rdata.next or last)) or not name.is_subdomain(self.zone):
            return False
        below_cut = name.is_subdomain(owner) and _is_cut(types(rdata))
        return not below_cut and not rdata.next.is_subdomain(name)

    def _is_empty(self, owner: dns.name.Name, rdata: NSEC, name: dns.name.Name) -> bool:
        """Whether a name holds nothing itself, but has names below it (an empty non-terminal, RFC 7719)."""
        below_cut = name.is_subdomain(owner) and _is_cut(types(rdata))
        return owner < name and rdata.next != name and rdata.next.is_subdomain(name) and not below_cut

    # ---- NSEC3 --------------------------------------------------------------------------------------------------

    def _hash(self, name: dns.name.Name, rdata: NSEC3) -> str:
        key = (name, bytes(rdata.salt), int(rdata.iterations))
        if key not in self._hashes:
            hashed = dns.dnssec.nsec3_hash(name, rdata.salt, int(rdata.iterations), int(rdata.algorithm))
            self._hashes[key] = hashed.lower()
        return self._hashes[key]

    def _at_hash(self, name: dns.name.Name) -> NSEC3 | None:
        return next((rdata for label, rdata in self.hashed if label == self._hash(name, rdata)), None)

    def _covering(self, name: dns.name.Name) -> NSEC3 | None:
        for label, rdata in self.hashed:
            following = base64.b32hexencode(bytes(rdata.next)).decode().lower()
            if _within(label, self._hash(name, rdata), following):
                return rdata
        return None


def types(rdata: NSEC | NSEC3) -> frozenset[int]:
    """The types in a bitmap (RFC 4034 section 4.1.2)."""
    return frozenset(_numbers(rdata))


def _numbers(rdata: NSEC | NSEC3) -> Iterator[int]:
    for window, bitmap in rdata.windows:
        for at, octet in enumerate(bitmap):
            yield from (window * 256 + at * 8 + bit for bit in range(8) if octet & (0x80 >> bit))


def _without(present: frozenset[int], asked: int, *, above: bool) -> Denied:
    """What the record at a name itself proves; `above`: the name is not the top of the record's zone."""
    delegation = NS in present and SOA not in present
    if asked in present or CNAME in present or (delegation and asked != DS):
        return Denied.NOTHING
    if asked == DS and not above:
        return Denied.NOTHING
    return Denied.DELEGATION if delegation else Denied.TYPE


def _is_cut(present: frozenset[int]) -> bool:
    return (NS in present and SOA not in present) or DNAME in present


def _within(first: str, wanted: str, following: str) -> bool:
    """Whether a hash lies between two of the chain, which is a ring."""
    return first < wanted < following if first < following else (wanted > first or wanted < following)
