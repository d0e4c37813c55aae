"""Who does the work of a run that is in pieces: this process, some processes, or machines elsewhere.

A piece is whatever can be pickled. It may be begun twice, when the process that had it dies, and must bear that: pieces
of a run write a journal and go on where it ends.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

P = TypeVar("P")
R = TypeVar("R")

DEATHS_BORNE = 3  # of workers in a row, without one piece done between them


class WorkersDied(Exception):
    """Whoever takes up a piece dies of it, or is killed. The text says after how many."""

    def __init__(self) -> None:
        super().__init__(f"{DEATHS_BORNE} workers died one after the other, and nothing was done meanwhile.")


class Executor(Protocol):
    """`hands` is how many pieces are worked on at a time; it may change as workers come and go."""

    @property
    def hands(self) -> int: ...

    def run(self, work: Callable[[P], R], pieces: Sequence[P]) -> Iterator[R]:
        """Do all pieces, and give what comes of each as it is done, in no order. `work` is a function of a module.

        Raises:
            WorkersDied: a piece cannot be done.
            Exception: what `work` raised; pieces that were not begun are left.
        """
        ...


class InProcess:
    """One piece after the other, here."""

    hands = 1

    def run(self, work: Callable[[P], R], pieces: Sequence[P]) -> Iterator[R]:
        return map(work, pieces)


class Processes:
    """Some processes on this machine. They are begun afresh, and share nothing with this one."""

    def __init__(self, count: int) -> None:
        self.hands = count

    def run(self, work: Callable[[P], R], pieces: Sequence[P]) -> Iterator[R]:
        left = dict(enumerate(pieces))
        deaths = 0
        while left:
            before = len(left)
            try:
                yield from self._round(work, left)
            except BrokenProcessPool:
                deaths = deaths + 1 if len(left) == before else 1
                if deaths >= DEATHS_BORNE:
                    raise WorkersDied from None

    def _round(self, work: Callable[[P], R], left: dict[int, P]) -> Iterator[R]:
        """Work until all is done or a process dies; what is done leaves `left`."""
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.hands, len(left)), mp_context=spawn, initializer=_deaf) as pool:
            running: dict[Future[R], int] = {pool.submit(work, piece): at for at, piece in left.items()}
            try:
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del left[running.pop(future)]
                        yield result
            finally:
                for future in running:
                    future.cancel()


def _deaf() -> None:
    """Ctrl-C goes to all processes of a terminal: whoever began these tells them to stop in a better way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
