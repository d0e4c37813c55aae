"""A baseline: the failures of one report, written down so that a later run can tell what is new.

It is JSON as `schemas/baseline.json` has it, made by `mxaudit baseline`. A failure is known again by its fingerprint
alone, which is made of rule, domain and subject. The rest of an entry is for people; its severity tells what became
graver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from audit import contract
from audit.model.report import Finding, Result, RunReport, Severity, glances
from audit.pipeline.handwritten import HandwrittenError, octets_of
from audit.pipeline.staging import Staging
from audit.rules.summary.marks import Baseline
from audit.syntax.escape import visible

BASELINE = "mxaudit-baseline.json"
SCHEMA = "https://mxaudit.example/schemas/baseline-1.json"
MAX_OCTETS = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """A failure that is known."""

    fingerprint: str
    severity: Severity
    rule: str
    domain: str | None
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFile:
    baseline: str
    observed_at: datetime
    list_name: str
    findings: tuple[BaselineEntry, ...]


def baseline_of(report: RunReport) -> BaselineFile:
    """The failures of a report, but for those that a waiver holds back: these are accepted by it alone."""
    found = {entry.fingerprint: entry for entry in _entries(report)}
    return BaselineFile(
        baseline=SCHEMA,
        observed_at=report.run.observed_at,
        list_name=report.run.list_name,
        findings=tuple(sorted(found.values(), key=lambda e: (e.domain or "", e.rule, e.subject, e.fingerprint))),
    )


def _entries(report: RunReport) -> Iterator[BaselineEntry]:
    yield from (_entry(f, None) for f in report.findings if _counts(f))
    for domain in glances(report.domains):
        yield from (_entry(f, domain.domain) for f in domain.findings if _counts(f))


def _counts(finding: Finding) -> bool:
    return finding.result is Result.FAIL and not finding.waived


def _entry(finding: Finding, domain: str | None) -> BaselineEntry:
    return BaselineEntry(
        fingerprint=contract.fingerprint(finding, domain or ""),
        severity=finding.severity or Severity.INFO,
        rule=finding.rule,
        domain=domain,
        subject=visible(finding.subject.name, 1000),
    )


def write_baseline(file: Path, known: BaselineFile) -> None:
    """Put a baseline in place of the one that may be there.

    Raises:
        OSError: it cannot be written; then the old one stays.
    """
    text = contract.pretty(known)
    contract.check("baseline", text)
    with Staging() as staging:
        staging.put(file.parent, file.name, text)
        staging.publish()


def read_baseline(file: Path) -> Baseline:
    """The failures that are known.

    Raises:
        HandwrittenError: it is no baseline.
    """
    text = octets_of(file, MAX_OCTETS)
    try:
        contract.check("baseline", text)
        known = contract.load(text, BaselineFile)
    except contract.ContractError as error:
        place = visible(str(file), 300)
        raise HandwrittenError(
            f"{place} is no baseline, as `mxaudit baseline` writes it: {visible(str(error), 300)}"
        ) from None
    severities = {entry.fingerprint: entry.severity for entry in known.findings}
    return Baseline(visible(file.name, 200), known.observed_at, severities)
