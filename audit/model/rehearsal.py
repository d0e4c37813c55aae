"""What a planned zone would make of a domain, found before it is live: what is wrong now and would be then, the costs
of SPF, what senders' mail would meet, and what would keep mail from the new hosts.

Nothing here is a wish: it is the evidence of today under planned records (RFC 1034), judged as it would be if they
stood. What evidence lacks is unknown, with its reason.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from audit.model.value import dataclass

REHEARSAL_SCHEMA: Final = "https://mxaudit.example/schemas/rehearsal-1.json"


class Stand(StrEnum):
    """How something stands that was looked at."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Fate(StrEnum):
    """What becomes of a finding."""

    NEW = "new"  # a failure that is not there now
    GONE = "gone"  # a failure of now that is not there then
    STAYS = "stays"
    UNCERTAIN = "uncertain"  # a failure of now of which it is not known whether it stays
    UNKNOWN = "unknown"  # it was known, and cannot be told for then


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One result of a rule on one subject, now and then. A severity is null where there is no failure; `message` is of
    then, where there is one, `reason` why it is unknown."""

    turn: Fate
    rule: str
    title: str
    subject: str
    severity_now: str | None
    severity_then: str | None
    message: str | None
    reason: str | None
    publish: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfBudget:
    """What an SPF record costs: lookups and lookups in vain, each at least, and exactly where `unknown` is null."""

    record: str | None
    lookups: int
    allowed: int
    voids: int
    octets: int
    costs: tuple[str, ...]  # what each include costs, such as `include:a.example: 4`
    unknown: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderCheck:
    """One thing asked of a sender, and how it stands; `detail` says what was found."""

    name: str
    state: Stand
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What a receiver would make of a sender's mail: each check, and whether DMARC passes."""

    checks: tuple[SenderCheck, ...]
    dmarc: Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """A server that the user says sends as the domain, now and then."""

    ip: str
    mail_from: str
    selectors: tuple[str, ...]
    now: Passing
    then: Passing


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBound:
    """A mail host of then, and what binds senders to it. `covered`: by the MTA-STS policy that senders hold; `tlsa`: by
    signed TLSA records."""

    host: str
    covered: Stand
    tlsa: Stand
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What senders hold on to. `mode` and `max_age` are of the MTA-STS policy of now, null where there is none or it is
    not known; `safe_from`: when a policy that forbids a host is forgotten, if it is changed at once."""

    mode: str | None
    max_age: int | None
    patterns: tuple[str, ...]
    safe_from: datetime | None
    unknown: str | None
    hosts: tuple[HostBound, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSeen:
    """What was read of the planned records."""

    file: str
    form: str
    whole: bool
    records: int
    removed: int
    unjudged: int
    sets: tuple[str, ...]  # name and type of each set that becomes another one than was seen
    unseen: tuple[str, ...]  # questions that the evidence does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A document of `mxaudit migrate rehearse --json`."""

    schema: str = REHEARSAL_SCHEMA
    domain: str
    former: tuple[str, ...]
    goal: str | None
    rehearsed_for: datetime
    observed_at: datetime
    profile: str
    asked_live: bool
    planned: PlannedSeen
    findings: tuple[Turned, ...]
    spf_now: SpfBudget
    spf_then: SpfBudget
    sources: tuple[SourceSeen, ...]
    binding: Binding
