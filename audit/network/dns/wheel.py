"""One clock for all who wait: a wheel of ticks, 50 milliseconds apart.

A timer of the event loop for each question costs more than to read its answer. Here a question that is due, or done,
is a change in one set, and the wheel stands still while nobody waits. Whoever waits is called up to a tick late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK = 0.05  # seconds


class Alarm:
    """Something to be called at a moment, unless it is stopped before."""

    __slots__ = ("call", "tick")

    def __init__(self, tick: int, call: Callable[[], None]) -> None:
        self.tick, self.call = tick, call


class Wheel:
    """It must be used within one running event loop."""

    def __init__(self) -> None:
        self._due: dict[int, set[Alarm]] = {}
        self._turning: asyncio.TimerHandle | None = None

    def at(self, moment: float, call: Callable[[], None]) -> Alarm:
        """Have something called, from the loop, at a moment of the loop's time or up to a tick after it."""
        tick = int(moment / TICK) + 1
        alarm = Alarm(tick, call)
        due = self._due.get(tick)
        if due is None:
            self._due[tick] = {alarm}
            if self._turning is None:
                self._turn()
        else:
            due.add(alarm)
        return alarm

    def stop(self, alarm: Alarm) -> None:
        """Forget it at once, so that nothing is kept alive until it would have been due."""
        due = self._due.get(alarm.tick)
        if due is not None:
            due.discard(alarm)

    def close(self) -> None:
        """Forget all."""
        self._due.clear()
        if self._turning is not None:
            self._turning.cancel()
            self._turning = None

    @property
    def waiting(self) -> int:
        return sum(map(len, self._due.values()))

    @property
    def is_turning(self) -> bool:
        return self._turning is not None

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        now = int(loop.time() / TICK)
        self._turning = loop.call_at((now + 1) * TICK, self._tick)

    def _tick(self) -> None:
        """Each is called by the loop itself, so that a fault in one holds up no other."""
        loop = asyncio.get_running_loop()
        now = loop.time() / TICK
        for tick in [tick for tick, due in self._due.items() if tick <= now or not due]:
            for alarm in self._due.pop(tick):
                loop.call_soon(self._ring, alarm)
        self._turning = None
        if self._due:
            self._turn()

    @staticmethod
    def _ring(alarm: Alarm) -> None:
        alarm.call()
