"""The words of a plan: times, spans of time, and why something is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from audit.catalog.migration import load_migrations, name_of
from audit.catalog.providers import load_providers
from audit.model.migration import Because, Gap, Plan, Step, StepKind
from audit.report import words
from audit.report.reasons import reason

NOT_KNOWN = "a time that is not known"
KINDS: Mapping[StepKind, str] = MappingProxyType(
    {
        StepKind.PUBLISH: "Publish",
        StepKind.LOWER: "Lower",
        StepKind.SWITCH: "Switch",
        StepKind.KEEP: "Keep",
        StepKind.RAISE: "Raise",
        StepKind.REMOVE: "Remove",
    }
)
WHY: Mapping[str, str] = MappingProxyType(
    {
        "differs": "The servers differ.",
        "not_served": "No policy came.",
        "not_made": "",
        "not_listed": "The catalogue does not know the hosts.",
    }
)
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def when(at: datetime | None) -> str:
    return NOT_KNOWN if at is None else words.moment(_next_minute(at))


def _next_minute(at: datetime) -> datetime:
    """Times are told to the minute, and never too early."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def span(seconds: int) -> str:
    """A span of time in its two largest units."""
    parts: list[str] = []
    for size, unit in UNITS:
        if seconds >= size and len(parts) < 2:
            parts.append(words.plural(seconds // size, unit))
            seconds %= size
        elif parts:
            break
    return " ".join(parts) or "no time"


def due(step: Step) -> str:
    """When a step may be done, or until when something is kept."""
    if step.kind is StepKind.KEEP:
        return f"Until {when(step.earliest)}" if step.because or step.earliest is None else "All the time"
    latest = f"; to keep the cutover by {when(step.latest)}" if step.latest and step.latest != step.earliest else ""
    return f"Not before {when(step.earliest)}{latest}"


def awaited(plan: Plan, step: Step) -> str:
    """The numbers of the steps that it waits for; empty where it waits for none."""
    numbers = [str(n) for n, s in enumerate(plan.steps, 1) if s.id in step.waits_for]
    return f"After step {', '.join(numbers)}" if numbers else ""


def reasons(plan: Plan, step: Step) -> Iterator[str]:
    """Why a step has to wait, a sentence each."""
    titles = {s.id: number for number, s in enumerate(plan.steps, 1)}
    for each in step.because:
        yield (
            f"{_span(each)} after step {titles[each.after]}: {each.sentence}{_observed(each)}"
            if each.after
            else (f"{_span(each)} from now: {each.sentence}{_observed(each)}")
        )


def _span(each: Because) -> str:
    return span(each.seconds) if each.seconds else "At once"


def _observed(each: Because) -> str:
    return f" Observed: {each.observed}." if each.observed else ""


def gap(each: Gap) -> str:
    """What is not known, why, and what the plan does without it."""
    why = WHY.get(each.why)
    told = reason(each.why).sentence if why is None else why
    return " ".join(part for part in (f"{each.what}.", told, each.instead) if part)


def names(plan: Plan) -> tuple[str, str]:
    """Where the mail is now, and where it goes, for people."""
    known = {p.id: p.name for p in load_providers().entries}
    former = " and ".join(known.get(each, each) for each in plan.moves_from) or "servers that no provider is known by"
    goal = load_migrations().of(plan.moves_to)
    return former, name_of(goal) if goal else plan.moves_to


def verdict(plan: Plan) -> str:
    """Whether the plan can be kept, in a sentence."""
    safe = next((s.earliest for s in plan.steps if s.id == "switch-mx"), None)
    if plan.in_time is None:
        return "When the MX records can be switched without loss is not known: see what is not known."
    if plan.in_time and plan.cutover == safe:
        return f"The MX records are switched on {when(plan.cutover)}, the earliest time that is safe."
    if plan.in_time:
        return f"The MX records are switched on {when(plan.cutover)}; {when(safe)} is the earliest that is safe."
    return f"{when(plan.cutover)} is too early to switch the MX records: the earliest that is safe is {when(safe)}."
