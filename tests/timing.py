"""What work costs a processor, on a machine where others work, too."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

ROUNDS = 40
SHORT, LONG = 4096, 65_536
TIMES = 20  # for sixteen times the text
NOTHING = 0.002  # seconds within which a clock tells little


def in_proportion(work: Callable[[str], object], text: Callable[[int], str]) -> bool:
    """Whether sixteen times the text takes at most twenty times as long: the best of several tries, taken in turns."""
    short, long = text(SHORT), text(LONG)
    least = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, given in enumerate((short, long)):
            least[place] = min(least[place], _seconds(work, given))
        if least[1] <= max(TIMES * least[0], NOTHING):
            return True
    return False


def least(work: Callable[[], object], rounds: int = 5) -> float:
    """The least processor time that work took, in seconds: what others did meanwhile, to caches too, is left out."""
    return min(_seconds(lambda _: work(), "") for _ in range(rounds))


def _seconds(work: Callable[[str], object], text: str) -> float:
    """The processor time of work, without collections of garbage: those look at all that other tests have left."""
    collected = gc.isenabled()
    gc.disable()
    try:
        before = time.thread_time()
        work(text)
        return time.thread_time() - before
    finally:
        if collected:
            gc.enable()
