"""What is drawn of a domain: the ways to its mail servers, its certificates in time, its SPF record as a tree.

A drawing is inline SVG: no request, and sharp at any size. What it shows is said in words as its text alternative
(WCAG 2.2, 1.1.1), and where it is too wide for a screen it scrolls by itself, which 1.4.10 allows of diagrams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from audit.model.report import MailServer, ShownCertificate, SpfDrawing, SpfLine, State, Turn
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.reasons import reason
from audit.report.words import MONTHS, plural
from audit.syntax.escape import visible

LIMIT = 10  # DNS lookups of an SPF record (RFC 7208 section 4.6.4)
DEEPEST = 12  # levels of a tree that are drawn
STATES = {
    **dict.fromkeys((Turn.AUTHENTICATED, Turn.ENCRYPTED), State.GOOD),
    **dict.fromkeys((Turn.FALLBACK, Turn.CLEAR), State.WARNING),
    Turn.UNKNOWN: State.UNKNOWN,
}  # of a way; all others are bad

_SVG = Form(
    '<div class="drawing" tabindex="0" role="group" aria-label="{}"><svg role="img" class="{}" viewBox="0 0 960 {}" '
    'aria-label="{}">\n{}</svg></div>\n'
)
_LINE = Form('<path class="way {}" d="M{} {}C{} {} {} {} {} {}"/>\n')
_BOX = Form('<rect class="box" x="{}" y="{}" width="{}" height="30" rx="8"/><text x="{}" y="{}">{}</text>\n')
_END = Form('<circle class="{}" cx="676" cy="{}" r="6"/><text x="692" y="{}">{}</text>\n')
_HEAD = Form('<text class="head" x="{}" y="14">{}</text>')

_SPAN = Form('<text x="0" y="{}">{}</text><rect class="{}" x="{}" y="{}" width="{}" height="12" rx="6"/>')
_UNTIL = Form('<text class="head" x="0" y="{}">{}</text>\n')
_TICK = Form('<path class="grid" d="M{} 20V{}"/><text class="head" x="{}" y="14">{}</text>\n')
_NOW = Form('<path class="now" d="M{} 20V{}"/><text class="nowtext" x="{}" y="{}">observed</text>\n')

_TREE = Form('<p class="cost">{}<span>{}</span></p>\n<ul class="tree">\n{}</ul>\n{}')
_COST = Form(
    '<svg role="img" class="meter" viewBox="0 0 200 12" aria-label="{}">'
    '<rect class="sunk" width="200" height="12" rx="6"/><rect class="{}" width="{}" height="12" rx="6"/>'
    '<path class="limit" d="M{} 0V12"/></svg>'
)
_TERM = Form('<li>{} <span class="lookups{}">{}</span>{}{}{}')
_UNCOUNTED = Form("<li>{}{}{}{}")
_PROVIDER = Form(' <span class="quiet">{}</span>')
_REMARK = Form(' <span class="remark">{}</span>')
_OPEN, _CLOSE, _END_OF_TERM = Form("\n<ul>\n")(), Form("</ul></li>\n")(), Form("</li>\n")()
_CUT = Form('<p class="quiet">There are more terms than are drawn here.</p>\n')()


def ways(domain: str, servers: Sequence[MailServer]) -> Markup:
    """From the domain to its mail hosts, to their addresses, to what a sender meets there."""
    hosts: dict[str, list[int]] = {}
    for at, server in enumerate(servers):
        hosts.setdefault(server.host, []).append(at)
    middle = _row(0, len(servers))
    parts: list[Markup] = [_HEAD(x, head) for x, head in ((0, "domain"), (220, "mail host"), (450, "address"))]
    parts.append(_HEAD(670, "what a plain sender meets"))
    for host, rows in hosts.items():
        y = _row(rows[0], len(rows))
        best = min((_state(servers[at]) for at in rows), key=list(State).index)
        parts.append(_way(best, 180, middle, 220, y))
        preference = servers[rows[0]].preference
        name = _short(host or "not known", 24) if preference is None else f"{_short(host, 20)} · {preference}"
        parts.extend(_server(servers[at], y, _row(at, 1)) for at in rows)
        parts.append(_box(220, y, 190, name))
    parts.append(_box(0, middle, 180, _short(domain, 23)))
    return _SVG("Ways to the mail servers", "ways", 30 + 40 * len(servers), _told(domain, servers), joined(parts))


def _server(server: MailServer, from_y: int, y: int) -> Markup:
    state = _state(server)
    shown = (
        (_way(state, 410, from_y, 450, y), _box(450, y, 190, _short(server.address, 24)), _way(state, 640, y, 670, y))
        if server.address
        else (_way(state, 410, from_y, 670, y),)
    )
    return joined((*shown, _END(state, y, y + 4, _short(server.text, 42))))


def _state(server: MailServer) -> State:
    return STATES.get(server.turn, State.BAD)


def _row(first: int, many: int) -> int:
    """The middle of some rows."""
    return 42 + 40 * first + 20 * (many - 1)


def _way(state: State, x: int, y: int, to_x: int, to_y: int) -> Markup:
    turn = (x + to_x) // 2
    return _LINE(state, x, y, turn, y, turn, to_y, to_x, to_y)


def _box(x: int, y: int, width: int, text: str) -> Markup:
    return _BOX(x, y - 15, width, x + 10, y + 4, text)


def _told(domain: str, servers: Iterable[MailServer]) -> str:
    said_of = (
        visible(f"{s.host} {s.address or ''}".strip() or "a mail host that is not known", 300)
        + ("" if s.preference is None else f" (preference {s.preference})")
        + f" {visible(s.text, 300)}"
        for s in servers
    )
    return f"Mail to {visible(domain, 300)}: {'; '.join(said_of)}."


def _short(text: str, most: int) -> str:
    """A text with its middle left out where it is too long for its box."""
    shown = visible(text, 400)
    half = (most - 1) // 2
    return shown if len(shown) <= most else f"{shown[: most - 1 - half]}…{shown[-half:]}"


LEFT, RIGHT = 250, 950
SHORTEST = timedelta(days=45)  # on either side of the observation
LONGEST = timedelta(days=400)


def lifetimes(certificates: Sequence[ShownCertificate], now: datetime) -> Markup:
    """From when to when each certificate is valid, and when that was looked at."""
    dated = [c for c in certificates if c.not_before and c.not_after]
    if not dated:
        return NOTHING
    first = min((c.not_before for c in dated if c.not_before), default=now)
    last = max((c.not_after for c in dated if c.not_after), default=now)
    start = max(min(first, now - SHORTEST), now - LONGEST)
    end = min(max(last, now + SHORTEST), now + LONGEST)

    def x(when: datetime) -> int:
        return LEFT + int((RIGHT - LEFT) * ((min(max(when, start), end) - start) / (end - start)))

    bottom = 20 + 44 * len(dated)
    parts = [_TICK(x(tick), bottom, x(tick) + 3, label) for tick, label in _ticks(start, end)]
    told = []
    for at, certificate in enumerate(dated):
        from_, until = certificate.not_before or now, certificate.not_after or now
        state = State.GOOD if from_ <= now <= until else State.BAD
        y = 30 + 44 * at
        name = certificate.names[0] if certificate.names else certificate.subject
        ends = _ending(from_, until, now)
        parts.append(_SPAN(y + 10, _short(name, 32), state, x(from_), y, max(x(until) - x(from_), 3)))
        parts.append(_UNTIL(y + 25, ends))
        told.append(f"{visible(name, 300)}: from {_day(from_)}, {ends}")
    parts.append(_NOW(x(now), bottom + 4, x(now) - 28, bottom + 18))
    return _SVG("Certificates in time", "lifetimes", bottom + 24, f"Valid: {'; '.join(told)}.", joined(parts))


def _ending(start: datetime, end: datetime, now: datetime) -> str:
    if start > now:
        return f"not valid before {_day(start)}"
    days = abs((end - now).days) if end >= now else (now - end).days
    return f"until {_day(end)}, {plural(days, 'day')} {'left' if end >= now else 'ago'}"


def _day(when: datetime) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _ticks(start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """The beginnings of some months between, four to eight of them."""
    months = (end.year - start.year) * 12 + end.month - start.month
    step = max(1, -(-months // 8))
    for at in range(1, months + 1):
        year, month = divmod(start.month - 1 + at, 12)
        if at % step == 0:
            yield (
                start.replace(
                    year=start.year + year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0
                ),
                f"{MONTHS[month][:3]} {start.year + year}",
            )


def tree(drawing: SpfDrawing) -> Markup:
    """An SPF record with what it leads to, and what each term costs."""
    least = "" if drawing.exact else "at least "
    many = f"{least}{plural(drawing.lookups, 'DNS lookup')}; receivers stop at {LIMIT}"
    state = State.BAD if drawing.lookups > LIMIT else State.GOOD if drawing.exact else State.UNKNOWN
    widest = max(LIMIT, min(drawing.lookups, 4 * LIMIT))
    meter = _COST(many, state, 200 * min(drawing.lookups, widest) // widest, 200 * LIMIT // widest)
    return _TREE(meter, many, joined(_terms(drawing.lines)), _CUT if drawing.cut else NOTHING)


def _terms(lines: Sequence[SpfLine]) -> Iterator[Markup]:
    """The terms as nested lists. A depth that leaves out a level, as no record of ours has, is drawn at the next."""
    above = -1
    for line in lines:
        depth = min(line.depth, above + 1, DEEPEST)
        if depth > above:
            yield _OPEN if above >= 0 else NOTHING
        else:
            yield _END_OF_TERM
            yield from (_CLOSE for _ in range(above - depth))
        yield _term(line)
        above = depth
    if lines:
        yield _END_OF_TERM
        yield from (_CLOSE for _ in range(above))


def _term(line: SpfLine) -> Markup:
    rest = (
        _PROVIDER(said(line.provider, 80)) if line.provider else NOTHING,
        _REMARK(said(line.remark, 300)) if line.remark else NOTHING,
        _REMARK(said(reason(line.reason).sentence, 300)) if line.reason else NOTHING,
    )
    if not line.lookups:
        return _UNCOUNTED(code(line.text, 400), *rest)
    over = " over" if line.total > LIMIT else ""
    least = "at least " if line.reason else ""
    return _TERM(code(line.text, 400), over, f"{least}+{line.lookups} = {line.total}", *rest)
