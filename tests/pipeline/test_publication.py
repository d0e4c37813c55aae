"""Files appear whole and together, or not at all; the newest finished run is named beside the runs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.pipeline.publication import LATEST, Publication, name_latest

WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ("report.json", "index.html", "deep/report.md")


def publish(directory: Path, text: bytes) -> None:
    with Publication() as published:
        for name in NAMES:
            with published.file(directory / name) as file:
                file.write(text)


def found(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_nothing_is_in_its_place_before_all_is_written(tmp_path: Path) -> None:
    publish(tmp_path, b"old")
    with Publication() as published:
        for name in NAMES:
            with published.file(tmp_path / name) as file:
                file.write(b"new")
        assert {(tmp_path / name).read_bytes() for name in NAMES} == {b"old"}
    assert found(tmp_path) == dict.fromkeys(NAMES, b"new")


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_what_fails_before_the_first_rename_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int
) -> None:
    publish(tmp_path, b"old")
    whole = getattr(os, call)
    calls: list[int] = []

    def failing(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        whole(*arguments)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(OSError, match="No space left"):
        publish(tmp_path, b"new")
    assert found(tmp_path) == dict.fromkeys(NAMES, b"old")


def test_all_is_synced_before_the_first_rename_and_its_directory_after_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, b"old")
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        steps.append("directory" if Path(f"/proc/self/fd/{handle}").readlink().is_dir() else "file")
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    publish(tmp_path, b"new")
    assert steps == ["file"] * 3 + ["rename", "rename", "directory", "rename", "directory"]


def test_a_link_at_a_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"as it was")
    (tmp_path / "report.json").symlink_to(tmp_path / "victim")
    publish(tmp_path, b"new")
    assert (tmp_path / "victim").read_bytes() == b"as it was"
    assert not (tmp_path / "report.json").is_symlink()


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
