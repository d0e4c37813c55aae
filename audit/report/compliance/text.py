"""The compliance report for a person at a terminal: each control's figures, then what is not met or open."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from audit.model.compliance import ControlState
from audit.model.compliance_report import ComplianceReport, ProfileReport
from audit.report.compliance import wording
from audit.report.compliance.exceptions import Told, exceptions, totals, unit_rows
from audit.report.words import plural
from audit.syntax.escape import visible

SHOWN = 12  # blocks of one control
FINDINGS = 4
NAMES = 8
SIGNS = {
    ControlState.NOT_MET: "x",
    ControlState.NOT_ASSESSED: "?",
    ControlState.NEEDS_ATTESTATION: "!",
    ControlState.ATTESTED: "~",
    ControlState.MET: "+",
    ControlState.NOT_APPLICABLE: "-",
}


def render(report: ComplianceReport, width: int = 100) -> bytes:
    """The report as lines of up to `width` columns."""
    return "".join(f"{line}\n" for line in _lines(report, max(width, 32))).encode("utf-8")


def _lines(report: ComplianceReport, width: int) -> Iterator[str]:
    scope = report.scope
    yield from _folded(
        f"{visible(scope.list_name, 200)}, {plural(scope.audited, 'domain')} of {plural(scope.rows, 'row')}, observed "
        f"{scope.observed_from:%Y-%m-%d %H:%M} to {scope.observed_until:%Y-%m-%d %H:%M} UTC",
        width,
    )
    yield from _folded(wording.CAVEAT, width)
    for profile in report.profiles:
        yield ""
        yield from _profile(profile, width)
    yield from _words(report, width)


def _profile(profile: ProfileReport, width: int) -> Iterator[str]:
    draft = " (draft)" if profile.draft else ""
    yield from _folded(f"{visible(profile.title, 200)}{draft}", width)
    yield from _folded(
        f"{visible(profile.publisher, 200)}, {visible(profile.version, 200)}, text of {profile.as_of}", width
    )
    told = ", ".join(f"{wording.STATES[state]} {count}" for state, count in totals(profile) if count)
    yield from _folded(f"{told or 'nothing was assessed'}", width)
    yield ""
    for row in exceptions(profile):
        draft = " (draft)" if row.control.draft else ""
        states = ", ".join(f"{wording.STATES[state]} {count}" for state, count in row.states) or "no domain"
        sign = SIGNS[next((state for state, _ in row.states), ControlState.NOT_APPLICABLE)]
        yield from _folded(
            f"{visible(row.control.id, 80)} {visible(row.control.title, 200)}{draft}: {states}", width, sign
        )
        for told_ in row.told[:SHOWN]:
            yield from _told(told_, width)
        left = row.left + sum(len(each.standings) for each in row.told[SHOWN:])
        if left:
            yield from _folded(f"and {plural(left, 'domain')} more", width, "    ")
    units, more = unit_rows(profile)
    if units:
        yield ""
        yield "By unit:"
        for unit in units:
            states = ", ".join(f"{word} {n}" for state, word in wording.STATES.items() if (n := getattr(unit, state)))
            yield from _folded(f"{visible(unit.unit or '', 64)}, {visible(unit.control, 80)}: {states}", width, "  ")
    if more:
        yield from _folded(f"and {plural(more, 'row')} more", width, "  ")


def _told(told: Told, width: int) -> Iterator[str]:
    names = ", ".join(visible(s.unicode or s.domain, 253) for s in told.standings[:NAMES])
    if len(told.standings) > NAMES:
        names += f" and {len(told.standings) - NAMES} more"
    state = told.assessment.state
    yield from _folded(f"{names}: {wording.STATES[state]}", width, f"    {SIGNS[state]}")
    for sentence in told.assessment.because:
        yield from _folded(visible(sentence, 600), width, "       ")
    findings = [f for f in told.assessment.findings if f"{f.rule}: {f.message}" not in told.assessment.because]
    for finding in findings[:FINDINGS]:
        said = visible(finding.message or finding.reason or "", 300)
        yield from _folded(f"{finding.rule} {visible(finding.subject, 253)}: {said}", width, "       ")
    if len(findings) > FINDINGS:
        yield from _folded(f"and {plural(len(findings) - FINDINGS, 'finding')} more", width, "       ")


def _words(report: ComplianceReport, width: int) -> Iterator[str]:
    """What people gave: attestations that are of no use, and waivers."""
    for use in report.attestations:
        if not use.assessments:
            why = "has expired" if use.attestation.state == "expired" else "counts for nothing"
            named = ", ".join(use.attestation.controls)
            yield from _folded(
                f"Attestation by {visible(use.attestation.owner, 200)} on {visible(named, 300)}, until "
                f"{use.attestation.expires}: it {why}.",
                width,
            )
    for waiver in report.waivers:
        if waiver.waiver.expired:
            yield from _folded(f"The waiver of {waiver.waiver.rule} expired on {waiver.waiver.expires}.", width)


def _folded(text: str, width: int, first: str = "") -> Iterator[str]:
    lead = f"{first} " if first else ""
    yield from textwrap.wrap(
        text, width, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    ) or [lead.rstrip()]
