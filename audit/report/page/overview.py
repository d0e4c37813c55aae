"""A row of the list in the table of all: an answer a column, and how much was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup

from audit.report.outline import Tally
from audit.report.page.form import NOTHING, Form, joined, said
from audit.report.page.pieces import badge, chip, icon
from audit.report.rows import Row
from audit.report.words import STATUSES
from audit.syntax.escape import visible

_ROW = Form('<tr role="row">\n<th scope="row" role="rowheader"><a href="{}"{}>{}</a></th>\n{}{}</tr>\n')
_TITLE = Form(' title="{}"')
_ANSWER = Form('<td role="cell" class="verdict" data-label="{}">\n{}{}</td>\n')
_BELOW = Form('<span class="below {}">{} {}: {}</span>')
_FOUND = Form('<td role="cell" data-label="Findings" class="found">\n{}{}{}</td>\n')
_COUNT = Form('<span class="sevcount">{} {}</span> ')
_NONE = Form('<span class="quiet">no findings</span>')()
_UNTESTED = Form('<span class="quiet">{} not tested</span>')
_NOT_AUDITED = Form('<td role="cell" colspan="{}" class="problem"><span class="chip status">{}</span>\n{}</td>\n')


def overview(row: Row, columns: tuple[Tally, ...], link: Callable[[str], str]) -> Markup:
    """A row of the table. `link` leads from its anchor to the row in full."""
    d = row.report
    return _ROW(
        link(row.anchor),
        _TITLE(visible(d.domain, 300)) if d.domain else NOTHING,
        said(d.unicode or d.domain or d.input.text, 300),
        *(_audited(row, columns) if d.status == "audited" else (_not_audited(row, len(columns) + 1), NOTHING)),
    )


def _audited(row: Row, columns: Iterable[Tally]) -> tuple[Markup, Markup]:
    counts = joined(_COUNT(badge(severity), count) for severity, count in row.severities)
    none = _NONE if not row.failures and not row.untested else NOTHING
    untested = _UNTESTED(row.untested) if row.untested else NOTHING
    return joined(_answer(row, column) for column in columns), _FOUND(counts, none, untested)


def _answer(row: Row, column: Tally) -> Markup:
    given = joined(chip(v.state, v.answer) for v in row.report.verdicts if v.id == column.id)
    below = (
        joined(_BELOW(v.state, icon(v.state), name, said(v.answer, 80)) for name, v in row.below)
        if column.id == "forgery"
        else NOTHING
    )
    return _ANSWER(visible(column.question), given, below)


def _not_audited(row: Row, width: int) -> Markup:
    problem = row.report.problem
    return _NOT_AUDITED(width, STATUSES[row.report.status], said(problem.message, 500) if problem else "")
