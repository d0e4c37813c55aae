"""What logs come to, on a screen: the totals, what to do first, and what is unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.report.pen import NARROWEST, Pen
from audit.report.words import plural

CAUSES, PLACES, ADVICE, DAYS, INDENT = 8, 8, 2, 14, "   "


def totals(value: Mapping[str, Any]) -> str:
    """The totals in one line."""
    names = ("received", "sent", "deferred", "bounced", "expired", "rejected")
    return ", ".join(f"{value['totals'][name]:,} {name}" for name in names) + "."


def summary(value: Mapping[str, Any], *, colour: bool, width: int) -> str:
    """The summary for a terminal of `width` columns."""
    pen = Pen(colour, max(width, NARROWEST))
    lines = [*_head(value, pen)]
    for title, rows in (
        ("What to do first", _causes(value, pen)),
        ("Unusual rises", _rises(value, pen)),
        ("Signs of rate limits", _rates(value, pen)),
        ("Signs of a blocklisting", _listings(value, pen)),
        ("By provider", _providers(value, pen)),
        ("By day", _days(value, pen)),
    ):
        if told := [*rows]:
            lines += ["", *(pen.paint(line, "1") for line in pen.write(title)), *told]
    return "\n".join(lines) + "\n"


def _head(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    yield from pen.write(totals(value))
    servers = ", ".join(value["servers"]) or "no mail server that is known"
    yield from pen.write(
        f"{plural(value['lines'], 'line')} of {servers}, {value['first'] or '?'} to {value['last'] or '?'} (UTC; zones "
        f"in the log: {', '.join(value['zones']) or 'none'})."
    )
    if (latency := value["latency_s"])["deliveries"]:
        yield from pen.write(
            f"Latency: half within {latency['median']:g} s, 95 % within {latency['p95']:g} s, longest "
            f"{latency['longest']:g} s."
        )
    for way, words in (("out", "TLS of what was sent"), ("in", "TLS of what came")):
        if counts := value["tls"][way]:
            yield from pen.write(f"{words}: {', '.join(f'{name} {count:,}' for name, count in counts.items())}.")
    if value["totals"]["waiting"]:
        yield from pen.write(f"{plural(value['totals']['waiting'], 'mail')} still waited at the end.")
    if value["beginnings_forgotten"]:
        yield from pen.write(f"{plural(value['beginnings_forgotten'], 'message')}' beginnings fell out of memory.")
    if value["lines_unparsed"]:
        yield from pen.write(f"{plural(value['lines_unparsed'], 'line')} could not be read, such as:")
        for sample in value["unparsed_samples"][:2]:
            yield from pen.write(sample, INDENT)


def _causes(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for number, cause in enumerate(value["causes"][:CAUSES], 1):
        yield from pen.write(f"{number}. {cause['way']} {cause['count']:,}: {cause['cause']}", "", INDENT)
        yield from pen.write(f"At: {_top(cause['places'])}", INDENT)
        yield from pen.write(f"Such as: {cause['sample']}", INDENT)
        for advice in cause["advice"][:ADVICE]:
            yield from pen.write(f"- {advice}", INDENT, f"{INDENT}  ")
        for finding in cause["findings"] or ():
            words = f"- The audit found {finding['rule']} of {finding['subject']}: {finding['message']}"
            yield from pen.write(words, INDENT, f"{INDENT}  ")


def _rises(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for rise in value["rises"][:CAUSES]:
        words = f"{rise['day']} {rise['provider']}: {rise['failed']:,} failed, {rise['usual']:g} is usual"
        yield from pen.write(words, INDENT)


def _rates(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for rate in value["rate_limits"][:CAUSES]:
        yield from pen.write(f"{rate['provider']}: {rate['count']:,}, {rate['first']} to {rate['last']}", INDENT)
        if rate["waits_s"]:
            waits = ", ".join(f"{low // 60} to {high // 60} min" for low, high in rate["waits_s"])
            yield from pen.write(
                f"- wait {waits} …; give up after {rate['give_up_s'] // 3600} h", INDENT, f"{INDENT}  "
            )
        for limit in rate["limits"]:
            yield from pen.write(f"- allows: {limit['text']} (looked up {limit['checked']})", INDENT, f"{INDENT}  ")


def _listings(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for listing in value["blocklistings"][:CAUSES]:
        lists, addresses = _top(listing["lists"]) or "no list is named", _top(listing["addresses"])
        at = f"; address {addresses}" if addresses else ""
        yield from pen.write(f"{listing['count']:,} by {_top(listing['providers'])}: {lists}{at}", INDENT)


def _providers(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for row in value["providers"][:PLACES]:
        rest = ", ".join(f"{row[name]:,} {name}" for name in ("sent", "deferred", "bounced", "expired") if row[name])
        yield from pen.write(f"{row['provider']}: {rest}", INDENT)


def _days(value: Mapping[str, Any], pen: Pen) -> Iterator[str]:
    for row in value["days"][-DAYS:]:
        rest = ", ".join(f"{count:,} {name}" for name, count in row.items() if name != "day" and count)
        yield from pen.write(f"{row['day']}: {rest}", INDENT)


def _top(rows: list[dict[str, Any]]) -> str:
    return ", ".join(f"{row['name']} ({row['count']:,})" for row in rows[:3])
