"""Files appear whole and together, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from audit.pipeline.staging import Staging

NAMES = ("report.json", "index.html", "deep/report.md")


def publish(directory: Path, text: bytes) -> None:
    with Staging() as staging:
        stage(staging, directory, text)
        staging.publish()


def stage(staging: Staging, directory: Path, text: bytes) -> None:
    for name in NAMES:
        path = directory / name
        staging.begin(path)
        staging.put(path.parent, path.name, text)


def found(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_nothing_is_in_its_place_before_all_is_written(tmp_path: Path) -> None:
    publish(tmp_path, b"old")
    with Staging() as staging:
        stage(staging, tmp_path, b"new")
        assert {(tmp_path / name).read_bytes() for name in NAMES} == {b"old"}
        staging.publish()
    assert found(tmp_path) == dict.fromkeys(NAMES, b"new")


@pytest.mark.parametrize("at", [1, 2, 3])
def test_what_fails_before_the_first_rename_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    publish(tmp_path, b"old")
    whole = os.fsync
    calls: list[int] = []

    def failing(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        whole(*arguments)

    monkeypatch.setattr(os, "fsync", failing)
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
    assert steps == ["file"] * 3 + ["rename"] * 3 + ["directory"] * 2


def test_a_link_at_a_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"as it was")
    (tmp_path / "report.json").symlink_to(tmp_path / "victim")
    publish(tmp_path, b"new")
    assert (tmp_path / "victim").read_bytes() == b"as it was"
    assert not (tmp_path / "report.json").is_symlink()
