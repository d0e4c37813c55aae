"""Records that stay on disk: what judging needs of them is where each begins, and the order of the list.

A run of a million domains does not fit into memory, so evidence is read in two passes. The first holds every line to
its schema and notes its place: 16 octets a line, in arrays. Later a record is read when its turn comes.
Sessions, fetches and offers are found by a digest of their probe; the last that were used are kept, up to a number of
octets. A digest may be shared by two probes: the probe on the line decides.
"""

from __future__ import annotations

import hashlib
import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, TypeVar

from audit.model.probe import Probe

R = TypeVar("R")
P = TypeVar("P", bound=Probe[Any])
O = TypeVar("O")
COLUMN_BITS = 24
MOST_COLUMN = (1 << COLUMN_BITS) - 1
SORTED_AT_ONCE = 65_536  # digests
CACHED = 8 * 1024 * 1024  # octets of lines whose records are kept, of each kind
Reader = Callable[[bytes], R]


class InOrder(Collection[R]):
    """Records that come in the order of the list, and can be gone through again and again."""

    def __contains__(self, record: object) -> bool:
        return any(each == record for each in self)

    def __eq__(self, other: object) -> bool:
        """Equal to what holds the same in the same order."""
        if not isinstance(other, InOrder | tuple):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of any collection that can grow


class OnDisk(InOrder[R]):
    """Records of one kind, in the order of the list; each time they are gone through they are read again.

    `read` makes a record of a line, and raises what is to be raised if the file has changed.
    """

    def __init__(self, path: Path, read: Reader[R]) -> None:
        self._path, self._read = path, read
        self._offsets, self._places = array("Q"), array("Q")
        self._sorted = True

    def note(self, offset: int, line: int, column: int) -> None:
        """A record begins at an offset, and belongs to a place of the list.

        Raises:
            OverflowError: no list has so many lines.
        """
        place = packed(line, column)
        self._sorted = self._sorted and (not self._places or self._places[-1] <= place)
        self._places.append(place)
        self._offsets.append(offset)

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[R]:
        return (record for _, record in self.placed())

    def placed(self) -> Iterator[tuple[int, R]]:
        """Each record with the offset at which it begins."""
        self._sort()
        if not self._offsets:
            return
        with self._path.open("rb") as file:
            for offset in self._offsets:
                file.seek(offset)
                yield offset, self._read(file.readline())

    def places(self) -> Iterator[tuple[int, int]]:
        """The place of each record in the list, and its offset in the file, sorted."""
        self._sort()
        return zip(self._places, self._offsets, strict=True)

    def drop(self, offsets: Collection[int]) -> None:
        """Leave out the records at these offsets."""
        if offsets:
            stays = [at for at, offset in enumerate(self._offsets) if offset not in offsets]
            self._places = array("Q", (self._places[at] for at in stays))
            self._offsets = array("Q", (self._offsets[at] for at in stays))

    def _sort(self) -> None:
        if not self._sorted:
            order = sorted(range(len(self._places)), key=self._places.__getitem__)
            self._offsets = array("Q", (self._offsets[i] for i in order))
            self._places = array("Q", (self._places[i] for i in order))
            self._sorted = True


