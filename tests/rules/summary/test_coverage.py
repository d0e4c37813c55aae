"""How much of what was selected and applies could be answered."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.evidence import InputLine
from audit.model.report import Coverage, DomainReport, Finding, Result, Severity, SubjectName
from audit.rules.summary.coverage import Counted

LINE = InputLine(file="domains.txt", line=1, column=1, text="story.example")
P, F, N, U = Result.PASS, Result.FAIL, Result.NOT_APPLICABLE, Result.UNKNOWN


def finding(
    result: Result,
    rule: str = "SPF-SYNTAX",
    kind: str = "domain",
    name: str = "story.example",
    reason: str | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        subject=SubjectName(kind=kind, name=name),
        result=result,
        severity=Severity.HIGH if result is F else None,
        reason=reason or ("dns.timeout" if result is U else None),
        message=None,
        arguments={},
        publish=(),
        causes=(),
        evidence=(),
    )


def entry(result: Result, name: str) -> Finding:
    return finding(result, "DNSBL-IP-LISTED", "list_entry", name)


def row(status: Any = "audited", domain: str | None = "story.example") -> DomainReport:
    return DomainReport(
        input=LINE,
        domain=domain,
        unicode=domain,
        status=status,
        problem=None,
        verdicts=(),
        findings=(),
        passed=(),
        not_applicable=(),
        paths=(),
        records=(),
    )


def of(*findings: Finding, unusable: tuple[str, ...] = ()) -> Coverage:
    return counted((row(), findings), unusable=unusable)


def counted(*rows: tuple[DomainReport, tuple[Finding, ...]], unusable: tuple[str, ...] = ()) -> Coverage:
    counting = Counted(frozenset(unusable))
    for report, findings in rows:
        counting.add(report, findings)
    return counting.coverage(not_selected=("MX-REACH",))


@pytest.mark.parametrize(
    ("results", "counts", "share"),
    [
        ((), (0, 0, 0, 0), 0),
        ((P, P, F), (2, 1, 0, 0), 0),
        ((N, N), (0, 0, 0, 2), 0),
        ((P, U), (1, 0, 1, 0), 500),
        ((U, U), (0, 0, 2, 0), 1000),
        ((P, P, U), (2, 0, 1, 0), 334),  # rounded up: never better than it is
        ((P, N, N, U), (1, 0, 1, 2), 500),  # what does not apply does not count
    ],
)
def test_the_share_of_unknowns(results: tuple[Result, ...], counts: tuple[int, ...], share: int) -> None:
    found = of(*(finding(r, name=str(i)) for i, r in enumerate(results)))
    assert (found.passed, found.failed, found.unknown, found.not_applicable) == counts
    assert found.unknown_share == share


def test_a_failure_whose_severity_is_not_settled_counts_as_both() -> None:
    found = of(finding(P), finding(F, reason="dns.timeout"))
    assert (found.failed, found.unknown, found.unknown_share) == (1, 0, 500)


def test_the_entries_of_a_list_that_is_unusable_count_as_one() -> None:
    entries = [entry(U, f"192.0.2.{i} spamcop") for i in range(9)] + [
        entry(U, "192.0.2.1 zen"),
        entry(P, "192.0.2.2 zen"),
    ]
    found = of(*entries, unusable=("spamcop",))
    assert (found.unknown, found.passed, found.unknown_share) == (2, 1, 667)
    names = (finding(U, "DNSBL-DOMAIN-LISTED", "name_entry", f"{n}.example surbl") for n in "abc")
    assert of(*names, unusable=("surbl",)).unknown == 1


def test_a_rows_of_all_kinds_are_counted() -> None:
    rows = (
        (row(), (finding(P),)),
        (row("invalid_input", None), ()),
        (row("duplicate"), ()),
        (row("failed", "b.example"), ()),
    )
    found = counted(*rows)
    assert (found.rows, found.audited, found.not_selected) == (4, 1, ("MX-REACH",))
    assert found.without_record_result == ("b.example",)


@pytest.mark.parametrize(
    ("findings", "without"),
    [
        ((finding(P),), ()),
        ((finding(F, "DOMAIN-NXDOMAIN"),), ()),
        ((finding(U), finding(N, "DKIM-SYNTAX")), ("story.example",)),
        ((finding(P, "MX-REACH"), finding(P, "CERT-NAME"), finding(P, "PTR-MISSING")), ("story.example",)),
        ((finding(F, "MX-REACH"), finding(P, "DMARC-MISSING")), ()),
        ((), ("story.example",)),
    ],
)
def test_a_domain_of_which_no_record_is_known_is_named(findings: tuple[Finding, ...], without: tuple[str, ...]) -> None:
    assert of(*findings).without_record_result == without
