"""Can mail be forged: in the name of the domain, of names below it that exist, and of names that somebody makes up?

The answers have the names that people know. `protected`: receivers are asked to act on what is not genuine.
`monitoring`: they are asked to report it, and to deliver it all the same. `open`: nobody acts and nobody looks, or
anybody can pass for genuine: where SPF lets everybody send, or nine in ten addresses of a family, that of the name
itself, or under relaxed alignment (RFC 9989 section 4.4) that of another name of its organization; or where a domain
that SPF, DKIM or DMARC lead to, or a name server of the zone lies in, is to be had. `partly protected`: only receivers
that follow RFC 9989 act on all of it; those that still follow RFC 7489 read the record otherwise; or SPF lets a good
part of all addresses send. A name below that its owner listed, and that has a DMARC record of its own, is judged by
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.report import DomainVerdict, Finding, QuestionId, Result, State
from audit.model.value import dataclass
from audit.protocol.dmarc.listed import ListedStances
from audit.protocol.dmarc.policies import LegacyPolicy
from audit.protocol.dmarc.stance import DmarcStance, Stance
from audit.rules.summary.findings import Findings, answer, first, lacking
from audit.rules.summary.openings import NOT_SURVEYED, Doors, Opening, Openings
from audit.rules.summary.withheld import for_validators
from audit.syntax.dmarc import Policy

HARMFUL = (
    "SPF-MISSING",
    "SPF-MULTIPLE",
    "SPF-SYNTAX",
    "SPF-LOOKUPS",
    "SPF-VOID",
    "SPF-LOOP",
    "SPF-MX-GT10",
    "SPF-INCLUDE-NONE",
    "SPF-INCLUDE-NXDOMAIN",
    "SPF-INCLUDE-PERMERROR",
    "DMARC-NO-AUTH",
)
DMARC = (
    "DMARC-MISSING",
    "DMARC-MULTIPLE",
    "DMARC-VERSION",
    "DMARC-P-MISSING",
    "DMARC-P-INVALID",
    "DMARC-P-NONE",
    "DMARC-T-Y",
    "DMARC-RUA-MISSING",
)
OF_SUBDOMAINS = (*DMARC, "DMARC-SP-WEAK")
OF_NONEXISTENT = (*OF_SUBDOMAINS, "DMARC-NP")
IN_PART = ("DMARC-PCT", "DMARC-NP")
ENFORCED = frozenset({Policy.QUARANTINE, Policy.REJECT})
WORST_FIRST = (State.BAD, State.UNKNOWN, State.WARNING, State.GOOD, State.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class _Names:
    """One kind of name: its question, how it stands, the rules that look at it, and what opens it."""

    id: QuestionId
    stance: Fact[Stance]
    rules: tuple[str, ...]
    below: bool
    openings: Openings


def forgery(found: Findings, facts: Mapping[type, Fact[Any]]) -> tuple[DomainVerdict, ...]:
    """What can be forged, from the policies that apply and from whom SPF lets send."""
    stance: Fact[DmarcStance] = facts.get(DmarcStance, NOT_SURVEYED)
    if isinstance(stance, Unknown):
        stance = Known(DmarcStance(stance, stance, stance))
    of, doors = stance.value, Doors(found, facts)
    existing = _Names("forgery_subdomains", of.existing_subdomains, OF_SUBDOMAINS, True, doors.existing)
    made_up = _Names("forgery_nonexistent", of.nonexistent_subdomains, OF_NONEXISTENT, True, doors.made_up)
    verdicts = (
        (of.domain, _answered(_Names("forgery", of.domain, DMARC, False, doors.domain), found)),
        (of.existing_subdomains, _worst((_answered(existing, found), *_listed(doors, facts)))),
        (of.nonexistent_subdomains, _answered(made_up, found)),
    )
    return tuple(for_validators(verdict, each, found, facts) for each, verdict in verdicts)


def _listed(doors: Doors, facts: Mapping[type, Fact[Any]]) -> Iterator[DomainVerdict]:
    """What holds for each listed name that has a DMARC record of its own, of which the rules on the domain's say
    nothing."""
    listed: Fact[ListedStances] = facts.get(ListedStances, NOT_SURVEYED)
    for name, own in listed.value.each if isinstance(listed, Known) else ():
        stance: Fact[Stance] | None = own if isinstance(own, Unknown) else Known(own.value) if own.value else None
        if stance is not None:
            yield _answered(_Names("forgery_subdomains", stance, (), True, doors.listed(name)), Findings(()))


def _worst(verdicts: Iterable[DomainVerdict]) -> DomainVerdict:
    """The one that decides: what is open is so whatever the others are; what is not known may be as bad."""
    return min(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.state))


def _answered(names: _Names, found: Findings) -> DomainVerdict:
    stance = names.stance
    if anybody := names.openings.always.certain:
        return _open(names, anybody)
    if isinstance(stance, Unknown):
        unknown = found.unknown(*names.rules)
        return answer(names.id, State.UNKNOWN, "could not test", lacking(stance.reason), unknown)
    opened = names.openings.under(spf=not stance.value.strict, dkim=not stance.value.strict_dkim)
    if opened.certain:
        return _open(names, opened.certain)
    if stance.value.policy not in ENFORCED:
        plain = _unprotected(names, stance.value, found)
        if plain.state is State.BAD or not opened.untold:
            return plain
        return _untold(names, plain.because, opened.untold)
    asked = f"The DMARC record of {stance.value.at} asks receivers to {stance.value.policy} forged mail"
    if opened.untold:
        return _untold(names, f"{asked};", opened.untold)
    if opened.many:
        because = f"{asked}. But many strangers pass SPF: {opened.many[0].because}"
        return answer(names.id, State.WARNING, "partly protected", because, _findings(opened.many))
    return _protected(names, stance.value, asked, found)


def _open(names: _Names, certain: tuple[Opening, ...]) -> DomainVerdict:
    return answer(names.id, State.BAD, "open", certain[0].because, _findings(certain))


def _untold(names: _Names, said: str, untold: tuple[Opening, ...]) -> DomainVerdict:
    doubt = untold[0].because
    begun = doubt[:1].upper() if said.endswith(".") else doubt[:1]
    because = f"{said} {begun}{doubt[1:]} could not be told."
    return answer(names.id, State.UNKNOWN, "could not test", because, _findings(untold))


def _findings(openings: Iterable[Opening]) -> tuple[Finding, ...]:
    return tuple(finding for each in openings for finding in each.findings)


def _unprotected(names: _Names, stance: Stance, found: Findings) -> DomainVerdict:
    """Nobody is asked to act."""
    fails = found.of(names.rules, Result.FAIL)
    if stance.at is None:
        because = "No DMARC record applies, so nobody is asked to stop forged mail."
        return answer(names.id, State.BAD, "open", because, fails)
    if stance.policy is None:
        because = f"The DMARC record of {stance.at} holds no policy that receivers can use."
        return answer(names.id, State.BAD, "open", because, fails)
    asked = f"The DMARC record of {stance.at} asks receivers to do nothing about forged mail ({stance.tag} decides)"
    if stance.watched:
        because = f"{asked}, but to report it: it is delivered all the same."
        return answer(names.id, State.WARNING, "monitoring", because, fails)
    return answer(names.id, State.BAD, "open", f"{asked}, and nobody is sent reports.", fails)


def _protected(names: _Names, stance: Stance, asked: str, found: Findings) -> DomainVerdict:
    """Receivers that follow RFC 9989 are asked to act; whether the others are, too."""
    if isinstance(stance.legacy, Unknown):
        because = f"{asked}; what those are asked that still follow RFC 7489 could not be told."
        return answer(names.id, State.UNKNOWN, "could not test", because)
    if not _whole(stance.legacy.value):
        because = f"{asked}; those that still follow RFC 7489 are asked for {stance.legacy.value.words}."
        return answer(names.id, State.WARNING, "partly protected", because, found.of(IN_PART, Result.FAIL))
    if not names.below and (weak := found.fails(*HARMFUL)):
        because = f"{asked}. Genuine mail may suffer, too: {first(weak)}"
        return answer(names.id, State.GOOD, "protected", because, weak)
    return answer(names.id, State.GOOD, "protected", f"{asked}.")


def _whole(legacy: LegacyPolicy) -> bool:
    return legacy.policy in ENFORCED and legacy.percent == 100
