"""What is said of a change: of each server, of each resolver, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from audit.model.probe import DnsStatus


class ServerState(StrEnum):
    """How a server of the zone stands to the others, or to what is expected."""

    CURRENT = "current"
    BEHIND = "behind"  # other data, and an older serial: the change has not reached it
    DIFFERS = "differs"  # other data, and no serial that tells which is newer
    UNPUBLISHED = "unpublished"  # it lacks what is expected, and no server's serial tells that it only is behind
    VARIES = "varies"  # other addresses from one question to the next, or than its neighbours with the same serial
    UNKNOWN = "unknown"


class CopyState(StrEnum):
    """Why a resolver gives what it gives."""

    CURRENT = "current"
    LAG = "lag"  # older records, until their TTL ends
    NEGATIVE_CACHE = "negative_cache"  # a denial from before the record was there
    STALE = "stale"  # older records or denials, kept beyond their end (RFC 8767)
    INCONSISTENT_ZONE = "inconsistent_zone"  # what a server of the zone still says, so that it may fetch it again
    SPLIT = "split"  # another view of the zone: by place, or by network
    FILTERED = "filtered"  # it withholds the name on purpose
    REWRITTEN = "rewritten"  # it puts something of its own in the place of denials
    UNKNOWN = "unknown"


class Note(StrEnum):
    """What else shows of a resolver's copy."""

    SEVERAL_CACHES = "several_caches"  # the same data, ending at different times, or different data
    TTL_RAISED = "ttl_raised"  # it may be kept longer than the zone says
    TTL_FIXED = "ttl_fixed"  # it does not count down, so it tells no end
    OTHER_RECORDS = "other_records"  # what is expected is there, beside records that the zone does not have
    SILENT_ONCE = "silent_once"  # one question or more of several was not answered
    INVENTS = "invents"  # it answers for names that do not exist


class Spread(StrEnum):
    """Whether all who were asked have what counts."""

    EVERYWHERE = "everywhere"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


class Doubt(StrEnum):
    """Why a time is not certain, or none can be named."""

    UNPUBLISHED = "unpublished"  # no time: the zone itself lacks what is expected
    INCONSISTENT = "inconsistent"  # no time: a server still gives out the old data
    SERVERS_UNHEARD = "servers_unheard"
    RESOLVERS_UNHEARD = "resolvers_unheard"
    STALE = "stale"  # a resolver keeps old data beyond their end
    NO_END = "no_end"  # a copy does not tell its end
    SEVERAL_CACHES = "several_caches"  # there may be caches of the same resolver that were not met


TIMELESS = frozenset({Doubt.UNPUBLISHED, Doubt.INCONSISTENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVerdict:
    """One address of a server of the zone. `status` is how it answered; None where it did not. `reason` is why it is
    unknown."""

    host: str
    address: str | None
    state: ServerState
    status: DnsStatus | None
    records: tuple[str, ...]
    ttl: int | None
    serial: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyVerdict:
    """One resolver. `status` is how it answered. `until`: when its copy ends at the latest; `from_server` the server
    that still says the same. `reason` is why it is unknown."""

    resolver: str
    address: str
    state: CopyState
    status: DnsStatus
    records: tuple[str, ...]
    ttl: int | None
    until: datetime | None
    from_server: str | None
    caches: int
    notes: tuple[Note, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """How far a change has come. `truth` are the records that count, one set of them where the servers agree, none
    where nothing was heard; a set without records is a denial. `safe_after`: the time after which no resolver that was
    asked has anything older; None where none can be told. `doubts`: why it is not certain, or not there.
    `unasked` are addresses of servers to which no way leads from here, beside others that were asked."""

    zone: str | None
    truth: tuple[tuple[str, ...], ...]
    ttl: int | None
    denial_ttl: int | None
    outcome: Spread
    safe_after: datetime | None
    doubts: tuple[Doubt, ...]
    reason: str | None  # why it is not known which servers there are
    unasked: tuple[str, ...]
    servers: tuple[ServerVerdict, ...]
    copies: tuple[CopyVerdict, ...]

    @property
    def waits(self) -> bool:
        """Whether time alone may bring this on: a copy ends, a server catches up, or somebody answers again."""
        servers = {ServerState.BEHIND, ServerState.DIFFERS, ServerState.UNPUBLISHED, ServerState.UNKNOWN}
        lasting = {CopyState.CURRENT, CopyState.FILTERED, CopyState.REWRITTEN, CopyState.SPLIT}
        return any(s.state in servers for s in self.servers) or any(c.state not in lasting for c in self.copies)
