"""What work costs a processor, on a machine where others work, too."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

ROUNDS = 40  # tries at most: on a busy machine some are slow, and one that is not tells what work costs
PAUSE = 0.02  # seconds before each further try: what another does to a processor's caches comes in bursts
SHORT, LONG = 4096, 65_536
TIMES = 20  # for sixteen times the text
NOTHING = 0.004  # seconds within which a clock and the caches of a busy processor tell little


def in_proportion(work: Callable[[str], object], text: Callable[[int], str]) -> bool:
    """Whether sixteen times the text takes at most twenty times as long: the best of several tries, taken in turns."""
    short, long = text(SHORT), text(LONG)
    least = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, given in enumerate((short, long)):
            least[place] = min(least[place], _seconds(work, given))
        if least[1] <= max(TIMES * least[0], NOTHING):
            return True
        time.sleep(PAUSE)
    return False


def within(seconds: float, work: Callable[[], object], rounds: int = ROUNDS) -> bool:
    """Whether work takes less than so much processor time: in one try of several, as others slow a processor down."""
    for _ in range(rounds):
        if _seconds(lambda _: work(), "") < seconds:
            return True
        time.sleep(PAUSE)
    return False


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
