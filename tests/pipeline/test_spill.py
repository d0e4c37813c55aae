"""Reports on disk: the same as those that are kept, however often they are read, and without a trace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audit import contract
from audit.model.report import DomainReport, Glance, glances
from audit.pipeline import spill
from audit.pipeline.spill import Spilled
from tests.records import REPORT

DOMAINS = tuple(REPORT.domains)


def spilled(directory: Path, *reports: DomainReport) -> Spilled:
    found = Spilled(directory)
    for report in reports:
        found.append(report)
    return found


@pytest.mark.parametrize("block", [1, 100, 1 << 18])
def test_they_are_read_as_they_were_put(tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "BLOCK", block)
    found = spilled(tmp_path, *DOMAINS)
    assert tuple(found) == tuple(found) == DOMAINS
    assert all(one == other for one, other in zip(found, found, strict=True))
    assert len(found) == len(DOMAINS)
    assert list(found.texts()) == [contract.dump(d) for d in DOMAINS]
    assert tuple(spilled(tmp_path)) == ()


def test_a_glance_shows_what_the_report_holds(tmp_path: Path) -> None:
    shown = list(glances(spilled(tmp_path, *DOMAINS)))
    assert all(isinstance(g, Glance) for g in shown)
    for name in Glance.__slots__:
        assert [getattr(g, name) for g in shown] == [getattr(d, name) for d in glances(DOMAINS)]


def test_nothing_is_left_of_them(tmp_path: Path) -> None:
    found = spilled(tmp_path / "deep", *DOMAINS)
    assert list((tmp_path / "deep").iterdir()) == []
    before = len(os.listdir("/proc/self/fd"))
    del found
    assert len(os.listdir("/proc/self/fd")) < before


def test_where_nothing_can_be_written_another_place_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert tuple(spilled(tmp_path / "file", *DOMAINS)) == DOMAINS
