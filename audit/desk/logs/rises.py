"""Days on which unusually much failed.

The rule: at a provider at least 20 attempts of a day failed, three times as many as the median of up to 14 days before
on which there was mail for it (at least 3 such days), and twice the share of the attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

LEAST, TIMES, SHARE, BEFORE, DAYS = 20, 3, 2, 14, 3


@dataclass(frozen=True, slots=True)
class Rise:
    place: str
    day: int
    failed: int
    usual: float


def rises(place: str, days: Mapping[int, list[int]]) -> Iterator[Rise]:
    """The unusual days of a provider, of which each day's attempts and failures are known."""
    order = sorted(days)
    for at, day in enumerate(order):
        attempts, failed = days[day]
        before = [days[d] for d in order[max(at - BEFORE, 0) : at]]
        if failed < LEAST or len(before) < DAYS:
            continue
        usual = median(f for _, f in before)
        share = median(f / a for a, f in before if a)
        if failed >= TIMES * usual and failed / attempts >= SHARE * share:
            yield Rise(place, day, failed, usual)
