"""The table: one header, a row a finding, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from audit.model.report import DomainReport, Problem, Result, RunReport, Severity
from audit.report import FORMATS
from audit.report.csv import COLUMNS, NOTHING
from tests.report.golden import EVIL, commands, is_as_it_was
from tests.report.sample import CLEAN, EMPTY, GOOD, REPORTS, SAMPLE, SHOP, fail, poisoned, unknown

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"
PROBLEM = Problem(reason="r", message="M.", suggestion="S?")
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\0")
render = FORMATS["csv"]


def rows(report: RunReport) -> list[dict[str, str]]:
    text = render(report).decode()
    head, *found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert tuple(head) == COLUMNS
    assert {len(row) for row in found} <= {len(COLUMNS)}
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def of(*domains: DomainReport) -> RunReport:
    return replace(EMPTY, domains=domains)


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.csv", render(SAMPLE))


def test_the_document_names_each_column_in_order() -> None:
    table = DOCUMENT.read_text().split("| column |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == COLUMNS


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_a_record_is_a_line_of_quoted_values(report: RunReport) -> None:
    text = render(report).decode()
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} <= {"\r", "\n"}
    assert all(re.fullmatch(r'"(?:[^"\r\n]|"")*"(?:,"(?:[^"\r\n]|"")*")*', line) for line in lines)
    assert len(lines) == 1 + len(rows(report))
    assert commands(render(report)) == []


def test_there_is_a_row_for_each_finding_and_each_other_line() -> None:
    found = rows(SAMPLE)
    findings = sum(len(d.findings) for d in SAMPLE.domains) + len(SAMPLE.findings)
    assert len(found) == findings + sum(not d.findings for d in SAMPLE.domains)
    assert {int(row["line"]) for row in found if row["line"]} == {d.input.line for d in SAMPLE.domains}


@pytest.mark.parametrize(
    ("domain", "cells"),
    [
        (GOOD, {"line": "3", "domain": "good.example", "status": "audited", "result": "", "message": NOTHING}),
        (
            replace(GOOD, findings=(fail("SPF-LOOKUPS", "high", "domain", "good.example", "11 lookups", "a", "b"),)),
            {
                "result": "fail",
                "severity": "high",
                "rule": "SPF-LOOKUPS",
                "subject_kind": "domain",
                "subject": "good.example",
                "reason": "",
                "message": "11 lookups",
                "evidence": "a | b",
            },
        ),
        (
            replace(GOOD, findings=(unknown("SPF-LOOKUPS", "domain", "good.example", "dns.timeout"),)),
            {
                "result": "unknown",
                "severity": "",
                "reason": "dns.timeout",
                "message": "No DNS server answered in time.",
            },
        ),
        (
            replace(GOOD, status="invalid_input", domain=None, problem=PROBLEM),
            {"domain": "", "status": "invalid_input", "result": "", "reason": "r", "message": "M. S?"},
        ),
    ],
    ids=["nothing found", "fail", "unknown", "not audited"],
)
def test_a_row_says_what_became_of_it(domain: DomainReport, cells: dict[str, str]) -> None:
    (row,) = rows(of(domain))
    assert row | cells == row


@pytest.mark.parametrize("before", ["", " ", "\t", "\r\n", "\u00a0", "\ufeff", '"', " \u3000"])
@pytest.mark.parametrize("sign", [*SIGNS, "'"])
def test_no_cell_is_a_formula(before: str, sign: str) -> None:
    for row in rows(poisoned(SAMPLE, f"{before}{sign}cmd|' /C calc'!A0")):
        for cell in row.values():
            assert not cell.lstrip(' \t\r\n\u00a0\u3000\ufeff"').startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\0"))


@pytest.mark.parametrize("text", ["=1+1", "'quoted'", "''", "'=1", " -x", "plain", "a=b", ""])
def test_whoever_takes_the_first_apostrophe_away_has_the_value(text: str) -> None:
    finding = fail("SPF-LOOKUPS", "high", "domain", text, "m")
    (row,) = rows(of(replace(SHOP, findings=(finding,))))
    assert row["subject"].removeprefix("'") == text


def test_a_cell_fits_into_a_spreadsheet() -> None:
    long = fail(
        "SPF-LOOKUPS", "high", "domain", "s" * 9_999, "m" * 99_999, *["e" * 999] * 99, publish=("p" * 19_999,) * 9
    )
    (row,) = rows(of(replace(SHOP, findings=(long,))))
    assert max(map(len, row.values())) <= 32_767
    assert row["message"].endswith("…")


def test_no_result_is_made_of_silence() -> None:
    assert {row["result"] for row in rows(CLEAN)} == {""}
    assert {row["result"] for row in rows(SAMPLE)} == {"", Result.FAIL.value, Result.UNKNOWN.value}
    assert {row["severity"] for row in rows(SAMPLE)} == {"", *(s.value for s in Severity)}
