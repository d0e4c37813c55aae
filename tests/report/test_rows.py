"""A row in full, and what a table says of it, tell the same."""

from __future__ import annotations

from dataclasses import fields

import pytest

from audit.model.report import RunReport
from audit.report.outline import outline
from audit.report.rows import Line
from tests.report.sample import REPORTS


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_line_says_what_the_row_in_full_says(report: RunReport) -> None:
    rows = outline(report).rows
    assert len(list(rows.lines())) == len(rows)
    for line, row in zip(rows.lines(), rows, strict=True):
        assert {f.name: getattr(line, f.name) for f in fields(Line)} == {
            f.name: getattr(row, f.name) for f in fields(Line)
        }


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_what_is_counted_is_what_is_shown(report: RunReport) -> None:
    for row in outline(report).rows:
        assert row.failed == sum(len(group.findings) for group in row.failures)
        assert row.untested == sum(hole.count for hole in row.holes)
        by_severity = {s: sum(len(g.findings) for g in row.failures if g.severity is s) for s, _ in row.severities}
        assert dict(row.severities) == by_severity
        assert row.failed == sum(by_severity.values())
