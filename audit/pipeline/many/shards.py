"""A list in parts, each of which could be worked by another process or machine.

Domains are parted by their names alone: whoever holds the list knows which are theirs. Mail servers cannot be: an
address, its neighbours and its operator each have a limit on how many may visit them at a time, and a host belongs to
all three. So hosts that share any of them stay together, and whole groups of them are dealt out, once it is known from
the DNS who they are. No limit of politeness then spans two parts.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from audit.catalog.operators import operator_of
from audit.network.pace import network_of

MOST = 10_000  # parts of one list
_WRITTEN = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`th of `of` parts, counted from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Self:
        """A part as people write it: `2/4`.

        Raises:
            ValueError: it is none.
        """
        found = _WRITTEN.fullmatch(text)
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of <= MOST:
            raise ValueError(f"a part is written 2/4, from 1/1 to {MOST}/{MOST}")
        return cls(number, of)

    def has(self, domain: str) -> bool:
        """Whether a domain, in its canonical form, belongs to this part."""
        digest = hashlib.sha256(domain.encode()).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True, order=True)
class Server:
    """An address of a mail host: what is visited."""

    host: str
    address: str

    @property
    def ties(self) -> tuple[tuple[str, str], ...]:
        """What it shares with other servers, and what has a limit: its operator and its network."""
        return ("operator", operator_of(self.host)), ("network", network_of(self.address))


def parted(servers: Iterable[Server], parts: int) -> tuple[frozenset[Server], ...]:
    """Servers dealt out to so many parts, none of which shares an operator or a network with another. The parts are as
    even as that allows, some may be empty, and the same servers always give the same parts."""
    known = sorted(set(servers))
    groups = _Groups()
    for server in known:
        groups.join(*server.ties)
    together: dict[tuple[str, str], list[Server]] = {}
    for server in known:
        together.setdefault(groups.of(server.ties[0]), []).append(server)
    dealt: list[list[Server]] = [[] for _ in range(parts)]
    loads = [(0, index) for index in range(parts)]
    for group in sorted(together.values(), key=lambda group: (-_turns(group), group)):
        load, index = heapq.heappop(loads)
        dealt[index] += group
        heapq.heappush(loads, (load + _turns(group), index))
    return tuple(map(frozenset, dealt))


def _turns(group: list[Server]) -> int:
    """How long a group takes, in visits that have to wait for one another: as many as its busiest address has names."""
    return max(Counter(server.address for server in group).values())


class _Groups:
    """Which ties lead, over servers that have several, to one another (union-find)."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, str], tuple[str, str]] = {}

    def of(self, tie: tuple[str, str]) -> tuple[str, str]:
        """The tie that stands for all of its group."""
        path = []
        while (above := self._above.setdefault(tie, tie)) != tie:
            path.append(tie)
            tie = above
        for each in path:
            self._above[each] = tie
        return tie

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first
