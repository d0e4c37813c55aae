"""How a domain stands to each control of a profile.

A control holds if one of its ways does; a way holds if all its conditions do. What was not seen leaves both open. A
waiver accepts a failure, and does not make it go away: the control is not met, and says who waived it. An attestation
stands only where nothing could be tested, or beside a test that holds; it never outweighs one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from audit import contract
from audit.model.attestation import Attestation
from audit.model.compliance import Assessment, ComplianceProfile, Control, ControlFinding, ControlState, Way
from audit.model.report import DomainReport, Finding, Result, Waiver
from audit.report.compliance import conditions
from audit.report.compliance.measures import joined
from audit.report.compliance.seen import Outcome, Seen, Selection
from audit.report.compliance.standing import Standing, standing
from audit.syntax.escape import visible

Attested: TypeAlias = Callable[[str, str], Attestation | None]  # of a control's id and a domain: the one that counts

MAX_FINDINGS = 50  # of one control and domain
MAX_EVIDENCE = 50
MAX_TEXT = 1000  # characters of a sentence
NO_DOMAIN = "DOMAIN-NXDOMAIN"
NO_TEST = "no_test"  # the reason of a control of which nothing is tested


def assess(
    profile: ComplianceProfile, report: DomainReport, selection: Selection, attested: Attested
) -> tuple[Assessment, ...]:
    """How a domain stands to each control, in the profile's order; nothing for a row that holds no domain, or one that
    is there already."""
    if report.domain is None or report.status not in ("audited", "failed"):
        return ()
    seen = Seen.of(report, selection)
    stands = standing(seen)
    return tuple(_assessment(control, seen, stands, attested) for control in profile.controls)


def _assessment(control: Control, seen: Seen, stands: Standing, attested: Attested) -> Assessment:
    outcome = _barred(control, seen, stands) or _tested(control, seen)
    attestation = None
    if control.untested is not None and outcome.state is ControlState.MET:
        outcome = replace(outcome, because=(*outcome.because, f"Not looked at: {control.untested}"))
    if control.attestation is not None and outcome.state is ControlState.MET:
        attestation = attested(control.id, seen.domain)
        outcome = _attested(control.attestation, outcome, attestation)
    waived = tuple(_waiving(f.rule, f.waiver) for f in outcome.findings if f.waiver is not None and f.waived)
    return Assessment(
        control=control.id,
        domain=seen.domain,
        state=outcome.state,
        because=tuple(visible(text, MAX_TEXT) for text in (*outcome.because, *dict.fromkeys(waived))),
        findings=tuple(_finding(f, seen.domain) for f in outcome.findings[:MAX_FINDINGS]),
        reasons=outcome.reasons,
        attestation=attestation,
        evidence=_evidence(outcome),
    )


def _barred(control: Control, seen: Seen, stands: Standing) -> Outcome | None:
    """Why the control is not judged at all."""
    if seen.report.status == "failed":
        return Outcome(ControlState.NOT_ASSESSED, ("The domain could not be audited.",), reasons=("internal",))
    if gone := seen.fails(NO_DOMAIN):
        return Outcome(ControlState.NOT_ASSESSED, ("The domain does not exist in the DNS.",), gone)
    return stands.bars(control.applies)


def _tested(control: Control, seen: Seen) -> Outcome:
    """What tests say; where there is none, what has to be attested has nothing against it, and the rest is open."""
    if control.ways:
        return _of_ways(control.ways, seen)
    if control.attestation is not None:
        return Outcome(ControlState.MET)
    return Outcome(
        ControlState.NOT_ASSESSED, (f"Not tested: {control.untested or control.meaning}",), reasons=(NO_TEST,)
    )


def _of_ways(ways: tuple[Way, ...], seen: Seen) -> Outcome:
    """The best of the ways."""
    found = [_of_way(way, seen) for way in ways]
    for state in (ControlState.MET, ControlState.NOT_ASSESSED, ControlState.NOT_MET):
        those = [each for each in found if each.state is state]
        if those:
            return those[0] if state is ControlState.MET else joined(state, found if len(found) > 1 else those)
    return joined(ControlState.NOT_APPLICABLE, found)


def _of_way(way: Way, seen: Seen) -> Outcome:
    found = [conditions.outcome(condition, seen) for condition in way.conditions]
    for state in (ControlState.NOT_MET, ControlState.NOT_ASSESSED, ControlState.MET):
        those = [each for each in found if each.state is state]
        if those:
            return joined(state, those)
    return joined(ControlState.NOT_APPLICABLE, found)


def _attested(asked: str, tested: Outcome, attestation: Attestation | None) -> Outcome:
    """What holds as far as it was tested, with somebody's word for the rest, or without."""
    if attestation is None:
        return replace(
            tested,
            state=ControlState.NEEDS_ATTESTATION,
            because=(*tested.because, f"This cannot be seen from outside and has to be attested: {asked}"),
        )
    told = f"Attested by {attestation.owner} until {attestation.expires}, not tested: {attestation.statement}"
    return replace(tested, state=ControlState.ATTESTED, because=(*tested.because, told))


def _waiving(rule: str, waiver: Waiver) -> str:
    """Who waived a failure, and until when."""
    owner = waiver.owner or "somebody who is not named"
    until = f"until {waiver.expires}" if waiver.expires else "without an end"
    return f"{rule} is waived by {owner} {until}: {waiver.reason}"


def _finding(finding: Finding, domain: str) -> ControlFinding:
    waiver = finding.waiver if finding.waived else None
    return ControlFinding(
        rule=finding.rule,
        subject=finding.subject.name,
        fingerprint=contract.fingerprint(finding, domain),
        severity=finding.severity if finding.result is Result.FAIL else None,
        message=finding.message,
        reason=finding.reason,
        evidence=finding.evidence[:MAX_EVIDENCE],
        waived_by=None if waiver is None else waiver.owner or "",
        waived_until=waiver.expires if waiver else None,
        waived_for=waiver.reason if waiver else None,
    )


def _evidence(outcome: Outcome) -> tuple[str, ...]:
    keys: Iterable[str] = (*outcome.evidence, *(key for f in outcome.findings for key in f.evidence))
    return tuple(dict.fromkeys(keys))[:MAX_EVIDENCE]
