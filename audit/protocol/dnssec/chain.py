"""The chain of trust: from the keys of one zone by a DS to the keys of the next (RFC 4035 section 5).

Each step asks for a DS and a DNSKEY, which all names below have in common. Questions set CD, so that a resolver hands
over also what it takes for bogus: then what is wrong can be said. It need not be believed in anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import dns.name

from audit.model.fact import Unestablished, Unknown
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.dnssec.trust import Trust
from audit.protocol.inquiry import Steps, answer, inquiry
from audit.syntax.dnssec import keys as zone_keys_of
from audit.syntax.dnssec.denial import Denials, Denied
from audit.syntax.dnssec.records import DNSKEY, DS, Proof, Signed, name, read, shown
from audit.syntax.dnssec.signatures import Verified, is_expanded, verify
from audit.syntax.dnssec.state import SECURE, Standing, State, Why, bogus, insecure

MAX_WALK = 16  # labels: a name of the DNS has up to 127, and each is a question
DENIALS_READ = 12
RECORDS_READ = 400  # of one message: the network gives no more
STRIPPED = "vantage.dnssec_stripped"
ANCHOR = "vantage.trust_anchor"
COSTLY = "dnssec.too_costly"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a zone, which are believed when it is secure."""

    standing: Standing
    zone: dns.name.Name
    keys: tuple[DNSKEY, ...] = ()


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the zone above says of a name: its DS records, or, where it is secure all the same, that no zone begins
    there."""

    standing: Standing
    ds: tuple[DS, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, and what its records prove."""

    question: Question
    answer: Answer
    proof: Proof


def signed_question(of: str, rdtype: str, repeat: int = 0) -> Question:
    """A question for records with all that proves them, also where the resolver would refuse them."""
    return Question(name=of, rdtype=rdtype, dnssec=True, cd=True, repeat=repeat)


def see(of: str, rdtype: str, repeat: int = 0) -> Steps[Seen]:
    """Ask for records and their proof.

    Raises:
        Unestablished: no answer, none with room for signatures, or one that is too long.
    """
    question = signed_question(of, rdtype, repeat)
    got = yield from answer(question)
    if not got.edns:
        raise Unestablished(Unknown(STRIPPED, (question,)))
    if len(got.proof) >= RECORDS_READ:
        raise Unestablished(Unknown(COSTLY, (question,)))
    proof = read(got.proof)
    if proof is None:
        raise Unestablished(Unknown("dns.malformed", (question,)))
    return Seen(question, got, proof)


@inquiry
def zone_keys(apex: str, trust: Trust) -> Steps[Keys]:
    """Establish the keys of a zone."""
    zone = name(apex)
    if trust.of(zone):
        return (yield from _anchored(apex, trust))
    above = yield from delegation(apex, trust)
    if above.standing.state is not State.SECURE:
        return Keys(above.standing, zone)
    if not above.ds:
        return Keys(bogus(Why.SIGNER, apex), zone)
    if not zone_keys_of.supported(above.ds):
        return Keys(insecure(Why.ALGORITHM, apex), zone)
    seen = yield from see(apex, "DNSKEY")
    found = seen.proof.at(zone, "DNSKEY")
    if found is None:
        return Keys(bogus(Why.NO_DNSKEY, apex), zone)
    keys = keys_in(found, seen.question)
    entry = zone_keys_of.vouched(zone, keys, above.ds)
    if not entry:
        return Keys(bogus(Why.DS_MISMATCH, apex), zone)
    verified = verify(found, zone, entry, trust.now)
    return Keys(standing_of(verified, found, seen.question), zone, keys)


def _anchored(apex: str, trust: Trust) -> Steps[Keys]:
    """The keys of a zone with an anchor. Where they do not fit, something stands between it and us, not below it.

    Raises:
        Unestablished: the resolver leaves signatures out, or the keys are not those of the anchor.
    """
    zone = name(apex)
    seen = yield from see(apex, "DNSKEY")
    found = seen.proof.at(zone, "DNSKEY")
    if found is None or not found.signatures:
        raise Unestablished(Unknown(STRIPPED, (seen.question,)))
    keys = keys_in(found, seen.question)
    entry = tuple(k for k in keys if any(a.is_of(k) for a in trust.of(zone)))
    if verify(found, zone, entry, trust.now).signature is None:
        raise Unestablished(Unknown(ANCHOR, (seen.question,)))
    return Keys(SECURE, zone, keys)


@inquiry
def delegation(of: str, trust: Trust) -> Steps[Delegation]:
    """Establish what the zone above a name says of a zone that may begin there.

    Raises:
        Unestablished: it could not be asked, or what is certainly signed came without signatures.
    """
    if trust.closest(of) is None:
        return Delegation(no_anchor(of))
    seen = yield from see(of, "DS")
    zone = name(of)
    if not seen.proof.signed and zone != dns.name.root and trust.of(zone.parent()):
        raise Unestablished(Unknown(STRIPPED, (seen.question,)))  # a zone with an anchor is signed
    found = seen.proof.at(zone, "DS")
    said = (yield from _no_ds(seen, trust)) if found is None else (yield from _vouched(found, seen, trust))
    if said.standing.state is not State.BOGUS:
        return said
    return Delegation((yield from unless_unsigned(_above(zone), trust, said.standing)))


