"""The benchmark of logs gives no figure for a program that counts wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import logs
from benchmarks.measure import Wrong
from benchmarks.servers import program

GRAND = """
Grand Totals
------------
messages

   1168k  received
    993k  delivered
      0   forwarded
    116k  deferred  (116k deferrals)
  59832   bounced
  59900   rejected (5%)
      0   reject warnings
"""


def test_what_pflogsumm_says_is_read() -> None:
    told = {"received": "1168k", "sent": "993k", "deferred": "116k", "bounced": "59832", "rejected": "59900"}
    assert logs.summed(GRAND) == told


@pytest.mark.parametrize(
    ("found", "right"),
    [("1168k", True), ("1167k", False), ("1196544", False), ("1197000", True), (1_197_000, True), ("", False)],
)
def test_a_count_is_right_or_no_figure(found: str | int, right: bool) -> None:
    try:
        logs.check("x", {"received": found}, {"received": 1_197_000})
    except Wrong:
        assert not right
    else:
        assert right


def test_a_small_log_is_measured(tmp_path: Path) -> None:
    found = {row.what: row for row in logs.rows(1, 1, lambda _: None)}
    assert "mxaudit logs, 1 MB: lines" in found
    assert ("pflogsumm, 1 MB: lines" in found) == (program("pflogsumm") is not None)
    assert all(row.figure.least > 0 for row in found.values())
