"""How far a move has come, for a person: each step, what may be done now, what is left, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audit.catalog.migration import load_migrations, name_of
from audit.desk.propagation.lifetime import told
from audit.model.migration import Match, StepKind
from audit.model.migration_check import FileCheck, Leftover, MoveState, PlanCheck, Progress, RecordCheck, StepCheck
from audit.report.pen import Pen
from audit.report.reasons import reason
from audit.report.words import plural
from audit.syntax.escape import visible

SHOWN, NAMED = 120, 4  # characters of a record, and records of a set
INDENT, DEEPER = "  ", "      "
HEADLINES = {
    MoveState.DONE: "Done: all that can be asked is as the plan leaves it.",
    MoveState.UNDER_WAY: "Under way.",
    MoveState.WRONG: "Something is wrong.",
    MoveState.UNKNOWN: "It could not be told.",
}
HUES = {
    MoveState.DONE: "1;32",
    MoveState.UNDER_WAY: "1;33",
    MoveState.WRONG: "1;31",
    MoveState.UNKNOWN: "1;36",
}
STEP_HUES = {Progress.DONE: "32", Progress.WRONG: "31", Progress.UNKNOWN: "36", Progress.BY_HAND: "36"}
WANTED = {
    Match.EXACTLY: "there should be: {values}",
    Match.AMONG: "among the others there should be: {values}",
    Match.WITHOUT: "there should be no more: {values}",
    Match.ABSENT: "there should be nothing",
}


def text(check: PlanCheck, pen: Pen) -> str:
    """The whole account."""
    lines = [pen.paint(line, HUES[check.outcome]) for line in pen.write(_headline(check))]
    lines += ["", *_title(pen, "Steps")]
    for step in check.steps:
        lines += _step(step, check.checked_at, pen)
    if check.next:
        titles = {step.id: step.title for step in check.steps}
        lines += ["", *_title(pen, "What may be done now")]
        lines += [line for each in check.next for line in pen.write(f"{titles[each]} ({each})", "- ", INDENT)]
    if check.leftovers:
        lines += ["", *_title(pen, "Still there of before the move")]
        lines += [
            line for each in check.leftovers for line in pen.write(_leftover(each, check.checked_at), "- ", INDENT)
        ]
    lines += ["", *pen.write(_unseen(check))]
    return "\n".join(lines) + "\n"


def line(check: PlanCheck) -> str:
    """Where it stands, in a line."""
    moving = [step for step in check.steps if step.progress not in {Progress.DONE, Progress.NOT_YET, Progress.BY_HAND}]
    ends = {step.id: f" until {told(step.until)}" if step.until else "" for step in moving}
    each = [f"{visible(step.id, 60)}: {_label(step.progress)}{ends[step.id]}" for step in moving]
    return "; ".join([_counted(check), *each])


def _title(pen: Pen, words: str) -> list[str]:
    return [pen.paint(line, "1") for line in pen.write(words)]


def _label(progress: Progress) -> str:
    return progress.replace("_", " ")


def _counted(check: PlanCheck) -> str:
    told_ = [step for step in check.steps if step.progress is not Progress.BY_HAND]
    done = sum(step.progress is Progress.DONE for step in told_)
    return f"{done} of {plural(len(told_), 'step')} done"


def _headline(check: PlanCheck) -> str:
    goal = load_migrations().of(check.moves_to)
    where = name_of(goal) if goal else visible(check.moves_to, 60)
    when = f"{check.checked_at:%Y-%m-%d %H:%M} UTC"
    return f"{check.domain} to {where}, {when}: {HEADLINES[check.outcome]} {_counted(check)}."


def _step(step: StepCheck, now: datetime, pen: Pen) -> Iterator[str]:
    label = _label(step.progress)
    first, *rest = pen.write(f"{label}: {step.title} ({step.id})", INDENT, DEEPER)
    yield first.replace(label, pen.paint(label, STEP_HUES.get(step.progress, "33")), 1)
    yield from rest
    if step.before_its_turn:
        yield from pen.write(
            f"It was begun before its turn: {', '.join(step.lacks)} should have been done first.", DEEPER
        )
    if step.progress is not Progress.NOT_YET:
        for record in step.records:
            if record.progress is not Progress.DONE:
                yield from _record(record, pen)
        for file in step.files:
            if file.progress is not Progress.DONE:
                yield from _file(file, pen)
    if step.progress is Progress.BY_HAND:
        for each in step.by_hand:
            yield from pen.write(each, f"{DEEPER}- ", f"{DEEPER}  ")
        if step.may_begin is not None and step.may_begin > now:
            until = "Not to be ended before" if step.kind is StepKind.KEEP else "Not before"
            yield from pen.write(f"{until} {told(step.may_begin)}.", DEEPER)
    if step.progress not in {Progress.DONE, Progress.PROPAGATING, Progress.BY_HAND} and not step.before_its_turn:
        yield from pen.write(_when(step), DEEPER)


def _record(record: RecordCheck, pen: Pen) -> Iterator[str]:
    yield from pen.write(f"{record.name} {record.type}: {record.why}{_because(record.reason)}.", DEEPER, f"{DEEPER}  ")
    if record.progress in {Progress.WRONG, Progress.PARTLY}:
        wanted = WANTED[record.match].format(values=_values(record.expected))
        found = " or ".join(_values(each) or "nothing" for each in record.found)
        yield from pen.write(f"{wanted}; there is: {found}", f"{DEEPER}  ", f"{DEEPER}  ")


def _file(file: FileCheck, pen: Pen) -> Iterator[str]:
    yield from pen.write(f"{file.url}: {file.why}{_because(file.reason)}.", DEEPER, f"{DEEPER}  ")


def _because(code: str | None) -> str:
    return f" ({reason(code).sentence.rstrip('.')})" if code else ""


def _values(values: tuple[str, ...]) -> str:
    shown = [visible(value, SHOWN) for value in values[:NAMED]]
    more = f" and {plural(len(values) - NAMED, 'more record')}" if len(values) > NAMED else ""
    return f"{', '.join(shown)}{more}"


def _when(step: StepCheck) -> str:
    if step.lacks:
        return f"First: {', '.join(step.lacks)}."
    if step.may_begin is None:
        return "When it may be done is not known: the plan lacks a value."
    return f"It may be done from {told(step.may_begin)}."


def _leftover(each: Leftover, now: datetime) -> str:
    what = f"{each.name} {each.type} {visible(each.value, SHOWN)}"
    if each.lacks:
        return f"{what}: keep it; first {', '.join(each.lacks)}, then {each.step}"
    if each.may_go_from is None:
        return f"{what}: when it may go is not known"
    if each.may_go_from <= now:
        return f"{what}: it may go now ({each.step})"
    return f"{what}: it may go from {told(each.may_go_from)} ({each.step})"


def _unseen(check: PlanCheck) -> str:
    """What nobody looked at."""
    silent = [f"{r.name or r.address} ({r.silent} of {r.asked})" for r in check.resolvers if r.silent]
    ends = [r.elsewhere_until for step in check.steps for r in step.records if r.elsewhere_until]
    parts = [f"Asked: the servers of the zone, and {plural(len(check.resolvers), 'resolver')}."]
    if silent:
        parts.append(f"No answer: {', '.join(silent)}.")
    by_hand = [s.id for s in check.steps if s.by_hand and s.progress in {Progress.DONE, Progress.PROPAGATING}]
    besides = f": what is to be done by hand in {', '.join(by_hand)} does not show" if by_hand else ""
    parts.append(
        f"Not seen: any other cache, certificates, and what is done at consoles and in mail programs{besides}."
    )
    if ends:
        parts.append(f"Caches that were not asked may hold what was before until {told(max(ends))} at the latest.")
    return " ".join(parts)
