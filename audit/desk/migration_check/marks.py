"""What each step of a plan leaves at a name, and whether a later step has been there since.

What a step left may be gone again by a later one: the lowered TTL is raised, the old include is taken out. So a step
counts as done where a later one is, together with all that lies between the two. Of these one at least has left a mark
that was not there before: a TTL of an hour alone tells nothing, it may be the former one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.desk.migration_check.files import is_met
from audit.desk.migration_check.matching import Aim, Held
from audit.desk.propagation.verdict import Propagation, ServerState, ServerVerdict
from audit.model.fact import Fact, Known, Unknown, all_of, any_of
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
    _done: dict[int, Fact[bool]]  # of each step whether all that it leaves is there, or was

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

    def record_overtaken(self, at: int, key: Key) -> Fact[bool]:
        """Whether a later step is done with the name as well."""
        return any_of(
            all_of((self._met(self.aim(later, expected)), self._goes_on(at, later)))
            for later in range(at + 1, len(self.plan.steps))
            for expected in self.plan.steps[later].done_when
            if (expected.name, expected.type) == key
        )

    def file_overtaken(self, at: int, url: str) -> Fact[bool]:
        """Whether a later step is done with the file as well."""
        return any_of(
            all_of((is_met(change, self._file(url)), self._goes_on(at, later)))
            for later in range(at + 1, len(self.plan.steps))
            for change in self.plan.steps[later].files
            if change.url == url
        )

    def files_before(self, at: int, url: str) -> tuple[str | None, ...]:
        """What was at an address before each step up to this one, by the plan."""
        return tuple(each.before for step in self.plan.steps[: at + 1] for each in step.files if each.url == url)

    def file_was_so(self, change: FileChange) -> bool:
        """Whether what a step is to leave was there before the move."""
        first = next(each for step in self.plan.steps for each in step.files if each.url == change.url)
        return is_met(change, Known(first.before)) == Known(True)

    def _goes_on(self, at: int, later: int) -> Fact[bool]:
        """Whether all that lies between two steps is done, and the later of them, or one between, left a mark."""
        between = tuple(self._between(at, later))
        marked = any_of(self._is_marked(each) for each in (*between, later))
        return all_of((*(self._done[each] for each in between), marked))

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

    def _is_done(self, at: int) -> Fact[bool]:
        """Whether all that a step leaves is there, or was."""
        step = self.plan.steps[at]
        records = (
            any_of((self._met(self.aim(at, each)), self.record_overtaken(at, (each.name, each.type))))
            for each in step.done_when
        )
        files = (any_of((is_met(e, self._file(e.url)), self.file_overtaken(at, e.url))) for e in step.files)
        return all_of((*records, *files))

    def _is_marked(self, at: int) -> Fact[bool]:
        """Whether something is there that the step left, and that was not so before."""
        step = self.plan.steps[at]
        aims = (self.aim(at, each) for each in step.done_when)
        records = (self._met(aim) for aim in aims if not self.was_so(aim))
        files = (is_met(each, self._file(each.url)) for each in step.files if not self.file_was_so(each))
        return any_of((*records, *files))

    def _met(self, aim: Aim) -> Fact[bool]:
        """Whether all servers have what a step wants of a name."""
        seen = self.records.get((aim.expected.name, aim.expected.type), NOT_GATHERED)
        if isinstance(seen, Unknown):
            return seen
        hole = Unknown(seen.value.reason or "dns.no_authority") if seen.value.reason or not seen.value.servers else None
        return all_of((*(_has(aim, server) for server in seen.value.servers), *((hole,) if hole else ())))

    def _file(self, url: str) -> Fact[str | None]:
        return self.files.get(url, NOT_GATHERED)


def _has(aim: Aim, server: ServerVerdict) -> Fact[bool]:
    if server.state is ServerState.UNKNOWN:
        return Unknown(server.reason or "not_gathered")
    return Known(aim.met(Held(server.records, server.ttl)))
