"""Whether a signature is over an RRset, by a key of the zone, and in time (RFC 4035 section 5.3).

The signature itself is dnspython's work. What it leaves to its caller is here: who may sign what, and how much may be
tried. A zone may publish many keys of one tag and many signatures by it, so that each has to be tried with each
(CVE-2023-50387, KeyTrap); what costs more than honest zones ever do is given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from operator import is_

import dns.dnssec
import dns.exception
import dns.name
import dns.node
import dns.rdataset
import dns.rrset
from cryptography.exceptions import UnsupportedAlgorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG

from audit.model.value import dataclass
from audit.syntax.dnssec import keys as zone_keys
from audit.syntax.dnssec.records import Signed
from audit.syntax.dnssec.state import Lifetime, Why

SIGNATURES_TRIED = 8  # of one RRset, each with each key of its tag
SAME_TAG = 4
MAX_RSA_BITS = 4096  # RFC 3110 section 3: dearer ones need not be understood
HALF = 1 << 31  # of the ring on which dates are (RFC 4034 section 3.1.5)
_MALFORMED = (dns.exception.DNSException, UnsupportedAlgorithm, ValueError, TypeError, IndexError, OverflowError)


@dataclass(frozen=True, slots=True)
class Verified:
    """The signature that holds, or why none does; `dear`: it was given up."""

    signature: RRSIG | None
    why: Why | None = None
    dear: bool = False

    @property
    def lifetime(self) -> Lifetime | None:
        return lifetime(self.signature) if self.signature is not None else None


def lifetime(signature: RRSIG) -> Lifetime:
    """When a signature begins and ends to hold."""
    begin, end = (datetime.fromtimestamp(t, UTC) for t in (signature.inception, signature.expiration))
    return Lifetime(begin, end)


def verify(signed: Signed, zone: dns.name.Name, keys: tuple[DNSKEY, ...], now: datetime) -> Verified:
    """Look for a signature by one of a zone's keys that holds; of several, the one that does so for longest."""
    own = [s for s in signed.signatures if s.signer == zone and signed.owner.is_subdomain(zone)]
    reasons: list[Why] = []
    tried, large = 0, False
    for signature in sorted(own, key=lambda s: s.expiration, reverse=True):
        candidates = [*_candidates(signature, keys)]
        if any((zone_keys.rsa_bits(k) or 0) > MAX_RSA_BITS for k in candidates):
            large = True
            continue
        tried += len(candidates)
        if len(candidates) > SAME_TAG or tried > SIGNATURES_TRIED:
            return Verified(None, dear=True)
        why = _fault(signed, signature, candidates, now)
        if why is None:
            return Verified(signature)
        reasons.append(why)
    return Verified(None, dear=True) if large else Verified(None, _most_telling(reasons))


def is_expanded(signed: Signed, signature: RRSIG) -> bool:
    """Whether the RRset was made from a wildcard: the signature is over a shorter name (RFC 4035 section 5.3.4)."""
    return int(signature.labels) < _labels(signed.owner)


def _labels(owner: dns.name.Name) -> int:
    """The labels of a name as signatures count them: without the root's and an asterisk (RFC 4034 section 3.1.3)."""
    return len(owner) - 1 - (owner.is_wild())


def _candidates(signature: RRSIG, keys: tuple[DNSKEY, ...]) -> Iterator[DNSKEY]:
    for key in keys:
        fits = key.algorithm == signature.algorithm and zone_keys.tag(key) == signature.key_tag
        if fits and zone_keys.is_zone_key(key):
            yield key


def _fault(signed: Signed, signature: RRSIG, candidates: list[DNSKEY], now: datetime) -> Why | None:
    if not candidates:
        return Why.NO_KEY
    moment = int(now.timestamp())
    if _is_after(moment, signature.expiration):
        return Why.EXPIRED
    if _is_after(signature.inception, moment):
        return Why.NOT_YET_VALID
    if not signature.inception <= moment <= signature.expiration:
        return Why.SIGNATURE  # as dnspython compares them, for which the ring has an end
    return None if _holds(_Case(signed, signature, tuple(candidates))) else Why.SIGNATURE


class _Case:
    """A signature over an RRset, and the keys to try. They are told apart as objects: what domains share, the root's
    keys and those of a top-level domain, is read once, and to compare what is in it would cost as much as to verify."""

    __slots__ = ("candidates", "signature", "signed")

    def __init__(self, signed: Signed, signature: RRSIG, candidates: tuple[DNSKEY, ...]) -> None:
        self.signed, self.signature, self.candidates = signed, signature, candidates

    def __hash__(self) -> int:
        return hash((id(self.signed), id(self.signature), *map(id, self.candidates)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Case):
            return NotImplemented
        return (
            self.signed is other.signed
            and self.signature is other.signature
            and len(self.candidates) == len(other.candidates)
            and all(map(is_, self.candidates, other.candidates))
        )


@lru_cache(maxsize=128)
def _holds(case: _Case) -> bool:
    """Whether one of the keys made the signature, whatever the time."""
    signature, zone = case.signature, case.signature.signer
    try:
        held: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset]
        held = {zone: dns.rrset.from_rdata_list(zone, 0, case.candidates)}
        within, anything = signature.inception, dns.dnssec.allow_all_policy
        dns.dnssec.validate_rrsig(case.signed.rrset, signature, held, now=within, policy=anything)
    except _MALFORMED:
        return False
    return True


def _is_after(one: int, other: int) -> bool:
    """Whether a date comes after another, as serial numbers of 32 bits do (RFC 1982): up to half the ring ahead."""
    return 0 < (one - other) % (2 * HALF) < HALF


def _most_telling(reasons: list[Why]) -> Why:
    """Old signatures lie beside new ones while keys are rolled over, so what is wrong with a date says most."""
    order = (Why.EXPIRED, Why.NOT_YET_VALID, Why.SIGNATURE, Why.NO_KEY)
    return min(reasons, key=order.index, default=Why.UNSIGNED)
