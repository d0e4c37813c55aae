"""The records and observations of a domain, as found: a table a topic."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from audit.model.report import CutValue, FoundRecord
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.rows import Shelf
from audit.report.words import status_of_record, topic

ANSWERED = frozenset({"noerror", "ok"})  # what needs no word beside the values

_FOUND = Form('<details class="records"><summary>Records found</summary>\n{}</details>\n')
_TOPIC = Form(
    '<h4>{}</h4>\n<table role="table">\n'
    '<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Name</th>'
    '<th scope="col" role="columnheader">Type</th><th scope="col" role="columnheader">Found</th></tr></thead>\n'
    '<tbody role="rowgroup">\n{}</tbody>\n</table>\n'
)
_RECORD = Form(
    '<tr role="row"{}>\n<th scope="row" role="rowheader">{}</th>\n<td role="cell">{}</td>\n'
    '<td role="cell">\n{}{}{}{}{}</td>\n</tr>\n'
)
_PLACE = Form(' id="{}"')
_VALUES = Form('<ul class="values">{}</ul>\n')
_VALUE = Form("<li>{}</li>")
_CUT = Form('<p class="quiet">Cut: the whole {}has {} octets; SHA-256 {}</p>\n')
_WHICH = Form("of no. {} ")
_LEFT_OUT = Form('<p class="quiet">There is no room here for {} more.</p>\n')
_EXPLAINED = Form("<p>{}</p>\n")
_BECAME = Form('<span class="quiet">{}</span>\n')


def found(topics: Iterable[Shelf]) -> Markup:
    """All that was found, behind a fold."""
    return _FOUND(joined(map(_topic, topics)))


def _topic(shelf: Shelf) -> Markup:
    return _TOPIC(said(topic(shelf.topic)), joined([_record(anchor, record) for anchor, record in shelf.records]))


def _record(anchor: str | None, record: FoundRecord) -> Markup:
    values = record.values
    untold = not values or record.status not in ANSWERED
    return _RECORD(
        _PLACE(anchor) if anchor else NOTHING,
        code(record.name),
        said(record.type, 80),
        _VALUES(_VALUE.each([code(value, 2000) for value in values])) if values else NOTHING,
        joined([_cut(cut, len(values)) for cut in record.truncated]) if record.truncated else NOTHING,
        _LEFT_OUT(record.left_out) if record.left_out else NOTHING,
        _EXPLAINED(said(record.explained, 600)) if record.explained else NOTHING,
        _BECAME(said(status_of_record(record.status), 80)) if untold else NOTHING,
    )


def _cut(cut: CutValue, values: int) -> Markup:
    return _CUT(_WHICH(cut.at + 1) if values > 1 else NOTHING, cut.octets, code(cut.sha256))
