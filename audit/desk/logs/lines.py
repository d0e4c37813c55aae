"""A line of a log, split: time, program, process and what is said (RFC 3164 section 4.1, RFC 5424 section 6).

Syslog writes `Nov 30 04:38:01 host postfix/smtpd[123]: text`, or the same behind a time by RFC 3339; what has
`<22>` before it came off the wire. Exim's own log has neither host nor program.
"""

from __future__ import annotations

from audit.desk.logs.events import Entry
from audit.desk.logs.stamps import Stamps

LONGEST = 8192  # characters of a line that are looked at


def split(line: str, stamps: Stamps) -> Entry | None:
    """The parts of a line, or None where it is no line of a log."""
    line = line[:LONGEST]
    if line[:1] == "<" and (end := line.find(">", 1, 6)) > 0:
        line = line[end + 1 :]
    if not line[:1].isdigit():
        moment = stamps.old(line[:15])
        return _tagged(moment, line[16:]) if moment is not None else None
    moment, end = stamps.full(line)
    if moment is None:
        return None
    rest = line[end:].lstrip(" ")
    if line[10] == "T":
        return _tagged(moment, rest)
    if rest[:1] == "[" and (close := rest.find("] ", 1, 12)) > 0 and rest[1:close].isdigit():
        return Entry(moment, "exim", rest[1:close], rest[close + 2 :])
    return Entry(moment, "exim", "", rest)


def _tagged(moment: float, rest: str) -> Entry | None:
    _, _, rest = rest.partition(" ")
    tag, colon, text = rest.partition(": ")
    if not colon or len(tag) > 100:
        return None
    program, _, pid = tag.partition("[")
    return Entry(moment, program.rstrip(), pid.rstrip("]"), text)


def inner(entry: Entry, stamps: Stamps) -> Entry:
    """Exim in syslog writes its own time as well."""
    moment, end = stamps.full(entry.text)
    return Entry(entry.moment, entry.program, entry.pid, entry.text[end:].lstrip(" ")) if moment is not None else entry
