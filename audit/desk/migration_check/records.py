"""How far one set of records has come, by what the zone's servers hold and resolvers have copies of.

A step is done with a name when all servers have what it leaves there and nobody who was asked holds anything older.
Who did not answer may be the one who does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from audit.desk.migration_check.matching import Aim, Held, Stand
from audit.desk.propagation.lifetime import gone_at, told
from audit.desk.propagation.verdict import CopyState, CopyVerdict, Propagation, ServerState, ServerVerdict
from audit.model.fact import Fact, Unknown
from audit.model.migration import Change
from audit.model.migration_check import Progress, RecordCheck
from audit.model.value import dataclass

ENDING = frozenset({CopyState.LAG, CopyState.NEGATIVE_CACHE, CopyState.STALE, CopyState.INCONSISTENT_ZONE})
NAMED = 3  # servers or resolvers in a sentence
PUBLISHED = {
    Stand.BEFORE: (Progress.NOT_YET, "what was there before still is"),
    Stand.BETWEEN: (Progress.PARTLY, "some of it is there, and some of what was before"),
    Stand.OTHER: (Progress.WRONG, "what is there is neither what was before nor what is to be"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    progress: Progress
    why: str
    until: datetime | None = None
    reason: str | None = None


def check_record(aim: Aim, seen: Fact[Propagation], now: datetime, since: datetime | None) -> RecordCheck:
    """Hold what was seen of a name against what a step wants of it. `since`: since when the step is done, if known."""
    spread = None if isinstance(seen, Unknown) else seen.value
    heard = [s for s in spread.servers if s.state is not ServerState.UNKNOWN] if spread else []
    found = _Found(Progress.UNKNOWN, "its servers are not known", reason=_reason(seen))
    if spread is not None and heard:
        found = _published(aim, spread, heard)
    there = found.progress in (Progress.DONE, Progress.PROPAGATING)
    ttls = [s.ttl for s in heard if s.ttl is not None and s.records]
    return RecordCheck(
        name=aim.expected.name,
        type=aim.expected.type,
        match=aim.expected.match,
        expected=aim.expected.values,
        expected_ttl=aim.expected.ttl,
        progress=found.progress,
        found=tuple(sorted({s.records for s in heard})),
        found_ttl=max(ttls, default=None),
        until=found.until,
        elsewhere_until=_elsewhere(aim.changes, spread, since or now, now) if there else None,
        why=found.why,
        reason=found.reason,
    )


def _reason(seen: Fact[Propagation]) -> str | None:
    if isinstance(seen, Unknown):
        return seen.reason
    silent = (s.reason for s in seen.value.servers if s.reason)
    return seen.value.reason or next(silent, "dns.no_authority")


def _published(aim: Aim, spread: Propagation, heard: list[ServerVerdict]) -> _Found:
    """What the servers have; where all have it, what copies there are."""
    stands = [(server, aim.stand(Held(server.records, server.ttl))) for server in heard]
    worst = min(stand for _, stand in stands)
    if worst is Stand.OTHER:
        return _Found(*PUBLISHED[worst])
    unheard = [server for server in spread.servers if server.state is ServerState.UNKNOWN]
    if unheard or spread.reason:
        why = f"{_named(s.host for s in unheard)} did not answer" if unheard else "there may be other servers"
        others = "have it" if worst is Stand.AFTER else "lack it"
        return _Found(Progress.UNKNOWN, f"{why}; others {others}", reason=_reason_of(unheard, spread))
    if worst is Stand.AFTER:
        return _copied(aim, spread.copies)
    lacking = [server.host for server, stand in stands if stand is not Stand.AFTER]
    if len(lacking) < len(stands):
        return _Found(Progress.PARTLY, f"not every server of the zone has it: {_named(lacking)} lacks it")
    if worst is Stand.BEFORE and any(_only_the_time(aim, server) for server in heard):
        return _Found(Progress.NOT_YET, "the records are there, their TTL is another")
    return _Found(*PUBLISHED[worst])


def _only_the_time(aim: Aim, server: ServerVerdict) -> bool:
    return aim.met(Held(server.records))


def _reason_of(unheard: list[ServerVerdict], spread: Propagation) -> str | None:
    return next((server.reason for server in unheard if server.reason), spread.reason)


def _copied(aim: Aim, copies: tuple[CopyVerdict, ...]) -> _Found:
    """What resolvers hold, once all servers have what the step wants."""
    silent = [c for c in copies if c.state is CopyState.UNKNOWN]
    other = [c for c in copies if c not in silent and not aim.met(Held(c.records))]
    older = [c for c in other if c.state in ENDING]
    if older:
        ends = [c.until for c in older]
        known = [end for end in ends if end is not None]
        until = max(known) if len(known) == len(ends) and not silent else None
        by = f", until {told(max(known))}" if known else ""
        return _Found(Progress.PROPAGATING, f"{_named(map(_who, older))} still holds what was before{by}", until)
    if other:
        why = f"{_named(map(_who, other))} gives something of its own ({other[0].state.replace('_', ' ')})"
        return _Found(Progress.UNKNOWN, why)
    if silent:
        return _Found(Progress.UNKNOWN, f"{_named(map(_who, silent))} did not answer", reason=silent[0].reason)
    asked = f", and {len(copies)} resolver{'s' * (len(copies) != 1)}" if copies else "; no resolver was asked"
    return _Found(Progress.DONE, f"all servers of the zone have it{asked}")


def _who(copy: CopyVerdict) -> str:
    return f"{copy.resolver} {copy.address}".strip()


def _elsewhere(
    changes: tuple[Change, ...], spread: Propagation | None, made: datetime, now: datetime
) -> datetime | None:
    """When copies that were not met end at the latest; None when that is over."""
    before = changes[-1].before if changes else None
    kept = before.ttl if before else spread.denial_ttl if spread else None
    end = gone_at(made, kept)
    return end if end > now else None


def _named(names: Iterable[str]) -> str:
    """Some names, for a sentence."""
    each = list(dict.fromkeys(names))
    more = len(each) - NAMED
    return ", ".join(each[:NAMED]) + (f" and {more} more" if more > 0 else "")
