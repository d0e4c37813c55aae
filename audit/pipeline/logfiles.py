"""Lines of logs: of a file, plain or packed (gzip, zstd), of standard input, of a journal, and of a file that grows.

No more than a line is held, and of a line no more than 64 KiB. A journal (`journalctl -o export`) is entries of
`NAME=value` lines, parted by empty ones; a value with odd octets has its length before it. Who follows a file sees by
its inode that it was rotated, and by its size that it was cut, and goes on with what is there now.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

LONGEST = 64 * 1024
MAX_FIELD = 1024 * 1024 * 1024
TICK = 0.5  # seconds between two looks at a file that grows
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
Line = bytes | dict[bytes, bytes] | None  # a line, an entry of a journal, or nothing new


class LogFileError(Exception):
    """A log that cannot be read, in words for people."""


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """The octets of a log, unpacked: what it is packed with is told by its first octets.

    Raises:
        LogFileError: it is packed by zstd, and no zstd is there.
        OSError: it cannot be read.
    """
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as stream:
        head = stream.peek(4)[:4]
        if head[:2] == GZIP:
            with gzip.open(stream, "rb") as unpacked:
                yield cast("IO[bytes]", unpacked)
        elif head == ZSTD:
            program = shutil.which("zstd")
            if program is None:
                raise LogFileError("it is packed by zstd, and the program zstd is not there: install it")
            os.lseek(stream.fileno(), 0, os.SEEK_SET)  # what was looked at above is unpacked, too
            with subprocess.Popen((program, "-dcq"), stdin=stream, stdout=subprocess.PIPE) as unpacking:  # noqa: S603
                assert unpacking.stdout is not None  # noqa: S101 -- it is asked for above
                yield unpacking.stdout
            if unpacking.returncode > 0:
                raise LogFileError("it is damaged: zstd could not unpack all of it")
        else:
            yield stream


def lines(stream: IO[bytes]) -> Iterator[Line]:
    """The lines of a log, or the entries of a journal."""
    first = _line(stream)
    if first.startswith(b"__CURSOR="):
        yield from _entries(stream, first)
        return
    read = stream.readline
    line = first
    while line:
        if line[-1:] != b"\n" and len(line) >= LONGEST:
            _skip(stream)
        yield line
        line = read(LONGEST)


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline(LONGEST)
    if line[-1:] != b"\n" and len(line) >= LONGEST:
        _skip(stream)
    return line


def _skip(stream: IO[bytes]) -> None:
    """Pass over the rest of a line that is too long."""
    while (more := stream.readline(LONGEST)) and more[-1:] != b"\n":
        pass


WANTED = frozenset({b"__REALTIME_TIMESTAMP", b"MESSAGE", b"SYSLOG_IDENTIFIER", b"SYSLOG_PID", b"_PID"})


def _entries(stream: IO[bytes], line: bytes) -> Iterator[Line]:
    entry: dict[bytes, bytes] = {}
    while line:
        text = line.rstrip(b"\n")
        name, equals, value = text.partition(b"=")
        if not text:
            yield entry
            entry = {}
        elif equals:
            if name in WANTED:
                entry[name] = value
        else:
            size = int.from_bytes(stream.read(8), "little")
            if size > MAX_FIELD:
                raise LogFileError("it is damaged: a field of it claims to be longer than 1 GiB")
            value = stream.read(min(size, LONGEST))
            left = size - len(value)
            while left > 0 and (more := stream.read(min(left, LONGEST))):
                left -= len(more)
            stream.read(1)
            if name in WANTED:
                entry[name] = value
        line = _line(stream)
    if entry:
        yield entry


def followed(name: str) -> Iterator[Line]:
    """The lines of a file, and those that come: None each time that nothing is new. It ends with the reader."""
    while True:
        with Path(name).open("rb") as stream:
            kept = b""
            mark, over = os.fstat(stream.fileno()), False
            while True:
                line = stream.readline(LONGEST)
                if line:
                    kept = (kept + line)[:LONGEST]
                    if line[-1:] == b"\n":
                        yield kept
                        kept = b""
                    continue
                if over:
                    break
                yield None
                over = _replaced(name, mark, stream.tell())  # then what came until now is read as well
                if not over:
                    time.sleep(TICK)
            if kept:
                yield kept


def _replaced(name: str, mark: os.stat_result, read: int) -> bool:
    """Whether another file has the name now, or the file is shorter than what was read of it."""
    try:
        now = Path(name).stat()
    except FileNotFoundError:  # between two steps of a rotation
        return False
    return (now.st_ino, now.st_dev) != (mark.st_ino, mark.st_dev) or now.st_size < read
