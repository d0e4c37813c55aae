"""The exit code: what a script may conclude from a run."""

from __future__ import annotations

from audit.model.report import RunReport, Severity, glances
from audit.pipeline.exits import Exit
from audit.rules.rule import ORDER


def gate(report: RunReport, *, fail_on: Severity | None, max_unknown: float) -> Exit:
    """Judge the report as a whole. `max_unknown` is in percent; `fail_on` None never fails for findings."""
    reached = False
    for domain in glances(report.domains):
        if domain.status == "invalid_input":
            return Exit.USAGE
        reached = reached or any(_reaches(f.severity, fail_on) for f in domain.findings)
    if reached:
        return Exit.FINDINGS
    coverage = report.run.coverage
    if coverage.unknown_share > max_unknown * 10 or coverage.without_record_result:
        return Exit.INCOMPLETE
    return Exit.OK


def _reaches(severity: Severity | None, limit: Severity | None) -> bool:
    return severity is not None and limit is not None and ORDER.index(severity) <= ORDER.index(limit)
