"""Counting in constant memory: names up to a bound, and times in buckets."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

OTHERS = "(others)"
A_DECADE = 20  # buckets
LEAST, MOST = -40, 160  # of 0.01 seconds, and of a hundred million


def count(counter: Counter[str], name: str, most: int) -> None:
    """One more of a name; of names beyond the bound only their sum is kept."""
    if name in counter or len(counter) < most:
        counter[name] += 1
    else:
        counter[OTHERS] += 1


@dataclass(slots=True)
class Delays:
    """How long deliveries took: percentiles to an eighth, whatever their number."""

    counts: Counter[int] = field(default_factory=Counter)
    total: int = 0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        place = LEAST if seconds < 0.01 else min(math.floor(math.log10(seconds) * A_DECADE), MOST)
        self.counts[place] += 1
        self.total += 1
        self.longest = max(self.longest, seconds)

    def share(self, part: float) -> float | None:
        """The time within which a part of the deliveries was done, or None where there are none."""
        left = part * self.total
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0:
                return min(round(10 ** ((place + 0.5) / A_DECADE), 2), self.longest)
        return None
