"""What failed, what could not be tested, and what troubles several domains at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from markupsafe import Markup

from audit.model.report import Finding, RuleText
from audit.report.decisions import STATES, accepted, marks
from audit.report.groups import Failures, Holes, message
from audit.report.outline import Shared
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.page.pieces import (
    RULES_KEPT,
    Keys,
    badge,
    checks,
    linked,
    prose,
    records,
    referred,
    rung,
    subject,
    to_do,
)
from audit.report.words import first_sentence, fix_once, how_sure, mentions, plural
from audit.report.worst import Struck, Worst

FIRST = 5  # domains of an insight that are named at once

_FAILURE = Form('<li class="finding {}{}">\n<h{}>{} {}</h{}>\n{}{}{}\n{}</li>\n')
_ABOUT = Form('<p class="meta">{} {} <span class="sure">{}</span></p>\n')
_RUNG = Form("<p>{}</p>\n")
_DECIDED = Form('<p class="decided {}">{}</p>\n')
_TIMES = Form('<p class="meta">{} {} times <span class="sure">{}</span></p>\n<ul class="members">\n{}</ul>\n')
_MEMBER = Form("<li>{}{}\n{}</li>\n")
_WHOM = Form("{}: ")
_LINE = Form("{}\n")

_MORE = Form('<details>\n<summary>{}</summary>\n<div class="help">\n{}{}</div>\n</details>\n')
_WHY = Form("{}\n")
_WHAT = Form("<h{}>What to do</h{}>\n{}\n")
_REFERENCE = Form('<p class="reference">Reference: {}</p>\n')
_EVIDENCE = Form("<h{}>Evidence</h{}>\n{}\n")

_HOLE = Form(
    '<li class="hole">\n<p><strong>{}</strong></p>\n<p class="meta">{} {}</p>\n{}{}'
    "<details>\n<summary>Which checks</summary>\n{}\n{}</details>\n</li>\n"
)
_TOLD = Form("<p>{}</p>\n")
_ADVICE = Form('<p class="advice">{}</p>\n')
_RESTS_ON = Form('<p class="label">Evidence</p>\n{}\n')

_WORST = Form('<li class="finding {}">\n<h3>{} {}</h3>\n<p class="meta">{} {}</p>\n{}{}{}</li>\n')
_STRUCK = Form('<p class="struck"><a href="{}">{}</a>: {}</p>\n{}')
_OTHERS = Form('<p class="quiet">The others are in the table below.</p>\n')()

_SHARED = Form(
    '<li class="finding {}">\n<h3>{} {}</h3>\n<p class="meta">{} {}</p>\n'
    '<p class="once"><strong>{}</strong> {}{}</p>\n{}{}\n{}</li>\n'
)
_DOMAINS = Form("<details>\n<summary>Which domains</summary>\n<p>{}{}</p>\n</details>\n")
_UNNAMED = Form(" and {} more")


def failure(group: Failures, level: int, keys: Keys) -> Markup:
    """A rule that is broken, with a heading of the level. `keys` lead to what it rests on."""
    rule = group.rule
    single = group.findings[0] if len(group.findings) == 1 else None
    return _FAILURE(
        group.severity,
        " waived" if all(finding.waived for finding in group.findings) else "",
        level,
        badge(group.severity),
        said(message(single, rule) if single else rule.title, 2000),
        level,
        _alone(single, rule) if single else _several(group),
        to_do(rule),
        records(rule.id, group.proposals),
        _more(group, level + 1, keys),
    )


def _alone(finding: Finding, rule: RuleText) -> Markup:
    why = _RUNG(rung(finding.reason)) if finding.reason else NOTHING
    about = _ABOUT(code(rule.id, 80), subject(finding.subject), how_sure(finding.confidence))
    return joined((about, why, _decided(finding)))


def _decided(finding: Finding) -> Markup:
    """Who accepts it, and whether it is new."""
    said_of = (accepted(finding) or "", STATES[finding.baseline] if finding.baseline else "")
    held = [text for text in said_of if text]
    return joined(_DECIDED(mark, said(text, 2000)) for mark, text in zip(marks(finding), held, strict=True))


def _several(group: Failures) -> Markup:
    members = joined(_member(finding, message(finding, group.rule)) for finding in group.findings)
    doubt = next((finding.confidence for finding in group.findings if finding.confidence), None)
    return _TIMES(code(group.rule.id, 80), len(group.findings), how_sure(doubt), members)


def _member(finding: Finding, text: str) -> Markup:
    whom = NOTHING if mentions(text, finding.subject.name) else _WHOM(subject(finding.subject))
    more = joined((_LINE(rung(finding.reason)) if finding.reason else NOTHING, _decided(finding)))
    return _MEMBER(whom, said(text, 2000), more)


def _more(group: Failures, level: int, keys: Keys) -> Markup:
    """What is folded away: why, what to do in full, and what it rests on."""
    head, told = _guidance(group.rule, level)
    evidence = group.evidence
    if not told and not evidence:
        return NOTHING
    return _MORE(head, told, _EVIDENCE(level, level, keys.shown(evidence)) if evidence else NOTHING)


@lru_cache(RULES_KEPT)
def _guidance(rule: RuleText, level: int) -> tuple[str, Markup]:
    """What a rule says to each domain that breaks it, and what stands above that."""
    longer = len(rule.fix.strip()) > len(first_sentence(rule.fix))
    head = ("Why it matters" if rule.why else "More") + (", what to do in full" if longer else "") + ", and evidence"
    return head, joined(
        (
            _WHY(prose(rule.why)) if rule.why else NOTHING,
            _WHAT(level, level, prose(rule.fix)) if longer else NOTHING,
            _REFERENCE(referred(rule.reference)) if rule.reference else NOTHING,
        )
    )


def hole(what: Holes, keys: Keys) -> Markup:
    """What could not be tested for one reason."""
    return _HOLE(
        said(what.words.sentence),
        code(what.code, 80),
        plural(what.count, "check"),
        _TOLD.each(said(told, 600) for told in what.explained),
        _ADVICE(said(what.words.advice)) if what.words.advice else NOTHING,
        checks(what.rules),
        _RESTS_ON(keys.list(what.evidence)) if what.evidence else NOTHING,
    )


def shared(what: Shared, link: Callable[[str], str]) -> Markup:
    """What is mended for several domains in one place. `link` leads from the anchor of a row to the row."""
    insight = what.insight
    many = insight.affected > FIRST
    rest = _UNNAMED(f"{what.unnamed:,}") if what.unnamed else NOTHING
    return _SHARED(
        insight.severity,
        badge(insight.severity),
        said(what.message, 2000),
        code(what.rule.id, 80),
        subject(insight.cause),
        fix_once(insight.affected),
        _domains(what.anchors[:FIRST], link),
        ", …" if many else "",
        to_do(what.rule),
        records(what.rule.id, what.proposals),
        _DOMAINS(_domains(what.anchors, link), rest) if many else NOTHING,
    )


def _domains(anchors: Iterable[tuple[str, str | None]], link: Callable[[str], str]) -> Markup:
    return joined((linked(link(anchor) if anchor else None, said(name)) for name, anchor in anchors), ", ")


def worst(what: Worst, link: Callable[[str], str]) -> Markup:
    """A grave failure of one domain or of several, with the records that mend it for the first of them."""
    single = what.first[0] if what.affected == 1 else None
    return _WORST(
        what.severity,
        badge(what.severity),
        said(single.message if single else what.rule.title, 2000),
        code(what.rule.id, 80),
        linked(link(single.anchor), said(single.name, 300)) if single else plural(what.affected, "domain"),
        to_do(what.rule),
        records(what.rule.id, single.proposals)
        if single
        else joined([_struck(each, what.rule.id, link) for each in what.first]),
        _OTHERS if what.affected > len(what.first) else NOTHING,
    )


def _struck(each: Struck, rule: str, link: Callable[[str], str]) -> Markup:
    return _STRUCK(link(each.anchor), said(each.name, 300), said(each.message, 600), records(rule, each.proposals))
