"""Lines for a terminal, which may be the log of a CI job: GitHub Actions takes some of them for commands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.report import FORMATS
from audit.report.pen import Pen
from tests.report.golden import EVIL, commands
from tests.report.sample import SAMPLE, poisoned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=a::b", "  \\x3a:set-output name=a::b"),
        ("::ERROR::x", "  \\x3a:ERROR::x"),
        ("::stop-commands::t", "  \\x3a:stop-commands::t"),
        ("a ##[error]x", "  a #\\x23[error]x"),
        ("::1 does not answer", "  ::1 does not answer"),
        ("2001:db8::1 and ::2", "  2001:db8::1 and ::2"),
        ("plain :: text", "  plain :: text"),
    ],
)
def test_a_line_is_no_command(text: str, shown: str) -> None:
    assert Pen(colour=False, width=80).write(text, "  ") == [shown]


@pytest.mark.parametrize("shift", range(0, 90, 7))
def test_a_fold_makes_no_command(shift: int) -> None:
    for text in (f"{'w' * shift} ::error::x", f"{'w ' * shift}::error file=a::x", f"{'w' * shift}::error::x"):
        lines = Pen(colour=False, width=40).write(text, "    ")
        assert commands("\n".join(lines).encode()) == []


def test_no_line_of_the_text_is_a_command() -> None:
    """But a record to paste, which stays as it is."""
    domains = (replace(d, findings=tuple(replace(f, publish=()) for f in d.findings)) for d in SAMPLE.domains)
    insights = (replace(insight, publish=()) for insight in SAMPLE.insights)
    report = replace(SAMPLE, domains=tuple(domains), insights=tuple(insights))
    assert commands(FORMATS["text"](poisoned(report, EVIL))) == []
