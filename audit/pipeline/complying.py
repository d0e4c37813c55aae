"""A run, or the report of one, held to compliance profiles: where the evidence is, what its files are told by.

What is at hand decides: evidence is judged again, without the network, and the report of it is held to the profiles;
a report alone is held to them as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from audit.model.attestation import Attestation
from audit.model.compliance import ComplianceProfile
from audit.model.compliance_report import ComplianceReport
from audit.model.report import RunReport
from audit.pipeline.attestations import on_day
from audit.pipeline.digests import DigestsError, digest_in, told
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.flow import REPORT
from audit.report.compliance import document, page, text
from audit.report.compliance.document import compliance_report
from audit.rules.summary.marks import Decisions, Marking

COMPLIANCE, COMPLIANCE_PAGE = "compliance.json", "compliance.html"
FORMATS: Mapping[str, Callable[[ComplianceReport], bytes]] = {
    "json": document.render,
    "html": page.render,
    "text": text.render,
}


@dataclass(frozen=True, slots=True)
class Demands:
    """What domains are held to, and what people state of what cannot be seen."""

    profiles: tuple[ComplianceProfile, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.profiles)


def of_report(report: RunReport, demands: Demands, *, file: Path | None, directory: Path | None) -> ComplianceReport:
    """A report held to profiles. `file` is where it stands, `directory` where its evidence does.

    Raises:
        OSError: a file cannot be read.
    """
    whole = None
    if directory is not None:
        try:
            whole = digest_in(directory)
        except DigestsError:
            whole = None
    return compliance_report(
        report,
        demands.profiles,
        on_day(demands.attestations, _day(report)),
        evidence=_sha256(directory / EVIDENCE if directory else None),
        hosts=_sha256(directory / HOSTS if directory else None),
        text=_sha256(file),
        whole=whole,
    )


def of_run(demands: Demands, directory: Path) -> Callable[[RunReport, Mapping[str, Path]], Mapping[str, bytes]]:
    """What is written beside the reports of a run, when those are not yet in place. The digest of the whole takes this
    in, and so cannot stand in it."""

    def beside(report: RunReport, staged: Mapping[str, Path]) -> Mapping[str, bytes]:
        found = compliance_report(
            report,
            demands.profiles,
            on_day(demands.attestations, _day(report)),
            evidence=_sha256(directory / EVIDENCE),
            hosts=_sha256(directory / HOSTS),
            text=_sha256(staged.get(REPORT)),
        )
        return {COMPLIANCE: document.render(found), COMPLIANCE_PAGE: page.render(found)}

    return beside


def marked(report: RunReport, decisions: Decisions) -> RunReport:
    """A report with its failures marked by what people decide now, in the place of what they decided then."""
    marking = Marking(decisions, _day(report))
    bare = (replace(d, findings=tuple(replace(f, waiver=None) for f in d.findings)) for d in report.domains)
    domains = tuple(marking.of_domain(domain) for domain in bare)
    findings = marking.of(replace(f, waiver=None) for f in report.findings)
    return replace(report, domains=domains, findings=findings, waivers=marking.uses())


def _day(report: RunReport) -> date:
    """Whether a statement has expired is told by the day of the run, so that the same report comes out next year."""
    return report.run.observed_at.date()


def _sha256(file: Path | None) -> str | None:
    return told(file.name, file).sha256 if file is not None and file.is_file() else None
