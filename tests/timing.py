"""What work costs a processor, on a machine where others work, too.

A second is no measure that two machines share, and one machine's is another when others use it. So what may take
`seconds` may take them where a yardstick of everyday work takes what it took where the seconds were written down, and
more where that takes longer. Proportions tell twice from four times as much, never 16 from 20.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

ROUNDS = 40  # tries at most: on a busy machine some are slow, and one that is not tells what work costs
PAUSE = 0.02  # seconds before the second try, and as many more before each further one: others' work comes in bursts
SHORT, LONG = 4096, 65_536
TIMES = 64  # for sixteen times the text: what costs its square takes 256 times as long
NOTHING = 0.004  # seconds within which a clock and the caches of a busy processor tell little
YARDSTICK = 0.009  # seconds for `_yardstick` where the limits of `within` were written


def in_proportion(work: Callable[[str], object], text: Callable[[int], str]) -> bool:
    """Whether work costs in proportion to its text, not to the text's square: the best of several tries, in turns."""
    short, long = text(SHORT), text(LONG)
    least = [float("inf"), float("inf")]
    for tried in range(ROUNDS):
        time.sleep(PAUSE * tried)
        for place, given in enumerate((short, long)):
            least[place] = min(least[place], _seconds(lambda given=given: work(given)))  # type: ignore[misc]
        if least[1] <= max(TIMES * least[0], NOTHING):
            return True
    return False


def within(seconds: float, work: Callable[[], object], rounds: int = ROUNDS) -> bool:
    """Whether work takes less than so much processor time, in one try of several, by the yardstick."""
    for tried in range(rounds):
        time.sleep(PAUSE * tried)
        if _seconds(work) < seconds * max(1.0, _seconds(_yardstick) / YARDSTICK):
            return True
    return False


def _yardstick() -> object:
    """Work like that of parsers: small strings made, kept in lists and tables, and looked at."""
    words = [f"{number:x}.example" for number in range(20_000)]
    return sum(len(word.split(".")) for word in {word: word.upper() for word in words}.values())


def _seconds(work: Callable[[], object]) -> float:
    """The processor time of work, without collections of garbage: those look at all that other tests have left."""
    collected = gc.isenabled()
    gc.disable()
    try:
        before = time.thread_time()
        work()
        return time.thread_time() - before
    finally:
        if collected:
            gc.enable()
