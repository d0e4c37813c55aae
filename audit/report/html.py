"""The report as one page that asks for nothing: no font, no picture, no script from elsewhere.

Every text goes through jinja2's escaping, and through `visible` before that. The style sheet and the one script, which
sorts and filters the table, are allowed by their hashes (Content Security Policy Level 3, section 2.3.1); whatever else
a text might smuggle in has no permission to act. Without the script the page is whole: a plain table with links.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib import resources
from itertools import islice
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from audit.model.report import RunReport, State
from audit.report import words
from audit.report.outline import Tally, outline
from audit.report.page.details import details
from audit.report.page.findings import failure, hole, shared, worst
from audit.report.page.form import code, said
from audit.report.page.overview import IN_A_BODY, overview
from audit.report.page.pieces import Keys, badge, chip, icon
from audit.report.rows import Row
from audit.report.shelving import ROWS_A_PAGE, Shelving
from audit.syntax.escape import visible

PAGE, DOMAIN = "report.html.j2", "domain.html.j2"
TEMPLATES = (
    *(PAGE, DOMAIN, "frame.html.j2", "logs.html.j2", "moves.html.j2", "rehearsal.html.j2"),
    *("compliance.html.j2", "compliance.css"),
)
STYLE, SCRIPT = "report.css", "report.js"
BAR = 1000  # the width of a bar, in its own units
OPEN_UP_TO = 40  # rows; a longer list starts folded
SHARED = 10  # insights that are shown at once
SINGLE_FILE = 500  # rows; the details of a longer list stand on pages of their own
BUFFER = 16 * 1024  # characters that are written at once


def style_hash(*more: str) -> str:
    """The style sheet, with others that stand behind it, as a Content Security Policy allows it."""
    return _hash(STYLE, *more)


def template(name: str) -> Template:
    """A template, with the filters of all of them."""
    return _templates().get_template(name)


def render(report: RunReport) -> bytes:
    """A report is one HTML page with all its content, readable on a phone and on paper."""
    return b"".join(stream(report))


def stream(report: RunReport) -> Iterator[bytes]:
    """The same, domain by domain."""
    view = outline(report)
    unfolded = len(report.domains) <= OPEN_UP_TO
    return _index(report, view=view, lines=view.rows.lines(), link="#{}".format, unfolded=unfolded, paged=None)


def files(report: RunReport, name: str, most: int = SINGLE_FILE) -> Iterator[tuple[str, bytes]]:
    """A report as the page `name`, and beside it the pages that a list of more than `most` rows takes: one a domain,
    and more of the index. Each part comes with the path of its file; those of a file in their order."""
    if len(report.domains) <= most:
        yield from ((name, part) for part in stream(report))
        return
    view = outline(report)
    shelf = Shelving(name, len(report.domains))
    coming = iter(view.rows)
    for number in range(1, shelf.pages + 1):
        shown: deque[Row] = deque()
        page = _index(
            report,
            view=view,
            lines=_noted(islice(coming, ROWS_A_PAGE), shown),
            link=partial(shelf.from_index, number),
            unfolded=False,
            paged=shelf.leaf(number),
        )
        for part in page:
            yield shelf.index(number), part
            while shown:  # the details of those that were just named, so that each is read once
                row = shown.popleft()
                yield from ((shelf.domain(row.anchor), part) for part in _domain(report, row, shelf, number))


def _domain(report: RunReport, row: Row, shelf: Shelving, number: int) -> Iterator[bytes]:
    """The page of one domain, which the page `number` of the index names."""
    return _page(DOMAIN, report, row=row, link=shelf.from_domain, index=shelf.back(number), script_hash=None)


def _noted(rows: Iterable[Row], shown: deque[Row]) -> Iterator[Row]:
    for row in rows:
        shown.append(row)
        yield row


def _index(report: RunReport, **given: Any) -> Iterator[bytes]:
    """A page with the table of domains."""
    topics = _topics(report)
    places = {topic: at for at, (topic, _) in enumerate(topics)}
    return _page(PAGE, report, topics=topics, places=places, script_hash=_hash(SCRIPT), **given)


def _page(template: str, report: RunReport, **given: Any) -> Iterator[bytes]:
    kept: list[str] = []
    size = 0
    for text in (
        _templates()
        .get_template(template)
        .generate(
            run=report.run,
            keys=Keys({}),
            style_hash=_hash(STYLE),
            **given,
        )
    ):
        kept.append(text)
        size += len(text)
        if size >= BUFFER:
            yield "".join(kept).encode("utf-8")
            kept, size = [], 0
    yield "".join(kept).encode("utf-8")


@cache
def _hash(*names: str) -> str:
    """The SHA-256 of style sheets, one behind the other, or of the script, in the form of a CSP source."""
    text = "".join(map(_text, names)).encode("utf-8")
    return "sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode("ascii")


def spelled(tally: Tally) -> str:
    """The same as a bar, in words."""
    return ", ".join(f"{count:,} {words.STATES[state]}" for state, count in tally.counts if count)


def _topics(report: RunReport) -> tuple[tuple[str, str], ...]:
    """What the rules that were used are about, in their order."""
    return tuple((topic, words.rule_topic(topic)) for topic in dict.fromkeys(rule.topic for rule in report.rules))


def bar(tally: Tally) -> tuple[tuple[State, int, int], ...]:
    """The stretches of a bar that shows a tally: state, start and width."""
    shown: list[tuple[State, int, int]] = []
    done = 0
    for state, count in tally.counts:
        start, done = done, done + count
        if count:
            left = start * BAR // tally.total
            shown.append((state, left, done * BAR // tally.total - left))
    return tuple(shown)


@cache
def _text(name: str) -> str:
    return resources.files("audit.report").joinpath("templates", name).read_text("utf-8").strip()


@cache
def _templates() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=DictLoader({name: _text(name) for name in (*TEMPLATES, STYLE, SCRIPT)}),
    )
    environment.filters.update(
        shown=visible,
        bar=bar,
        spelled=spelled,
        plural=words.plural,
        counted=words.counted,
        moment=words.moment,
        anchored=words.anchored,
    )
    environment.globals.update(
        STATES=words.STATES,
        HEADLINES=words.HEADLINES,
        IN_A_BODY=IN_A_BODY,
        SHARED=SHARED,
        said=said,
        code=code,
        icon=icon,
        chip=chip,
        badge=badge,
        shared=shared,
        worst=worst,
        failure=failure,
        hole=hole,
        overview=overview,
        details=details,
    )
    return environment
