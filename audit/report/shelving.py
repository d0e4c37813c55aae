"""Where the pages of a long report stand: the first of the index by itself, all others in a directory beside it.

    index.html  index-pages/2.html  index-pages/0/d1.html  index-pages/12/d12345.html

A name is made of numbers, never of what the world said, and no directory holds more than a thousand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

ROWS_A_PAGE = 10_000
IN_A_DIRECTORY = 1000
_RESERVED = re.compile(r"[^A-Za-z0-9._~/-]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of the index among the others: its rows from `first` to `last`, and the way to each page."""

    number: int
    first: int
    last: int
    total: int
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shelving:
    """The files of a report of so many rows, whose first page has this name."""

    name: str
    rows: int

    @property
    def pages(self) -> int:
        return -(-self.rows // ROWS_A_PAGE)

    @property
    def directory(self) -> str:
        return f"{PurePosixPath(self.name).stem}-pages"

    def index(self, number: int) -> str:
        """The file of a page of the index, from 1."""
        return self.name if number == 1 else f"{self.directory}/{number}.html"

    def domain(self, anchor: str) -> str:
        """The file of a row, by its anchor (`d1`)."""
        return f"{self.directory}/{_place(anchor)}"

    def from_index(self, number: int, anchor: str) -> str:
        """The way from a page of the index to a row."""
        return _place(anchor) if number > 1 else _quoted(f"{self.directory}/{_place(anchor)}")

    def from_domain(self, anchor: str) -> str:
        """The way from one row to another."""
        return f"../{_place(anchor)}"

    def back(self, number: int) -> str:
        """The way from a row to a page of the index."""
        return f"../{number}.html" if number > 1 else f"../../{_quoted(self.name)}"

    def leaf(self, number: int) -> Leaf:
        first = (number - 1) * ROWS_A_PAGE + 1
        return Leaf(
            number=number,
            first=first,
            last=min(first + ROWS_A_PAGE - 1, self.rows),
            total=self.rows,
            links=tuple(self._between(number, other) for other in range(1, self.pages + 1)),
        )

    def _between(self, here: int, there: int) -> str:
        if here == 1:
            return _quoted(self.index(there))
        return f"{there}.html" if there > 1 else f"../{_quoted(self.name)}"


def _place(anchor: str) -> str:
    number = int(anchor.removeprefix("d"))
    return f"{(number - 1) // IN_A_DIRECTORY}/d{number}.html"


def _quoted(path: str) -> str:
    """A path as a reference to it (RFC 3986 section 2): a user's `-o html=` may hold any sign."""
    return _RESERVED.sub(lambda sign: "".join(f"%{octet:02X}" for octet in sign[0].encode("utf-8", "replace")), path)
