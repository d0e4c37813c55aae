"""One domain is gathered within its time, whatever the world does, and what broke is told as ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from audit.catalog.blocklists import load_blocklists
from audit.catalog.profiles import load_profile
from audit.gather.domain import Gathered, GatheringFailed, Target, gather_domain
from audit.gather.run import gather_run
from audit.model.evidence import DomainOptions, InputLine, Settings, Visited
from audit.model.fact import Known, Unknown
from audit.model.probe import (
    Answer,
    DnsStatus,
    Outcome,
    Probe,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    Stage,
    StageName,
)
from audit.pipeline import constants
from audit.protocol.drive import World
from audit.protocol.inquiry import Steps
from audit.protocol.survey import NEVER, Plan

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BLOCKLISTS = load_blocklists().selected(("none",))
SETTINGS = Settings(
    profile="baseline",
    smtp=True,
    smtp_port=25,
    smtp_off_because=None,
    https=True,
    https_port=443,
    https_off_because=None,
    ehlo="here.example",
    blocklists=(),
    allow_net=(),
    canaries=("c.example", "d.example"),
    absent_name="nx-0.com",
    resolver_kind="loopback",
    second_opinion=False,
)
TARGET = Target(
    input=InputLine(file="list.txt", line=1, column=1, text="one.example"),
    domain="one.example",
    unicode="one.example",
    options=DomainOptions(selectors=("s1",)),
)
ABSENT = Answer(status=DnsStatus.NODATA)


def nothing_there(probe: Probe[Any]) -> Any:
    if isinstance(probe, Question):
        found = {"MX": ("10 mx.one.example.",), "A": ("192.0.2.1",)}.get(probe.rdtype)
        return Answer(status=DnsStatus.NOERROR, records=found) if found else ABSENT
    if isinstance(probe, RouteCheck):
        return Route(available=True)
    return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.REFUSED),))


def at_once(probe: Probe[Any], done: Callable[[Any], None]) -> None:
    done(nothing_there(probe))


def never(_: Probe[Any], __: Callable[[Any], None]) -> None:
    """Nobody is there."""


def later(seconds: float) -> World:
    def world(probe: Probe[Any], done: Callable[[Any], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, done, nothing_there(probe))

    return world


def given() -> Mapping[type, Any]:
    return constants.for_domains(SETTINGS, BLOCKLISTS, load_profile("baseline"), (), Unknown("not_selected"))


async def gathered(world: World, seconds: float = 5.0) -> Gathered:
    return await gather_domain(
        TARGET, world=world, constants=given(), plan=Plan(NEVER), observed_at=NOW, seconds=seconds
    )


def test_the_evidence_names_its_line_and_is_sorted() -> None:
    got = asyncio.run(gathered(at_once))
    evidence = got.evidence
    assert (evidence.input, evidence.domain, evidence.observed_at) == (TARGET.input, "one.example", NOW)
    assert evidence.options == TARGET.options
    keys = [a.question.key for a in evidence.answers]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert "dns s1._domainkey.one.example TXT" in keys
    assert evidence.visits == tuple(v.visit for v in got.shared if isinstance(v, Visited))
    assert [v.key for v in evidence.visits] == ["smtp mx.one.example 192.0.2.1 25"]


def test_the_order_in_which_answers_come_leaves_no_trace() -> None:
    slow = asyncio.run(gathered(later(0.001)))
    assert slow == asyncio.run(gathered(at_once))


def test_when_time_is_over_what_is_open_is_out_of_budget() -> None:
    got = asyncio.run(gathered(never, seconds=0.05))
    assert {a.answer.status for a in got.evidence.answers} == {DnsStatus.BUDGET}
    assert len(got.evidence.answers) > 1


def test_what_came_in_time_is_kept_and_what_came_late_is_not() -> None:
    def half(probe: Probe[Any], done: Callable[[Any], None]) -> None:
        slow = isinstance(probe, Question) and probe.rdtype == "TXT"
        asyncio.get_running_loop().call_later(0.8 if slow else 0.0, done, nothing_there(probe))

    async def both() -> Gathered:
        got = await gathered(half, seconds=0.4)
        await asyncio.sleep(0.6)  # the late answers come, and nobody waits
        return got

    got = asyncio.run(both())
    by_type = {(a.question.rdtype, a.answer.status) for a in got.evidence.answers}
    assert ("TXT", DnsStatus.BUDGET) in by_type
    assert ("TXT", DnsStatus.NODATA) not in by_type
    assert ("MX", DnsStatus.NOERROR) in by_type


def test_a_domain_that_is_cancelled_is_not_woken_by_a_late_answer() -> None:
    faults: list[dict[str, Any]] = []

    async def cancelled() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context))
        task = asyncio.create_task(gathered(later(0.001)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.2)

    asyncio.run(cancelled())
    assert faults == []


def test_a_survey_that_breaks_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Steps[Any]:
        yield from ()
        raise ZeroDivisionError

    monkeypatch.setattr("audit.gather.domain.survey", broken)
    with pytest.raises(GatheringFailed, match=r"^internal\.ZeroDivisionError$"):
        asyncio.run(gathered(at_once))


def test_the_run_looks_at_itself_within_its_time() -> None:
    async def looked(world: World, seconds: float) -> tuple[set[DnsStatus], bool]:
        recorder, run = await gather_run(
            world=world,
            constants=constants.for_run(SETTINGS, BLOCKLISTS),
            plan=Plan(NEVER),
            observed_at=NOW,
            seconds=seconds,
        )
        return {a.answer.status for a in recorder.answers}, isinstance(run, Known)

    assert asyncio.run(looked(at_once, 5)) == ({DnsStatus.NOERROR, DnsStatus.NODATA}, True)
    assert asyncio.run(looked(never, 0.05)) == ({DnsStatus.BUDGET}, True)