class Numbers(Set[int]):
    """Numbers that never change, 8 octets each."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._sorted = array("Q", (n for n, _ in groupby(sorted(numbers))))

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    @classmethod
    def _from_iterable(cls, it: Iterable[int]) -> Numbers:  # type: ignore[override]  # typeshed: of any type
        return cls(it)


NONE = Numbers()


class LastOf:
    """Of each line of the list the last record about it in a file: where it begins, and how many octets it has. They
    are noted in the order of the file, and take 24 octets each."""

    def __init__(self) -> None:
        self._lines, self._offsets, self._sizes = array("Q"), array("Q"), array("Q")
        self._settled = True

    def note(self, line: int, offset: int, size: int) -> None:
        """A record begins at an offset.

        Raises:
            OverflowError: no list has so many lines.
        """
        self._settled = self._settled and (not self._lines or self._lines[-1] < line)
        self._lines.append(line)
        self._offsets.append(offset)
        self._sizes.append(size)

    def lines(self) -> Numbers:
        return Numbers(self._lines)

    def __getitem__(self, line: int) -> tuple[int, int]:
        """Where the record of a line begins, and how many octets it has."""
        self._settle()
        at = bisect_left(self._lines, line)
        if at == len(self._lines) or self._lines[at] != line:
            raise KeyError(line)
        return self._offsets[at], self._sizes[at]

    def __contains__(self, line: object) -> bool:
        self._settle()
        at = bisect_left(self._lines, line) if isinstance(line, int) else len(self._lines)
        return at < len(self._lines) and self._lines[at] == line

    def offsets(self) -> Numbers:
        self._settle()
        return Numbers(self._offsets)

    @property
    def octets(self) -> int:
        """Of all of them."""
        self._settle()
        return sum(self._sizes)

    @property
    def end(self) -> int:
        """Where the last one ends."""
        self._settle()
        return max(map(sum, zip(self._offsets, self._sizes, strict=True)), default=0)

    def __len__(self) -> int:
        self._settle()
        return len(self._lines)

    def _settle(self) -> None:
        if not self._settled:
            order = sorted(range(len(self._lines)), key=self._lines.__getitem__)  # of one line they stay in order
            same = groupby(order, key=self._lines.__getitem__)
            stays = [deque(records, maxlen=1)[0] for _, records in same]
            self._lines, self._offsets, self._sizes = (
                array("Q", map(each.__getitem__, stays)) for each in (self._lines, self._offsets, self._sizes)
            )
            self._settled = True


def stale(*shelves: OnDisk[Any]) -> frozenset[int]:
    """The offsets of records after which another of the same place was written."""
    by_place = heapq.merge(*(shelf.places() for shelf in shelves))
    return frozenset(one for (place, one), (other, _) in pairwise(by_place) if place == other)


class Index:
    """Where in a file the line of a probe begins. Lines are noted in the order of the file, and the last one counts.
    The file may grow while lines are looked for."""

    def __init__(self) -> None:
        self._runs: list[tuple[array[int], array[int]]] = []
        self._fresh: dict[int, list[int]] = {}
        self._unsorted = 0

    def note(self, digest: int, offset: int) -> None:
        self._fresh.setdefault(digest, []).append(offset)
        self._unsorted += 1
        if self._unsorted >= SORTED_AT_ONCE:
            self._settle()

    def offsets(self, digest: int) -> Iterator[int]:
        """The offsets of the lines with this digest, the last first."""
        yield from reversed(self._fresh.get(digest, ()))
        for digests, offsets in reversed(self._runs):
            first, end = bisect_left(digests, digest), bisect_right(digests, digest)
            yield from reversed(offsets[first:end])

    def __contains__(self, digest: int) -> bool:
        return next(self.offsets(digest), None) is not None

    def _settle(self) -> None:
        pairs = sorted((digest, offset) for digest, some in self._fresh.items() for offset in some)
        self._runs.append((array("Q", (d for d, _ in pairs)), array("Q", (o for _, o in pairs))))
        self._fresh, self._unsorted = {}, 0


class Held(Mapping[P, O]):
    """What came back for the probes of one kind. `read` makes a pair of a line."""

    def __init__(self, path: Path, read: Reader[tuple[P, O]]) -> None:
        self._path, self._read = path, read
        self._offsets, self._index = array("Q"), Index()
        self._cache: OrderedDict[int, tuple[tuple[P, O], int]] = OrderedDict()
        self._cached = 0

    def note(self, probe: P, offset: int) -> None:
        """The line of a probe begins at an offset."""
        self._offsets.append(offset)
        self._index.note(digest_of(probe), offset)

    def __getitem__(self, probe: P) -> O:
        for _, (asked, outcome) in self._about(probe):
            if asked == probe:
                return outcome
        raise KeyError(probe)

    def __iter__(self) -> Iterator[P]:
        for offset in self._offsets:
            probe, _ = self._at(offset)
            if next(at for at, (asked, _) in self._about(probe) if asked == probe) == offset:
                yield probe

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _about(self, probe: P) -> Iterator[tuple[int, tuple[P, O]]]:
        return ((offset, self._at(offset)) for offset in self._index.offsets(digest_of(probe)))

    def _at(self, offset: int) -> tuple[P, O]:
        if offset in self._cache:
            self._cache.move_to_end(offset)
            return self._cache[offset][0]
        with self._path.open("rb") as file:
            file.seek(offset)
            line = file.readline()
        pair = self._read(line)
        self._cache[offset] = (pair, len(line))
        self._cached += len(line)
        while self._cached > CACHED and len(self._cache) > 1:
            _, (_, size) = self._cache.popitem(last=False)
            self._cached -= size
        return pair


def packed(line: int, column: int) -> int:
    """A place of the list as one number; places sort as their numbers do."""
    return line << COLUMN_BITS | min(column, MOST_COLUMN)


def digest_of(probe: Probe[Any]) -> int:
    """A number that stands for a probe. Two may have the same: what is read says which it is of."""
    return number_of(f"{type(probe).__name__} {probe.key}")


def number_of(text: str) -> int:
    """A number that stands for a text, of which the same holds."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
