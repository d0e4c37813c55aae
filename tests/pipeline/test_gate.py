"""The exit code as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.report import Coverage, DomainReport, Finding, Result, RunReport, Severity
from audit.pipeline.exits import Exit
from audit.pipeline.gate import gate
from tests.records import REPORT

DOMAIN = next(d for d in REPORT.domains if d.findings)
FAIL = next(f for f in DOMAIN.findings if f.result is Result.FAIL)
UNKNOWN = replace(FAIL, result=Result.UNKNOWN, severity=None, reason="dns.timeout", message=None, arguments={})


def report(
    *severities: Severity, share: int = 0, without: tuple[str, ...] = (), invalid: bool = False, insight: bool = False
) -> RunReport:
    findings: tuple[Finding, ...] = (UNKNOWN, *(replace(FAIL, severity=s) for s in severities))
    domains: tuple[DomainReport, ...] = (replace(DOMAIN, status="audited", findings=findings),)
    if invalid:
        domains += (replace(DOMAIN, status="invalid_input", findings=()),)
    coverage: Coverage = replace(REPORT.run.coverage, unknown_share=share, without_record_result=without)
    told = (replace(FAIL, severity=Severity.CRITICAL),) if insight else ()
    return replace(REPORT, domains=domains, run=replace(REPORT.run, coverage=coverage), findings=told)


@pytest.mark.parametrize("limit", list(Severity))
@pytest.mark.parametrize("found", list(Severity))
def test_a_finding_fails_the_run_from_its_severity_on(limit: Severity, found: Severity) -> None:
    order = list(Severity)
    expected = Exit.FINDINGS if order.index(found) <= order.index(limit) else Exit.OK
    assert gate(report(found), fail_on=limit, max_unknown=5) is expected


@pytest.mark.parametrize(
    ("given", "fail_on", "max_unknown", "code"),
    [
        (report(), Severity.INFO, 5, Exit.OK),
        (report(Severity.CRITICAL), None, 5, Exit.OK),
        (report(Severity.LOW, Severity.CRITICAL), Severity.HIGH, 5, Exit.FINDINGS),
        (report(share=50), Severity.HIGH, 5, Exit.OK),
        (report(share=51), Severity.HIGH, 5, Exit.INCOMPLETE),
        (report(share=1), Severity.HIGH, 0, Exit.INCOMPLETE),
        (report(share=0), Severity.HIGH, 0, Exit.OK),
        (report(share=1000), Severity.HIGH, 100, Exit.OK),
        (report(without=("one.example",)), None, 100, Exit.INCOMPLETE),
        (report(Severity.HIGH, share=1000, without=("one.example",)), Severity.HIGH, 5, Exit.FINDINGS),
        (report(Severity.LOW, share=1000), Severity.HIGH, 5, Exit.INCOMPLETE),
        (report(invalid=True), None, 100, Exit.USAGE),
        (report(Severity.CRITICAL, share=1000, invalid=True), Severity.HIGH, 5, Exit.USAGE),
        (report(insight=True), Severity.HIGH, 5, Exit.OK),
    ],
)
def test_of_several_codes_the_one_that_must_be_heard_first(
    given: RunReport, fail_on: Severity | None, max_unknown: float, code: Exit
) -> None:
    assert gate(given, fail_on=fail_on, max_unknown=max_unknown) is code


def test_the_codes_are_those_of_the_manual() -> None:
    assert {e.name: e.value for e in Exit} == {
        "OK": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "INTERNAL": 4,
        "INTERRUPTED": 130,
        "UNREAD": 141,
    }
