"""How far each step of a plan has come, and what may be done next.

Later steps touch what earlier ones left: when the old include is gone from the SPF record, the step that put the new
one beside it is done all the same. And what a step is to leave may have been there before the move, as a long TTL was;
then it counts only when all is done for which the step waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from audit.desk.migration_check.files import check_file
from audit.desk.migration_check.marks import NOT_GATHERED, Marks
from audit.desk.migration_check.records import check_record
from audit.desk.propagation.verdict import Propagation, ServerState
from audit.model.fact import Fact, Unknown
from audit.model.migration import Expected, FileChange, Plan, Step
from audit.model.migration_check import FileCheck, Progress, RecordCheck, StepCheck
from audit.model.value import dataclass

THERE = frozenset({Progress.DONE, Progress.PROPAGATING})
BEGUN = THERE | {Progress.PARTLY}
OPEN = frozenset({Progress.NOT_YET, Progress.PARTLY, Progress.WRONG})  # certainly not done
AS_BEFORE = "nothing tells yet: it was so before the move"
LATER = "a later step is done with it"


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
        view = _View(plan, seen, marks, at, bool(lacks))
        records = tuple(view.record(expected) for expected in step.done_when)
        files = tuple(view.file(change) for change in step.files)
        progress = _together([*(each.progress for each in records), *(each.progress for each in files)])
        made = {key: check for key, check in found.items() if check.progress in THERE}
        found[step.id] = StepCheck(
            id=step.id,
            kind=step.kind,
            title=step.title,
            progress=progress,
            until=_last([each.until for each in records if each.progress is Progress.PROPAGATING]),
            since=_since(step.id, progress, seen),
            may_begin=None if progress in THERE or lacks else _may_begin(plan, step, made, seen),
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
    waits: bool

    def record(self, expected: Expected) -> RecordCheck:
        key = (expected.name, expected.type)
        seen = self.seen.records.get(key, NOT_GATHERED)
        aim = self.marks.aim(self.at, expected)
        since = self.seen.done_since.get(self.plan.steps[self.at].id)
        check = check_record(aim, seen, self.seen.now, since)
        if check.progress in THERE:
            if self.waits and self.marks.was_so(aim):
                return replace(check, progress=Progress.NOT_YET, why=AS_BEFORE, until=None, elsewhere_until=None)
            return check
        if check.progress is not Progress.UNKNOWN and self.marks.record_overtaken(self.at, key):
            return self._settled(check, seen)
        return check

    def file(self, change: FileChange) -> FileCheck:
        seen = self.seen.files.get(change.url, NOT_GATHERED)
        check = check_file(change, self.marks.files_before(self.at, change.url), seen)
        if check.progress is Progress.DONE:
            if self.waits and self.marks.file_was_so(change):
                return replace(check, progress=Progress.NOT_YET, why=AS_BEFORE)
            return check
        if self.marks.file_overtaken(self.at, change.url):
            return replace(check, progress=Progress.DONE, why=LATER)
        return check

    @staticmethod
    def _settled(check: RecordCheck, seen: Fact[Propagation]) -> RecordCheck:
        """A step that a later one is done with, by all servers."""
        silent = [] if isinstance(seen, Unknown) else [s for s in seen.value.servers if s.state is ServerState.UNKNOWN]
        if not silent:
            return replace(check, progress=Progress.DONE, why=LATER)
        return replace(
            check, progress=Progress.UNKNOWN, why=f"{silent[0].host} did not answer", reason=silent[0].reason
        )


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
    """How far a step has come, by its parts."""
    kinds = set(parts)
    if not kinds:
        return Progress.BY_HAND
    if len(kinds) == 1:
        return parts[0]
    if Progress.WRONG in kinds:
        return Progress.WRONG
    if Progress.PARTLY in kinds or (Progress.NOT_YET in kinds and kinds & THERE):
        return Progress.PARTLY
    for each in (Progress.NOT_YET, Progress.UNKNOWN):
        if each in kinds:
            return each
    return Progress.PROPAGATING


def _may_begin(plan: Plan, step: Step, made: Mapping[str, StepCheck], seen: Seen) -> datetime | None:
    """When a step may be done at the earliest, by when those were done for which it waits; what nobody knows the time
    of was done just now."""
    if step.earliest is None:
        return None
    times = [step.earliest] if not step.because else []
    for each in step.because:
        after = made.get(each.after) if each.after else None
        since = plan.made_at if each.after is None else (after.since if after and after.since else seen.now)
        times.append(since + timedelta(seconds=each.seconds))
    times += [made[key].until or seen.now for key in step.waits_for if key in made and made[key].until]
    return max(times)


def _last(ends: list[datetime | None]) -> datetime | None:
    """The last of some times; None where one is not known."""
    known = [end for end in ends if end is not None]
    return max(known, default=None) if len(known) == len(ends) else None
