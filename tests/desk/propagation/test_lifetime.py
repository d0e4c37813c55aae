"""When a copy is gone."""

from __future__ import annotations

import pytest

from audit.desk.propagation.lifetime import expiry, gone_at, minute, told
from audit.model.probe import Answer, DnsStatus
from tests.desk.propagation.sayings import NOON, later, says


@pytest.mark.parametrize(
    ("ttl", "end"), [(None, 0), (0, 0), (60, 60), (604_800, 604_800), (604_801, 604_800), (2**31 - 1, 604_800)]
)
def test_a_copy_lives_for_a_week_at_most(ttl: int | None, end: int) -> None:
    assert gone_at(NOON, ttl) == later(end)


@pytest.mark.parametrize(("seconds", "text"), [(0, "12:00"), (0.000_001, "12:01"), (59, "12:01"), (60, "12:01")])
def test_people_are_told_the_minute_by_which_it_is_over(seconds: float, text: str) -> None:
    assert told(later(seconds)) == f"2026-11-30 {text} UTC"
    assert minute(minute(later(seconds))) == minute(later(seconds))


def test_an_answer_without_a_lifetime_tells_no_end() -> None:
    assert expiry(says("x", ttl=60, at=5)) == later(65)
    assert expiry(says("x", ttl=None)) is None
    assert expiry(Answer(status=DnsStatus.NOERROR, ttl=60)) is None
