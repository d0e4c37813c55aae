"""What was recorded is judged again, byte for byte; and a record that somebody made up breaks nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from audit import contract
from audit.desk.propagation.session import SCHEMA, PropagationReport, judged, questions_of
from audit.desk.propagation.verdict import CopyState, Spread
from audit.model.evidence import Asked, Routed
from audit.model.probe import Probe, Question, Route, RouteCheck
from audit.model.propagation import AskedResolver, PropagationRound, PropagationSession
from audit.protocol.drive import replay
from tests.desk.propagation.sayings import NOON, later
from tests.rules.world import zone

SERVER, RESOLVER = "192.0.2.53", "198.51.100.8"
TEXT = f"""
example. SOA ns.example. admin.example. 1 2 3 4 5
example. NS ns.example.
ns.example. A {SERVER}
story.example. SOA ns.story.example. admin.story.example. 7 2 3 4 60
story.example. NS ns.story.example.
story.example. NS@{SERVER} referral ns.story.example={SERVER}
ns.story.example. A {SERVER}
story.example. MX 10 new.example.
story.example. 80 MX@{RESOLVER} 10 old.example.
"""
EMPTY = PropagationSession(
    name="story.example",
    rdtype="MX",
    expect=(),
    resolvers=(AskedResolver(name="Public DNS", address=RESOLVER, port=53),),
    canary="nx.example",
    rounds=(),
)


def recorded(text: str = TEXT, at: datetime = NOON) -> PropagationRound:
    """A round as it is written down."""
    answers: dict[Question, Any] = {}

    def seen(probe: Probe[Any]) -> Any:
        if isinstance(probe, RouteCheck):
            return Route(available=True)
        assert isinstance(probe, Question)
        got = zone(text).answer(probe)
        by_resolver: dict[str, Any] = {"ttl": 80, "flags": ("ra",)} if probe.server == RESOLVER else {}
        answers[probe] = replace(got, **by_resolver, asked_at=at, elapsed_ms=1.0)
        return answers[probe]

    replay(questions_of(EMPTY), seen)
    routes = tuple(Routed(check=RouteCheck(family=f), route=Route(available=True)) for f in ("ipv4", "ipv6"))
    return PropagationRound(
        at=at, answers=tuple(Asked(question=q, answer=a) for q, a in answers.items()), routes=routes
    )


OLD = recorded()
NEW = recorded(TEXT.replace("10 old.example.", "10 new.example."), later(120))
SESSION = replace(EMPTY, rounds=(OLD,))


def written(session: PropagationSession) -> bytes:
    return contract.dump(PropagationReport(schema=SCHEMA, found=judged(session), session=session))


def test_what_was_written_is_judged_again_to_the_byte() -> None:
    text = written(replace(EMPTY, rounds=(OLD, NEW)))
    contract.check("propagation", text)
    again = contract.load(text, PropagationReport)
    assert written(again.session) == text


def test_a_session_is_judged_as_of_its_last_round() -> None:
    first = judged(SESSION)
    assert (first.outcome, first.copies[0].state, first.safe_after) == (
        Spread.NOT_YET,
        CopyState.LAG,
        datetime(2026, 11, 30, 12, 1, 20, 1000, tzinfo=UTC),
    )
    assert judged(replace(EMPTY, rounds=(OLD, NEW))).outcome is Spread.EVERYWHERE


def test_what_was_not_recorded_is_not_known() -> None:
    for number, _ in enumerate(OLD.answers):
        less = (*OLD.answers[:number], *OLD.answers[number + 1 :])
        found = judged(replace(EMPTY, rounds=(replace(OLD, answers=less),)))
        assert found.outcome in {Spread.NOT_YET, Spread.UNKNOWN}
    assert judged(replace(EMPTY, rounds=(replace(OLD, answers=(), routes=()),))).outcome is Spread.UNKNOWN


def test_without_a_round_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="no round"):
        judged(EMPTY)


@pytest.mark.parametrize(
    "changes",
    [
        {"asked_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "ttl": 2**31},
        {"asked_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"asked_at": None},
        {"elapsed_ms": 1e300},
        {"records": ("10 \x1b[31m",)},
        {"records": ("x",) * 1000},
        {"authority": ("", "x", "x 1 SOA")},
        {"aliases": ("",)},
        {"flags": ()},
    ],
)
def test_a_record_that_was_made_up_breaks_nothing(changes: dict[str, Any]) -> None:
    faults: list[BaseException] = []
    made_up = tuple(replace(a, answer=replace(a.answer, **changes)) for a in OLD.answers)
    judged(replace(EMPTY, rounds=(OLD, replace(OLD, answers=made_up))), faults.append)
    assert faults == []
