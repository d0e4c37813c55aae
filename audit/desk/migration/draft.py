"""A plan in the making: the zone as each step leaves it, and steps before they have their times.

A zone holds one set of records for each name and type (RFC 2181 section 5), and beside an alias nothing else (RFC 1034
section 3.6.2). So what a step changes follows from what the steps before it have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audit.model.fact import Fact, Known
from audit.model.migration import Because, Change, Expected, FileChange, Match, PlannedRecord, RecordSet, StepKind
from audit.model.value import dataclass
from audit.protocol.migration.standing import Standing

Key = tuple[str, str]
CNAME = "CNAME"


@dataclass(frozen=True, slots=True)
class Draft:
    """A step without its times. `undated`: a value is not known on which its time rests."""

    id: str
    kind: StepKind
    title: str
    why: str
    way_back: str
    changes: tuple[Change, ...] = ()
    files: tuple[FileChange, ...] = ()
    by_hand: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()
    done_when: tuple[Expected, ...] = ()
    waits_for: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    undated: bool = False


@dataclass(frozen=True, slots=True)
class ZoneState:
    """The records of the zone as far as they are known; None where it is known that there are none."""

    sets: Mapping[Key, RecordSet | None]

    def of(self, name: str, rdtype: str) -> RecordSet | None:
        return self.sets.get((name, rdtype))

    def seen(self, name: str, rdtype: str) -> bool:
        return (name, rdtype) in self.sets

    def put(self, name: str, rdtype: str, after: RecordSet | None) -> tuple[ZoneState, tuple[Change, ...]]:
        """The zone with other records at a name, and what changes by it: nothing where they are there. An alias that is
        in the way goes, as does what is in the way of an alias."""
        before = self.of(name, rdtype)
        if self.seen(name, rdtype) and before == after:
            return self, ()
        sets = dict(self.sets)
        changes: list[Change] = []
        for (owner, other), there in self.sets.items():
            if owner == name and other != rdtype and there and after and CNAME in (other, rdtype):
                sets[owner, other] = None
                changes.append(Change(name=owner, type=other, before=there, after=None, seen=True))
        sets[name, rdtype] = after
        changes.append(Change(name=name, type=rdtype, before=before, after=after, seen=self.seen(name, rdtype)))
        return ZoneState(sets), tuple(changes)

    def put_all(self, records: Iterable[PlannedRecord], ttl: int | None = None) -> tuple[ZoneState, tuple[Change, ...]]:
        """The zone with the sets that these records make, each whole."""
        state = self
        changes: list[Change] = []
        for (name, rdtype), after in grouped(records, ttl).items():
            there = state.of(name, rdtype)
            if there is not None and there.values == after.values:
                continue
            state, changed = state.put(name, rdtype, after)
            changes += changed
        return state, tuple(changes)

    def at_ttl(self, name: str, rdtype: str, ttl: int) -> tuple[ZoneState, tuple[Change, ...]]:
        """The zone with another TTL of the records at a name, if there are any."""
        there = self.of(name, rdtype)
        if there is None or there.ttl == ttl:
            return self, ()
        return self.put(name, rdtype, RecordSet(values=there.values, ttl=ttl))


def state_of(sets: Iterable[tuple[Key, Fact[Standing]]]) -> ZoneState:
    """The zone as it was seen. Where an alias stands, nothing else does."""
    found: dict[Key, RecordSet | None] = {}
    for (name, asked), fact in sets:
        if not isinstance(fact, Known):
            continue
        stands = fact.value
        ttl = stands.ttl.value if isinstance(stands.ttl, Known) else None
        there = RecordSet(values=tuple(sorted(stands.records)), ttl=ttl) if stands.records else None
        found.setdefault((name, asked), None)
        found[name, stands.rdtype] = there
        if CNAME not in (stands.rdtype, asked):
            found.setdefault((name, CNAME), None)
    return ZoneState(found)


def grouped(records: Iterable[PlannedRecord], ttl: int | None = None) -> dict[Key, RecordSet]:
    """Records as sets; `ttl` instead of theirs where it is given."""
    found: dict[Key, list[PlannedRecord]] = {}
    for record in records:
        found.setdefault((record.name, record.type), []).append(record)
    return {
        key: RecordSet(values=tuple(sorted({r.value for r in each})), ttl=ttl or min(r.ttl for r in each))
        for key, each in found.items()
    }


def expected(name: str, rdtype: str, values: Iterable[str], match: Match = Match.EXACTLY) -> Expected:
    return Expected(name=name, type=rdtype, match=match, values=tuple(sorted(values)), ttl=None)


def absent(name: str, rdtype: str) -> Expected:
    return Expected(name=name, type=rdtype, match=Match.ABSENT, values=(), ttl=None)


def because(
    sentence: str, seconds: int, after: str | None = None, observed: str | None = None, evidence: str | None = None
) -> Because:
    return Because(sentence=sentence, seconds=seconds, observed=observed, evidence=evidence, after=after)
