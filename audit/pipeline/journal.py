"""The journal of a run: evidence.jsonl and hosts.jsonl while they grow.

A record is one line and one write(2), so that a process that is killed tears the last line at most. A thread brings
what was written to the disk (fsync(2)) within a tenth of a second, or 32 records, for the machine that loses its power.
A disk that takes no more ends the run. What fails to be synced is not tried again: after a failure Linux takes the
pages for clean, and a second fsync would lie. An octet that changed is found by the checksum that each line carries.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from audit import contract
from audit.model.evidence import DomainEvidence, Row, RunEnd, RunEvidence
from audit.model.hello import TlsHello
from audit.model.probe import HttpsGet, Probe, SmtpVisit
from audit.pipeline.ending import EVIDENCE, HOSTS, unfinished
from audit.pipeline.hosts import KnownHosts, Shared, shared_of, was_asked

Record: TypeAlias = RunEvidence | DomainEvidence | Row | RunEnd
SYNC_SECONDS, SYNC_RECORDS = 0.1, 32
BALLAST, BALLAST_SIZE = ".ballast", 1024 * 1024  # given up when the disk is full, so that the end can be written
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an earlier journal stays. `hosts`: what its hosts.jsonl holds. `behind`: lines that are to stand behind a
    new run record."""

    rows: int
    done: int
    hosts: KnownHosts
    behind: Path | None = None


def _nobody() -> None:
    """Nobody wants to be told."""


