"""The plan of a move for people: whole lines to be pasted, every text escaped, and what is missing said first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from audit.model.migration import Change, FileChange, Plan, RecordSet
from audit.report.moves import markdown, page, records, text, words
from audit.report.pen import Pen
from audit.syntax.planned import Form, read_planned
from tests.desk.migration.test_plan import DMARC, made, step
from tests.protocol.migration.test_ground import HERE, POLICY, STS
from tests.rules.pki import NOW

WHOLE = made(HERE + STS + DMARC, policy=POLICY)
PARTLY = made(word="m365")
HOSTILE = '<script>alert(1)</script>\x1b[31m\n\u202e{{ 7 * 7 }} |`"'


def on_terminal(plan: Plan, width: int = 80) -> str:
    return "\n".join(text.lines(plan, Pen(colour=False, width=width)))


def as_markdown(plan: Plan) -> str:
    return markdown.render(plan).decode()


def as_page(plan: Plan) -> str:
    return page.render(plan).decode()


FORMS: Mapping[str, Callable[[Plan], str]] = {"terminal": on_terminal, "markdown": as_markdown, "page": as_page}


def hostile(plan: Plan) -> Plan:
    bad = RecordSet(values=(HOSTILE,), ttl=60)
    change = Change(name="story.example", type="TXT", before=bad, after=bad, seen=True)
    steps = tuple(
        replace(
            s,
            changes=(change,),
            by_hand=(HOSTILE,),
            title=HOSTILE,
            files=(FileChange(url=HOSTILE, before=None, after=HOSTILE),),
        )
        for s in plan.steps
    )
    return replace(plan, steps=steps)


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_terminal_has_all_steps_and_no_line_of_prose_is_too_long(width: int) -> None:
    shown = on_terminal(WHOLE, width)
    assert all(s.id in shown for s in WHOLE.steps)
    prose = [line for line in shown.splitlines() if " IN " not in line and "https://" not in line]
    assert max(map(len, prose)) <= width


@pytest.mark.parametrize("form", FORMS)
def test_what_is_missing_or_not_known_is_said(form: str) -> None:
    shown = FORMS[form](PARTLY)
    assert "Missing" in shown
    assert "selector1" in shown
    assert "Not known" in FORMS[form](made(HERE + "story.example. ANY@192.0.2.53 timeout"))
    assert "Missing" not in FORMS[form](WHOLE)


def test_hostile_text_does_nothing() -> None:
    plan = hostile(WHOLE)
    html = page.render(plan).decode()
    assert "<script>" not in html
    assert "49" not in re.findall(r"\{\{[^}]*\}\}|49", html)
    for shown in (
        on_terminal(plan),
        markdown.render(plan).decode(),
        html,
        records.as_zone(plan).decode(),
        records.as_yaml(plan).decode(),
    ):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "<script>" not in re.sub(r"```.*?```", "", markdown.render(plan).decode(), flags=re.DOTALL)


def test_a_page_allows_nothing_but_its_style() -> None:
    html = page.render(WHOLE).decode()
    assert "default-src 'none'" in html
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert html.count("<article") == len(WHOLE.steps)


def test_the_records_of_a_step_can_be_read_again() -> None:
    for each in WHOLE.steps:
        lines = "\n".join(records.zone_lines(each.changes))
        wanted = {(c.name, c.type, v) for c in each.changes if c.after for v in c.after.values}
        if wanted:
            planned = read_planned(lines.encode(), WHOLE.domain, form=Form.ZONE)
            assert {(r.name, r.type, r.value) for r in planned.records} == wanted
            again = read_planned(records.yaml(WHOLE.domain, each.changes).encode(), WHOLE.domain, form=Form.OCTODNS)
            assert {(r.name, r.type, r.value) for r in again.records} == wanted


def test_what_goes_is_told() -> None:
    assert records.zone_lines(step(WHOLE, "dkim-old").changes) == (
        '; remove: google._domainkey.story.example. 3600 IN TXT "v=DKIM1; p=x"',
    )
    assert (
        records.yaml(WHOLE.domain, step(WHOLE, "dkim-old").changes) == "# remove: google._domainkey.story.example TXT\n"
    )
    unseen = Change(name="a.example", type="A", before=None, after=None, seen=False)
    assert "remove whatever" in "".join(records.zone_lines((unseen,)))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "no time"),
        (59, "59 seconds"),
        (3600, "1 hour"),
        (90_061, "1 day 1 hour"),
        (86_401, "1 day"),
        (604_800, "7 days"),
    ],
)
def test_a_span_of_time(seconds: int, told: str) -> None:
    assert words.span(seconds) == told


def test_a_time_is_never_told_too_early() -> None:
    assert words.when(NOW + timedelta(seconds=1)) == words.when(NOW + timedelta(minutes=1))
    assert words.when(None) == words.NOT_KNOWN


@pytest.mark.parametrize(
    ("asked", "told"),
    [(None, ", the earliest time that is safe."), (1, "too early"), (30, "is the earliest that is safe")],
)
def test_the_verdict(asked: int | None, told: str) -> None:
    assert told in words.verdict(made(cutover=None if asked is None else NOW + timedelta(days=asked)))
    assert "not known" in words.verdict(made(HERE + "story.example. ANY@192.0.2.53 timeout"))


def test_yaml_is_of_the_domain_alone() -> None:
    above = Change(name="example", type="NS", before=None, after=RecordSet(values=("ns.example.",), ttl=60), seen=True)
    assert records.yaml("story.example", (above,)) == ""
