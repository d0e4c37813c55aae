"""Replies that were labelled before any pattern was written: class, permanence, side; and none is known by heart."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.catalog.replies import ReplyPattern, holding, load_replies
from audit.desk.diagnosis import Diagnosis, diagnose
from audit.desk.reading import read

CLASSES_RIGHT, SIDES_RIGHT = 0.97, 0.97
SHORT = 40  # characters: in fewer, the words that tell are all that there is


@dataclass(frozen=True)
class Sample:
    text: str
    kind: str
    permanent: bool | None
    side: str
    host: str

    @property
    def told(self) -> Diagnosis:
        return diagnose(self.text, host=self.host)


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(row["text"], row["class"], row.get("permanent"), row["side"], row.get("host", ""))


LATER = tomllib.loads((Path(__file__).parent / "later.toml").read_text("utf-8"))["replies"]
ROWS = tomllib.loads((Path(__file__).parent / "replies.toml").read_text("utf-8"))["replies"]
SAMPLES = [_sample(row) for row in ROWS]


def test_there_are_enough_of_every_kind() -> None:
    assert len({s.text for s in SAMPLES}) == len(SAMPLES) >= 250
    counts = Counter(s.kind for s in SAMPLES)
    assert set(counts) == {c.id for c in load_replies().classes}
    assert min(counts.values()) >= 4
    assert {row["source"] for row in ROWS} == {"memory", "made"}


def test_classes_are_right() -> None:
    wrong = [(s.text, s.told.kind.id, s.kind) for s in SAMPLES if s.told.kind.id != s.kind]
    assert len(wrong) <= (1 - CLASSES_RIGHT) * len(SAMPLES), wrong


def test_none_that_lasts_is_taken_for_one_that_passes_nor_the_reverse() -> None:
    assert [(s.text, s.told.permanent) for s in SAMPLES if s.told.permanent is not s.permanent] == []


@pytest.mark.parametrize("row", LATER, ids=lambda row: row["text"][:60])
def test_those_that_came_later(row: dict[str, Any]) -> None:
    told = diagnose(row["text"])
    assert (told.kind.id, told.permanent) == (row["class"], row["permanent"])


def test_sides_are_right() -> None:
    wrong = [(s.text, s.told.side, s.side) for s in SAMPLES if s.told.side != s.side]
    assert len(wrong) <= (1 - SIDES_RIGHT) * len(SAMPLES), wrong


def test_no_address_is_suppressed_that_may_be_good() -> None:
    """To lose an address for a mistake of ours is worse than to keep a bad one."""
    wrong = [
        s.text
        for s in SAMPLES
        if s.told.suppress and not (s.permanent is True and s.kind in {"hard-address", "hard-domain"})
    ]
    assert wrong == []


def _literal(expression: str) -> str:
    """The longest run of characters that stand for themselves."""
    return max(re.split(r"\\.|[^\w @:;'/-]", expression), key=len)


@pytest.mark.parametrize("pattern", load_replies().patterns, ids=lambda p: p.id)
def test_no_pattern_holds_a_whole_sample(pattern: ReplyPattern) -> None:
    wholes = [read(sample.text).whole for sample in SAMPLES]
    assert [w for w in wholes if (found := holding(pattern.says, w)) and found[0] == w] == []
    for expression in pattern.says:
        held = [w for w in wholes if holding((expression,), w)]
        assert [w for w in held if len(w) >= SHORT and len(_literal(expression)) > 0.6 * len(w)] == []
        assert len(_literal(expression)) <= 50


def test_most_are_told_by_their_words() -> None:
    """An enhanced code tells a part of them, a bare code few."""
    basis = Counter(s.told.basis for s in SAMPLES)
    assert basis["text"] >= 0.75 * len(SAMPLES)
    assert basis["code"] <= 0.1 * len(SAMPLES)