class Journal:
    """Appends records. Each is held to its schema before it is written.

    `failed` is told, perhaps from another thread, when the disk fails: from then on each write raises. `known` tells
    what came of a probe that is written down.

    Raises:
        OSError: the files cannot be made.
    """

    def __init__(self, directory: Path, standing: Standing | None = None, failed: Callable[[], None] = _nobody) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        if standing is None:
            _put_aside(directory)
        self._directory, self._failed = directory, failed
        self._ballast = directory / BALLAST
        _reserve(self._ballast)
        self._behind = standing.behind if standing else None
        self._rows, self._done = (standing.rows, standing.done) if standing else (0, 0)
        self.known = standing.hosts if standing else KnownHosts(directory / HOSTS)
        keep = standing is not None
        self._hosts = _Log(directory / HOSTS, keep=keep)
        try:
            self._evidence = _Log(directory / EVIDENCE, keep=keep)
        except BaseException:
            self._hosts.close()
            raise
        self._error: OSError | None = None
        self._turn = threading.Condition()
        self._unsynced, self._closing, self._spoilt = 0, False, False
        self._syncing = threading.Thread(target=self._keep_synced, name="journal", daemon=True)
        self._syncing.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._turn:
            self._closing = True
            self._turn.notify_all()
        self._syncing.join()
        if self._error is not None:
            self._last_words()
        for file in (self._hosts, self._evidence):
            file.close()
        self.known.close()
        with suppress(OSError):
            self._ballast.unlink()
        if self._error is not None and error is None:
            raise self._error

    def write(self, record: Record, shared: tuple[Shared, ...] = ()) -> None:
        """Write a record, and before it what it shares with others, and names, and is not yet there.

        Raises:
            ContractError: it does not agree with the schema: a fault of ours.
            OSError: the disk does not take it, or failed before.
        """
        if self._error is not None:
            raise self._error
        try:
            for each in shared:
                self._share(each)
            line = _checked("evidence", record)
            if isinstance(record, RunEvidence):
                self._begin(record, line)
            else:
                self._evidence.write(line)
        except OSError as error:
            self._error = error
            raise
        self._done += isinstance(record, DomainEvidence) or (isinstance(record, Row) and record.reason != INTERRUPTED)
        self._written()

    def keep(self, probe: Probe[Any], outcome: Any) -> None:
        """Write down what came of a probe as soon as it came, before any domain that asked for it is done: nobody has
        to be asked again, whatever becomes of them. When the disk does not take it, the next `write` raises.

        Raises:
            ContractError: as for `write`.
        """
        if self._error is not None or not isinstance(probe, SmtpVisit | HttpsGet | TlsHello):
            return
        shared = shared_of(probe, outcome)
        if not was_asked(shared):
            return
        try:
            self._share(shared)
        except OSError as error:
            self._error = error
            self._failed()
        self._written()

    def _share(self, shared: Shared) -> None:
        if self.known.lacks(shared):
            self.known.note(shared, self._hosts.write(_checked("hosts", shared)))

    def _written(self) -> None:
        with self._turn:
            self._unsynced += 1
            self._turn.notify_all()

    def end(self, outcome: Literal["complete", "interrupted", "failed"]) -> None:
        """Close the evidence: without this record it is known to be cut off.

        Raises:
            OSError: as for `write`.
        """
        self.write(RunEnd(rows=max(self._rows, self._done), done=self._done, outcome=outcome))

    def _begin(self, head: RunEvidence, line: bytes) -> None:
        """Write the run record. Lines that are to stand behind it take the place of the old file in one go."""
        self._rows = head.rows or 0
        if self._behind is None:
            self._evidence.write(line)
            return
        path = self._directory / EVIDENCE
        new = path.with_name(f".{EVIDENCE}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(opened(new, flags, 0o644), "wb") as file, self._behind.open("rb") as behind:
            file.write(line)
            shutil.copyfileobj(behind, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_directory(self._directory)
        self._behind.unlink()
        self._behind = None
        self._evidence.close()
        self._evidence = _Log(path, keep=True)

    def _keep_synced(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._unsynced or self._closing)
                if not self._unsynced:
                    return
                self._turn.wait_for(lambda: self._unsynced >= SYNC_RECORDS or self._closing, timeout=SYNC_SECONDS)
                self._unsynced = 0
            try:
                for file in (self._hosts, self._evidence):  # in this order: a record names what must be there
                    file.sync()
            except OSError as error:
                self._error, self._spoilt = error, True
                self._failed()
                return

    def _last_words(self) -> None:
        """Say in the evidence that the disk failed, where it still takes that."""
        with suppress(OSError):
            self._ballast.unlink()
        if self._spoilt:  # nobody knows what is on the disk: nothing more is built upon it
            return
        with suppress(OSError):
            end = RunEnd(rows=max(self._rows, self._done), done=self._done, outcome="failed")
            self._evidence.write(_checked("evidence", end))
            self._evidence.sync()


class _Log:
    """A file that only grows, by one write a line. Its errors name it."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (0 if keep else os.O_TRUNC)
        self._handle = opened(path, flags, 0o644)
        self._whole = os.fstat(self._handle).st_size

    def write(self, line: bytes) -> int:
        """Append a line; where it begins."""
        begins = self._whole
        try:
            written = os.write(self._handle, line)
            while written < len(line):  # a disk that is nearly full takes a part, and tells why at the next try
                written += os.write(self._handle, line[written:])
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._handle, self._whole)  # no torn line stays before what may still be written
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        self._whole += len(line)
        return begins

    def sync(self) -> None:
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._handle)


def opened(path: Path, flags: int, mode: int) -> int:
    """Open a file of ours to be written: never one that a link in its place leads to, whoever put that there.

    Raises:
        OSError: it cannot be opened, or is a link.
    """
    try:
        return os.open(path, flags | os.O_NOFOLLOW, mode)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OSError(errno.ELOOP, "it is a symbolic link, and what that leads to is left alone", str(path)) from None


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk: a file that was renamed may else have its old one after a crash."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(name: str, record: Record | Shared) -> bytes:
    line = contract.line(record)
    contract.check(name, line)
    return line


def _put_aside(directory: Path) -> None:
    """Keep what a run left unfinished, under another name, when a new one begins in its directory."""
    if unfinished(directory):
        for name in (HOSTS, EVIDENCE):
            with suppress(FileNotFoundError):
                (directory / name).replace(directory / name.replace(".jsonl", ".old.jsonl"))


def _reserve(ballast: Path) -> None:
    handle = opened(ballast, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(handle, 0, BALLAST_SIZE)
    except OSError as error:
        with suppress(OSError):
            ballast.unlink()
        raise OSError(error.errno, error.strerror, str(ballast.parent)) from error
    finally:
        os.close(handle)
