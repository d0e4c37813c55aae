"""Until when a copy may be kept: as long as its TTL says, from when it was given (RFC 2181 section 8).

A TTL may be as long as 68 years; resolvers cut it to a week or less (RFC 8767 section 4). What is told to people is
the minute by which a copy is gone at the latest, in UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from audit.model.probe import Answer

LONGEST = 7 * 86_400  # seconds
MINUTE = 60


def gone_at(given: datetime, ttl: int | None) -> datetime:
    """When a copy ends that may be kept for so many seconds from a time on."""
    return _after(given, min(ttl or 0, LONGEST))


def expiry(got: Answer) -> datetime | None:
    """When the copy ends from which an answer was given; None where the answer does not tell."""
    if got.ttl is None or got.asked_at is None:
        return None
    return gone_at(_after(got.asked_at, (got.elapsed_ms or 0) / 1000), got.ttl)


def minute(end: datetime) -> datetime:
    """The first whole minute at which it is over."""
    whole = end.replace(second=0, microsecond=0)
    return whole if whole == end else _after(whole, MINUTE)


def told(end: datetime) -> str:
    """The minute by which it is over, as people read it."""
    return f"{minute(end):%Y-%m-%d %H:%M} UTC"


def _after(given: datetime, seconds: float) -> datetime:
    """So many seconds later; a record that somebody wrote may name the last day of the calendar."""
    try:
        return given + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return given
