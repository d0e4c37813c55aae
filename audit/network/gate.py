"""Gates that let so many in at a time, in the order in which they came: for callbacks, and for tasks by the place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Gate:
    """`go` is called as soon as there is room, perhaps at once; whoever went in says `leave` once."""

    __slots__ = ("_calling", "_free", "_limit", "_queue")

    def __init__(self, limit: int) -> None:
        self._free = self._limit = limit
        self._queue: deque[Callable[[], None]] = deque()
        self._calling = False

    def enter(self, go: Callable[[], None], *, ahead: bool = False) -> None:
        """Go in as soon as there is room; `ahead` of all who wait, for whom has waited elsewhere for a turn."""
        if self._free > 0 and not self._queue:
            self._free -= 1
            go()
        elif ahead:
            self._queue.appendleft(go)
        else:
            self._queue.append(go)

    def leave(self) -> None:
        self._free += 1
        if self._calling or not self._queue:
            return  # the loop below, further up, goes on: the stack does not grow with those who leave at once
        self._calling = True
        try:
            while self._free > 0 and self._queue:
                self._free -= 1
                self._queue.popleft()()
        finally:
            self._calling = False

    def widen(self, by: int, *, most: int, least: int) -> None:
        """Let so many more in, or, with a negative number, fewer: those who are inside stay."""
        limit = min(max(self._limit + by, least), most)
        self._free += limit - self._limit
        self._limit = limit

    def close(self) -> None:
        """Whoever waits is forgotten."""
        self._queue.clear()

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def is_empty(self) -> bool:
        return self._free == self._limit and not self._queue


class Rooms:
    """Places, each of which takes `limit` tasks at a time. One in which nobody is, and for which nobody waits, is
    forgotten: a run may come to millions."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rooms: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def enter(self, place: str) -> AsyncIterator[None]:
        """Wait until there is room at a place, and be there."""
        room, here = self._rooms.get(place) or (asyncio.Semaphore(self._limit), 0)
        self._rooms[place] = room, here + 1
        try:
            async with room:
                yield
        finally:
            _, here = self._rooms[place]
            if here == 1:
                del self._rooms[place]
            else:
                self._rooms[place] = room, here - 1

    def __len__(self) -> int:
        return len(self._rooms)
