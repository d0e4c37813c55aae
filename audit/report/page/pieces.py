"""The small pieces of a page: a badge, a state and its sign, prose, a list of checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup

from audit.model.report import RuleText, Severity, State, SubjectName
from audit.report.groups import Subjects
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.proposals import Proposal
from audit.report.prose import Block, Run, blocks, runs
from audit.report.reasons import reason
from audit.report.words import RECORD, first_sentence, kind, to_publish
from audit.syntax.escape import visible

RULES_KEPT = 512  # whose texts are made once for all domains; a hostile report may name any number
WORDS_KEPT = 16  # states and severities

_ICON = Form('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>')
_CHIP = Form('<span class="chip {}">{}{}</span>')
_BADGE = Form('<span class="badge {}">{}</span>')
_SUBJECT = Form('<span class="subject">{} {}</span>')
_RUNG = Form('<span class="why-rung">How grave this is could not be settled: {} {}</span>')
_TODO = Form('<p class="todo"><strong>To do:</strong> {}</p>\n')

_ITEM = Form("<li>{}</li>")
_ITEMS = Form("<ul>{}</ul>\n")
_LINE = Form("{}\n")
_LISTING = Form("<pre>{}</pre>\n")
_PARAGRAPH = Form("<p>{}</p>\n")

_LINK = Form('<a href="{}">{}</a>')
_KEYS = Form('<ul class="keys">{}</ul>')
_CHECKS = Form('<ul class="rules">\n{}</ul>\n')
_CHECK = Form('<li>{} <span class="subjects">{}</span></li>\n')

_PUBLISH = Form('<p class="label">{}</p>\n<pre class="publish">{}</pre>\n')
_RECORD = Form("<code>{}</code>\n")


@lru_cache(WORDS_KEPT)
def icon(state: State) -> Markup:
    """The sign of a state."""
    return _ICON(state)


def chip(state: State, text: str) -> Markup:
    """An answer, with the colour and the sign of its state."""
    return _CHIP(state, icon(state), said(text, 80))


@lru_cache(WORDS_KEPT)
def badge(severity: Severity) -> Markup:
    return _BADGE(severity, severity)


def subject(whom: SubjectName) -> Markup:
    """Whom something is about."""
    return _SUBJECT(visible(kind(whom.kind), 40), said(whom.name))


def inline(stretches: Iterable[Run]) -> Markup:
    """A line of a rule's text."""
    return joined(code(run.text, 2000) if run.code else said(run.text, 2000) for run in stretches)


def prose(text: str) -> Markup:
    """A rule's text, block by block."""
    return joined(map(_block, blocks(text)))


def _block(block: Block) -> Markup:
    if block.kind == "ul":
        return _ITEMS(_ITEM.each(map(inline, block.lines)))
    if block.kind == "pre":
        return _LISTING(_LINE.each(map(inline, block.lines)))
    return _PARAGRAPH(joined(map(inline, block.lines)))


@lru_cache(RULES_KEPT)
def to_do(rule: RuleText) -> Markup:
    """What mends it, in a sentence."""
    first = first_sentence(rule.fix)
    return _TODO(inline(runs(first))) if first else NOTHING


def rung(reason_code: str) -> Markup:
    """Why a severity is the lowest that it may be."""
    return _RUNG(said(reason(reason_code).sentence), code(reason_code, 80))


def linked(href: str | None, shown: Markup) -> Markup:
    """What leads somewhere, if it does."""
    return shown if href is None else _LINK(href, shown)


def keys(probes: Iterable[str], places: Mapping[str, str]) -> Markup:
    """What something rests on, each with the way to where it is shown."""
    return _KEYS(
        _ITEM.each([linked(f"#{places[key]}" if key in places else None, code(key)) for key in probes]),
    )


def checks(groups: Iterable[Subjects]) -> Markup:
    """Rules, each with those whom they were applied to."""
    return _CHECKS(joined([_check(group) for group in groups]))


def _check(group: Subjects) -> Markup:
    below = group.below
    if not below:
        return _check_of_domain(group.rule)
    return _CHECK(code(group.rule, 80), joined([said(s.name) for s in below], ", "))


@lru_cache(RULES_KEPT)
def _check_of_domain(rule: str) -> Markup:
    return _CHECK(code(rule, 80), NOTHING)


def records(rule: str, proposals: Sequence[Proposal]) -> Markup:
    """Records to paste, each whole."""
    return joined(
        _PUBLISH(
            visible(to_publish(len(proposal.records), rule, proposal.rivals), 2000),
            _RECORD.each(visible(line, RECORD) for line in proposal.records),
        )
        for proposal in proposals
    )
