"""Looking at a move once, or again until it is done, and telling on standard error what changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import rich_click as click

from audit.cli.messages import waiting
from audit.cli.migrate_verify_text import line
from audit.desk.migration_check.judging import check_plan
from audit.desk.migration_check.steps import Seen
from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import Propagation
from audit.gather.asking import asked
from audit.model.fact import Fact, Known
from audit.model.migration import Plan
from audit.model.migration_check import MoveState, PlanCheck, Progress
from audit.network.options import NetworkOptions
from audit.protocol.drive import FaultHook
from audit.protocol.migration.looking import Key, Look, Resolver, Wanted, look_at
from audit.protocol.propagation import Round, together

KEPT = 20  # looks, by which a copy that outlives its end is told from one that has some time left

Take = Callable[[], Fact[Look]]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked at, and since when steps are known to be done."""

    plan: Plan
    digest: str
    take: Take
    now: Callable[[], datetime]
    done_since: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Way:
    """How the network is asked."""

    options: NetworkOptions
    seconds: float
    fault: FaultHook
    now: Callable[[], datetime]


def looking(wanted: Wanted, resolvers: tuple[Resolver, ...], canary: str, way: Way) -> Take:
    """How one look is taken."""
    work = look_at(wanted, resolvers, canary)
    return lambda: asyncio.run(asked(work, way.options, way.seconds, way.fault, way.now))


def watched(
    watch: Watch,
    *,
    again: bool,
    until: str | None,
    every: float,
    patience: float | None,
    sleep: Callable[[float], None] = time.sleep,
    passed: Callable[[], float] = time.monotonic,
) -> tuple[PlanCheck, bool]:
    """Look once, or until all is done or patience is over; and whether the user ended it.

    What changes is told on standard error, a line each time.
    """
    looks: list[Fact[Look]] = [watch.take()]
    check, began, before = checked(watch, looks), passed(), ""
    try:
        while again:
            if (said := line(check)) != before:
                click.echo(f"{check.checked_at:%Y-%m-%d %H:%M:%S} UTC  {said}", err=True)
                before = said
            if _is_over(check, until) or (patience is not None and passed() - began + every > patience):
                break
            with waiting(f"Looking again in {every:g} s; Ctrl-C ends it."):
                sleep(every)
                looks = [*looks[-KEPT + 1 :], watch.take()]
            check = checked(watch, looks)
    except KeyboardInterrupt:
        return check, True
    return check, False


def checked(watch: Watch, looks: list[Fact[Look]]) -> PlanCheck:
    """The move by all that was seen; from when steps are done is remembered for the next time."""
    now = watch.now()
    rounds: dict[Key, list[Fact[Round]]] = {}
    files: dict[str, Fact[str | None]] = {}
    for look in looks:
        if isinstance(look, Known):
            for key, fact in look.value.rounds:
                rounds.setdefault(key, []).append(fact)
            files = dict(look.value.files)
    if not isinstance(looks[-1], Known):
        rounds, files = {}, {}
    records = {key: _judged(facts, now) for key, facts in rounds.items()}
    check = check_plan(watch.plan, watch.digest, Seen(records, files, now, watch.done_since))
    for step in check.steps:
        if step.since is not None:
            watch.done_since[step.id] = step.since
        else:
            watch.done_since.pop(step.id, None)  # it was undone
    return check


def _judged(facts: list[Fact[Round]], now: datetime) -> Fact[Propagation]:
    """What the last look shows, in the light of those before."""
    last = facts[-1]
    if not isinstance(last, Known):
        return last
    seen = together([fact.value for fact in facts if isinstance(fact, Known)])
    return Known(judge(seen.truth, seen.copies, (), now))


def _is_over(check: PlanCheck, until: str | None) -> bool:
    if until is None:
        return check.outcome is MoveState.DONE
    return any(step.id == until and step.progress is Progress.DONE for step in check.steps)
