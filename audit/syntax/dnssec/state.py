"""The four states of a name (RFC 4035 section 4.3), and why one that is not secure is not.

Secure: there is a chain of signatures from a trust anchor. Insecure: it is proved that the chain ends above. Bogus: the
chain should be there and does not hold. Indeterminate: no anchor is at or above the name. That nobody could be asked is
none of the four.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from audit.model.value import dataclass


class State(StrEnum):
    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"
    INDETERMINATE = "indeterminate"


class Why(StrEnum):
    """What ends a chain of trust. The first four make insecure, the last indeterminate, all others bogus."""

    NO_DS = "no_ds"  # the zone above proves that there is none
    OPT_OUT = "opt_out"  # NSEC3 covers the name and says that unsigned zones may lie there (RFC 5155 section 6)
    ALGORITHM = "algorithm"  # all DS records are of algorithms or digests that nobody knows (RFC 4035 section 5.2)
    ITERATIONS = "iterations"  # more rounds of NSEC3 than validators put up with (RFC 9276 section 3.2)
    DS_MISMATCH = "ds_mismatch"  # no DNSKEY is the one that a DS names
    NO_DNSKEY = "no_dnskey"  # a DS, and no key at all
    UNSIGNED = "unsigned"  # the zone is signed, this is not
    SIGNER = "signer"  # signed by a zone that may not sign it
    NO_KEY = "no_key"  # signed by a key that the zone does not have
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SIGNATURE = "signature"  # the signature is of other data
    WILDCARD = "wildcard"  # made from a wildcard, without proof that there is no closer name
    DENIAL = "denial"  # said not to exist, without proof
    NO_ANCHOR = "no_anchor"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From when until when a signature holds."""

    inception: datetime
    expiration: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A state; `where` is the name, or the name and type, at which the chain ends."""

    state: State
    why: Why | None = None
    where: str = ""


SECURE = Standing(State.SECURE)


def insecure(why: Why, where: str) -> Standing:
    return Standing(State.INSECURE, why, where)


def bogus(why: Why, where: str) -> Standing:
    return Standing(State.BOGUS, why, where)
