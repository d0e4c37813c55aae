"""A move of a domain's mail from one provider to another, as a plan: steps in order, with records and times.

What the DNS said yesterday is still believed today wherever a cache holds it (RFC 1035 section 3.2.1, RFC 2308), and a
sender may hold to an MTA-STS policy for a year (RFC 8461 section 3.2). So each step has a time before which it loses
mail, and that time rests on values that were observed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from audit.model.value import dataclass

PLAN_SCHEMA = "https://mxaudit.example/schemas/migration-1.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRecord:
    """One record as it is to stand in the zone. `name` is canonical (lower case, A-labels, no final dot), `value` is
    rdata in presentation form (RFC 1035 section 5.1), host names in it with a final dot; `ttl` is in seconds."""

    name: str
    ttl: int
    type: str
    value: str


class StepKind(StrEnum):
    """What a step does to the world."""

    PUBLISH = "publish"  # something new, beside what is there
    LOWER = "lower"  # a time for which others may believe what they saw
    SWITCH = "switch"  # others act differently from now on
    KEEP = "keep"  # leave what is there, and wait
    RAISE = "raise"  # a time, or a policy, back to what it was
    REMOVE = "remove"  # what is no longer needed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """All records of one name and type: sorted rdata in presentation form, and their TTL in seconds, null where that
    was not observed."""

    values: tuple[str, ...]
    ttl: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of the records of one name and type. `before` or `after` is null where none are there; `seen` is
    false where the evidence does not tell what is there now, and then `before` is null as well."""

    name: str
    type: str
    before: RecordSet | None
    after: RecordSet | None
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What becomes of a file on a web server: the MTA-STS policy. `before` or `after` is null where there is none."""

    url: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One reason for a time: a sentence, how many seconds it comes to, and the observed value that it rests on with
    the key of its probe (`dns example.org MX`); both null where the seconds are a limit of a standard, or experience.
    They are counted from when the step `after` is done; null: from when the plan was made."""

    sentence: str
    seconds: int
    observed: str | None
    evidence: str | None
    after: str | None


class Match(StrEnum):
    """How the records that are there have to relate to those that are expected."""

    EXACTLY = "exactly"  # these, and no other
    AMONG = "among"  # these, whatever else is there
    WITHOUT = "without"  # none of these, whatever else is there
    ABSENT = "absent"  # no record of this name and type


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the zone has to say once a step is done. `ttl`: seconds that the authoritative servers give at most; null
    where it does not matter."""

    name: str
    type: str
    match: Match
    values: tuple[str, ...]
    ttl: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do. It may be done when all of `waits_for` are done, and never before `earliest`.

    `earliest` is null where a value is lacking on which it rests: `missing` names what the user has to give, the plan's
    `not_known` what evidence lacked. `latest` is the time by which it has to be done to keep the cutover.
    `by_hand` tells what no record does: at a console, a registrar, a web server.
    """

    id: str
    kind: StepKind
    title: str
    why: str
    changes: tuple[Change, ...]
    files: tuple[FileChange, ...]
    by_hand: tuple[str, ...]
    earliest: datetime | None
    latest: datetime | None
    because: tuple[Because, ...]
    way_back: str
    done_when: tuple[Expected, ...]
    waits_for: tuple[str, ...]
    missing: tuple[str, ...]  # keys of values that the user has to give


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A value that only the new provider's console knows, and that was not given (`--set key=value`)."""

    key: str
    what: str
    where: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What evidence lacked, why, and what the plan does without it."""

    what: str
    why: str
    instead: str
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a move: a document of `mxaudit migrate plan --json`.

    `moves_from` and `moves_to` are ids of the catalogue's providers; none in `moves_from`: nobody known. `cutover` is
    when the MX records are switched: the time that was asked for, or else the earliest that is safe; null where that is
    not known. `in_time` is whether the asked time leaves each step its time; null where it is not known.
    """

    schema: str = PLAN_SCHEMA
    domain: str
    moves_from: tuple[str, ...]
    moves_to: str
    made_at: datetime
    observed_at: datetime
    cutover: datetime | None
    in_time: bool | None
    evidence_digest: str  # SHA-256 (hex) of the domain's evidence
    steps: tuple[Step, ...]
    missing: tuple[Missing, ...]
    not_known: tuple[Gap, ...]
