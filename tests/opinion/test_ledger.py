"""The ledger for readers and the table in the code say the same."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from audit.rules.second_opinion.differences import DIFFERENCES, Difference
from audit.rules.second_opinion.ours import CLAUSES

LEDGER = Path(__file__).parents[2] / "docs" / "second-opinion.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = {row[0]: row[1:] for row in ROW.findall(LEDGER.read_text("utf-8"))}


def test_each_is_once_in_both() -> None:
    assert list(ROWS) == [d.id for d in DIFFERENCES]
    assert len(ROWS) == len(DIFFERENCES) == len(ROW.findall(LEDGER.read_text("utf-8")))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.id)
def test_a_row_names_the_clause_and_tells_why(difference: Difference) -> None:
    theirs, ours, clause, why = ROWS[difference.id]
    assert clause == difference.clause
    assert theirs != ours
    assert len(why.split()) > 3


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.id)
def test_its_causes_are_known(difference: Difference) -> None:
    assert difference.ours <= set(CLAUSES)
    assert difference.theirs


def test_none_stands_in_the_way_of_another() -> None:
    pairs = [(d.topic, cause, kind) for d in DIFFERENCES for cause in d.ours for kind in d.theirs]
    assert len(set(pairs)) == len(pairs)


def test_the_ledger_is_of_the_release_that_is_asked() -> None:
    assert f"checkdmarc {version('checkdmarc')}" in LEDGER.read_text("utf-8")
