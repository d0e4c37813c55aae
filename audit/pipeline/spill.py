"""The reports of domains, put on disk as they are judged: a run may have a million, of tens of kilobytes each.

The file has no name and goes when the report does, whatever becomes of the process. A line is a report as the contract
has it, in the order of the list; each time somebody goes through them they are read again.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from audit import contract
from audit.model.report import DomainReport, Glance, Reports

BLOCK = 256 * 1024  # octets that are read at a time


class Spilled(Reports):
    """Reports on disk, in the directory where the run's are."""

    def __init__(self, directory: Path) -> None:
        self._file = _nameless(directory)
        weakref.finalize(self, self._file.close)
        self._count = 0

    def append(self, report: DomainReport) -> None:
        """Put one more at the end.

        Raises:
            OSError: the disk does not take it.
        """
        self._file.write(contract.dump(report) + b"\n")
        self._count += 1

    def take(self, text: bytes) -> Glance:
        """Put one at the end that is a text already; a look at it.

        Raises:
            OSError: the disk does not take it.
        """
        self._file.write(text + b"\n")
        self._count += 1
        return contract.load(text, Glance)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[DomainReport]:
        return (contract.load(line, DomainReport) for line in self.texts())

    def glances(self) -> Iterator[Glance]:
        return (contract.load(line, Glance) for line in self.texts())

    def __contains__(self, report: object) -> bool:
        return any(each == report for each in self)

    def texts(self) -> Iterator[bytes]:
        """Each as it was written. Several may go through them at once, so that nobody moves the file's own place."""
        self._file.flush()
        offset, rest = 0, b""
        while block := os.pread(self._file.fileno(), BLOCK, offset):
            offset += len(block)
            *lines, rest = (rest + block).split(b"\n")
            yield from lines


def _nameless(directory: Path) -> IO[bytes]:
    """A file without a name; where the directory takes none, such as that of evidence on a medium that is only read, a
    place of the system's."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=directory, prefix=".mxaudit-")
    except OSError:
        return tempfile.TemporaryFile(prefix="mxaudit-")
