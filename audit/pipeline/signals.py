"""The signals that ask a run to end: SIGINT of Ctrl-C, SIGTERM of whoever runs us, SIGHUP of a terminal that goes away.

The first is a wish, and what is in flight has a few seconds; the second ends the process at once (signal(7)). What was
ignored when we were started, as SIGHUP is below nohup(1), stays ignored. SIGPIPE comes as an error of write(2).
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130  # as a shell tells of SIGINT


class Signals:
    """Sets `stop` at the first signal. What is written is whole between two turns of the loop, so the second may end
    the process on the spot."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop, self._loop = stop, asyncio.get_running_loop()
        self._taken: list[signal.Signals] = []

    def __enter__(self) -> None:
        for number in ASKING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                with suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread
                    self._loop.add_signal_handler(number, self._asked)
                    self._taken.append(number)

    def __exit__(self, *_: object) -> None:
        for number in self._taken:
            self._loop.remove_signal_handler(number)

    def _asked(self) -> None:
        if self._stop.is_set():
            os._exit(INTERRUPTED)
        self._stop.set()
