"""What is said on standard error of what came of a run."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from audit.cli.messages import ROWS_NAMED, coloured, folded, summary
from audit.cli.terminal import columns
from audit.model.report import DomainReport, Problem, RunReport, Sight, State
from tests.records import REPORT
from tests.report.sample import DECIDED

AUDITED = next(d for d in REPORT.domains if d.status == "audited")


def report(*domains: DomainReport, vantage: tuple[Sight, ...] = ()) -> RunReport:
    return replace(REPORT, domains=domains, run=replace(REPORT.run, vantage=vantage), waivers=(), baseline=None)


def refused(line: int, message: str = "No dot.", suggestion: str | None = None) -> DomainReport:
    problem = Problem(reason="input.no_dot", message=message, suggestion=suggestion)
    at = replace(AUDITED.input, file="list.txt", line=line, column=3)
    return replace(AUDITED, input=at, status="invalid_input", problem=problem, findings=())


def test_a_row_that_was_not_audited_is_named_with_its_place_and_a_suggestion() -> None:
    said = summary(report(AUDITED, refused(7), refused(9, suggestion="one.example"))).splitlines()
    assert "list.txt:7:3: No dot." in said
    assert "list.txt:9:3: No dot. Did you mean one.example?" in said


def test_what_people_decided_is_told() -> None:
    said = summary(DECIDED).splitlines()
    assert said[0].endswith("; 1 of them waived.")
    assert "2 waivers accept 2 findings." in said
    assert sum(line.startswith(("Expired waiver of ", "Unused waiver of ", "Beside ")) for line in said) == 3


def test_a_duplicate_is_no_news() -> None:
    assert "list.txt" not in summary(report(replace(refused(7), status="duplicate")))


def test_many_rows_are_counted_rather_than_named() -> None:
    said = summary(report(*(refused(n) for n in range(1, 1001)))).splitlines()
    assert sum(line.startswith("list.txt:") for line in said) == ROWS_NAMED
    assert f"… and {1000 - ROWS_NAMED} more rows not audited; the report names each." in said


@pytest.mark.parametrize(
    ("count", "row", "check"),
    [
        (0, "0 of 0 rows audited.", "0 of 0 checks could not be tested."),
        (1, "1 of 1 row audited.", "1 of 1 check could not be tested."),
        (2000, "2,000 of 2,000 rows audited.", "2,000 of 2,000 checks could not be tested."),
    ],
)
def test_one_is_not_said_as_many(count: int, row: str, check: str) -> None:
    coverage = replace(REPORT.run.coverage, audited=count, rows=count, passed=0, failed=0, unknown=count)
    first, second = summary(replace(report(), run=replace(REPORT.run, vantage=(), coverage=coverage))).splitlines()
    assert first.startswith(row)
    assert second == check


def test_one_row_too_many_is_one_row() -> None:
    assert "… and 1 more row not audited; " in summary(report(*(refused(n) for n in range(ROWS_NAMED + 1))))


def test_only_what_is_bad_about_the_vantage_is_said_and_once() -> None:
    bad = Sight(id="port25", state=State.BAD, reason="smtp.egress_blocked", text="It is closed.", advice="Open it.")
    good = replace(bad, state=State.GOOD, text="It is open.")
    said = summary(report(AUDITED, vantage=(bad, good)))
    assert said.count("Note: It is closed. Open it.") == 1
    assert "It is open." not in said


def test_text_from_the_list_cannot_move_the_cursor() -> None:
    said = summary(report(refused(1, "\x1b]52;c;x\x07 \u2066", "\x9b2J")))
    assert said.replace("\n", "").isprintable()


def test_colour_is_for_severities_and_only_when_asked() -> None:
    assert "\x1b" not in summary(report(AUDITED))
    assert "\x1b[" in summary(report(AUDITED), colour=True)


@pytest.mark.parametrize(
    ("terminal", "widest", "wide"), [("40", 100, 40), ("200", 100, 100), ("", 100, 100), ("0", 100, 100), ("x", 70, 70)]
)
def test_how_wide_to_write(monkeypatch: pytest.MonkeyPatch, terminal: str, widest: int, wide: int) -> None:
    monkeypatch.setenv("COLUMNS", terminal)
    assert columns(widest) == wide


@pytest.mark.parametrize(
    ("terminal", "text", "said"),
    [
        (
            "40",
            "a resolver  that is-not asked for the names of mail servers",
            "- a resolver  that is-not asked for the\n  names of mail servers",
        ),
        ("", "word " * 60, "- " + "word " * 59 + "word"),
        ("40", "", "-"),
        ("3", "a narrow terminal has 32 columns", "- a narrow terminal has 32\n  columns"),
    ],
)
def test_a_text_is_folded_where_there_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: str, text: str, said: str
) -> None:
    monkeypatch.setenv("COLUMNS", terminal)
    assert folded(text, "- ") == said


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("wish", "no_color", "stream", "painted"),
    [
        ("auto", None, _Terminal(), True),
        ("auto", "", _Terminal(), True),
        ("auto", "1", _Terminal(), False),
        ("auto", None, io.StringIO(), False),
        ("always", "1", io.StringIO(), True),
        ("never", None, _Terminal(), False),
    ],
)
def test_colour_is_for_terminals_and_for_who_does_not_refuse_it(
    wish: str, no_color: str | None, stream: io.StringIO, painted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert coloured(wish, stream) is painted
