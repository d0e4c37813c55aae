"""The table: medians, ranges, and whether a target holds."""

from __future__ import annotations

import json

import pytest

from benchmarks import table
from benchmarks.measure import Figure
from benchmarks.table import Row, at_least, at_most


@pytest.mark.parametrize(
    ("values", "figure"),
    [
        ([3.0], Figure(3.0, 3.0, 3.0, 1)),
        ([5.0, 1.0, 3.0], Figure(3.0, 1.0, 5.0, 3)),
        ([4.0, 1.0], Figure(2.5, 1.0, 4.0, 2)),
    ],
)
def test_a_figure_is_the_median_and_the_range(values: list[float], figure: Figure) -> None:
    assert Figure.of(values) == figure


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (at_least(250), 250.0, "holds"),
        (at_least(250), 249.9, "missed"),
        (at_most(0.35), 0.35, "holds"),
        (at_most(0.35), 0.36, "missed"),
        (None, 1.0, ""),
    ],
)
def test_a_target_holds_by_the_median(target: table.Target | None, value: float, verdict: str) -> None:
    figure = Figure(value, 0.0, 1e9, 3)
    assert Row(part="a", what="x", figure=figure, unit="times", target=target).verdict == verdict


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.0464, "0.0464"), (1.234, "1.23"), (57.06, "57.1"), (24_900.4, "24,900")]
)
def test_a_value_shows_what_can_be_known_of_it(value: float, text: str) -> None:
    assert table.shown(value) == text


def test_the_text_has_a_line_a_row_and_its_note_below() -> None:
    rows = [
        Row(part="c", what="CPU", figure=Figure.of([0.3, 0.2, 0.4]), unit="times", target=at_most(0.35)),
        Row(part="g", what="two", figure=Figure.of([1.4]), unit="times", target=at_least(1.5), note="of a core"),
    ]
    *_, first, second, note = table.text(rows, {"python": "3"}).splitlines()
    assert first.split() == ["c", "CPU", "0.3", "0.2", "-", "0.4", "times", "<=", "0.35", "holds"]
    assert second.split() == ["g", "two", "1.4", "one", "round", "times", ">=", "1.5", "missed"]
    assert note.strip() == "of a core"


def test_the_document_says_the_same() -> None:
    row = Row(part="c", what="CPU", figure=Figure.of([0.3]), unit="times", target=at_most(0.35))
    found = json.loads(table.document([row], {"python": "3"}))
    assert found["circumstances"] == {"python": "3"}
    (said,) = found["rows"]
    assert (said["figure"]["middle"], said["target"], said["verdict"]) == (0.3, "<= 0.35", "holds")
