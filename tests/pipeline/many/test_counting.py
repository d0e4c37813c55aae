"""Pieces on this machine are counted while they grow, others when they are done."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.pipeline.gathering import Progress
from audit.pipeline.many.counting import Counting
from audit.pipeline.many.storage import Storage

SIZES = {"one": 3, "two": 5}


def write(place: Path, name: str, text: bytes) -> None:
    (place / name).mkdir(exist_ok=True)
    with (place / name / "evidence.jsonl").open("ab") as file:
        file.write(text)


def test_lines_are_counted_as_they_come(tmp_path: Path) -> None:
    seen: list[Progress] = []
    counting = Counting(Storage(str(tmp_path)), SIZES, seen.append)
    for name, text in [
        ("one", b"run\n"),
        ("one", b"domain\ndom"),
        ("two", b"run\n"),
        ("one", b"ain\n"),
        ("two", b"domain\n"),
        ("one", b"domain\nend\n"),
    ]:
        write(tmp_path, name, text)
        counting.look()
    assert [(p.done, p.total, p.last) for p in seen] == [(1, 8, "one"), (2, 8, "one"), (3, 8, "two"), (4, 8, "one")]
    counting.ended("one", interrupted=False)
    counting.ended("two", interrupted=True)  # what it did is what it wrote
    assert (seen[-1].done, seen[-1].last) == (4, "two")


@pytest.mark.parametrize("place", ["file:///nowhere", "nowhere"])
def test_what_is_not_here_counts_when_it_is_done(place: str) -> None:
    seen: list[Progress] = []
    with Counting(Storage(place), SIZES, seen.append) as counting:
        counting.look()
        counting.ended("two", interrupted=False)
        counting.ended("one", interrupted=False)
    assert [(p.done, p.total, p.last) for p in seen] == [(5, 8, "two"), (8, 8, "one")]
