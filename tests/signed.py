"""A signed internet in memory, as a validator sees it through a resolver that asks no questions: for tests alone.

Zones are given as text, `owner TYPE data`, and signed when they are asked. Keys come from their zone's name, and
Ed25519 is deterministic (RFC 8080), so that each run sees the same octets. It is not the lab's signer, so that neither
repeats the other's mistake.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.NSEC
import dns.rdtypes.ANY.NSEC3
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from audit.model.probe import Answer, DnsStatus, Question
from tests.rules.pki import NOW, rsa_key

DAYS = timedelta(days=1)
TTL = 3600
ANYTHING = dns.dnssec.allow_all_policy
Name = dns.name.Name
RRset = dns.rrset.RRset


def name(text: str) -> Name:
    return dns.name.from_text(text, dns.name.root).canonicalize()


def is_name(text: str) -> bool:
    try:
        name(text)
    except (dns.exception.DNSException, ValueError):
        return False
    return text.isascii()


@cache
def ed25519(of: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"test key of {of}".encode()).digest())


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone, and how well it is signed. Signatures over the types in `old` have dates of their own."""

    apex: str
    text: str = ""
    signed: bool = True
    linked: bool = True  # the zone above has a DS
    digest: str = "SHA256"
    ds: tuple[str, ...] | None = None  # instead of what is right
    iterations: int | None = None  # NSEC3, else NSEC
    salt: str = ""
    opt_out: bool = False
    algorithm: int = 15
    rsa: int | None = None  # bits
    dates: tuple[timedelta, timedelta] = (-7 * DAYS, 21 * DAYS)
    old: Mapping[str, tuple[timedelta, timedelta]] = field(default_factory=dict)
    unsigned: frozenset[str] = frozenset()  # types without signatures
    now: datetime = NOW

    @cached_property
    def name(self) -> Name:
        return name(self.apex)

    @cached_property
    def private(self) -> Any:
        return rsa_key(self.rsa) if self.rsa else ed25519(self.apex)

    @cached_property
    def key(self) -> DNSKEY:
        made = dns.dnssec.make_dnskey(self.private.public_key(), self.algorithm, 257)
        assert isinstance(made, DNSKEY)
        return made

    @cached_property
    def right_ds(self) -> str:
        return dns.dnssec.make_ds(self.name, self.key, self.digest, policy=ANYTHING).to_text()

    def sign(self, rrset: RRset) -> RRset | None:
        rdtype = dns.rdatatype.to_text(rrset.rdtype)
        if not self.signed or rdtype in self.unsigned:
            return None
        begin, end = self.old.get(rdtype, self.dates)
        made = dns.dnssec.sign(
            rrset, self.private, self.name, self.key, self.now + begin, self.now + end, policy=ANYTHING
        )
        return dns.rrset.from_rdata(rrset.name, TTL, made)


