"""What the tests of costs can tell: what costs a text's square from what does not."""

from __future__ import annotations

import pytest

from tests import timing


def squared(text: str) -> int:
    return sum(len(text[place:]) for place in range(0, len(text), 16) for _ in range(len(text) // 1024))


def test_a_square_is_no_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 3)
    assert not timing.in_proportion(squared, "a".__mul__)


def test_a_line_and_a_little_more_are() -> None:
    assert timing.in_proportion(lambda text: [[sign] for sign in text], "a".__mul__)
    assert timing.in_proportion(lambda text: sorted(range(len(text)), key=lambda n: n * 7919 % 4093), "a".__mul__)


def test_work_is_held_to_a_limit() -> None:
    assert timing.within(0.5, lambda: sum(range(100_000)))
    assert not timing.within(0.001, lambda: sum(range(1_000_000)), rounds=3)
