"""Domains that are judged while others are still gathered, by a process of their own: a second core would idle.

Nothing hangs on it. The process reads the evidence as it grows, and writes what it made of each domain into a file
without a name. When the run has all its evidence, that is judged as ever; only of a domain that is in this file, and
of which nothing has come to light since that could change it, the report is taken from there, byte by byte what
judging it again would give. If the process died, was slow, or found no room, the rest is judged as ever.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from audit import contract
from audit.pipeline.shelf import LastOf
from audit.rules.summary.coverage import Counts

PATIENCE = 5.0  # seconds for the domain that is under way when its time is over
BLOCK = 4096  # octets: what stands before a report takes less, but where many lists could not be used
FROM = 200  # rows of a list from which on it is worth the start of a process
WORKER = """
import sys
handle, directory, *sys.path[:] = sys.argv[1:]
from audit.pipeline.following import main
main(int(handle), directory)
"""
MOST_HEAD = 1 << 20  # octets of what stands before a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """What stands before a report that was made early: where the domain's record begins, how many octets the report
    has, and what it hangs on. `aged`: earlier runs told of it; `visited`: mail servers were visited for it."""

    at: int
    size: int
    aged: bool
    visited: bool
    counts: Counts


class Ahead:
    """The process, and what it writes. At the end of the context it is gone.

    Raises:
        OSError: there is no room for its file.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=directory, prefix=".mxaudit-")  # noqa: SIM115 -- open as long as we are
        weakref.finalize(self, self._file.close)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def begin(self) -> None:
        """Follow the evidence in the directory, whose files are there by now. Ctrl-C is for the run, not for this."""
        handle = self._file.fileno()
        words = (str(handle), str(self._directory.absolute()), *filter(None, sys.path))
        with suppress(OSError):  # then all is judged in the end
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no word of the world among the arguments
                (sys.executable, "-I", "-c", WORKER, *words),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(handle,),
                start_new_session=True,
            )

    def judged(self, *, aged: bool, unvisited_only: bool) -> Mapping[int, tuple[Counts, bytes]]:
        """End the process: what was judged early and holds, by where the records begin. `aged`: what it has to have
        been judged by; `unvisited_only`: whether all that hangs on sessions is to be judged again."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return _Judged(self._file.fileno(), aged=aged, unvisited_only=unvisited_only)


class _Judged(Mapping[int, tuple[Counts, bytes]]):
    """Reports in a file, of which the places are in memory: 24 octets each. What was torn off at its end is left."""

    def __init__(self, handle: int, *, aged: bool, unvisited_only: bool) -> None:
        self._handle = handle
        self._places = LastOf()
        at, whole = 0, os.fstat(handle).st_size
        while at < whole:
            head, length = self._head(at)
            if head is None or (end := at + length + head.size + 1) > whole:
                break
            if head.aged == aged and not (unvisited_only and head.visited):
                self._places.note(head.at, at, length)
            at = end

    def __getitem__(self, record: int) -> tuple[Counts, bytes]:
        at, length = self._places[record]
        head, _ = self._head(at)
        if head is None:
            raise KeyError(record)
        return head.counts, os.pread(self._handle, head.size, at + length)

    def __contains__(self, record: object) -> bool:
        return record in self._places

    def __iter__(self) -> Iterator[int]:
        return iter(self._places.lines())

    def __len__(self) -> int:
        return len(self._places)

    def _head(self, at: int) -> tuple[Early | None, int]:
        """What stands there before a report, and how many octets it has."""
        block = BLOCK
        while (length := (text := os.pread(self._handle, block, at)).find(b"\n") + 1) == 0:
            if len(text) < block or block > MOST_HEAD:
                return None, 0
            block *= 16
        try:
            return contract.load(text[:length], Early), length
        except contract.ContractError:
            return None, 0


def worthwhile(rows: int) -> bool:
    """Whether there is a core to spare, and enough to do for it."""
    return rows >= FROM and len(os.sched_getaffinity(0)) > 1
