"""Where a run stood, and how much it looked at, stands where a reader looks for what could be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from audit.model.evidence import MergedRun
from audit.model.report import Confidence, RunReport
from audit.report import FORMATS
from audit.report.places import SHOWN, places
from tests.report.sample import HOSTILE, SAMPLE

WHEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PEOPLE = ("text", "html", "md")


def part(ehlo: str, domains: int = 0, sessions: int = 0, nameservers: tuple[str, ...] = ("127.0.0.1:53",)) -> MergedRun:
    return MergedRun(
        tool="1.0", observed_at=WHEN, nameservers=nameservers, ehlo=ehlo, domains=domains, sessions=sessions
    )


def of(*merged: MergedRun, only: bool = False) -> RunReport:
    return replace(SAMPLE, run=replace(SAMPLE.run, merged=merged, only="smtp" if only else None))


ASKED = "24 November 2026, 09:30 UTC, asking 127.0.0.1:53"
RUNNER = f"runner.example.net ({ASKED}): the DNS answers of 2 domains, no session with a mail server."
OFFICE = f"office.example.net ({ASKED}): the DNS answers of no domain, 1 session with mail servers."
TOGETHER = "Put together from 2 runs, so what could be seen is what any of them could see:"
SMTP_ALONE = "Nothing was looked at but mail servers and what leads to them, because of --only smtp."
TWO = (part("runner.example.net", 2), part("office.example.net", 0, 1))


@pytest.mark.parametrize(
    ("report", "head", "listed"),
    [
        (of(), (), ()),
        (of(only=True), (SMTP_ALONE,), ()),
        (of(*TWO), (TOGETHER,), (RUNNER, OFFICE)),
        (of(*TWO, only=True), (SMTP_ALONE, TOGETHER), (RUNNER, OFFICE)),
    ],
    ids=["one", "only", "merged", "both"],
)
@pytest.mark.parametrize("name", PEOPLE)
def test_each_format_for_people_tells_the_places(
    report: RunReport, head: tuple[str, ...], listed: tuple[str, ...], name: str
) -> None:
    told = places(report.run)
    assert (told.sentences, told.runs) == (head, listed)
    shown = " ".join(FORMATS[name](report).decode().replace("\\", "").split())
    assert [s for s in (*head, *listed) if s not in shown] == []
    assert ("Put together" in shown) is bool(listed)
    assert ("Nothing was looked at" in shown) is bool(SMTP_ALONE in head)


def test_of_many_runs_the_first_are_named_and_the_rest_counted() -> None:
    told = places(of(*(part(f"r{n}.example") for n in range(SHOWN + 1200))).run)
    assert len(told.runs) == SHOWN + 1
    assert told.runs[-1] == "… and 1,200 more runs"


def test_of_many_nameservers_the_first_are_named() -> None:
    (told,) = places(of(part("r.example", nameservers=tuple(f"192.0.2.{n}" for n in range(9)))).run).runs
    assert "asking 192.0.2.0, 192.0.2.1 and 7 more)" in told


@pytest.mark.parametrize("name", PEOPLE)
def test_what_a_run_calls_itself_is_only_text(name: str) -> None:
    shown = FORMATS[name](of(part(HOSTILE, nameservers=(HOSTILE,)), part("b.example"))).decode()
    scripts = {"html": 1, "text": shown.count("<script>")}  # one of our own; as text it means nothing
    assert shown.count("<script>") == scripts.get(name, 0)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (Confidence.SINGLE, "(seen in one session alone)"),
        (
            Confidence.SAMPLED,
            "(sampled: seen in a session under the name of another customer of the same servers)",
        ),
    ],
)
def test_how_sure_a_failure_is_stands_with_its_message(name: str, confidence: Confidence, words: str) -> None:
    domain = next(d for d in SAMPLE.domains if any(f.result == "fail" for f in d.findings))
    finding = next(f for f in domain.findings if f.result == "fail")
    report = replace(
        SAMPLE, insights=(), domains=(replace(domain, findings=(replace(finding, confidence=confidence),)),)
    )
    assert words in " ".join(FORMATS[name](report).decode().split())


def lasting(span: timedelta) -> RunReport:
    return replace(SAMPLE, run=replace(SAMPLE.run, observed_until=SAMPLE.run.observed_from + span))


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize(("done", "total", "words"), [(1200, 5000, "1,200 of 5,000 rows are"), (0, 1, "0 of 1 row is")])
def test_a_run_that_was_cut_short_says_so(name: str, done: int, total: int, words: str) -> None:
    report = replace(SAMPLE, run=replace(SAMPLE.run, complete=False, done=done, total=total))
    shown = " ".join(FORMATS[name](report).decode().replace("\\", "").split())
    assert f"The run was cut short: {words} done. With --resume it goes on." in shown
    assert "cut short" not in FORMATS[name](SAMPLE).decode()


@pytest.mark.parametrize("name", PEOPLE)
def test_a_run_that_took_its_time_says_from_when_to_when(name: str) -> None:
    told = "The first look was on 24 November 2026, 09:30 UTC, the last on 25 November 2026, 10:30 UTC."
    shown = " ".join(FORMATS[name](lasting(timedelta(hours=25))).decode().replace("\\", "").split())
    assert told in shown
    assert places(lasting(timedelta(seconds=59)).run).sentences == ()
