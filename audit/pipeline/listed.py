"""A list on disk, whose rows are made anew each time that somebody goes through them: a million would take a gigabyte.

It is copied once, into a file without a name: where it lies it may change between two readings, and a pipe can be read
only once. Then it is gone through to find out how many rows it has, and which lines name a domain that an earlier one
named. Meanwhile that takes 32 octets a row; of the lines that repeat another 17 stay, and of the others nothing.
"""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Any, BinaryIO

from audit import contract
from audit.gather.domain import Target
from audit.model.evidence import DomainOptions, Row
from audit.pipeline.listing import lines_of, read

MOST = 256 * 1024 * 1024  # octets of a list
BLOCK = 64 * 1024
SHARES = 64  # in which repeated names are looked for, one share at a time
NUMBERS = 4  # of an entry in a share: two of the name, its line, one of its options


class ListTooLarge(Exception):
    """Nobody writes such a list."""


class Listed(Collection[Target | Row]):
    """The rows of a list, in order. A domain that comes twice is audited once; the second row names the first.

    `shown` is what the rows call the list. `digest` is what `contract.sha256` gives of its octets.

    Raises:
        ListTooLarge: it has more than `MOST` octets.
        OSError: it cannot be read or copied.
    """

    def __init__(self, stream: BinaryIO, shown: str) -> None:
        self._shown = shown
        self._file = tempfile.TemporaryFile(prefix="mxaudit-list-")  # noqa: SIM115 -- it is open as long as we are
        weakref.finalize(self, self._file.close)
        self.digest = _digest(self._file, _copied(stream, self._file))
        self._count, self._repeats = _looked_through(self._rows())

    @classmethod
    def of(cls, text: bytes, shown: str) -> Listed:
        """A list that is at hand."""
        return cls(io.BytesIO(text), shown)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Target | Row]:
        for row in self._rows():
            repeated = self._repeats.of(row.input.line) if isinstance(row, Target) else None
            yield _repeated(row, *repeated) if isinstance(row, Target) and repeated is not None else row

    def __contains__(self, row: object) -> bool:
        return any(each == row for each in self)

    def _rows(self) -> Iterator[Target | Row]:
        return read(lines_of(io.BufferedReader(_Reading(self._file.fileno()), BLOCK)), self._shown)


class _Reading(io.RawIOBase):
    """A file from its beginning. Several may read it at once, so that nobody moves the file's own place."""

    def __init__(self, handle: int) -> None:
        super().__init__()
        self._handle, self._at = handle, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = os.preadv(self._handle, [buffer], self._at)
        self._at += count
        return count


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Lines whose domain was named before, ascending: where that was, and whether they say something else of it."""

    lines: array[int] = field(default_factory=lambda: array("Q"))
    firsts: array[int] = field(default_factory=lambda: array("Q"))
    differ: bytearray = field(default_factory=bytearray)

    def of(self, line: int) -> tuple[int, bool] | None:
        at = bisect_left(self.lines, line)
        if at == len(self.lines) or self.lines[at] != line:
            return None
        return self.firsts[at], bool(self.differ[at])


def _copied(stream: BinaryIO, to: BinaryIO) -> int:
    """Copy a list; how many octets it has."""
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > MOST:
            raise ListTooLarge
        to.write(block)
    to.flush()
    return size


def _digest(file: BinaryIO, size: int) -> str:
    """As `contract.sha256` makes it of octets that are in memory."""
    state = sha256(size.to_bytes(8, "big"))
    reading = _Reading(file.fileno())
    while block := reading.read(BLOCK):
        state.update(block)
    return state.hexdigest()


def _looked_through(rows: Iterator[Target | Row]) -> tuple[int, _Repeats]:
    """How many rows there are, and which of them repeat another. Names are told apart by 128 bits of a digest."""
    shares = [array("Q") for _ in range(SHARES)]
    count = 0
    for row in rows:
        count += 1
        if isinstance(row, Target):
            digest = blake2b(row.domain.encode(), digest_size=16).digest()
            high, low = int.from_bytes(digest[:8]), int.from_bytes(digest[8:])
            shares[low % SHARES].extend((high, low, row.input.line, _options(row.options)))
    found: list[tuple[int, int, bool]] = []
    while shares:
        found += _repeats_in(shares.pop())
    found.sort()
    lines, firsts = array("Q", (line for line, _, _ in found)), array("Q", (first for _, first, _ in found))
    return count, _Repeats(lines, firsts, bytearray(differs for _, _, differs in found))


def _repeats_in(share: array[int]) -> Iterator[tuple[int, int, bool]]:
    """Of the entries of a share, which follow one another as the lines do, those whose name came before."""
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for at in range(0, len(share), NUMBERS):
        high, low, line, options = share[at : at + NUMBERS]
        before, meant = first.setdefault((high, low), (line, options))
        if before != line:
            yield line, before, options not in (meant, 0)


def _options(options: DomainOptions) -> int:
    """A number for what is said beside a name; 0 for nothing."""
    if options == DomainOptions():
        return 0
    return int.from_bytes(blake2b(contract.dump(options), digest_size=8).digest()) or 1


def _repeated(target: Target, before: int, unused: bool) -> Row:
    also = ", with the options there; those of this line are not used" if unused else ""
    return Row(
        input=target.input,
        status="duplicate",
        domain=target.domain,
        reason="input.duplicate",
        message=f"{target.unicode} is audited once, for line {before}{also}.",
        suggestion=None,
    )
