"""Times of log lines (RFC 3164 section 4.1.2, RFC 3339).

Old syslog writes `Nov 30 04:38:01`: no year and no zone. The year is that which puts the first line not after now, and
grows when December is followed by January. A time without a zone is taken for that of the zone that was given. Exim
writes `2026-11-30 04:38:01`, with `+0100` where it is told to; new syslog writes RFC 3339.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: at for at, name in enumerate(NAMES, 1)}
DAY = 86400
_FULL = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?"
    r"(?: ?(Z|[+-][0-9]{2}:?[0-9]{2}))?"
)


class Stamps:
    """Reads times, one after the other. `zones`: those that were seen, "" for none."""

    def __init__(self, now: datetime, *, year: int | None = None, zone: timedelta = timedelta(0)) -> None:
        self._now, self._zone = now.timestamp() + DAY, zone.total_seconds()
        self._given, self._year, self._month = year, year, 0
        self._last, self._value = "", 0.0
        self.zones: set[str] = set()

    def again(self) -> None:
        """Another file begins: its year is told by its own first line."""
        self._year, self._month, self._last = self._given, 0, ""

    def old(self, text: str) -> float | None:
        """`Nov 30 04:38:01`; many lines share a second, which is read once."""
        if text == self._last:
            return self._value
        month = MONTHS.get(text[:3])
        try:
            if month is None or text[3] != " " or text[6] + text[9] + text[12] != " ::":
                return None
            parts = int(text[4:6]), int(text[7:9]), int(text[10:12]), min(int(text[13:15]), 59)
            year = self._of(month, *parts)
            value = datetime(year, month, *parts, tzinfo=UTC).timestamp() - self._zone
        except (ValueError, IndexError):
            return None
        self._last, self._value = text, value
        self.zones.add("")
        return value

    def _of(self, month: int, day: int, hour: int, minute: int, second: int) -> int:
        if self._year is None:
            self._year = datetime.fromtimestamp(self._now, UTC).year
            leap = 2000  # in which each day of the calendar is there
            there = datetime(leap, month, day, hour, minute, second, tzinfo=UTC)
            now = datetime.fromtimestamp(self._now, UTC)
            if (there.month, there.day, there.hour) > (now.month, now.day, now.hour):
                self._year -= 1
        elif self._month - month > 6:
            self._year += 1
        elif month - self._month > 6 and self._month:  # a line that came late
            return self._year - 1
        self._month = month
        return self._year

    def full(self, text: str) -> tuple[float | None, int]:
        """A time with a year at the beginning of a text, and where it ends."""
        found = _FULL.match(text)
        if found is None:
            return None, 0
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        zone = found[8] or ""
        offset = self._zone
        if zone == "Z":
            offset = 0.0
        elif zone:
            offset = (int(zone[1:3]) * 60 + int(zone[-2:])) * (-60.0 if zone[0] == "-" else 60.0)
        try:
            value = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).timestamp()
        except ValueError:
            return None, 0
        if len(self.zones) < 100:
            self.zones.add(zone)
        return value + float(found[7] or 0) - offset, found.end()
