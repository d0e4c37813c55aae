"""One run at a time in a directory; whatever a dead one left behind locks nobody out."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audit.pipeline import lock
from audit.pipeline.lock import LOCK, Held, held

HOLDER = (
    "import sys, time; from pathlib import Path; from audit.pipeline.lock import held\n"
    "with held(Path(sys.argv[1])): print('ours', flush=True); time.sleep(600)"
)


def holder(directory: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ours\n"
    return process


def test_the_second_is_told_who_is_there(tmp_path: Path) -> None:
    with holder(tmp_path / "new") as process:
        with pytest.raises(Held, match=rf"new is in use by process {process.pid}:") as caught, held(tmp_path / "new"):
            pass
        assert caught.value.pid == process.pid
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_holder_that_died_locks_nobody_out(tmp_path: Path, number: int) -> None:
    with holder(tmp_path) as process:
        process.send_signal(number)
        process.wait()
    assert (tmp_path / LOCK).exists()
    with held(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("note", ["", "\0" * 300, "1 another-boot", "many words of no use", "x y"])
def test_what_stands_in_a_stale_file_does_not_matter(tmp_path: Path, note: str) -> None:
    (tmp_path / LOCK).write_text(note, "ascii")
    with held(tmp_path):
        assert (tmp_path / LOCK).read_text("ascii").split()[0] == str(os.getpid())


def test_a_number_of_another_boot_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(tmp_path):
        monkeypatch.setattr(lock, "_boot", lambda: "another")
        with pytest.raises(Held, match="in use by another process") as caught, held(tmp_path):
            pass
    assert caught.value.pid is None


def test_it_is_let_go_whatever_happens(tmp_path: Path) -> None:
    for _ in range(3):
        with pytest.raises(KeyError), held(tmp_path):
            raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_its_holder_removed_in_between_is_not_taken_for_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between open and flock the holder may end and remove it: then it is a lock on nothing."""
    whole = fcntl.flock
    turns = []

    def flock(handle: int, how: int) -> None:
        whole(handle, how)
        turns.append(handle)
        if len(turns) == 1:
            (tmp_path / LOCK).unlink()

    monkeypatch.setattr(fcntl, "flock", flock)
    with held(tmp_path):
        assert len(turns) == 2
        assert (tmp_path / LOCK).exists()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("as it was", "ascii")
    (tmp_path / LOCK).symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic links"), held(tmp_path):
        pass
    assert (tmp_path / "victim").read_text("ascii") == "as it was"
