"""Reports are written whole or not at all; what is for standard output is handed back."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.model.report import RunReport
from audit.pipeline import flow
from audit.pipeline.flow import Output, write
from audit.report import FORMATS
from tests.records import REPORT


def test_each_output_is_its_rendering(tmp_path: Path) -> None:
    outputs = [Output(name, tmp_path / "deep" / f"a.{name}") for name in FORMATS]
    assert write(REPORT, outputs) == b""
    for output in outputs:
        assert output.path is not None
        assert output.path.read_bytes() == FORMATS[output.format](REPORT)
        assert stat.S_IMODE(output.path.stat().st_mode) == 0o644


def test_what_is_for_standard_output_is_handed_back(tmp_path: Path) -> None:
    assert write(REPORT, [Output("md", None), Output("json", tmp_path / "a.json")]) == FORMATS["md"](REPORT)
    assert contract.load((tmp_path / "a.json").read_bytes(), RunReport) == REPORT


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
@pytest.mark.parametrize("before", [None, b"as it was"])
def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: bytes | None
) -> None:
    path = tmp_path / "report.json"
    if before is not None:
        path.write_bytes(before)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path if step == "replace" else os, step, full)
    with pytest.raises(OSError, match="No space left"):
        write(REPORT, [Output("json", path)])
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ([] if before is None else ["report.json"])
    assert before is None or path.read_bytes() == before


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_bytes(b"as it was")
    with path.open("rb") as reading:
        write(REPORT, [Output("md", path)])
        assert reading.read() == b"as it was"
    assert path.read_bytes() == FORMATS["md"](REPORT)


def test_a_report_that_disagrees_with_its_schema_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "FORMATS", {"json": lambda _: b'{"schema": "mine"}'})
    with pytest.raises(contract.ContractError):
        write(REPORT, [Output("json", tmp_path / "report.json")])
    assert list(tmp_path.iterdir()) == []
