"""Zones that are signed, each record set when it is first asked for (DNSSEC: RFC 4033 to 4035).

Each signed zone has one key. The zone above holds its digest as a DS record, up to the root, whose own is the lab's
trust anchor. What does not exist is denied by signed records that name their successor (NSEC, RFC 4034 section 4;
NSEC3, RFC 5155). Keys come from fixed secrets and Ed25519 draws no random numbers (RFC 8080), so that the same time
gives the same octets. The keys protect nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

import dns.dnssec
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.DS
import dns.rrset

from audit.lab.denial import Chain, Hashing
from audit.lab.zone import ROOT, TTL, Labels, Signing, Zones, labels, owned
from audit.lab.zone_keys import ZoneKey, ed25519, rsa_sha1

DAY = timedelta(days=1)
SINCE, UNTIL = -DAY, 400 * DAY  # when signatures hold, from now: so long that a run in a year can be pretended
EXPIRED_SINCE, EXPIRED_UNTIL = -40 * DAY, -10 * DAY
EXPIRING_SINCE, EXPIRING_UNTIL = -13 * DAY, DAY
DIGESTS = (1, 2, 4)
HASHING = Hashing(salt=b"\xab\xcd", iterations=10)
ANYTHING = dns.dnssec.allow_all_policy


class State(StrEnum):
    """What a validating resolver makes of a zone (RFC 4035 section 4.3)."""

    SECURE = "secure"
    INSECURE = "insecure"  # it is proved that the chain of trust ends above
    BOGUS = "bogus"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a zone is bogus: an Extended DNS Error (RFC 8914 section 4)."""

    code: int
    text: str


EXPIRED = Trouble(7, "the signatures have expired")
NO_KEY = Trouble(9, "no DNSKEY matches the DS")
NO_SIGNATURE = Trouble(10, "the signatures are missing")


