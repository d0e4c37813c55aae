"""A rehearsal on a terminal and as a page: what is told, what is not known, and texts of the world that mean harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audit.model.rehearsal import (
    Binding,
    Fate,
    HostBound,
    Passing,
    PlannedSeen,
    Rehearsal,
    SenderCheck,
    SourceSeen,
    SpfBudget,
    Stand,
    Turned,
)
from audit.report.moves import rehearsal as text
from audit.report.moves import rehearsal_page as page
from audit.report.pen import Pen

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\x1b[31m\u202e##[error]"


def turned(turn: Fate, rule: str = "MIG-MTASTS", message: str | None = EVIL, reason: str | None = None) -> Turned:
    now, then = (None, "critical") if turn is Fate.NEW else ("critical", None)
    return Turned(
        turn=turn,
        rule=rule,
        title="A title.",
        subject=EVIL,
        severity_now=now,
        severity_then=then,
        message=message,
        reason=reason,
        publish=(f'x. 300 IN TXT "{EVIL}"',),
    )


def budget(lookups: int = 11, unknown: str | None = None) -> SpfBudget:
    return SpfBudget(record=EVIL, lookups=lookups, allowed=10, voids=0, octets=99, costs=(EVIL,), unknown=unknown)


PASSING = Passing(checks=(SenderCheck(name="SPF passes", state=Stand.NO, detail=EVIL),), dmarc=Stand.UNKNOWN)
TOLD = Rehearsal(
    domain="story.example",
    former=("microsoft-365",),
    goal="google",
    rehearsed_for=NOW,
    observed_at=NOW,
    profile="migration",
    asked_live=False,
    planned=PlannedSeen(
        file=EVIL,
        form="zone",
        whole=True,
        records=3,
        removed=0,
        unjudged=2,
        sets=("story.example MX",),
        unseen=tuple(f"dns {n}.story.example A" for n in range(12)),
    ),
    findings=(
        turned(Fate.NEW),
        turned(Fate.UNCERTAIN, reason="dns.timeout"),
        turned(Fate.UNKNOWN, "MX-REACH", None, "not_gathered"),
    ),
    spf_now=budget(7, "not_gathered"),
    spf_then=budget(),
    sources=(SourceSeen(ip="192.0.2.1", mail_from=EVIL, selectors=("s1",), now=PASSING, then=PASSING),),
    binding=Binding(
        mode="enforce",
        max_age=1209600,
        patterns=(EVIL,),
        safe_from=NOW,
        unknown=None,
        hosts=(HostBound(host=EVIL, covered=Stand.NO, tlsa=Stand.UNKNOWN, detail=EVIL),),
        remarks=("Only the policy that is served now was seen.",),
    ),
)


def shown(width: int, *, colour: bool = False) -> str:
    return "\n".join(text.lines(TOLD, Pen(colour, width)))


@pytest.mark.parametrize("width", [32, 80, 140])
def test_lines_keep_to_their_width_and_hide_nothing(width: int) -> None:
    lines = shown(width).split("\n")
    assert max(map(len, lines)) <= width
    assert all(line.isprintable() for line in lines)
    assert not any("##[" in line for line in lines)


@pytest.mark.parametrize(
    "said",
    [
        "story.example with the records of",
        "as its mail moves to Google Workspace and Gmail",
        "Read as the whole zone: 3 records. 2 that a signer makes were left aside.",
        "New with the planned records (1)",
        "Not known for then: No DNS server answered in time.",
        "The recorded evidence holds no answer to this. MX-REACH",
        "Nothing answers 12 questions: --live asks for it.",
        "… and 2 more",
        "now: at least 7 lookups of 10",
        "then: 11 lookups of 10: receivers stop with permerror",
        "DMARC passes: not known. SPF passes: no",
        "the switch is safe from 24 November 2026, 12:00 UTC on",
        "covered by the policy: no; signed TLSA records: not known",
        "Only the policy that is served now was seen.",
    ],
)
def test_what_is_told(said: str) -> None:
    assert said in " ".join(shown(140).split())


def test_colour_is_ours_alone() -> None:
    assert "\x1b[1;31mcritical\x1b[0m" in shown(80, colour=True)
    assert "\\x1b[31m" in shown(300, colour=True)


def test_a_page_runs_nothing() -> None:
    made = page.render(TOLD).decode()
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert "\x1b" not in made
    assert "\u202e" not in made


def test_nothing_new_is_said_in_words() -> None:
    none = replace(TOLD, findings=(), sources=())
    told = " ".join("\n".join(text.lines(none, Pen(False, 140))).split())
    assert "Nothing that was tested would be wrong that is not wrong now." in told
    assert "None was named" in told
    assert "Nothing that was tested would be wrong" in page.render(none).decode()
