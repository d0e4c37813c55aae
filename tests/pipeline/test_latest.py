"""The newest finished run is named beside the runs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.pipeline.latest import LATEST, name_latest

WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_newest_run_is_named_and_an_older_one_does_not_take_its_place(tmp_path: Path) -> None:
    for name, named in [("20261124T1", "20261124T1"), ("20261125T1", "20261125T1"), ("20261123T1", "20261125T1")]:
        name_latest(tmp_path / name, WHEN)
        assert json.loads((tmp_path / LATEST).read_bytes()) == {"run": named, "observed_at": "2026-11-24T12:00:00Z"}
    assert [p.name for p in tmp_path.iterdir()] == [LATEST]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"run": 7}', b"\xff", b"[" * 9999, b'{"run":'])
def test_a_spoilt_file_is_written_anew(tmp_path: Path, text: bytes) -> None:
    (tmp_path / LATEST).write_bytes(text)
    name_latest(tmp_path / "20261124T1", WHEN)
    assert json.loads((tmp_path / LATEST).read_bytes())["run"] == "20261124T1"


def test_a_pipe_in_its_place_holds_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LATEST)
    name_latest(tmp_path / "20261124T1", WHEN)
    assert json.loads((tmp_path / LATEST).read_bytes())["run"] == "20261124T1"
