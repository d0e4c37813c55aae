"""Times of steps: forward from now, back from the cutover, and none where a value is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audit.desk.migration.draft import Draft, because
from audit.desk.migration.schedule import scheduled
from audit.model.migration import Because, StepKind

NOW = datetime(2026, 11, 30, tzinfo=UTC)
HOUR = 3600


def draft(id: str, *reasons: Because, waits: str = "", undated: bool = False) -> Draft:
    return Draft(id, StepKind.PUBLISH, id, "", "", because=reasons, waits_for=tuple(waits.split()), undated=undated)


def hours(at: datetime | None) -> float | None:
    return None if at is None else (at - NOW).total_seconds() / HOUR


STEPS = (
    draft("a"),
    draft("b", because("", HOUR)),
    draft("switch", because("", 5 * HOUR, "a"), because("", 2 * HOUR, "b"), waits="a b"),
    draft("after", because("", HOUR, "switch"), waits="switch"),
)


@pytest.mark.parametrize(
    ("asked", "earliest", "latest", "cutover"),
    [
        (None, [0, 1, 5, 6], [0, 3, 5, None], 5),
        (10, [0, 1, 5, 11], [5, 8, 10, None], 10),
        (2, [0, 1, 5, 6], [0, 3, 5, None], 5),
    ],
)
def test_forward_and_back(asked: int | None, earliest: list[int], latest: list[int | None], cutover: int) -> None:
    wanted = None if asked is None else NOW + timedelta(hours=asked)
    steps, at = scheduled(STEPS, NOW, "switch", wanted)
    assert [hours(s.earliest) for s in steps] == earliest
    assert [hours(s.latest) for s in steps] == latest
    assert hours(at) == cutover


def test_what_is_not_known_leaves_no_later_time() -> None:
    steps, at = scheduled(
        (draft("a", undated=True), draft("b"), draft("switch", waits="a"), draft("d", because("", 1, "switch"))),
        NOW,
        "switch",
        NOW + timedelta(days=9),
    )
    assert [s.earliest for s in steps] == [None, NOW, None, None]
    assert (at, [s.latest for s in steps]) == (None, [None] * 4)