class Internet:
    """Zones, from the root down. An answer holds what a resolver would pass on for a question with DO and CD."""

    def __init__(self, *zones: Zone) -> None:
        self.zones = {z.name: z for z in zones}
        self._chains: dict[Name, list[RRset]] = {}
        self._answers: dict[Question, Answer] = {}
        self.data: dict[Name, dict[Name, dict[str, RRset]]] = {z.name: {} for z in zones}
        for zone in zones:
            self._add(zone.name, zone.apex, "SOA", "a.test. b.test. 1 2 3 4 300")
            self._add(zone.name, zone.apex, "NS", "ns.nowhere.test.")
            for line in filter(str.strip, zone.text.splitlines()):
                self._add(zone.name, *line.split(None, 2))
            if zone.signed:
                self._add(zone.name, zone.apex, "DNSKEY", zone.key.to_text())
                if zone.iterations is not None:
                    self._add(zone.name, zone.apex, "NSEC3PARAM", f"1 0 {zone.iterations} {zone.salt or '-'}")
        for zone in zones:
            above = self.above(zone.name)
            if above is not None:
                self._add(above, zone.apex, "NS", "ns.nowhere.test.")
                for ds in zone.ds if zone.ds is not None else [zone.right_ds] if zone.signed and zone.linked else []:
                    self._add(above, zone.apex, "DS", ds)

    @property
    def anchor(self) -> str:
        root = self.zones[dns.name.root]
        return f". DS {root.right_ds.upper()}"

    def holds(self, of: str) -> bool:
        """Whether a name lies in a zone below the root's."""
        return is_name(of) and any(name(of).is_subdomain(z) for z in self.zones if z != dns.name.root)

    def above(self, of: Name) -> Name | None:
        return max((z for z in self.zones if of.is_subdomain(z) and z != of), key=len, default=None)

    def home(self, of: Name, rdtype: str) -> Name:
        if rdtype == "DS" and of != dns.name.root and of in self.zones:
            return self.above(of) or dns.name.root
        return max((z for z in self.zones if of.is_subdomain(z)), key=len)

    def _add(self, zone: Name, owner: str, rdtype: str, data: str) -> None:
        at = self.data[zone].setdefault(name(owner), {})
        rdata = dns.rdata.from_text("IN", rdtype, data, dns.name.root, relativize=False)
        at.setdefault(rdtype, dns.rrset.from_rdata(name(owner), TTL, rdata)).add(rdata)

    # ---- answers ------------------------------------------------------------------------------------------------

    def answer(self, question: Question) -> Answer:
        if not is_name(question.name):
            return Answer(status=DnsStatus.MALFORMED)
        if question not in self._answers:
            self._answers[question] = self._answered(question)
        return self._answers[question]

    def _answered(self, question: Question) -> Answer:
        at, rdtype, proof = name(question.name), question.rdtype, list[RRset]()
        aliases: list[str] = []
        while True:
            zone = self.zones[self.home(at, rdtype)]
            found, wild = self._lookup(zone, at, rdtype)
            if found is None:
                break
            proof += [found, *self._over(zone, found, wild)]
            if wild is not None:
                proof += self._denials(zone, at)
            if dns.rdatatype.to_text(found.rdtype) == rdtype:
                return _answer(DnsStatus.NOERROR, proof, aliases, tuple(sorted(r.to_text() for r in found)), question)
            at = found[0].target.canonicalize()
            aliases.append(at.to_text(omit_final_dot=True))
        soa = self.data[zone.name][zone.name]["SOA"]
        proof += [soa, *self._over(zone, soa, None), *self._denials(zone, at)]
        there = any(n.is_subdomain(at) for n in self.data[zone.name]) or self._wildcard(zone, at) is not None
        return _answer(DnsStatus.NODATA if there else DnsStatus.NXDOMAIN, proof, aliases, (), question)

    def _lookup(self, zone: Zone, at: Name, rdtype: str) -> tuple[RRset | None, Name | None]:
        held = self.data[zone.name]
        wild = None if any(n.is_subdomain(at) for n in held) else self._wildcard(zone, at)
        here = held.get(wild or at, {})
        found = here.get(rdtype) or here.get("CNAME")
        if found is None:
            return None, None
        if wild is not None:
            found = dns.rrset.from_rdata_list(at, TTL, list(found))
        return found, wild

    def _wildcard(self, zone: Zone, at: Name) -> Name | None:
        encloser = at
        while not any(n.is_subdomain(encloser) for n in self.data[zone.name]):
            encloser = encloser.parent()
        wild = Name((b"*", *encloser.labels)) if encloser != at else None
        return wild if wild in self.data[zone.name] else None

    def _over(self, zone: Zone, rrset: RRset, wild: Name | None) -> list[RRset]:
        signed = dns.rrset.from_rdata_list(wild, TTL, list(rrset)) if wild is not None else rrset
        made = zone.sign(signed)
        return [] if made is None else [dns.rrset.from_rdata_list(rrset.name, TTL, list(made))]

    # ---- denials ------------------------------------------------------------------------------------------------

    def _denials(self, zone: Zone, at: Name) -> list[RRset]:
        """What matches or covers the name, those above it, and the wildcard at the closest that is there."""
        if not zone.signed:
            return []
        if zone.name not in self._chains:
            self._chains[zone.name] = [*(self._nsec(zone) if zone.iterations is None else self._nsec3(zone))]
        chain = self._chains[zone.name]
        encloser = at
        while not any(n.is_subdomain(encloser) for n in self.data[zone.name]):
            encloser = encloser.parent()
        above = [at, *_between(at, zone.name)] if zone.iterations is not None else [at]
        wanted = [*above, Name((b"*", *encloser.labels))] if encloser != at else above
        made = {r.name: r for r in (self._before(zone, chain, n) for n in wanted)}.values()
        return [each for rrset in made for each in (rrset, *self._over(zone, rrset, None))]

    def _before(self, zone: Zone, chain: list[RRset], wanted: Name) -> RRset:
        """The record at a name, or the one that covers it: the chain is a ring."""
        if zone.iterations is not None:
            hashed = dns.dnssec.nsec3_hash(wanted, bytes.fromhex(zone.salt), zone.iterations, 1).lower()
            wanted = Name((hashed.encode(), *zone.name.labels))
        return max((r for r in chain if r.name <= wanted), key=lambda r: r.name, default=chain[-1])

    def _nsec(self, zone: Zone) -> Iterator[RRset]:
        owners = sorted(self._authoritative(zone))
        for owner, following in zip(owners, owners[1:] + owners[:1], strict=True):
            types = " ".join(("NSEC", "RRSIG", *self._types(zone, owner)))
            yield dns.rrset.from_text(owner, TTL, "IN", "NSEC", f"{following} {types}")

    def _nsec3(self, zone: Zone) -> Iterator[RRset]:
        owners = set(self._authoritative(zone))
        if zone.opt_out:
            owners = {o for o in owners if "DS" in self._types(zone, o) or not self._is_cut(zone, o)}
        above = {n for o in owners for n in _between(o, zone.name)}
        hashes = sorted(
            (dns.dnssec.nsec3_hash(o, bytes.fromhex(zone.salt), zone.iterations or 0, 1).lower(), o)
            for o in owners | above
        )
        flag = int(zone.opt_out)
        for (hashed, owner), (following, _) in zip(hashes, hashes[1:] + hashes[:1], strict=True):
            data = f"1 {flag} {zone.iterations} {zone.salt or '-'} {following} {' '.join(self._types(zone, owner))}"
            yield dns.rrset.from_text(Name((hashed.encode(), *zone.name.labels)), TTL, "IN", "NSEC3", data)

    def _authoritative(self, zone: Zone) -> list[Name]:
        cuts = [n for n in self.data[zone.name] if self._is_cut(zone, n)]
        return [n for n in self.data[zone.name] if not any(n.is_subdomain(c) and n != c for c in cuts)]

    def _is_cut(self, zone: Zone, owner: Name) -> bool:
        return owner != zone.name and "NS" in self.data[zone.name].get(owner, {})

    def _types(self, zone: Zone, owner: Name) -> list[str]:
        held = list(self.data[zone.name].get(owner, {}))
        return [t for t in held if t in ("NS", "DS")] if self._is_cut(zone, owner) else held


def _between(owner: Name, zone: Name) -> Iterator[Name]:
    while owner != zone:
        owner = owner.parent()
        yield owner


def _answer(
    status: DnsStatus, proof: list[RRset], aliases: list[str], records: tuple[str, ...], question: Question
) -> Answer:
    shown = {
        f"{rrset.name.to_text()} {TTL} {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}"
        for rrset in proof
        for rdata in rrset
    }
    return Answer(
        status=status,
        records=records,
        aliases=tuple(aliases),
        proof=tuple(sorted(shown)) if question.dnssec else (),
        flags=("ra",),
        ttl=TTL,
    )


def b32(octets: bytes) -> str:
    return base64.b32hexencode(octets).decode().lower()
