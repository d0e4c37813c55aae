"""`mxaudit migrate plan`: from the DNS on loopback to a plan in each form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import contract
from audit.model.migration import Plan
from tests.cli.command import Done, mxaudit
from tests.cli.propagating import FIRST, SECOND, spread, zone

ZONE = f"""
{zone()}
story.example. 7200 MX 10 aspmx.l.google.com.
story.example. TXT "v=spf1 include:_spf.google.com -all"
google._domainkey.story.example. TXT "v=DKIM1; p=x"
google.com. SOA ns1.story.example. h.story.example. 1 7200 900 1209600 600
_spf.google.com. TXT "v=spf1 ip4:198.51.100.0/24 -all"
messagingengine.com. SOA ns1.story.example. h.story.example. 1 7200 900 1209600 600
spf.messagingengine.com. TXT "v=spf1 ip4:203.0.113.7 -all"
"""


@pytest.fixture(scope="module")
def resolver() -> Iterator[list[str]]:
    with spread({FIRST: ZONE, SECOND: ZONE}, {}) as options:
        yield options


def planned(resolver: list[str], *more: str, to: str = "fastmail", columns: int | None = None) -> Done:
    return mxaudit("migrate", "plan", "story.example", "--to", to, *resolver, *more, columns=columns)


def test_a_whole_plan(resolver: list[str]) -> None:
    done = planned(resolver, columns=80)
    assert (done.code, done.err) == (0, "")
    shown = done.out.decode()
    assert "from Google Workspace and Gmail to Fastmail" in shown
    assert "story.example. 300 IN MX 10 in1-smtp.messagingengine.com." in shown
    assert "Not known" not in shown


def test_json_is_the_plan_alone(resolver: list[str], tmp_path: Path) -> None:
    done = planned(resolver, "--json")
    plan = contract.load(done.out, Plan)
    assert contract.problems("migration", done.out) == []
    assert (plan.moves_from, plan.moves_to, plan.in_time) == (("google",), "fastmail", True)
    assert len(plan.evidence_digest) == 64
    file = tmp_path / "plan.json"
    file.write_bytes(done.out)
    assert mxaudit("validate", file).code == 0


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("md", b"# Move of the mail of"),
        ("html", b"<!doctype html>"),
        ("zone", b"story.example. 300 IN MX 10 in1-smtp.messagingengine.com.\n"),
        ("octodns", b'exchange: "in1-smtp.messagingengine.com."'),
    ],
)
def test_each_form(resolver: list[str], form: str, holds: bytes) -> None:
    done = planned(resolver, "--format", form)
    assert (done.code, done.err) == (0, "")
    assert holds in done.out


def test_what_is_missing_is_said_and_can_be_given(resolver: list[str]) -> None:
    done = planned(resolver, to="m365")
    assert done.code == 3
    assert b"mx: the host that takes the domain's mail" in done.out
    given = ("mx=a.n-v1.mx.microsoft", "selector1=a.example", "selector2=b.example", "verification=MS=ms1")
    more = [part for each in given for part in ("--set", each)]
    assert b'"MS=ms1"' in planned(resolver, *more, to="m365").out


def test_a_planned_zone_gives_values(resolver: list[str], tmp_path: Path) -> None:
    file = tmp_path / "planned.txt"
    file.write_text('story.example. 300 MX 5 mx.new.example.\ns1._domainkey.story.example. 300 TXT "v=DKIM1; p=y"\n')
    found = json.loads(planned(resolver, "--zone", str(file), "--set", "spf=ip4:203.0.113.9", "--json", to="own").out)
    switch = next(s for s in found["steps"] if s["id"] == "switch-mx")
    assert switch["changes"][0]["after"]["values"] == ["5 mx.new.example."]
    assert [m["key"] for m in found["missing"]] == []


def test_a_time_that_is_too_early_is_an_exit_code_of_its_own(resolver: list[str]) -> None:
    done = planned(resolver, "--cutover", "2020-01-01T00:00:00Z")
    assert done.code == 1
    assert b"too early" in done.out


def test_servers_that_are_silent_leave_times_out(resolver: list[str]) -> None:
    done = mxaudit(
        "migrate", "plan", "story.example", "--to", "fastmail", "--nameserver", "127.0.0.1:1", "--timeout", "2"
    )
    assert done.code == 3
    assert b"a time that is not known" in done.out


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--to", "nobody"), "is not known"),
        (("--to", "m365", "--set", "mx"), "KEY=VALUE"),
        (("--to", "m365", "--set", "mx=a.example", "--set", "mx=b.example"), "each key once"),
        (("--to", "m365", "--set", "x=1"), "no value of Microsoft 365"),
        (("--to", "fastmail", "--cutover", "tomorrow"), "--cutover takes a time"),
        (("--to", "fastmail", "--old-selector", "a..b"), "--old-selector takes a name"),
    ],
)
def test_what_cannot_be_understood_is_told_in_a_sentence(more: tuple[str, ...], told: str) -> None:
    done = mxaudit("migrate", "plan", "story.example", *more)
    assert (done.code, done.out) == (2, b"")
    assert told in done.err
    assert len(done.sentences) == 1


def test_a_broken_planned_zone_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "planned.zone"
    file.write_text("$INCLUDE /etc/passwd\n")
    done = mxaudit("migrate", "plan", "story.example", "--to", "fastmail", "--zone", file)
    assert done.code == 2
    assert "planned.zone" in done.err
