"""That something is bogus is said only when it is certain: it makes a domain vanish for whoever validates.

What our own validation refuses is asked again, without CD, as others ask. A validating resolver must then fail twice
(SERVFAIL); it may say why (RFC 8914). One that does not validate gives the data, which must be refused once more. Where
a validating resolver takes for good what we do not, neither is believed: unless it claims to have validated also what
nobody can, and so validates nothing.
"""

from __future__ import annotations

from dataclasses import replace

from audit.model.evidence import Settings
from audit.model.fact import Known, Unestablished, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.domain import domain_security
from audit.protocol.dnssec.security import security
from audit.protocol.dnssec.trust import Trust
from audit.protocol.inquiry import Steps, ask, inquiry, silence
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.state import Standing, State

REFUSING = frozenset({DnsStatus.SERVFAIL, DnsStatus.BOGUS})
DISPUTED = "dnssec.disputed"
FAR = "vantage.resolver_not_local"
NEVER_SIGNED = Question(name="home.arpa", rdtype="SOA")  # its delegation must be insecure (RFC 8375 section 4)


@dataclass(frozen=True, slots=True)
class Bogus:
    """A name and type that no validator accepts; `said` is what the resolver says to it, by code and text."""

    name: str
    rdtype: str
    standing: Standing
    said: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ResolverView:
    """What a validating resolver on this machine makes of the domain, where that can be told: None, where it agrees
    with us, or that it does not validate."""

    ours: State
    differs: str | None


@inquiry
def confirmed(of: str, rdtype: str, trust: Trust, vantage: Vantage) -> Steps[Bogus]:
    """Ask again, as others do, for what our own validation refuses.

    Raises:
        Unestablished: it could not be asked again, or not everybody finds it bogus.
    """
    standing = (yield from security(of, rdtype, trust)).standing
    plain = Question(name=of, rdtype=rdtype)
    first = yield from ask(plain)
    if first.status in REFUSING:
        second = yield from ask(replace(plain, repeat=1))
        if second.status in REFUSING:
            return Bogus(of, rdtype, standing, _said(first, second))
        raise Unestablished(_disputed(replace(plain, repeat=1), second))
    if not first.speaks:
        raise Unestablished(silence(plain, first))
    validating = vantage.validating
    if isinstance(validating, Unknown) and validating.reason != FAR:
        raise Unestablished(validating)
    if validating == Known(True) and not (yield from _claims_anything()):
        raise Unestablished(Unknown(DISPUTED, (plain,)))
    again = yield from security(of, rdtype, trust, 1)
    if again.state is not State.BOGUS:
        raise Unestablished(Unknown(DISPUTED, (plain,)))
    return Bogus(of, rdtype, again.standing, ())


def _claims_anything() -> Steps[bool]:
    """Whether the resolver says of what is never signed that it has validated it. That there is no such name, as in a
    tree of one's own, may well be signed."""
    got = yield from ask(NEVER_SIGNED)
    return got.status in (DnsStatus.NOERROR, DnsStatus.NODATA) and "ad" in got.flags


def _disputed(question: Question, got: Answer) -> Unknown:
    return Unknown(DISPUTED, (question,)) if got.speaks else silence(question, got)


def _said(*answers: Answer) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({(e.code, e.text) for a in answers for e in a.ede}))


@inquiry
def resolver_view(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[ResolverView]:
    """Compare our own validation with that of a resolver on this machine (RFC 4035 section 3.2.3)."""
    ours = (yield from domain_security(domain, settings, circumstances, vantage)).state
    if isinstance(vantage.validating, Unknown) and vantage.validating.reason != FAR:
        raise Unestablished(vantage.validating)
    if vantage.validating != Known(True):
        return ResolverView(ours, None)
    plain = Question(name=domain.name, rdtype="SOA")
    got = yield from ask(plain)
    if got.status is DnsStatus.BOGUS:
        return ResolverView(ours, None if ours is State.BOGUS else "bogus")
    if got.status in REFUSING and ours is State.BOGUS:
        return ResolverView(ours, None)
    if not got.speaks:
        raise Unestablished(silence(plain, got))
    theirs = State.SECURE if "ad" in got.flags else State.INSECURE
    agree = theirs is ours or (ours is State.INDETERMINATE and theirs is State.INSECURE)
    return ResolverView(ours, None if agree else str(theirs))
