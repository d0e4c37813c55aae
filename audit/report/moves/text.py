"""The plan of a move on a terminal: what to do, when, and the way back; records are whole lines, to be pasted."""

from __future__ import annotations

from collections.abc import Iterator

from audit.model.migration import Plan, Step
from audit.report.moves.records import zone_lines
from audit.report.moves.words import awaited, due, gap, names, reasons, verdict
from audit.report.pen import Pen
from audit.report.words import moment
from audit.syntax.escape import visible

INDENT = "   "


def lines(plan: Plan, pen: Pen) -> Iterator[str]:
    """The plan, line by line."""
    former, goal = names(plan)
    yield from (pen.paint(t, "1") for t in pen.write(f"{plan.domain}: from {former} to {goal}"))
    yield from (pen.paint(t, "31") if plan.in_time is False else t for t in pen.write(verdict(plan)))
    yield from pen.write(f"Observed on {moment(plan.observed_at)}; times are told to the minute, in UTC.")
    if plan.missing:
        yield ""
        yield from (pen.paint(t, "1;33") for t in pen.write("Missing: give each with --set KEY=VALUE"))
        for value in plan.missing:
            yield from pen.write(f"{value.key}: {value.what}. Find it at: {value.where}. Like: {value.example}", "  - ")
    if plan.not_known:
        yield ""
        yield from (pen.paint(t, "1;36") for t in pen.write("Not known"))
        for each in plan.not_known:
            yield from pen.write(gap(each), "  - ")
    for number, step in enumerate(plan.steps, 1):
        yield ""
        yield from _step(plan, step, number, pen)


def _step(plan: Plan, step: Step, number: int, pen: Pen) -> Iterator[str]:
    yield from (pen.paint(t, "1") for t in pen.write(f"{number}. {step.title}  [{step.id}]", "", INDENT))
    yield from pen.write(due(step), INDENT)
    if waits := awaited(plan, step):
        yield from pen.write(waits, INDENT)
    for sentence in reasons(plan, step):
        yield from pen.write(sentence, f"{INDENT}- ", f"{INDENT}  ")
    if step.missing:
        yield from (pen.paint(t, "33") for t in pen.write(f"Missing for it: {', '.join(step.missing)}", INDENT))
    yield from pen.write(f"Why: {step.why}", INDENT)
    for sentence in step.by_hand:
        yield from pen.write(sentence, f"{INDENT}* ", f"{INDENT}  ")
    yield from (f"{INDENT}{line}" for line in zone_lines(step.changes))
    for file in step.files:
        yield from pen.write(f"{file.url}:", INDENT)
        yield from (f"{INDENT}{visible(line, 1000)}" for line in (file.after or "").splitlines())
    yield from pen.write(f"Way back: {step.way_back}", INDENT)
