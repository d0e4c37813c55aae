"""Where a run stood, and how much it looked at, stands where a reader looks for what could be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

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
SMTP_ALONE = "Nothing but mail servers was looked at, because of --only smtp: no other question is answered here."
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
    assert ("Nothing but mail servers" in shown) is bool(SMTP_ALONE in head)


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
    assert "<script>" not in shown or name == "text"  # where it means nothing
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
