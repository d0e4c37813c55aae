"""When to try again (RFC 5321 section 4.5.4.1).

A sender whose mail was deferred waits at least half an hour in general, longer each time, and gives up after four or
five days; greylisting (RFC 6647) opens sooner. Waits differ by chance, or all that was deferred together would come
back together. After a permanent reply the same mail is not tried again as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from audit.catalog.replies import Backoff, ReplyClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`later`: by the plan. `after_change`: when the cause is mended. `never`. `none`: nothing is to be tried again."""

    when: Literal["later", "after_change", "never", "none"]
    backoff: Backoff | None  # there when it is later


def retry(kind: ReplyClass, *, permanent: bool | None) -> Retry:
    """Whether and when to try again after a reply of a class."""
    when = "later" if permanent is False else kind.after_permanent
    return Retry(when=when, backoff=kind.backoff if when == "later" else None)


def waits(plan: Backoff, tries: int) -> tuple[tuple[int, int], ...]:
    """The first waits, each from its shortest to its longest, in seconds; fewer where the plan gives up before."""
    found: list[tuple[int, int]] = []
    wait, spent = float(plan.first_s), 0.0
    while len(found) < tries and spent + wait <= plan.give_up_s and wait > 0:
        found.append((round(wait * (1 - plan.jitter)), round(wait * (1 + plan.jitter))))
        spent += wait
        wait = min(wait * plan.factor, float(plan.cap_s))
    return tuple(found)
