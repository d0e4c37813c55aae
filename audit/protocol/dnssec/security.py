"""How an answer stands: each link of its chain of aliases, and its end, be it records or their absence (RFC 4035
section 5).

An answer is as secure as its weakest link. Records that were made from a wildcard must come with the proof that nothing
closer exists; an alias that a DNAME makes has no signature of its own (RFC 6672 section 5.3.1).
"""

from __future__ import annotations

from dataclasses import replace

import dns.exception
import dns.name
import dns.rdatatype

from audit.model.fact import Unestablished, Unknown
from audit.model.probe import DnsStatus
from audit.model.value import dataclass
from audit.protocol.dnssec.chain import (
    Seen,
    concluded,
    denials_for,
    no_anchor,
    see,
    standing_of,
    unless_unsigned,
    zone_keys,
)
from audit.protocol.dnssec.trust import Trust
from audit.protocol.inquiry import Steps, inquiry
from audit.syntax.dnssec.records import Proof, Signed, name, shown
from audit.syntax.dnssec.signatures import Verified, is_expanded, verify
from audit.syntax.dnssec.state import SECURE, Lifetime, Standing, State, Why, bogus

LINKS = 10  # of a chain of aliases, its end included


@dataclass(frozen=True, slots=True)
class Security:
    """How the answer to one question stands. `zone` is the one that signs its end, also where that is not believed;
    `lifetime` that of the signature over records at its end, where it holds; `signed`: some record has a signature."""

    standing: Standing
    zone: str | None = None
    lifetime: Lifetime | None = None
    signed: bool = False

    @property
    def state(self) -> State:
        return self.standing.state


@dataclass(frozen=True, slots=True)
class _Link:
    standing: Standing
    zone: dns.name.Name | None = None
    lifetime: Lifetime | None = None


@inquiry
def security(of: str, rdtype: str, trust: Trust, repeat: int = 0) -> Steps[Security]:
    """Establish how the answer for a name and type stands.

    Raises:
        Unestablished: it, or something above it, could not be asked.
    """
    closest = trust.closest(of)
    if closest is None:
        return Security(no_anchor(of))
    yield from zone_keys(closest, trust)  # a resolver that leaves signatures out shows itself here
    seen = yield from see(of, rdtype, repeat)
    at, weakest, aliases = name(of), SECURE, list(seen.answer.aliases)
    for _ in range(LINKS):
        found = seen.proof.at(at, rdtype) or seen.proof.at(at, "CNAME")
        link = yield from _absent(at, seen, trust) if found is None else _present(found, seen, trust)
        if link.standing.state is State.BOGUS:
            link = _within(link, (yield from unless_unsigned(shown(at), trust, link.standing)))
        if link.standing.state in (State.BOGUS, State.INDETERMINATE):
            return _ended(link.standing, link, seen)
        weakest = link.standing if weakest is SECURE else weakest
        target = None if found is None or found.rdtype.name == rdtype else _target(found)
        if target is None:
            return _ended(_agreeing(weakest, found, seen, aliases), link, seen)
        if aliases[:1] != [shown(target)]:
            break
        at, aliases = target, aliases[1:]
    raise Unestablished(Unknown("dns.malformed", (seen.question,)))


def _agreeing(standing: Standing, found: Signed | None, seen: Seen, aliases: list[str]) -> Standing:
    """The state, if what the answer says is what its records prove: the code in its header is not signed.

    Raises:
        Unestablished: the chain of aliases is another one.
    """
    if aliases:
        raise Unestablished(Unknown("dns.malformed", (seen.question,)))
    if standing is not SECURE or (found is not None) == (seen.answer.status is DnsStatus.NOERROR):
        return standing
    return bogus(Why.DENIAL, f"{seen.question.name} {seen.question.rdtype}")


def _within(link: _Link, standing: Standing) -> _Link:
    """A link as it stands after all. A zone above the one that is unsigned has nothing to do with it."""
    unsigned = standing.state is State.INSECURE
    foreign = unsigned and link.zone is not None and not link.zone.is_subdomain(name(standing.where))
    return replace(link, standing=standing, zone=None if foreign else link.zone)


