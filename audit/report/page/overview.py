"""A row of the list in the table of all: an answer a column, and how much was found.

A list may have ten thousand rows a page, so a row is little markup: signs are drawn by the style sheet, and what the
script sorts and filters by stands in four short attributes, made of our own words alone.

    data-v   a letter an answer, in the order of the columns: g(ood) w(arning) b(ad) u(nknown) n(ot applicable)
    data-s   how many findings of each severity, from the gravest
    data-t   the topics of the findings, by their places in the list of topics
    data-d   what was decided about them: w(aived) e(xpired waiver) n(ew) g(raver) k(nown)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from markupsafe import Markup

from audit.report.outline import Tally
from audit.report.page.form import NOTHING, Form, joined, said
from audit.report.page.pieces import badge, chip
from audit.report.rows import Line
from audit.report.words import SEVERITIES, STATUSES
from audit.syntax.escape import visible

OWN = "its own servers"
OPERATORS = 2  # that a row names
IN_A_BODY = 50  # rows; the browser lays out one body at a time, as it comes into sight

_ROW = Form(
    '<tr role="row" data-v="{}" data-s="{}" data-t="{}"{}><th scope="row" role="rowheader"><a href="{}"{}>{}</a>{}</th>'
    "{}{}</tr>\n"
)
_DECIDED = Form(' data-d="{}"')
_TITLE = Form(' title="{}"')
_OPERATORS = Form(" <small>{}</small>")
_ANSWER = Form('<td role="cell">{}{}</td>')
_BELOW = Form('<small class="below {}">{}: {}</small>')
_FOUND = Form('<td role="cell">{}{}{}</td>')
_COUNT = Form("<span>{} {}</span> ")
_NONE = Form("<small>no findings</small>")()
_UNTESTED = Form("<small>{} not tested</small>")
_NOT_AUDITED = Form('<td role="cell" class="problem"><span class="chip status">{}</span> {}</td>')


def overview(row: Line, columns: tuple[Tally, ...], link: Callable[[str], str], topics: Mapping[str, int]) -> Markup:
    """A row of the table. `link` leads from its anchor to the row in full; `topics` gives each topic its place."""
    d = row.report
    counts = dict(row.severities)
    states = {verdict.id: verdict.state for verdict in d.verdicts}
    named = joined([said(OWN if name == d.domain else name, 80) for name in d.operators[:OPERATORS]], ", ")
    return _ROW(
        "".join(str(states[c.id])[0] if c.id in states else "-" for c in columns) if d.status == "audited" else "",
        ",".join([str(counts.get(severity, 0)) for severity in SEVERITIES]) if counts else "",
        ",".join([str(topics[topic]) for topic in row.topics if topic in topics]),
        _DECIDED("".join([mark[0] for mark in row.marks])) if row.marks else NOTHING,
        link(row.anchor),
        _TITLE(visible(d.domain, 300)) if d.domain and d.unicode and d.domain != d.unicode else NOTHING,
        said(d.unicode or d.domain or d.input.text, 300),
        _OPERATORS(named) if d.operators else NOTHING,
        *(_audited(row, columns) if d.status == "audited" else (_not_audited(row), NOTHING)),
    )


def _audited(row: Line, columns: Iterable[Tally]) -> tuple[Markup, Markup]:
    counts = joined([_COUNT(badge(severity), count) for severity, count in row.severities])
    none = _NONE if not row.failed and not row.untested else NOTHING
    untested = _UNTESTED(row.untested) if row.untested else NOTHING
    return joined([_answer(row, column) for column in columns]), _FOUND(counts, none, untested)


def _answer(row: Line, column: Tally) -> Markup:
    given = joined([chip(v.state, v.answer) for v in row.report.verdicts if v.id == column.id])
    below = (
        joined([_BELOW(v.state, name, said(v.answer, 80)) for name, v in row.below])
        if column.id == "forgery"
        else NOTHING
    )
    return _ANSWER(given, below)


def _not_audited(row: Line) -> Markup:
    problem = row.report.problem
    return _NOT_AUDITED(STATUSES[row.report.status], said(problem.message, 500) if problem else "")
