"""What each step of a plan leaves at a name, and whether a later step has been there since.

What a step left may be gone again by a later one: the lowered TTL is raised, the old include is taken out. So a step
counts as done where a later one is, together with all that lies between the two. Of these one at least has left a mark
that was not there before: a TTL of an hour alone tells nothing, it may be the former one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.desk.migration_check.files import is_met
from audit.desk.migration_check.matching import Aim, Held
from audit.desk.propagation.verdict import Propagation, ServerState
from audit.model.fact import Fact, Known, Unknown
from audit.model.migration import Expected, FileChange, Plan
from audit.model.value import dataclass

NOT_GATHERED = Unknown("not_gathered")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Marks:
    """A plan, and what is seen of all that it speaks of."""

    plan: Plan
    records: Mapping[Key, Fact[Propagation]]
    files: Mapping[str, Fact[str | None]]
    _done: dict[int, bool]  # of each step whether all that it leaves is there, or was

    @classmethod
    def of(cls, plan: Plan, records: Mapping[Key, Fact[Propagation]], files: Mapping[str, Fact[str | None]]) -> Marks:
        """The marks of all steps, from the last on: whether one is done may hang on those that come later."""
        made = cls(plan, records, files, {})
        for at in reversed(range(len(plan.steps))):
            made._done[at] = made._is_done(at)
        return made

    def aim(self, at: int, expected: Expected) -> Aim:
        """What a step wants of a name, after all that went before."""
        steps = self.plan.steps[: at + 1]
        key = (expected.name, expected.type)
        changes = tuple(each for step in steps for each in step.changes if (each.name, each.type) == key)
        return Aim(self.plan.steps[at].kind, expected, changes)

    def was_so(self, aim: Aim) -> bool:
        """Whether what a step is to leave may have been there before: before the move, or between two steps of it."""
        key = (aim.expected.name, aim.expected.type)
        first = next((c for step in self.plan.steps for c in step.changes if (c.name, c.type) == key), None)
        if first is None or not first.seen:
            return True
        sets = [each.before for each in aim.changes or (first,)]
        return any(aim.met(Held(each.values, each.ttl) if each else Held(())) for each in sets)

    def record_overtaken(self, at: int, key: Key) -> bool:
        """Whether a later step is done with the name as well."""
        return any(
            (expected.name, expected.type) == key and self._met(self.aim(later, expected)) and self._goes_on(at, later)
            for later in range(at + 1, len(self.plan.steps))
            for expected in self.plan.steps[later].done_when
        )

    def file_overtaken(self, at: int, url: str) -> bool:
        """Whether a later step is done with the file as well."""
        return any(
            change.url == url and is_met(change, self._file(url)) and self._goes_on(at, later)
            for later in range(at + 1, len(self.plan.steps))
            for change in self.plan.steps[later].files
        )

    def files_before(self, at: int, url: str) -> tuple[str | None, ...]:
        """What was at an address before each step up to this one, by the plan."""
        return tuple(each.before for step in self.plan.steps[: at + 1] for each in step.files if each.url == url)

    def file_was_so(self, change: FileChange) -> bool:
        """Whether what a step is to leave was there before the move."""
        first = next(each for step in self.plan.steps for each in step.files if each.url == change.url)
        return is_met(change, Known(first.before))

    def _goes_on(self, at: int, later: int) -> bool:
        """Whether all that lies between two steps is done, and the later of them, or one between, left a mark."""
        between = tuple(self._between(at, later))
        return all(self._done[each] for each in between) and any(self._is_marked(e) for e in (*between, later))

    def _between(self, at: int, later: int) -> Iterator[int]:
        """The steps after one for which a later one waits, itself or by others."""
        places = {step.id: place for place, step in enumerate(self.plan.steps)}
        wanted, found = [later], set[int]()
        while wanted:
            for name in self.plan.steps[wanted.pop()].waits_for:
                place = places.get(name, -1)
                if place > at and place not in found:
                    found.add(place)
                    wanted.append(place)
        yield from sorted(found)

    def _is_done(self, at: int) -> bool:
        """Whether all that a step leaves is there, or was."""
        step = self.plan.steps[at]
        return all(
            self._met(self.aim(at, each)) or self.record_overtaken(at, (each.name, each.type))
            for each in step.done_when
        ) and all(is_met(each, self._file(each.url)) or self.file_overtaken(at, each.url) for each in step.files)

    def _is_marked(self, at: int) -> bool:
        """Whether something is there that the step left, and that was not so before the move."""
        step = self.plan.steps[at]
        aims = [self.aim(at, each) for each in step.done_when]
        if any(self._met(aim) and not self.was_so(aim) for aim in aims):
            return True
        return any(is_met(each, self._file(each.url)) and not self.file_was_so(each) for each in step.files)

    def _met(self, aim: Aim) -> bool:
        """Whether all servers that were heard have what a step wants of a name."""
        seen = self.records.get((aim.expected.name, aim.expected.type), NOT_GATHERED)
        servers = () if isinstance(seen, Unknown) else seen.value.servers
        heard = [s for s in servers if s.state is not ServerState.UNKNOWN]
        return bool(heard) and all(aim.met(Held(s.records, s.ttl)) for s in heard)

    def _file(self, url: str) -> Fact[str | None]:
        return self.files.get(url, NOT_GATHERED)
