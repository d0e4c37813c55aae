"""How far a change has come, for a person: whether it is everywhere, from when it is safe, and who differs why."""

from __future__ import annotations

from collections.abc import Iterator

from audit.cli.propagation_words import (
    COPIES_MENDED,
    DOUBTS,
    HEADLINES,
    NOTES,
    NOTHING,
    SERVERS,
    SERVERS_MENDED,
    STATES,
    UNTIL,
)
from audit.desk.propagation.lifetime import told
from audit.desk.propagation.session import PropagationReport
from audit.desk.propagation.verdict import (
    TIMELESS,
    CopyState,
    CopyVerdict,
    Note,
    Propagation,
    ServerVerdict,
    Spread,
)
from audit.model.probe import DnsStatus
from audit.protocol.propagation import OF_RESOLVERS
from audit.report.pen import Pen
from audit.report.reasons import reason
from audit.report.words import plural
from audit.syntax.escape import visible

SHOWN, NAMED = 100, 3  # characters of a record, and records of an answer
HUES = {Spread.EVERYWHERE: "1;32", Spread.NOT_YET: "1;33", Spread.UNKNOWN: "1;36"}
STATE_HUES = {CopyState.CURRENT: "32", CopyState.UNKNOWN: "36"}
INDENT, DEEPER = "  ", "      "


def text(report: PropagationReport, pen: Pen) -> str:
    """The whole account."""
    found, session = report.found, report.session
    what = f"{session.name} {session.rdtype}"
    lines = [pen.paint(line, HUES[found.outcome]) for line in pen.write(f"{what}: {_headline(report)}")]
    lines += [line for sentence in _when(report) for line in pen.write(sentence)]
    if aliases := sorted({data[0].split()[1].removesuffix(".") for data in found.truth if _is_alias(data)}):
        lines += pen.write(
            f"At {session.name} stands an alias, and compared is where it leads. What stands there is another "
            f"question: mxaudit propagation {' or '.join(visible(a, SHOWN) for a in aliases)} {session.rdtype}"
        )
    lines += ["", *_title(pen, f"The zone {found.zone}, at its own servers" if found.zone else "The zone")]
    lines += _servers(found, pen)
    lines += ["", *_title(pen, "Resolvers"), *_copies(found, pen)]
    if mending := _mending(found):
        lines += ["", *_title(pen, "What to do")]
        lines += [line for each in mending for line in pen.write(each, "- ", INDENT)]
    lines += ["", *pen.write(_unseen(report))]
    return "\n".join(lines) + "\n"


def _title(pen: Pen, words: str) -> list[str]:
    return [pen.paint(line, "1") for line in pen.write(words)]


def _is_alias(data: tuple[str, ...]) -> bool:
    return len(data) == 1 and data[0].startswith("CNAME ")


def _headline(report: PropagationReport) -> str:
    found = report.found
    have = sum(c.state is CopyState.CURRENT for c in found.copies)
    wanted = "what is expected" if report.session.expect else "what the servers hold"
    counted = f"{have} of {plural(len(found.copies), 'resolver')} {'has' if have == 1 else 'have'} {wanted}"
    return f"{HEADLINES[found.outcome]} {counted[0].upper()}{counted[1:]}."


def _when(report: PropagationReport) -> Iterator[str]:
    """From when it is safe, and what that does not cover."""
    found = report.found
    if found.safe_after is None:
        timeless = [DOUBTS[d] for d in found.doubts if d in TIMELESS]
        yield f"No time can be named. {' '.join(timeless)}".rstrip()
    elif found.outcome is not Spread.EVERYWHERE or found.safe_after > report.session.rounds[-1].at:
        lasting = [c for c in found.copies if c.state in UNTIL]
        if lasting:
            yield f"Safe after {told(found.safe_after)}, as far as the copies tell their end."
    rest = [DOUBTS[d] for d in found.doubts if d not in TIMELESS]
    if rest:
        yield f"Not certain: {' '.join(rest)}"
    if found.reason is not None:
        yield f"Which servers the zone has is not certain: {reason(found.reason).sentence}"


