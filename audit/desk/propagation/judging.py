"""How far a change has come, of the whole: everywhere, not yet, or not to be told.

The time after which all is well is that of the copy that ends last. There is none while the zone itself lacks what is
expected or its servers disagree: a resolver may then fetch the old data anew. Nobody can ask every resolver of the
world, and a large one has more caches than are met, so what the time does not cover is told beside it.
"""

from __future__ import annotations

from datetime import datetime

from audit.desk.propagation.copies import Ground, judge_copy
from audit.desk.propagation.servers import ADDRESSED, Standing, stand
from audit.desk.propagation.verdict import (
    TIMELESS,
    CopyState,
    CopyVerdict,
    Doubt,
    Note,
    Propagation,
    ServerState,
    Spread,
)
from audit.model.fact import Known
from audit.protocol.propagation import Copies, Truth, data_of

AWRY = frozenset({ServerState.BEHIND, ServerState.DIFFERS, ServerState.UNPUBLISHED})
OTHERWISE = frozenset(CopyState) - {CopyState.CURRENT, CopyState.UNKNOWN, CopyState.SPLIT}
ENDING = frozenset({CopyState.LAG, CopyState.NEGATIVE_CACHE})


def judge(truth: Truth, copies: tuple[Copies, ...], expect: tuple[str, ...], now: datetime) -> Propagation:
    """Hold what resolvers say against what the servers of the zone hold, or, where something is expected of both,
    against that. `now` is when the last of it was said."""
    standing = stand(truth, expect)
    ground = Ground(truth, standing, expect, _scattered(truth, copies, standing))
    verdicts = tuple(judge_copy(each, ground) for each in copies)
    doubts = _doubts(truth, standing, verdicts)
    return Propagation(
        zone=truth.apex or None,
        truth=tuple(sorted(standing.right)),
        ttl=standing.ttl,
        denial_ttl=truth.denial_ttl,
        outcome=_outcome(ground, copies, verdicts),
        safe_after=None if TIMELESS & set(doubts) or not standing.right else _last_end(verdicts, now),
        doubts=doubts,
        reason=truth.hole.reason if truth.hole else None,
        unasked=truth.unasked,
        servers=standing.verdicts,
        copies=verdicts,
    )


def _scattered(truth: Truth, copies: tuple[Copies, ...], standing: Standing) -> bool:
    """Whether resolvers have addresses of more than one other kind: a change has one state before it."""
    if truth.rdtype not in ADDRESSED:
        return False
    known = standing.right | {data for data, _ in standing.wrong}
    last = {data_of(a) for each in copies for a in (each.rounds[-1] if each.rounds else ()) if a.records}
    invented = {each.canary.records for each in copies if each.canary and each.canary.records}
    return len(last - known - invented) > 1


def _outcome(ground: Ground, copies: tuple[Copies, ...], verdicts: tuple[CopyVerdict, ...]) -> Spread:
    """Less that was seen makes nothing more certain: addresses that differ may be those of a server not heard."""
    servers = ground.standing.verdicts
    whole = ground.truth.rdtype not in ADDRESSED or _is_whole(ground.truth, copies)
    otherwise = OTHERWISE
    if ground.expect:
        otherwise |= {CopyState.SPLIT}
    elif not whole:
        otherwise -= {CopyState.LAG}
    if any(s.state in AWRY for s in servers) or any(c.state in otherwise for c in verdicts):
        return Spread.NOT_YET
    agreed = bool(servers) and all(s.state is ServerState.CURRENT for s in servers)
    if ground.truth.hole or not agreed or not whole or any(c.state is not CopyState.CURRENT for c in verdicts):
        return Spread.UNKNOWN
    return Spread.EVERYWHERE


def _is_whole(truth: Truth, copies: tuple[Copies, ...]) -> bool:
    """Whether everybody said something each time."""
    servers = all(isinstance(fact, Known) for server in truth.servers for fact in server.said)
    return servers and truth.hole is None and all(a.speaks for each in copies for a in (each.rounds or ((),))[-1])


def _doubts(truth: Truth, standing: Standing, copies: tuple[CopyVerdict, ...]) -> tuple[Doubt, ...]:
    servers, states = {s.state for s in standing.verdicts}, {c.state for c in copies}
    endless = any(c.state in ENDING and (c.until is None or Note.TTL_FIXED in c.notes) for c in copies)
    shown = {
        Doubt.UNPUBLISHED: ServerState.UNPUBLISHED in servers,
        Doubt.INCONSISTENT: bool({ServerState.BEHIND, ServerState.DIFFERS} & servers),
        Doubt.SERVERS_UNHEARD: truth.hole is not None or ServerState.UNKNOWN in servers or not truth.servers,
        Doubt.RESOLVERS_UNHEARD: CopyState.UNKNOWN in states,
        Doubt.STALE: CopyState.STALE in states,
        Doubt.NO_END: endless,
        Doubt.SEVERAL_CACHES: any(c.state in ENDING and c.caches > 1 for c in copies),
    }
    return tuple(doubt for doubt, holds in shown.items() if holds)


def _last_end(copies: tuple[CopyVerdict, ...], now: datetime) -> datetime:
    """When the copy ends that ends last; now, where none is to end."""
    return max([now, *(c.until for c in copies if c.state in ENDING and c.until is not None)])
