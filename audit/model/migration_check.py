"""How far a move has come, held against its plan: what is done, what caches still hold, what is wrong, what is left.

The zone's own servers say what is published; resolvers have copies of it, and of what was there before, until their
time is over (RFC 1035 section 7, RFC 2308). What no record and no file tells is the administrator's to know.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from audit.model.migration import Match, StepKind
from audit.model.value import dataclass

CHECK_SCHEMA = "https://mxaudit.example/schemas/migration_check-1.json"


class Progress(StrEnum):
    """How far a step, or one thing of it, has come."""

    DONE = "done"
    PROPAGATING = "propagating"  # the servers have it, and somebody still holds what was there before
    PARTLY = "partly"  # some of it
    NOT_YET = "not_yet"  # what was there before the step still is
    WRONG = "wrong"  # what is there is neither what was nor what is to be
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"  # nothing that can be asked tells


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheck:
    """One set of records, beside what the step is to leave of it.

    `found` is what the zone's servers hold, one server a tuple where they differ. `until`: when the last copy ends that
    was met and holds what was before; null where it tells no end. `elsewhere_until`: when the copies end at the latest
    that were not met, if the change was made just before it was looked at. `reason` is why it is not known, where
    that is one of the reports' table.
    """

    name: str
    type: str
    match: Match
    expected: tuple[str, ...]
    expected_ttl: int | None
    progress: Progress
    found: tuple[tuple[str, ...], ...]
    found_ttl: int | None
    until: datetime | None
    elsewhere_until: datetime | None
    why: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """One file of a web server. `found` is null where there is none, or where that is not known."""

    url: str
    progress: Progress
    found: str | None
    why: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCheck:
    """One step. `lacks` are the steps for which it waits and which are not done; `before_its_turn`: it was done all the
    same. `since`: since when it is known to be done. `may_begin`: when it may be done, once nothing is lacking; null
    where that cannot be told yet."""

    id: str
    kind: StepKind
    title: str
    progress: Progress
    until: datetime | None
    since: datetime | None
    may_begin: datetime | None
    lacks: tuple[str, ...]
    before_its_turn: bool
    records: tuple[RecordCheck, ...]
    files: tuple[FileCheck, ...]
    by_hand: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something of before the move that is still there, with the step that removes it, and when that may be done."""

    name: str
    type: str
    value: str
    step: str
    may_go_from: datetime | None
    lacks: tuple[str, ...]


class MoveState(StrEnum):
    """How the whole move stands."""

    DONE = "done"
    UNDER_WAY = "under_way"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """A resolver that was asked, and to how many of the questions it gave no answer."""

    name: str
    address: str
    asked: int
    silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCheck:
    """A plan, held against the world: a document of `mxaudit migrate verify --json`. `next` are the steps that may be
    done now; `plan_digest` is the SHA-256 (hex) of the plan as it was read."""

    schema: str = CHECK_SCHEMA
    domain: str
    moves_to: str
    plan_digest: str
    checked_at: datetime
    outcome: MoveState
    next: tuple[str, ...]
    steps: tuple[StepCheck, ...]
    leftovers: tuple[Leftover, ...]
    resolvers: tuple[Respondent, ...]