def _servers(found: Propagation, pen: Pen) -> Iterator[str]:
    if not found.servers:
        yield from pen.write("No server of the zone was found.", INDENT)
    groups: dict[tuple[object, ...], list[ServerVerdict]] = {}
    for server in found.servers:
        groups.setdefault((server.state, server.records, server.status, server.ttl, server.reason), []).append(server)
    for servers in groups.values():
        one = servers[0]
        said = "" if one.status is None else f": {_records(one.records, one.status)}{_ttl(one.ttl)}"
        yield from pen.write(f"{SERVERS[one.state]}{said}", INDENT, DEEPER)
        if one.reason is not None:
            yield from pen.write(reason(one.reason).sentence, DEEPER)
        for server in servers:
            serial = "" if server.serial is None else f", serial {server.serial}"
            yield from pen.write(f"{server.host} {server.address or '(no address)'}{serial}", DEEPER)
    if found.unasked:
        yield from pen.write(f"Not asked, as no way leads there from here: {', '.join(found.unasked)}", INDENT, DEEPER)


def _copies(found: Propagation, pen: Pen) -> Iterator[str]:
    """Those that differ first."""
    for state in (*(s for s in CopyState if s is not CopyState.CURRENT), CopyState.CURRENT):
        for copy in found.copies:
            if copy.state is state:
                yield from _copy(copy, pen)


def _copy(copy: CopyVerdict, pen: Pen) -> Iterator[str]:
    who = f"{copy.resolver} {copy.address}".strip()
    label = _label(copy.state)
    hue = STATE_HUES.get(copy.state, "33")
    first, *rest = pen.write(f"{label}: {who}", INDENT, DEEPER)
    yield first.replace(label, pen.paint(label, hue), 1)
    yield from rest
    if copy.state is not CopyState.CURRENT:
        if copy.state is not CopyState.UNKNOWN:
            yield from pen.write(f"It gives: {_records(copy.records, copy.status)}{_left(copy)}", DEEPER, f"{DEEPER}  ")
        yield from pen.write(_why(copy), DEEPER)
    for note in copy.notes:
        if (copy.state, note) != (CopyState.REWRITTEN, Note.INVENTS):  # which says the same
            yield from pen.write(NOTES[note].format(caches=copy.caches), DEEPER)


def _why(copy: CopyVerdict) -> str:
    if copy.state is CopyState.UNKNOWN:
        return reason(copy.reason or "not_gathered").sentence
    end = f"until {told(copy.until)} at the latest" if copy.until else "until a time that it does not tell"
    return STATES[copy.state].format(end=end, server=copy.from_server)


def _records(records: tuple[str, ...], status: DnsStatus) -> str:
    if not records:
        return NOTHING.get(status, "no answer")
    shown = [visible(record, SHOWN) for record in records[:NAMED]]
    more = f" and {plural(len(records) - NAMED, 'more record')}" if len(records) > NAMED else ""
    return f"{', '.join(shown)}{more}"


def _ttl(ttl: int | None) -> str:
    return "" if ttl is None else f" (TTL {ttl:,} s)"


def _left(copy: CopyVerdict) -> str:
    """How long it keeps what it gives."""
    if copy.state is CopyState.STALE:
        return _ttl(copy.ttl)
    return "" if copy.ttl is None else f" ({copy.ttl:,} s left)"


def _mending(found: Propagation) -> tuple[str, ...]:
    """What to do, each once."""
    servers = [SERVERS_MENDED[s.state] for s in found.servers if s.state in SERVERS_MENDED]
    states = [state for state in CopyState if any(c.state is state for c in found.copies)]
    copies = [f"{_label(s).capitalize()}: {COPIES_MENDED[s]}" for s in states if s in COPIES_MENDED]
    return tuple(dict.fromkeys((*servers, *copies)))


def _label(state: CopyState) -> str:
    return state.replace("_", " ")


def _unseen(report: PropagationReport) -> str:
    """What nobody looked at."""
    copies = len(report.found.copies)
    return (
        f"Asked: {plural(len(report.found.servers), 'address', 'addresses')} of the zone's servers; "
        f"{plural(copies, 'resolver')}, {OF_RESOLVERS} times each. Not seen: any other resolver, and caches of these "
        "that did not answer us. Mail servers and browsers keep addresses of their own for a while as well."
    )
