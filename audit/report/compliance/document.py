"""The compliance report: a report held to profiles, as data (schemas/compliance.json) and as JSON (RFC 8259).

It is made of the report alone. Evidence that is older than a profile is judged as ever, and the report of it is then
held to the profile: nothing is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit import __version__, contract
from audit.model.attestation import Attestation
from audit.model.compliance import Assessment, ComplianceProfile, Control, ControlState
from audit.model.compliance_report import (
    ComplianceDigests,
    ComplianceReport,
    ComplianceScope,
    ControlText,
    DomainStanding,
    ProfileReport,
)
from audit.model.report import DomainReport, RunReport, RunSummary, Tool
from audit.report.compliance.asked import checks
from audit.report.compliance.attesting import Attesting
from audit.report.compliance.fleet import Counting
from audit.report.compliance.judging import assess
from audit.report.compliance.seen import Selection
from audit.report.compliance.wording import method

SCHEMA, SCHEMA_ID = "compliance", "https://mxaudit.example/schemas/compliance-1.json"
UNAUDITED = 1000  # rows that are named


def compliance_report(
    report: RunReport,
    profiles: tuple[ComplianceProfile, ...],
    attestations: tuple[Attestation, ...] = (),
    *,
    evidence: str | None = None,
    hosts: str | None = None,
    text: str | None = None,
    whole: str | None = None,
) -> ComplianceReport:
    """Hold a report to profiles. The digests are those of the files of evidence, of the report, and of all of them."""
    attesting = Attesting(attestations)
    selection = Selection.of(report.rules)
    counting = {profile.id: Counting(profile) for profile in profiles}
    standings: dict[str, list[DomainStanding]] = {profile.id: [] for profile in profiles}
    unaudited: list[str] = []
    units: dict[str, None] = {}
    for domain in report.domains:
        if domain.status != "audited" and len(unaudited) < UNAUDITED:
            unaudited.append(domain.input.text)
        if domain.unit is not None:
            units[domain.unit] = None
        for profile in profiles:
            assessed = assess(profile, domain, selection, attesting.of(profile.id, domain))
            counting[profile.id].add(domain.unit, assessed)
            if assessed:
                standings[profile.id].append(_standing(domain, assessed))
    digests = ComplianceDigests(
        list=report.run.digests.list,
        judgement=report.run.digests.judgement,
        evidence=evidence,
        hosts=hosts,
        report=text,
        whole=whole,
    )
    return ComplianceReport(
        compliance=SCHEMA_ID,
        scope=_scope(report.run, tuple(sorted(units)), digests),
        profiles=tuple(_profile(p, counting[p.id], tuple(standings[p.id])) for p in profiles),
        attestations=attesting.uses(),
        waivers=report.waivers,
        unaudited=tuple(unaudited),
    )


def render(report: ComplianceReport) -> bytes:
    """The report as indented JSON, held to its schema.

    Raises:
        ContractError: it does not agree: a fault of ours.
    """
    text = contract.pretty(report)
    contract.check(SCHEMA, text)
    return text


def stream(report: ComplianceReport) -> Iterator[bytes]:
    yield render(report)


def _standing(domain: DomainReport, assessed: tuple[Assessment, ...]) -> DomainStanding:
    def having(state: ControlState) -> tuple[str, ...]:
        return tuple(each.control for each in assessed if each.state is state)

    folded = (ControlState.MET, ControlState.NOT_APPLICABLE)
    return DomainStanding(
        domain=domain.domain or "",
        unicode=domain.unicode,
        unit=domain.unit,
        met=having(ControlState.MET),
        not_applicable=having(ControlState.NOT_APPLICABLE),
        others=tuple(each for each in assessed if each.state not in folded),
    )


def _scope(run: RunSummary, units: tuple[str, ...], digests: ComplianceDigests) -> ComplianceScope:
    return ComplianceScope(
        tool=run.tool,
        assessed_by=Tool(name="mxaudit", version=__version__, rules_version=run.tool.rules_version),
        list_name=run.list_name,
        rows=run.coverage.rows,
        audited=run.coverage.audited,
        units=units,
        observed_from=run.observed_from,
        observed_until=run.observed_until,
        complete=run.complete,
        judged_by=run.profile,
        method=method(run),
        ehlo=run.ehlo,
        vantage=run.vantage,
        merged=run.merged,
        coverage=run.coverage,
        digests=digests,
    )


def _profile(profile: ComplianceProfile, counting: Counting, standings: tuple[DomainStanding, ...]) -> ProfileReport:
    return ProfileReport(
        id=profile.id,
        title=profile.title,
        publisher=profile.publisher,
        version=profile.version,
        as_of=profile.as_of.isoformat(),
        source=profile.source,
        checked=profile.checked.isoformat(),
        scope=profile.scope,
        draft=profile.draft,
        digest=profile.digest,
        controls=tuple(map(_control, profile.controls)),
        fleet=counting.fleet(),
        domains=standings,
    )


def _control(control: Control) -> ControlText:
    return ControlText(
        id=control.id,
        title=control.title,
        meaning=control.meaning,
        criticality=control.criticality,
        applies=control.applies,
        source=control.source,
        draft=control.draft,
        tested=checks(control),
        attestation=control.attestation,
        untested=control.untested,
    )
