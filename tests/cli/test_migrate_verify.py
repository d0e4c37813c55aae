"""`mxaudit migrate verify`, over the lab's company and a resolver that is behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.cli.migrate_verify_watch import Watch, watched
from audit.lab.moving.company import START, STEPS, State, moment, page, states
from audit.model.fact import Known, Unknown
from audit.model.migration import Plan
from audit.protocol.migration.looking import Look, wanted_by
from tests.cli.command import Done, mxaudit
from tests.cli.moving import RESOLVER, alone, moving
from tests.desk.migration_check.world import Eyes, asked_at, plan, world
from tests.lab.moving.by_plan import lived, planned, story_of, timetable

AT = {step.name: step.at for step in STEPS}
STATES: dict[int, State] = dict(states())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_bytes(contract.pretty(plan()))
    return path


def run(path: Path, words: list[str], at: int, *more: str | Path, columns: int = 80) -> Done:
    now = f"{moment(at):%Y-%m-%dT%H:%M:%SZ}"
    return mxaudit("migrate", "verify", path, *words, "--now", now, "--dns-timeout", "5", *more, columns=columns)


def told(done: Done) -> dict[str, Any]:
    contract.check("migration_check", done.out)
    found: dict[str, Any] = json.loads(done.out)
    return found


@pytest.mark.parametrize(
    ("at", "code", "outcome", "progress"),
    [
        (0, 1, "under_way", "not_yet not_yet not_yet by_hand not_yet not_yet"),
        (AT["lower"], 1, "under_way", "done done not_yet by_hand not_yet not_yet"),
        (AT["remove"], 0, "done", "done done done by_hand done done"),
    ],
)
def test_what_is_done(written: Path, tmp_path: Path, at: int, code: int, outcome: str, progress: str) -> None:
    with moving(STATES[at]) as words:
        done = run(written, words, at, "--json")
    found = told(done)
    assert (done.code, done.err, found["outcome"]) == (code, "", outcome)
    assert [step["progress"] for step in found["steps"]] == progress.split()
    assert [(r["address"], r["silent"]) for r in found["resolvers"]] == [(RESOLVER, 0)]
    out = tmp_path / "check.json"
    out.write_bytes(done.out)
    assert mxaudit("validate", out).code == 0


def test_until_when_a_resolver_holds_what_was_before(written: Path) -> None:
    at = AT["switch"]
    with moving(STATES[at], behind=STATES[AT["lower"]], left=240) as words:
        done = run(written, words, at, "--json")
        shown = run(written, words, at)
    switch = told(done)["steps"][2]
    assert switch["progress"] == "propagating"
    assert moment(at + 239).isoformat() <= switch["until"].replace("Z", "+00:00") <= moment(at + 300).isoformat()
    assert "moving.example MX: 198.51.100.200 still holds what was before, until" in " ".join(
        shown.out.decode().split()
    )


def test_times_count_from_when_a_step_was_seen_done(written: Path, tmp_path: Path) -> None:
    """At first it is counted from now; later from what was kept, or from what the user knows."""
    seen, at = tmp_path / "seen.json", AT["lower"]
    with moving(STATES[at]) as words:
        first = run(written, words, at, "--seen", seen, "--json")
        later = run(written, words, at + 1800, "--seen", seen, "--json")
        known = run(written, words, at + 1800, "--done", f"lower={moment(at - 3600):%Y-%m-%dT%H:%M:%SZ}", "--json")
    times = [told(each)["steps"][2]["may_begin"] for each in (first, later, known)]
    assert times[0] == times[1]
    assert times[0].startswith(f"{moment(at + 3600):%Y-%m-%dT%H:%M}")
    assert times[2].startswith(f"{moment(at):%Y-%m-%dT%H:%M}")
    assert told(known)["next"] == ["switch"]


def test_what_is_wrong_is_told_beside_what_should_be(written: Path) -> None:
    other = replace(STATES[AT["switch"]], mx=("10 mx.elsewhere.example",))
    with moving(other) as words:
        done = run(written, words, AT["switch"], columns=140)
    text = done.out.decode()
    assert done.code == 1
    assert "Something is wrong." in text
    assert "there should be: 1 smtp.google.com.; there is: 10 mx.elsewhere.example." in text


def test_a_resolver_that_is_silent_leaves_it_open(written: Path) -> None:
    with moving(STATES[AT["remove"]], silent=True) as words:
        done = run(written, words, AT["remove"], "--dns-timeout", "2")
    assert done.code == 3
    assert f"No answer: {RESOLVER}" in " ".join(done.out.decode().split())


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("--until", "switch"), "--until goes with --watch"),
        (("--watch", "--until", "nothing"), "no step “nothing”"),
        (("--done", "nothing=2026-11-24T12:00:00Z"), "no step “nothing”"),
        (("--done", "switch=yesterday"), "--done takes a time"),
    ],
)
def test_what_cannot_be_meant(written: Path, more: tuple[str, ...], complaint: str) -> None:
    done = run(written, [], 0, *more)
    assert done.code == 2
    assert complaint in " ".join(done.err.split())


@pytest.mark.parametrize("text", [b"", b"{}", b"[1", b'{"moves_to": "google"}'])
def test_what_is_no_plan(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text)
    assert run(path, [], 0).code == 2


@pytest.mark.parametrize(
    ("last", "code", "done", "next_"),
    [
        ("mta-sts-open", 1, ["prepare", "dkim-new", "spf-both", "mta-sts-open"], ["lower-ttl"]),
        ("switch-clients", 1, ["lower-ttl", "switch-mx", "switch-clients"], []),
        ("remove-rest", 0, ["raise-ttl", "mta-sts-close", "spf-new", "dkim-old"], []),
    ],
)
def test_a_plan_of_the_command_is_followed(
    tmp_path: Path, last: str, code: int, done: list[str], next_: list[str]
) -> None:
    """What `migrate plan` wrote, carried out as far as a step."""
    given, times = planned(), timetable(planned())
    path = tmp_path / "plan.json"
    path.write_bytes(contract.pretty(given))
    at = times[last]
    with alone(story_of(lived(given, {s: t for s, t in times.items() if t <= at and s not in next_}).at(at))) as words:
        resolver = words[words.index("--nameserver") + 1]
        since = int((given.made_at - START).total_seconds())
        found = run(path, [*words, "--resolver", resolver], since + at, "--json")
    steps = {step["id"]: step["progress"] for step in told(found)["steps"]}
    assert found.code == code, found.err
    assert {step: steps[step] for step in done} == dict.fromkeys(done, "done")
    assert told(found)["next"] == next_


FIRST = plan().steps[0]
WANTED = FIRST.done_when[0]


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (replace(plan(), steps=(replace(FIRST, done_when=FIRST.done_when * 80),)), "more than 200"),
        (replace(plan(), steps=(FIRST, FIRST)), "a step twice"),
        (replace(plan(), domain="\x1b[2J"), "“\\x1b[2J” is no domain"),
        (replace(plan(), domain="other.example"), "is not where the MTA-STS policy of other.example is"),
        (replace(plan(), steps=(replace(FIRST, done_when=(replace(WANTED, type="AXFR"),)),)), "of type AXFR"),
        (replace(plan(), steps=(replace(FIRST, done_when=(replace(WANTED, type="\x1b[2J"),)),)), "is no type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "plan",
)
def test_what_no_plan_of_ours_asks_is_not_asked(tmp_path: Path, other: Plan, complaint: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(contract.pretty(other))
    done = run(path, [], 0)
    assert done.code == 2
    assert complaint in " ".join(done.err.split())
    assert "\x1b" not in done.err


def test_what_a_plan_says_is_shown_without_effect(tmp_path: Path) -> None:
    named = replace(WANTED, name="\x1b]0;x\x07.moving.example", values=("\u202e<b>",))
    step = replace(FIRST, title="\x1b[31m<b>\u202e", by_hand=("\x1b[2J",), done_when=(named, WANTED))
    path = tmp_path / "plan.json"
    path.write_bytes(contract.pretty(replace(plan(), steps=(step,), moves_to="\x1b[7m")))
    with moving(STATES[0]) as words:
        done = run(path, words, 0)
        told(run(path, words, 0, "--json"))
    assert done.err == ""
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out.decode())


# ---- watching ------------------------------------------------------------------------------------------------------


def watch(given: Plan, takes: list[Any]) -> Watch:
    clock = iter(START + timedelta(minutes=n) for n in range(1000))
    return Watch(given, "0" * 64, lambda: takes.pop(0), lambda: next(clock), {})


def test_a_watch_ends_when_patience_does(capsys: pytest.CaptureFixture[str]) -> None:
    silent = Unknown("budget")
    passed = iter(range(0, 10_000, 60))
    slept: list[float] = []
    check, interrupted = watched(
        watch(plan(), [silent] * 99),
        again=True,
        until=None,
        every=60,
        patience=300,
        sleep=slept.append,
        passed=lambda: next(passed),
    )
    assert (check.outcome, interrupted) == ("unknown", False)
    assert 3 <= len(slept) <= 5
    assert len(capsys.readouterr().err.splitlines()) == 1  # nothing changed


def test_a_watch_can_be_ended_and_tells_what_it_saw() -> None:
    def leave(_: float) -> None:
        raise KeyboardInterrupt

    empty = Known(Look((), ()))
    _, interrupted = watched(watch(plan(), [empty]), again=True, until=None, every=1, patience=None, sleep=leave)
    assert interrupted


def looked(at: int, behind: int | None = None) -> Known[Look]:
    """What is seen of the company at a moment, by a resolver that asked then or before."""
    lived, wanted = world(STEPS), wanted_by(plan(), 443)
    rounds = tuple((key, Known(asked_at(lived, key, at, Eyes(behind)))) for key in wanted.names)
    policy = lived.at(at).policy
    return Known(
        Look(rounds, tuple((url, Known(page(policy).body.decode() if policy else None)) for url in wanted.files))
    )


def test_a_watch_ends_when_the_step_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    """Not yet published, then on its way, then everywhere: a line each."""
    at = AT["switch"]
    takes = [
        looked(at - 120),
        looked(at - 60),
        looked(at, at - 60),
        looked(at + 60, at - 60),
        looked(at + 300),
        looked(-1),
    ]
    given, clock = watch(plan(), takes), iter(moment(t) for t in (at - 120, at - 60, at, at + 60, at + 300))
    slept: list[float] = []
    watching = replace(given, now=lambda: next(clock))
    check, interrupted = watched(watching, again=True, until="switch", every=60, patience=None, sleep=slept.append)
    assert not interrupted
    assert len(slept) == 4
    assert {step.id: step.since for step in check.steps}["switch"] == moment(at)
    lines = [line.partition("UTC  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "2 of 5 steps done",
        "2 of 5 steps done; switch: propagating until 2026-12-24 12:04 UTC",
        "3 of 5 steps done",
    ]
