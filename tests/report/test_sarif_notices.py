"""What is said beside the results: how grave, where, and how much of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.report import DomainReport, RunReport, Severity
from audit.report.sarif_notices import left_out, of_run, of_subjects
from tests.report.sample import BROKEN, EMPTY, GOOD, NOT_A_DOMAIN, SAMPLE, SHOP, SIGHTS, TWICE, unknown


def said(report: RunReport, cut: dict[Severity, int] | None = None) -> list[tuple[str, str]]:
    return [(n["descriptor"]["id"], n["level"]) for n in of_run(report, cut or {})]


@pytest.mark.parametrize(
    ("row", "reason", "level"),
    [
        (BROKEN, "internal.KeyError", "error"),
        (NOT_A_DOMAIN, "input.url", "warning"),
        (TWICE, "input.duplicate", "note"),
    ],
)
def test_a_line_that_was_not_audited_is_told_where_it_stands(row: DomainReport, reason: str, level: str) -> None:
    (notice,) = of_subjects(replace(EMPTY, domains=(row,)))
    assert (notice["descriptor"]["id"], notice["level"]) == (reason, level)
    assert notice["locations"][0]["physicalLocation"]["region"]["startLine"] == row.input.line


def test_what_could_not_be_tested_is_told_once_a_reason() -> None:
    tempfail, broken, odd = of_subjects(replace(EMPTY, domains=(SHOP,)))
    assert [n["descriptor"]["id"] for n in (tempfail, broken, odd)] == ["smtp.tempfail", "dnsbl.broken", "odd.code"]
    assert broken["message"]["text"] == (
        "Could not test 2 checks of shop.example: This blocklist fails its health check, so it says nothing about "
        "anyone. (DNSBL-IP-LISTED (2))"
    )


def test_many_rules_are_counted() -> None:
    many = tuple(unknown(f"A-{n:02}", "domain", "x", "dns.timeout") for n in range(25))
    (notice,) = of_subjects(replace(EMPTY, domains=(replace(GOOD, findings=many),)))
    assert notice["message"]["text"].endswith("A-18, A-19 and 5 more rules)")


def test_the_vantage_is_told_where_it_is_not_good() -> None:
    assert said(replace(EMPTY, run=replace(EMPTY.run, vantage=SIGHTS))) == [
        ("vantage.port25", "warning"),
        ("vantage.ipv6", "warning"),
        ("vantage.clock", "warning"),
    ]


def test_the_order_is_that_of_what_it_limits() -> None:
    cut = replace(SAMPLE, run=replace(SAMPLE.run, complete=False, done=3))
    codes = [code for code, _ in said(cut, {Severity.LOW: 1})]
    assert codes == ["run.incomplete", "report.cut", "vantage.port25", "vantage.ipv6", "vantage.clock"]
    assert [n["descriptor"]["id"] for n in of_subjects(SAMPLE)][:2] == ["dns.timeout", "smtp.tempfail"]
    assert left_out(1)["message"]["text"] == "1 more notification, in the full report."
