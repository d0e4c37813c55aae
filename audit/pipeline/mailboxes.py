"""Mails in files: one mail, an mbox (RFC 4155), a Maildir or any directory of mails, or a stream.

An mbox is mails one behind the other, each after a line of `From `, a sender and a time, before which a line is empty;
a line of a mail that begins so has `>` before it. A Maildir keeps a mail a file in `cur` and `new`; what is in `tmp` is
not complete. One mail at a time is held, and of it no more than is read anyway, however large the whole is. Names are
taken in order, no symbolic link within a directory is followed, and what is no plain file is passed over.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from audit.syntax.mail import MAX_MAIL, with_line_feeds

CHUNK = 64 * 1024
DEEPEST = 8  # directories below the one that was named
_OPENS = re.compile(rb"From \S{1,320}\s.{0,80}[0-9]{1,2}:[0-9]{2}")
_QUOTED = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as octets with LF, and where it was: a file, and a number where that holds several. `problem` says why a
    file could not be read. One octet more than the limit is kept of what is longer, so that it is seen to be."""

    source: str
    octets: bytes
    problem: str = ""


def letters_in(path: Path) -> Iterator[Letter]:
    """The mails of a file or a directory.

    Raises:
        OSError: the path that was named cannot be read; of files within a directory a letter tells that.
    """
    if path.is_dir():
        yield from _directory(path, 0)
        return
    with path.open("rb") as stream:
        yield from letters_of(stream, str(path))


def letters_of(stream: BinaryIO, name: str) -> Iterator[Letter]:
    """The mails of a stream: those of an mbox, if its first line is one of an mbox, else one mail."""
    lines = _lines(stream)
    first = next(lines, None)
    if first is None:
        return
    if not _OPENS.match(first):
        yield Letter(name, _bounded(first, lines))
        return
    number, empty = 1, False
    letter = _Letter()
    for line in lines:
        if empty and _OPENS.match(line):
            yield Letter(f"{name}:{number}", letter.octets())
            number, letter = number + 1, _Letter()
        else:
            letter.add(line[1:] if _QUOTED.match(line) else line)
        empty = line == b"\n"
    yield Letter(f"{name}:{number}", letter.octets())


class _Letter:
    """A mail that is being put together."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        if self._size <= MAX_MAIL:
            self._lines.append(line)
            self._size += len(line)

    def octets(self) -> bytes:
        return b"".join(self._lines)[: MAX_MAIL + 1]


def _bounded(first: bytes, lines: Iterator[bytes]) -> bytes:
    letter = _Letter()
    letter.add(first)
    for line in lines:
        letter.add(line)
    return letter.octets()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines that end with LF, whatever ended them; a line that is longer than a chunk comes in pieces."""
    rest = b""
    while chunk := stream.read(CHUNK):
        data = rest + chunk
        held = b"\r" if data.endswith(b"\r") else b""  # a LF may follow
        *whole, last = with_line_feeds(data.removesuffix(b"\r") if held else data).split(b"\n")
        yield from (line + b"\n" for line in whole)
        rest = last + held
        if len(rest) > CHUNK:
            yield last
            rest = held
    if rest:
        yield with_line_feeds(rest)


def _directory(path: Path, depth: int) -> Iterator[Letter]:
    try:
        with os.scandir(path) as entries:
            found = sorted(
                ((e.name, e.is_dir(follow_symlinks=False)) for e in entries), key=lambda e: os.fsencode(e[0])
            )
    except OSError as error:
        if depth == 0:
            raise
        yield Letter(str(path), b"", problem=error.strerror or "it cannot be read")
        return
    folders = {name for name, is_folder in found if is_folder}
    maildir = {"cur", "new"} <= folders
    for name, is_folder in found:
        if is_folder:
            if depth < DEEPEST and not (name == "tmp" and maildir):
                yield from _directory(path / name, depth + 1)
        elif not maildir and not name.startswith("."):
            yield from _file(path / name)


def _file(path: Path) -> Iterator[Letter]:
    """The mails of a file within a directory, which may have been put there by anybody."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if not path.is_symlink():
            yield Letter(str(path), b"", problem=error.strerror or "it cannot be read")
        return
    with os.fdopen(handle, "rb") as stream:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            yield from letters_of(stream, str(path))