def _ended(standing: Standing, link: _Link, seen: Seen) -> Security:
    zone = shown(link.zone) if link.zone is not None else None
    return Security(standing, zone, link.lifetime, seen.proof.signed)


def _target(found: Signed) -> dns.name.Name | None:
    """Where an alias leads; None for records that are none."""
    if found.rdtype != dns.rdatatype.CNAME:
        return None
    target: dns.name.Name = min(rdata.target.canonicalize() for rdata in found.rrset)
    return target


def _present(found: Signed, seen: Seen, trust: Trust) -> Steps[_Link]:
    """How records that are there stand by their signatures."""
    of, where = found.owner, f"{shown(found.owner)} {found.rdtype.name}"
    signer = found.signer(of, above=found.rdtype == dns.rdatatype.DS)
    if signer is None and found.signatures:
        return _Link(bogus(Why.SIGNER, where))
    if signer is None:
        dname = _made_by(found, seen.proof)
        if dname is not None:
            return (yield from _present(dname, seen, trust))
        return _Link(bogus(Why.UNSIGNED, where))
    keys = yield from zone_keys(shown(signer), trust)
    if keys.standing.state is not State.SECURE:
        return _Link(keys.standing, signer)
    verified = verify(found, signer, keys.keys, trust.now)
    standing = standing_of(verified, found, seen.question)
    if verified.signature is not None and is_expanded(found, verified.signature):
        standing = yield from _expanded(found, verified, seen, trust)
    return _Link(standing, signer, verified.lifetime)


def _expanded(found: Signed, verified: Verified, seen: Seen, trust: Trust) -> Steps[Standing]:
    """How records stand that were made from a wildcard."""
    denials = yield from denials_for(found.owner, seen, trust)
    if isinstance(denials, Standing):
        return denials
    where = f"{shown(found.owner)} {found.rdtype.name}"
    if denials is None or verified.signature is None or denials.zone != verified.signature.signer:
        return bogus(Why.WILDCARD, where)
    standing = concluded(denials.closer_than(found.owner, int(verified.signature.labels)), seen.question)
    return bogus(Why.WILDCARD, where) if standing.state is State.BOGUS else standing


def _made_by(found: Signed, proof: Proof) -> Signed | None:
    """The DNAME that an alias without a signature was made by (RFC 6672 section 3.1)."""
    target = _target(found)
    above = found.owner
    while target is not None and above != dns.name.root:
        above = above.parent()
        dname = proof.at(above, "DNAME")
        if dname is not None and len(dname.rrset) == 1:
            return dname if _rewritten(found.owner, above, dname) == target else None
    return None


def _rewritten(of: dns.name.Name, above: dns.name.Name, dname: Signed) -> dns.name.Name | None:
    try:
        target: dns.name.Name = dname.rrset[0].target
        made: dns.name.Name = of.relativize(above) + target
    except dns.exception.DNSException:  # longer than a name may be
        return None
    return made.canonicalize()


def _absent(at: dns.name.Name, seen: Seen, trust: Trust) -> Steps[_Link]:
    """How it stands by its proofs that there are no records: that the name, or the type at it, is denied."""
    rdtype = seen.question.rdtype
    where = bogus(Why.DENIAL, f"{shown(at)} {rdtype}")
    denials = yield from denials_for(at, seen, trust, above=rdtype == "DS")
    if denials is None:
        return _Link(where, _authority(seen))
    if isinstance(denials, Standing):
        return _Link(denials, _authority(seen))
    absent = seen.answer.status is DnsStatus.NXDOMAIN
    denied = denials.name_at(at) if absent else denials.type_at(at, rdtype)
    standing = concluded(denied, seen.question)
    return _Link(where if standing.state is State.BOGUS else standing, denials.zone)


def _authority(seen: Seen) -> dns.name.Name | None:
    """The zone whose SOA an answer without records carries."""
    owners = (o for o, rdtype in seen.proof.sets if rdtype == dns.rdatatype.SOA)
    return next(owners, None)
