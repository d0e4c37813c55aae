"""How far each step of a plan has come, and what may be done next.

Later steps touch what earlier ones left: when the old include is gone from the SPF record, the step that put the new
one beside it is done all the same. And what a step is to leave may have been there before the move, as a long TTL was;
then it counts only when all is done for which the step waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from audit.desk.migration_check.files import check_file
from audit.desk.migration_check.marks import NOT_GATHERED, Marks
from audit.desk.migration_check.records import check_record
from audit.desk.propagation.verdict import Propagation
from audit.model.fact import Fact, Unknown
from audit.model.migration import Expected, FileChange, Plan, Step
from audit.model.migration_check import FileCheck, Progress, RecordCheck, StepCheck
from audit.model.value import dataclass

THERE = frozenset({Progress.DONE, Progress.PROPAGATING})
BEGUN = THERE | {Progress.PARTLY}
OPEN = frozenset({Progress.NOT_YET, Progress.PARTLY, Progress.WRONG})  # certainly not done
AS_BEFORE = "nothing tells yet: it was so before the move"
LATER = "a later step is done with it"

Turned: TypeAlias = tuple[Progress, str, str | None]  # with the words for it, and why it is not known


@dataclass(frozen=True, slots=True)
class Seen:
    """What the world says of all that a plan speaks of, and when. `done_since`: when steps were done, where known."""

    records: Mapping[tuple[str, str], Fact[Propagation]]
    files: Mapping[str, Fact[str | None]]
    now: datetime
    done_since: Mapping[str, datetime]


def check_steps(plan: Plan, seen: Seen) -> tuple[StepCheck, ...]:
    """Hold each step of a plan against the world, in the order of the plan."""
    found: dict[str, StepCheck] = {}
    marks = Marks.of(plan, seen.records, seen.files)
    for at, step in enumerate(plan.steps):
        lacks = _lacking(step, found)
        view = _View(plan, seen, marks, at, tuple(found[each].progress for each in lacks))
        records = tuple(view.record(expected) for expected in step.done_when)
        files = tuple(view.file(change) for change in step.files)
        progress = _together([*(each.progress for each in records), *(each.progress for each in files)])
        found[step.id] = StepCheck(
            id=step.id,
            kind=step.kind,
            title=step.title,
            progress=progress,
            until=_last([each.until for each in records if each.progress is Progress.PROPAGATING]),
            since=_since(step.id, progress, seen),
            may_begin=None if progress in THERE or lacks else _may_begin(plan, step, found, seen),
            lacks=lacks,
            before_its_turn=progress in BEGUN and any(found[each].progress in OPEN for each in lacks),
            records=records,
            files=files,
            by_hand=step.by_hand,
        )
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _View:
    """One step, among the others and before the world."""

    plan: Plan
    seen: Seen
    marks: Marks
    at: int
    lacks: tuple[Progress, ...]  # how far the steps have come that should be done, and are not

    def record(self, expected: Expected) -> RecordCheck:
        key = (expected.name, expected.type)
        aim = self.marks.aim(self.at, expected)
        since = self.seen.done_since.get(self.plan.steps[self.at].id)
        check = check_record(aim, self.seen.records.get(key, NOT_GATHERED), self.seen.now, since)
        if check.progress is Progress.UNKNOWN:
            return check
        if check.progress in THERE:
            turned = self._as_before(self.marks.was_so(aim))
        else:
            turned = _overtaken(self.marks.record_overtaken(self.at, key))
        if turned is None:
            return check
        progress, why, reason = turned
        return replace(check, progress=progress, why=why, reason=reason, until=None, elsewhere_until=None)

    def file(self, change: FileChange) -> FileCheck:
        seen = self.seen.files.get(change.url, NOT_GATHERED)
        check = check_file(change, self.marks.files_before(self.at, change.url), seen)
        if check.progress is Progress.UNKNOWN:
            return check
        if check.progress is Progress.DONE:
            turned = self._as_before(self.marks.file_was_so(change))
        else:
            turned = _overtaken(self.marks.file_overtaken(self.at, change.url))
        if turned is None:
            return check
        progress, why, reason = turned
        return replace(check, progress=progress, why=why, reason=reason)

    def _as_before(self, was_so: bool) -> Turned | None:
        """What becomes of something that is as it is to be, and may have been so before."""
        if not was_so or not self.lacks:
            return None
        if any(each in OPEN for each in self.lacks):
            return Progress.NOT_YET, AS_BEFORE, None
        return Progress.UNKNOWN, AS_BEFORE, None


def _overtaken(later: Fact[bool]) -> Turned | None:
    """What becomes of something that is not as it is to be, and may have been so since."""
    if isinstance(later, Unknown):
        return Progress.UNKNOWN, f"whether {LATER} is not known", later.reason
    return (Progress.DONE, LATER, None) if later.value else None


def _since(step: str, progress: Progress, seen: Seen) -> datetime | None:
    """Since when a step is known to be done; what is not known now is as it was known."""
    if progress is Progress.UNKNOWN:
        return seen.done_since.get(step)
    return seen.done_since.get(step, seen.now) if progress in THERE else None


def _lacking(step: Step, found: Mapping[str, StepCheck]) -> tuple[str, ...]:
    """The steps that come before this one and are not done: also those for which a done one should have waited."""
    lacks: dict[str, None] = {}
    for each in step.waits_for:
        if each in found:
            lacks.update(dict.fromkeys(found[each].lacks if _is_over(found[each]) else (each,)))
    return tuple(lacks)


def _is_over(check: StepCheck) -> bool:
    """Whether nobody has to wait for a step: it is done, or nothing tells."""
    return check.progress in THERE or check.progress is Progress.BY_HAND


def _together(parts: list[Progress]) -> Progress:
    """How far a step has come, by its parts: what one part leaves open is open, unless another is certainly wrong."""
    kinds = set(parts)
    if not kinds:
        return Progress.BY_HAND
    for each in (Progress.WRONG, Progress.UNKNOWN, Progress.PARTLY):
        if each in kinds:
            return each
    if Progress.NOT_YET in kinds:
        return Progress.PARTLY if kinds & THERE else Progress.NOT_YET
    return Progress.PROPAGATING if Progress.PROPAGATING in kinds else Progress.DONE


def _may_begin(plan: Plan, step: Step, found: Mapping[str, StepCheck], seen: Seen) -> datetime | None:
    """When a step may be done at the earliest, by when those were done for which it waits; what nobody knows the time
    of was done just now. Of one that nothing tells of, such as to keep something, the time counts by which it may be
    over."""
    if step.earliest is None:
        return None
    made = {key: check for key, check in found.items() if check.progress in THERE}
    times = [step.earliest] if not step.because else []
    for each in step.because:
        after = made.get(each.after) if each.after else None
        since = plan.made_at if each.after is None else (after.since if after and after.since else seen.now)
        times.append(since + timedelta(seconds=each.seconds))
    before = [found[key] for key in step.waits_for if key in found]
    times += [end for each in before for end in (each.until, each.may_begin) if end is not None]
    return max(times, default=step.earliest)


def _last(ends: list[datetime | None]) -> datetime | None:
    """The last of some times; None where one is not known."""
    known = [end for end in ends if end is not None]
    return max(known, default=None) if len(known) == len(ends) else None