@dataclass(frozen=True)
class SignedZones:
    """The data of all zones, and what the signed ones add to it. Signatures are made for the time `now`."""

    zones: Zones
    now: datetime
    _signatures: dict[tuple[Labels, dns.rdatatype.RdataType, Labels], dns.rrset.RRset] = field(default_factory=dict)
    _chains: dict[Labels, Chain] = field(default_factory=dict)
    _states: dict[Labels, State] = field(default_factory=dict)

    def key(self, apex: Labels) -> ZoneKey | None:
        """The key of the zone that begins here, when it is signed."""
        how = self.zones.signed.get(apex)
        if how is None:
            return None
        if Signing.AGED not in how:
            return ed25519(_text(apex))
        return rsa_sha1(_text(apex), "RSASHA1NSEC3SHA1" if Signing.ITERATED in how else "RSASHA1")

    def lookup(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        """The record set that answers for a name, those that signing adds among them."""
        match kind:
            case dns.rdatatype.DNSKEY:
                return self._own(labels(name))
            case dns.rdatatype.DS:
                return self.ds(labels(name))
            case dns.rdatatype.NSEC3PARAM:
                return self._parameters(labels(name))
            case _:
                return self.zones.lookup(name, kind)

    def ds(self, apex: Labels) -> dns.rrset.RRset | None:
        """What the zone above says of a zone's key: as zone text has it, or else as it must be."""
        given = self.zones.records.get((apex, dns.rdatatype.DS))
        key = self.key(apex)
        if given is not None or key is None or apex == ROOT:
            return given
        how = self.zones.signed[apex]
        if Signing.ISLAND in how or self.key(self.zones.home(apex, dns.rdatatype.DS)) is None:
            return None
        return dns.rrset.from_rdata(_name(apex), TTL, self._digest(apex, key.public))

    @cached_property
    def trust_anchor(self) -> str:
        """The digest of the root's key, as settings have it; empty when the root is not signed."""
        key = self.key(ROOT)
        if key is None:
            return ""
        ds = self._digest(ROOT, key.public)
        return f". DS {ds.key_tag} {int(ds.algorithm)} {int(ds.digest_type)} {ds.digest.hex().upper()}"

    def trouble(self, apex: Labels) -> Trouble | None:
        """Why a zone below a secure one is bogus."""
        usable = [ds for ds in self.ds(apex) or () if ds.digest_type in DIGESTS]
        if apex != ROOT and not usable:
            return None
        key, how = self.key(apex), self.zones.signed.get(apex, frozenset())
        if apex != ROOT and (key is None or not any(_digests(apex, key.public, ds) for ds in usable)):
            return NO_KEY
        if Signing.EXPIRED in how:
            return EXPIRED
        return NO_SIGNATURE if Signing.STRIPPED in how else None

    def state(self, apex: Labels) -> State:
        """What can be shown of a zone, from the root down."""
        if apex not in self._states:
            self._states[apex] = self._judged(apex)
        return self._states[apex]

    def _judged(self, apex: Labels) -> State:
        if apex == ROOT:
            above = State.SECURE if self.key(apex) else State.INSECURE
        else:
            above = self.state(self.zones.home(apex, dns.rdatatype.DS))
        if above is not State.SECURE:
            return above
        if self.trouble(apex):
            return State.BOGUS
        usable = apex == ROOT or any(ds.digest_type in DIGESTS for ds in self.ds(apex) or ())
        return State.SECURE if usable else State.INSECURE

    def why(self, apex: Labels) -> Trouble:
        """Why a zone is bogus: its own trouble, or that of the first above it."""
        return self.trouble(apex) or self.why(self.zones.home(apex, dns.rdatatype.DS))

    def signature(self, rrset: dns.rrset.RRset, apex: Labels) -> tuple[dns.rrset.RRset, ...]:
        """The signature over a set of records of a zone; none when the zone has none. What a wildcard gave is signed
        as the wildcard's (RFC 4035 section 2.2)."""
        key = self.key(apex)
        stripped = Signing.STRIPPED in self.zones.signed.get(apex, ()) and rrset.rdtype != dns.rdatatype.DNSKEY
        if key is None or stripped:
            return ()
        owner = labels(rrset.name)
        hashed = rrset.rdtype == dns.rdatatype.NSEC3
        source = owner if hashed or rrset.rdtype == dns.rdatatype.NSEC else self.zones.source(owner) or owner
        at = (source, rrset.rdtype, apex)
        if at not in self._signatures:
            self._signatures[at] = self._sign(owned(rrset, _name(source)), apex, key)
        return (self._signatures[at] if source == owner else owned(self._signatures[at], rrset.name),)

    def denial(self, name: dns.name.Name, apex: Labels) -> tuple[dns.rrset.RRset, ...]:
        """The proof, with its signatures, that a name does not exist, or does not have the type that was asked for."""
        return self._proved(self._chain(apex).absence(self.zones, labels(name)), apex) if self.key(apex) else ()

    def expansion(self, name: dns.name.Name, apex: Labels) -> tuple[dns.rrset.RRset, ...]:
        """The proof that a wildcard was right to answer: nothing closer exists (RFC 4035 section 3.1.3.3)."""
        if self.key(apex) is None or labels(name) in self.zones.names:
            return ()
        return self._proved(self._chain(apex).nothing_closer(self.zones, labels(name)), apex)

    def _proved(self, proofs: tuple[dns.rrset.RRset, ...], apex: Labels) -> tuple[dns.rrset.RRset, ...]:
        return tuple(each for proof in proofs for each in (proof, *self.signature(proof, apex)))

    def _sign(self, rrset: dns.rrset.RRset, apex: Labels, key: ZoneKey) -> dns.rrset.RRset:
        how = self.zones.signed[apex]
        since, until = SINCE, UNTIL
        if Signing.EXPIRED in how:
            since, until = EXPIRED_SINCE, EXPIRED_UNTIL
        elif Signing.EXPIRING in how:
            since, until = EXPIRING_SINCE, EXPIRING_UNTIL
        made = dns.dnssec.sign(
            rrset,
            key.private,
            _name(apex),
            key.public,
            inception=self.now + since,
            expiration=self.now + until,
            policy=ANYTHING,
        )
        return dns.rrset.from_rdata(rrset.name, rrset.ttl, made)

    def _own(self, apex: Labels) -> dns.rrset.RRset | None:
        key = self.key(apex)
        return None if key is None else dns.rrset.from_rdata(_name(apex), TTL, key.public)

    def _parameters(self, apex: Labels) -> dns.rrset.RRset | None:
        if self.key(apex) is None or self._chain(apex).hashing is None:
            return None
        return dns.rrset.from_text(_name(apex), TTL, "IN", "NSEC3PARAM", HASHING.text)

    def _chain(self, apex: Labels) -> Chain:
        if apex not in self._chains:
            hashing = HASHING if Signing.ITERATED in self.zones.signed[apex] else None
            secured = frozenset(below for below in self.zones.apexes if below != ROOT and self.ds(below) is not None)
            self._chains[apex] = Chain.of(self.zones, apex, secured, hashing)
        return self._chains[apex]

    def _digest(self, apex: Labels, public: dns.rdtypes.ANY.DNSKEY.DNSKEY) -> dns.rdtypes.ANY.DS.DS:
        kind = "SHA1" if Signing.AGED in self.zones.signed[apex] else "SHA256"
        return dns.dnssec.make_ds(_name(apex), public, kind, policy=ANYTHING)


def _digests(apex: Labels, public: dns.rdtypes.ANY.DNSKEY.DNSKEY, ds: dns.rdtypes.ANY.DS.DS) -> bool:
    return bool(dns.dnssec.make_ds(_name(apex), public, ds.digest_type, policy=ANYTHING) == ds)


def _name(owner: Labels) -> dns.name.Name:
    return dns.name.Name(owner)


def _text(owner: Labels) -> str:
    return _name(owner).to_text()
