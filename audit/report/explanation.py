"""A rule explained: as text for a terminal, and as a page of the documentation in GitHub Flavored Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from audit.model.explanation import Explanation, Grade
from audit.report.pen import HUES, NARROWEST, Pen
from audit.report.prose import plain, runs
from audit.report.words import kind, rule_topic

INDENT = "  "
LABEL = 14  # the width of a label
_VALUE = re.compile(r"(?:(?<=([\w}])))?\{(\w+)\}")
_MARKUP = re.compile(r"([\\*_\[\]<>|#~])")


def text(rule: Explanation, *, colour: bool = False, width: int = 100) -> str:
    """A rule for a terminal of `width` columns (at least 32)."""
    pen = Pen(colour, max(width, NARROWEST))
    lines = [*pen.write(rule.id), *pen.write(plain(rule.title), INDENT), ""]
    lines[0] = pen.paint(lines[0], "1")
    lines += _severities(rule, pen)
    lines += (line for label, told in _labelled(rule) for line in _beside(label, told, pen))
    lines += ["", pen.paint("Why it matters", "1"), *pen.write(plain(rule.why), INDENT)]
    lines += ["", pen.paint("What to do", "1"), *pen.write(plain(rule.fix), INDENT)]
    return "\n".join(lines) + "\n"


def _severities(rule: Explanation, pen: Pen) -> Iterator[str]:
    """A line or more for each step of the ladder."""
    for i, grade in enumerate(rule.severities):
        head, *more = _beside("" if i else "Severity", _graded(grade), pen)
        yield head.replace(str(grade.severity), pen.paint(str(grade.severity), HUES[grade.severity]), 1)
        yield from more


def _beside(label: str, told: str, pen: Pen) -> list[str]:
    """Something and its label: in a column of labels, where there is room for one."""
    if pen.roomy:
        return pen.write(told, f"{INDENT}{label:<{LABEL}}", " " * (len(INDENT) + LABEL))
    return pen.write(f"{label}: {told}", INDENT, INDENT * 2) if label else pen.write(told, INDENT * 2)


def _labelled(rule: Explanation) -> Iterator[tuple[str, str]]:
    yield "Topic", rule_topic(rule.topic)
    yield "Judged for", f"each {kind(rule.subject)}" if rule.subject != "run" else "the run as a whole"
    yield "Says", _said(rule)
    yield "Reference", rule.reference
    if rule.supersedes:
        yield "Silences", ", ".join(rule.supersedes)
    if rule.superseded_by:
        yield "Silent after", ", ".join(rule.superseded_by)
    if rule.facts:
        yield "Rests on", ", ".join(rule.facts)


def _said(rule: Explanation) -> str:
    """What a finding says, with names for its values. A value that is tied to a word, or to
    another value, brings its own blank."""
    return _VALUE.sub(lambda value: f"{' ' if value[1] else ''}{value[2].upper()}", rule.message)


def _graded(grade: Grade) -> str:
    return f"{grade.severity} when {grade.when}" if grade.when else str(grade.severity)


def page(rule: Explanation) -> str:
    """The page of a rule."""
    grades = _inline("; ".join(map(_graded, rule.severities)))
    rows = [
        ("Topic", rule_topic(rule.topic)),
        ("Judged for", f"each {kind(rule.subject)}" if rule.subject != "run" else "the run as a whole"),
        ("Severity", grades),
        ("Reference", _inline(rule.reference)),
    ]
    if rule.supersedes:
        rows.append(("Says it instead of", _linked(rule.supersedes)))
    if rule.superseded_by:
        rows.append(("Unsaid where it fails", _linked(rule.superseded_by)))
    if rule.facts:
        rows.append(("Unknown without", ", ".join(f"`{fact}`" for fact in rule.facts)))
    parts = [
        f"# {rule.id}",
        _inline(rule.title),
        "\n".join(["| | |", "|---|---|", *(f"| {label} | {told} |" for label, told in rows)]),
        f"A finding says: {_inline(_said(rule))}",
        "## Why it matters",
        _inline(rule.why),
        "## What to do",
        _inline(rule.fix),
        "[All rules](README.md)",
    ]
    return "\n\n".join(parts) + "\n"


def index(rules: Iterable[Explanation]) -> str:
    """The rules by topic, in their order, each with a link to its page."""
    topics: dict[str, list[Explanation]] = {}
    for rule in rules:
        topics.setdefault(rule.topic, []).append(rule)
    parts = [
        "# Rules",
        "What is judged, by topic. `mxaudit explain RULE` says the same at a terminal.",
        "These pages are made from the rules themselves by `python docs/rule_pages.py`.",
    ]
    for topic, found in topics.items():
        rows = (f"| [{r.id}]({r.id}.md) | {_levels(r)} | {_inline(r.title)} |" for r in found)
        parts += [f"## {rule_topic(topic)}", "\n".join(["| rule | severity | finds |", "|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def _levels(rule: Explanation) -> str:
    return ", ".join(dict.fromkeys(str(g.severity) for g in rule.severities))


def _linked(rules: Iterable[str]) -> str:
    return ", ".join(f"[{rule}]({rule}.md)" for rule in rules)


def _inline(text: str) -> str:
    """Code stays code; nothing else is markup."""
    return "".join(f"`{run.text}`" if run.code else _MARKUP.sub(r"\\\1", run.text) for run in runs(text))
