"""Can mail be forged: in the name of the domain, of names below it that exist, and of names that somebody makes up?

The answers have the names that people know. `protected`: receivers are asked to act on what is not genuine.
`monitoring`: they are asked to report it, and to deliver it all the same. `open`: nobody acts and nobody looks, or
anybody can pass for genuine: where SPF lets everybody send, that of the name itself, or under relaxed alignment
(RFC 9989 section 4.4) that of another name of its organization; or where a domain that SPF, DKIM or DMARC lead to is to
be had. `partly protected`: only receivers that follow RFC 9989 act on all of it; those that still follow RFC 7489 read
the record otherwise; or SPF lets a good part of all addresses send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.report import DomainVerdict, Finding, QuestionId, Result, State
from audit.protocol.dmarc.policies import LegacyPolicy
from audit.protocol.dmarc.stance import DmarcStance, Stance
from audit.protocol.spf.organization import OrganizationSpf
from audit.rules.summary.findings import GRAVE, Findings, answer, first, lacking
from audit.rules.summary.openings import Openings, openings
from audit.syntax.dmarc import Policy

HARMFUL = (
    "SPF-MISSING",
    "SPF-MULTIPLE",
    "SPF-SYNTAX",
    "SPF-LOOKUPS",
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
NOT_SURVEYED: Fact[Any] = Unknown("not_gathered")


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
    of = stance.value
    above: Fact[OrganizationSpf] = facts.get(OrganizationSpf, NOT_SURVEYED)
    itself, existing, made_up = openings(found, facts)
    return (
        _answered(_Names("forgery", of.domain, DMARC, False, itself), found, above),
        _answered(_Names("forgery_subdomains", of.existing_subdomains, OF_SUBDOMAINS, True, existing), found, above),
        _answered(
            _Names("forgery_nonexistent", of.nonexistent_subdomains, OF_NONEXISTENT, True, made_up), found, above
        ),
    )


def _answered(names: _Names, found: Findings, above: Fact[OrganizationSpf]) -> DomainVerdict:
    stance = names.stance
    if anybody := names.openings.always.certain:
        return answer(names.id, State.BAD, "open", first(anybody), anybody)
    if isinstance(stance, Unknown):
        unknown = found.unknown(*names.rules)
        return answer(names.id, State.UNKNOWN, "could not test", lacking(stance.reason), unknown)
    opened = names.openings.under(spf=not stance.value.strict, dkim=not stance.value.strict_dkim)
    if opened.certain:
        return answer(names.id, State.BAD, "open", first(opened.certain), opened.certain)
    if stance.value.policy not in ENFORCED:
        plain = _unprotected(names, stance.value, found)
        if plain.state is State.BAD or not opened.untold:
            return plain
        because = f"{plain.because} {_doubt(opened.untold)} could not be told."
        return answer(names.id, State.UNKNOWN, "could not test", because, opened.untold)
    asked = f"The DMARC record of {stance.value.at} asks receivers to {stance.value.policy} forged mail"
    if opened.untold:
        doubt = _doubt(opened.untold)
        return answer(names.id, State.UNKNOWN, "could not test", f"{asked}; {doubt} could not be told.", opened.untold)
    if not (names.below and stance.value.strict) and (vast := _vast(found)):
        because = f"{asked}. But many strangers pass SPF: {first(vast)}"
        return answer(names.id, State.WARNING, "partly protected", because, vast)
    by_above = None if stance.value.strict else _by_organization(names, asked, above)
    return by_above or _protected(names, stance.value, asked, found)


def _vast(found: Findings) -> tuple[Finding, ...]:
    """That SPF lets so many send that strangers are among them."""
    return tuple(f for f in found.fails("SPF-CIDR-BROAD") if f.severity in GRAVE)


def _doubt(untold: tuple[Finding, ...]) -> str:
    if any(f.rule.startswith("SPF") for f in untold):
        return "whether SPF lets everybody send"
    return "whether anybody can get a domain that its DKIM or DMARC records lead to"


def _by_organization(names: _Names, asked: str, above: Fact[OrganizationSpf]) -> DomainVerdict | None:
    """What the organizational domain's SPF makes of it, where that is another domain; None when it opens nothing."""
    if isinstance(above, Unknown):
        because = f"{asked}; of which organization the domain is could not be told ({above.reason})."
        return answer(names.id, State.UNKNOWN, "could not test", because)
    name, everybody = above.value.name, above.value.everybody
    if isinstance(everybody, Unknown):
        because = f"{asked}; whether the SPF record of {name} lets everybody send could not be told."
        return answer(names.id, State.UNKNOWN, "could not test", because)
    if not everybody.value:
        return None
    because = f"{asked}, but the SPF record of {name} lets everybody send, and what passes there is aligned (aspf=r)."
    return answer(names.id, State.BAD, "open", because)


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
