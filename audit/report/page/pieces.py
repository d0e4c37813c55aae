"""The small pieces of a page: a badge, a state and its sign, prose, a list of checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup

from audit.model.report import FoundRecord, RuleText, Severity, State, SubjectName
from audit.report.groups import Subjects
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.proposals import Proposal
from audit.report.prose import Block, Run, blocks, runs
from audit.report.reasons import reason
from audit.report.words import RECORD, first_sentence, kind, plural, status_of_record, to_publish
from audit.syntax.escape import visible

RULES_KEPT = 512  # whose texts are made once for all domains; a hostile report may name any number
WORDS_KEPT = 16  # states and severities
PROOFS, LINES, LINE = 3, 12, 300  # of a finding's evidence that is shown with it: probes, lines of one, characters

_RFC = re.compile(r"RFC (?P<number>[1-9][0-9]{0,4})(?: section (?P<section>[1-9][0-9]{0,2}(?:\.[0-9]{1,3}){0,5}))?")

_ICON = Form('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>')
_CHIP = Form('<span class="chip {}">{}</span>')
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
_OUT = Form('<a href="https://www.rfc-editor.org/rfc/rfc{}" rel="noopener noreferrer nofollow">{}</a>')
_PROOF = Form("<li>{}\n<pre>{}</pre>\n{}</li>\n")
_PROOFS = Form('<ul class="proofs">\n{}</ul>')
_REST_OF_IT = Form('<p class="quiet">{}</p>\n')
_KEYS = Form('<ul class="keys">{}</ul>')
_PLACED = Form('<li><a href="#{}"><code>{}</code></a></li>')
_PROBE = Form("<li><code>{}</code></li>")
_CHECKS = Form('<ul class="rules">\n{}</ul>\n')
_NAME = Form("<bdi>{}</bdi>")
_CHECK = Form('<li>{} <span class="subjects">{}</span></li>\n')

_PUBLISH = Form('<p class="label">{}</p>\n<pre class="publish">{}</pre>\n')
_RECORD = Form("<code>{}</code>\n")


@lru_cache(WORDS_KEPT)
def icon(state: State) -> Markup:
    """The sign of a state."""
    return _ICON(state)


def chip(state: State, text: str) -> Markup:
    """An answer, with the colour and the sign of its state."""
    return _CHIP(state, said(text, 80))


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


class Keys(dict[str, Markup]):
    """The probes on which findings rest, by their keys, each with the way to where it is shown. Most are named by
    several findings."""

    def __init__(self, places: Mapping[str, str], records: Iterable[FoundRecord] = ()) -> None:
        self._places = places
        self._records: dict[str, list[FoundRecord]] = {}
        for record in records:
            self._records.setdefault(record.evidence, []).append(record)
        self._proofs: dict[str, Markup] = {}

    def __missing__(self, key: str) -> Markup:
        place = self._places.get(key)
        self[key] = shown = _PROBE(visible(key, 400)) if place is None else _PLACED(place, visible(key, 400))
        return shown

    def list(self, keys: Iterable[str]) -> Markup:
        return _KEYS(joined(map(self.__getitem__, keys)))

    def shown(self, keys: Sequence[str]) -> Markup:
        """The same, the first of them with what came: the answer, the transcript, the certificate."""
        told = [key for key in keys if key in self._records][:PROOFS]
        rest = [key for key in keys if key not in told]
        proofs = _PROOFS(joined(map(self._proof, told))) if told else NOTHING
        return joined((proofs, self.list(rest))) if rest else proofs

    def _proof(self, key: str) -> Markup:
        if key not in self._proofs:
            lines = [line for record in self._records[key] for line in _lines_of(record)]
            more = len(lines) - LINES
            self._proofs[key] = _PROOF(
                linked(f"#{self._places[key]}" if key in self._places else None, code(key, 400)),
                "\n".join(visible(line, LINE) for line in lines[:LINES]),
                _REST_OF_IT(f"{plural(more, 'more line')} in the records found, to which the key above leads.")
                if more > 0
                else NOTHING,
            )
        return self._proofs[key]


def _lines_of(record: FoundRecord) -> Iterable[str]:
    """What came, and in a word what became of the question where that says more."""
    if record.values:
        yield from record.values
    else:
        yield status_of_record(record.status)
    if record.explained:
        yield record.explained


def referred(text: str) -> Markup:
    """A reference, in which each RFC leads to its page: made of the number and the section alone."""
    parts, end = [], 0
    for met in _RFC.finditer(text[:400]):
        number, section = met["number"], met["section"]
        parts += [said(text[end : met.start()]), _OUT(number + (f"#section-{section}" if section else ""), met[0])]
        end = met.end()
    return joined((*parts, said(text[end:])))


def checks(rules: Subjects) -> Markup:
    """Rules, each with those whom they were applied to."""
    return _CHECKS(joined([_check(rule, names) if names else _nameless(rule) for rule, names in rules.items()]))


def _check(rule: str, names: Sequence[str]) -> Markup:
    return _CHECK(_id(rule), _NAME.each([visible(name, 400) for name in names], ", "))


@lru_cache(RULES_KEPT)
def _nameless(rule: str) -> Markup:
    return _CHECK(_id(rule), NOTHING)


@lru_cache(RULES_KEPT)
def _id(rule: str) -> Markup:
    return code(rule, 80)


def records(rule: str, proposals: Sequence[Proposal]) -> Markup:
    """Records to paste, each whole."""
    return joined(
        _PUBLISH(
            visible(to_publish(len(proposal.records), rule, proposal.rivals), 2000),
            _RECORD.each(visible(line, RECORD) for line in proposal.records),
        )
        for proposal in proposals
    )
