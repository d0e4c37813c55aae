"""Watching: it looks again while that may help, tells what moves, and ends when somebody has seen enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from audit.cli.propagation_watch import KEPT, clock, looked, watched
from audit.model.propagation import PropagationRound, PropagationSession
from tests.desk.propagation.sayings import NOON
from tests.desk.propagation.test_session import EMPTY, NEW, OLD

OLDER = replace(EMPTY, rounds=(OLD,))


class Time:
    """Time that passes when somebody sleeps."""

    def __init__(self, ends_after: float | None = None) -> None:
        self.passed, self._ends_after = 0.0, ends_after

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        if self._ends_after is not None and self.passed > self._ends_after:
            raise KeyboardInterrupt

    def now(self) -> float:
        return self.passed


def watch(
    rounds: Iterator[PropagationRound], time: Time, patience: float | None = None
) -> tuple[PropagationSession, bool]:
    return watched(OLDER, lambda _: next(rounds), every=10, patience=patience, sleep=time.sleep, passed=time.now)


def later(number: int) -> PropagationRound:
    return replace(OLD, at=NOON + timedelta(seconds=10 * number))


def test_it_ends_when_all_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    session, interrupted = watch(iter((later(1), later(2), NEW, NEW)), Time())
    assert (len(session.rounds), interrupted) == (4, False)
    assert capsys.readouterr().err.splitlines() == [
        "12:00:00 UTC  1 of 1 server, 0 of 1 resolver; safe after 2026-11-30 12:02 UTC; Public DNS: lag",
        "12:02:00 UTC  1 of 1 server, 1 of 1 resolver",
    ]


@pytest.mark.parametrize(("patience", "rounds"), [(9, 1), (10, 2), (35, 4)])
def test_it_ends_when_patience_does(patience: float, rounds: int) -> None:
    session, interrupted = watch(map(later, range(1, 99)), Time(), patience)
    assert (len(session.rounds), interrupted) == (rounds, False)


def test_what_was_seen_stays_when_the_user_ends_it() -> None:
    session, interrupted = watch(map(later, range(1, 99)), Time(ends_after=25))
    assert (len(session.rounds), interrupted) == (3, True)


def test_of_many_rounds_the_first_and_the_last_are_kept() -> None:
    session = OLDER
    for number in range(1, KEPT + 20):
        session = looked(session, later(number))
    assert len(session.rounds) == KEPT
    assert (session.rounds[0], session.rounds[1].at, session.rounds[-1].at) == (
        OLD,
        later(21).at,
        later(KEPT + 19).at,
    )


def test_a_clock_that_was_set_goes_on_from_there() -> None:
    now = clock(NOON)
    assert NOON <= now() <= now() < NOON + timedelta(minutes=10)
    assert clock(None)().tzinfo is not None
