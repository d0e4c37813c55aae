"""The whole of a move, held against its plan: what may be done next, and what of before it is still there.

What is old may be removed when its step may be done: when all is done for which that waits, and the time is over that
copies of it, mail under way, and policies that senders keep may take.
"""

from __future__ import annotations

from audit.desk.migration_check.matching import comparable
from audit.desk.migration_check.steps import OPEN, THERE, Seen, check_steps
from audit.desk.propagation.verdict import CopyState, Propagation
from audit.model.fact import Unknown
from audit.model.migration import Change, Plan, StepKind
from audit.model.migration_check import Leftover, MoveState, PlanCheck, Progress, Respondent, StepCheck

MOST_LEFT = 5000  # records of before the move that are told
UNFINISHED = frozenset({Progress.NOT_YET, Progress.PARTLY, Progress.PROPAGATING})


def check_plan(plan: Plan, plan_digest: str, seen: Seen) -> PlanCheck:
    """Hold a plan against the world."""
    steps = check_steps(plan, seen)
    return PlanCheck(
        domain=plan.domain,
        moves_to=plan.moves_to,
        plan_digest=plan_digest,
        checked_at=seen.now,
        outcome=_outcome(steps),
        next=_next(steps, seen),
        steps=steps,
        leftovers=_leftovers(plan, steps, seen),
        resolvers=_resolvers(seen),
    )


def _outcome(steps: tuple[StepCheck, ...]) -> MoveState:
    found = {step.progress for step in steps}
    if Progress.WRONG in found or any(step.before_its_turn for step in steps):
        return MoveState.WRONG
    if Progress.UNKNOWN in found or found == {Progress.BY_HAND}:
        return MoveState.UNKNOWN
    return MoveState.UNDER_WAY if found & UNFINISHED else MoveState.DONE


def _next(steps: tuple[StepCheck, ...], seen: Seen) -> tuple[str, ...]:
    """The steps for which nothing is lacking and whose time has come."""
    open_ = (step for step in steps if step.progress in OPEN and not step.lacks)
    return tuple(step.id for step in open_ if step.may_begin is not None and step.may_begin <= seen.now)


def _leftovers(plan: Plan, steps: tuple[StepCheck, ...], seen: Seen) -> tuple[Leftover, ...]:
    """What a step removes, or replaces in part, and what is there all the same."""
    found = []
    for step, check in zip(plan.steps, steps, strict=True):
        half = step.kind is StepKind.SWITCH and check.progress is Progress.PARTLY
        if check.progress in THERE or not (step.kind is StepKind.REMOVE or half):
            continue
        for change in step.changes:
            found += [
                Leftover(
                    name=change.name,
                    type=change.type,
                    value=value,
                    step=step.id,
                    may_go_from=check.may_begin,
                    lacks=check.lacks,
                )
                for value in _still_there(change, seen)
            ]
    return tuple(found[:MOST_LEFT])


def _still_there(change: Change, seen: Seen) -> list[str]:
    """The records that a change takes away, and that a server of the zone still has."""
    fact = seen.records.get((change.name, change.type))
    if fact is None or isinstance(fact, Unknown) or change.before is None:
        return []
    kept = comparable(change.type, change.after.values if change.after else ())
    there = {each for server in fact.value.servers for each in comparable(change.type, server.records)}
    return [v for v in change.before.values if (form := comparable(change.type, (v,))) <= there and not form & kept]


def _resolvers(seen: Seen) -> tuple[Respondent, ...]:
    """Who was asked beside the zone's servers, and how often in vain."""
    each: dict[tuple[str, str], list[bool]] = {}
    for fact in seen.records.values():
        spread: Propagation | None = None if isinstance(fact, Unknown) else fact.value
        for copy in spread.copies if spread else ():
            each.setdefault((copy.resolver, copy.address), []).append(copy.state is CopyState.UNKNOWN)
    return tuple(
        Respondent(name=name, address=address, asked=len(silent), silent=sum(silent))
        for (name, address), silent in sorted(each.items())
    )
