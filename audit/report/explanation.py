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
_VALUE = re.compile(r"\{(\w+)\}")
_MARKUP = re.compile(r"([\\*_\[\]<>|#~])")


def text(rule: Explanation, *, colour: bool = False, width: int = 100) -> str:
    """A rule for a terminal of `width` columns (at least 60)."""
    pen = Pen(colour, max(width, NARROWEST))
    lines = [pen.paint(rule.id, "1"), *pen.write(plain(rule.title), INDENT), ""]
    grades = [pen.paint(str(g.severity), HUES[g.severity]) + _where(g) for g in rule.severities]
    lines.append(f"{INDENT}{'Severity':<{LABEL}}{', '.join(grades)}")
    for label, told in _labelled(rule):
        lines += pen.write(told, f"{INDENT}{label:<{LABEL}}")
    lines += ["", pen.paint("Why it matters", "1"), *pen.write(plain(rule.why), INDENT)]
    lines += ["", pen.paint("What to do", "1"), *pen.write(plain(rule.fix), INDENT)]
    return "\n".join(lines) + "\n"


def _labelled(rule: Explanation) -> Iterator[tuple[str, str]]:
    yield "Topic", rule_topic(rule.topic)
    yield "Judged for", f"each {kind(rule.subject)}" if rule.subject != "run" else "the run as a whole"
    yield "Says", _VALUE.sub(lambda value: value[1].upper(), rule.message)
    yield "Reference", rule.reference
    if rule.supersedes:
        yield "Silences", ", ".join(rule.supersedes)
    if rule.superseded_by:
        yield "Silent after", ", ".join(rule.superseded_by)
    if rule.facts:
        yield "Rests on", ", ".join(rule.facts)


def _where(grade: Grade) -> str:
    return f" ({grade.context})" if grade.context else ""


def page(rule: Explanation) -> str:
    """The page of a rule."""
    grades = ", ".join(f"{g.severity}{_where(g)}" for g in rule.severities)
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
    said = _VALUE.sub(lambda value: value[1].upper(), rule.message)
    parts = [
        f"# {rule.id}",
        _inline(rule.title),
        "\n".join(["| | |", "|---|---|", *(f"| {label} | {told} |" for label, told in rows)]),
        f"A finding says: {_inline(said)}",
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
