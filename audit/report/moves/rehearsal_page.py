"""A rehearsal as one page that asks for nothing: with the report's style sheet, and without a script."""

from __future__ import annotations

from audit.model.rehearsal import Fate, Rehearsal
from audit.report.html import style_hash, template
from audit.report.moves import rehearsal as words
from audit.report.reasons import reason
from audit.report.words import capital

PAGE = "rehearsal.html.j2"


def render(told: Rehearsal) -> bytes:
    """The page of a rehearsal; every text of it is escaped by the template."""
    order = (Fate.NEW, Fate.UNCERTAIN, Fate.GONE, Fate.STAYS)
    value = {
        "told": told,
        "title": words.title(told),
        "basis": words.basis(told),
        "read": words.read(told),
        "groups": [
            (fate, words.HEADS[fate], [(words.severity(t), t) for t in told.findings if t.turn is fate])
            for fate in order
        ],
        "untold": [(reason(why).sentence, rules) for why, rules in words.untold(told)],
        "costs": [("now", words.cost(told.spf_now)), ("then", words.cost(told.spf_then))],
        "words": words.WORDS,
        "bound": words.bound(told),
        "capital": capital,
    }
    return template(PAGE).render(**value, style_hash=style_hash(), script_hash=None).encode("utf-8")
