"""One run at a time in a directory.

The lock is flock(2) on a file, which the kernel lets go when its holder ends, however it ends: a file that a dead run
left behind locks nobody out. What stands in it is for people: the process, and the boot that its number belongs to.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"
BOOT = Path("/proc/sys/kernel/random/boot_id")
MAX_NOTE = 200


class Held(Exception):
    """Another run works in the directory; `pid` is its process, where that could be read."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{directory} is in use by {who}: wait until that run has ended, or choose another --out-dir.")
        self.pid = pid


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keep other runs out of a directory, which is made where it is not there.

    Raises:
        Held: another run is there.
        OSError: the directory or the file cannot be made, or the file system knows no locks.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / LOCK
    handle = _taken(directory, path)
    try:
        os.ftruncate(handle, 0)
        with suppress(OSError):  # on a full disk the lock holds without the note
            os.pwrite(handle, f"{os.getpid()} {_boot()}\n".encode("ascii", "replace"), 0)
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is ours: whoever waits for it sees that it is gone, and makes another
        os.close(handle)


def _taken(directory: Path, path: Path) -> int:
    """The lock file, open and locked; not one that its holder has just removed."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, handle):
                return handle
        except BlockingIOError:
            pid = _holder(handle)
            os.close(handle)
            raise Held(directory, pid) from None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _holder(handle: int) -> int | None:
    """The process that the file names, if the file is of this boot."""
    words = os.pread(handle, MAX_NOTE, 0).decode("ascii", "replace").split()
    return int(words[0]) if len(words) == 2 and words[0].isdecimal() and words[1] == _boot() else None


def _boot() -> str:
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:
        return "-"