def _vouched(found: Signed, seen: Seen, trust: Trust) -> Steps[Delegation]:
    """What DS records are worth."""
    where = f"{seen.question.name} DS"
    signer = found.signer(found.owner, above=True)
    if signer is None:
        return Delegation(bogus(Why.SIGNER if found.signatures else Why.UNSIGNED, where))
    above = yield from zone_keys(shown(signer), trust)
    if above.standing.state is not State.SECURE:
        return Delegation(above.standing)
    standing = standing_of(verify(found, signer, above.keys, trust.now), found, seen.question)
    ds = _of_type(found, DS, zone_keys_of.DS_READ, seen.question)
    return Delegation(standing, ds if standing is SECURE else ())


def _no_ds(seen: Seen, trust: Trust) -> Steps[Delegation]:
    """What it means that a name has no DS: secure where no zone begins there."""
    of = name(seen.question.name)
    denials = yield from denials_for(of, seen, trust, above=True)
    if denials is None:
        return Delegation(bogus(Why.DENIAL, f"{seen.question.name} DS"))
    if isinstance(denials, Standing):
        return Delegation(denials)
    denied = denials.type_at(of, "DS")
    if denied in (Denied.TYPE, Denied.NAME):
        return Delegation(SECURE)
    return Delegation(concluded(denied, seen.question, denying=insecure(Why.NO_DS, seen.question.name)))


@inquiry
def _unsigned_zone(of: str, trust: Trust) -> Steps[Standing | None]:
    """Walk down to a name, to where the chain of trust ends; None where it does not."""
    closest = trust.closest(of)
    if closest is None:
        return no_anchor(of)
    yield from zone_keys(closest, trust)
    for cut in _cuts(name(of), name(closest)):
        below = yield from delegation(cut, trust)
        if below.standing.state is not State.SECURE:
            return below.standing
        if below.ds:
            keys = yield from zone_keys(cut, trust)
            if keys.standing.state is not State.SECURE:
                return keys.standing
    return None


def unless_unsigned(of: str, trust: Trust, unproved: Standing) -> Steps[Standing]:
    """How something at a name stands that its own signatures do not prove, be they missing or wrong: a zone at or above
    it is proved to be unsigned, whatever it publishes, or this is `unproved`."""
    found = yield from _unsigned_zone(of, trust)
    return found or unproved


def denials_for(
    of: dns.name.Name, seen: Seen, trust: Trust, *, above: bool = False
) -> Steps[Denials | Standing | None]:
    """The records that deny, of the closest zone at or above a name (`above`: above it), when their signatures hold.
    Else how that zone stands; None where no denial is signed at all."""
    signed = [(d, d.signer(of, above=above)) for d in seen.proof.denials]
    zone = max((signer for _, signer in signed if signer is not None), key=len, default=None)
    if zone is None:
        return None
    keys = yield from zone_keys(shown(zone), trust)
    if keys.standing.state is not State.SECURE:
        return keys.standing
    own = [d for d, signer in signed if signer == zone]
    if len(own) > DENIALS_READ:
        raise Unestablished(Unknown(COSTLY, (seen.question,)))
    found = []
    for each in own:
        verified = verify(each, zone, keys.keys, trust.now)
        standing = standing_of(verified, each, seen.question)
        if verified.signature is None:
            return standing
        if not is_expanded(each, verified.signature):  # a wildcard's record says nothing of the name it is shown for
            found += [(each.owner, rdata) for rdata in each.rrset]
    return Denials.of(zone, found)


def concluded(denied: Denied, question: Question, denying: Standing = SECURE) -> Standing:
    """How a name stands by what was proved.

    Raises:
        Unestablished: it was not looked at.
    """
    where = f"{question.name} {question.rdtype}"
    if denied is Denied.TOO_DEEP:
        raise Unestablished(Unknown(COSTLY, (question,)))
    if denied is Denied.NOTHING:
        return bogus(Why.DENIAL, where)
    if denied is Denied.OPT_OUT:
        return insecure(Why.OPT_OUT, question.name)
    return insecure(Why.ITERATIONS, question.name) if denied is Denied.ITERATIONS else denying


def no_anchor(of: str) -> Standing:
    return Standing(State.INDETERMINATE, Why.NO_ANCHOR, of)


def standing_of(verified: Verified, signed: Signed, question: Question) -> Standing:
    if verified.dear:
        raise Unestablished(Unknown(COSTLY, (question,)))
    if verified.signature is not None:
        return SECURE
    return bogus(verified.why or Why.SIGNATURE, f"{shown(signed.owner)} {signed.rdtype.name}")


def _above(of: dns.name.Name) -> str:
    return shown(of.parent()) if of != dns.name.root else "."


def _cuts(of: dns.name.Name, below: dns.name.Name) -> Sequence[str]:
    """The names from below an anchor down to a name.

    Raises:
        Unestablished: they are too many.
    """
    depths = range(len(below) + 1, len(of) + 1)
    if len(depths) > MAX_WALK:
        raise Unestablished(Unknown(COSTLY))
    return [shown(dns.name.Name(of.labels[-depth:])) for depth in depths]


def keys_in(found: Signed, question: Question) -> tuple[DNSKEY, ...]:
    """The keys in a set.

    Raises:
        Unestablished: they are too many.
    """
    return _of_type(found, DNSKEY, zone_keys_of.KEYS_READ, question)


def _of_type(found: Signed, kind: type[R], most: int, question: Question) -> tuple[R, ...]:
    """All records of a set, since each may be the one that counts.

    Raises:
        Unestablished: they are too many.
    """
    if len(found.rrset) > most:
        raise Unestablished(Unknown(COSTLY, (question,)))
    return tuple(r for r in found.rrset if isinstance(r, kind))
