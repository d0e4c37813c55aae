"""Why a resolver gives what it gives, told from its answers and their times (RFC 2308, RFC 8767, RFC 8914).

A copy counts down to its end. One that is older than its end is stale; one that was fetched anew and is still another
than the servers' is another view of the zone. A resolver that withholds a name mostly says so, by an Extended DNS
Error, a refusal, an address that leads nowhere, or a denial without the zone's SOA; one that invents answers does it
for names that do not exist as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise

from audit.desk.propagation.expecting import met
from audit.desk.propagation.lifetime import expiry, gone_at
from audit.desk.propagation.servers import ADDRESSED, Standing
from audit.desk.propagation.verdict import CopyState, CopyVerdict, Note
from audit.model.probe import Answer, DnsStatus
from audit.protocol.authority import AUTHORITATIVE, signed_off_by
from audit.protocol.inquiry import REASONS
from audit.protocol.propagation import Copies, Truth, data_of
from audit.syntax.addresses import special_use

SLACK = timedelta(seconds=2)  # a TTL is in whole seconds, at both ends
WITHHELD = frozenset({4, 15, 16, 17, 18})  # RFC 8914: forged answer, blocked, censored, filtered, prohibited
SERVED_STALE = frozenset({3, 19})  # RFC 8914: stale answer, stale NXDOMAIN answer
DENYING = frozenset({DnsStatus.NODATA, DnsStatus.NXDOMAIN})
WORST_FIRST = (
    CopyState.INCONSISTENT_ZONE,
    CopyState.STALE,
    CopyState.FILTERED,
    CopyState.REWRITTEN,
    CopyState.LAG,
    CopyState.NEGATIVE_CACHE,
    CopyState.SPLIT,
    CopyState.UNKNOWN,
    CopyState.CURRENT,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What copies are judged by: what is expected, how the servers stand, and whether copies differ among themselves
    as no single change explains."""

    truth: Truth
    standing: Standing
    expect: tuple[str, ...]
    scattered: bool


@dataclass(frozen=True, slots=True)
class _Found:
    state: CopyState
    until: datetime | None = None
    source: str | None = None
    reason: str | None = None


def judge_copy(copies: Copies, ground: Ground) -> CopyVerdict:
    """Judge what a resolver says now by all that it said."""
    last = copies.rounds[-1] if copies.rounds else ()
    each = [(_judged(answer, copies, ground), answer) for answer in last]
    if not each:
        each = [(_Found(CopyState.UNKNOWN, reason="not_gathered"), Answer(status=DnsStatus.NOT_GATHERED))]
    found, answer = min(each, key=lambda one: WORST_FIRST.index(one[0].state))
    ends = [f.until for f, _ in each if f.state is found.state and f.until is not None]
    many = max((_caches(one) for one in copies.rounds), default=0)
    if found.state is not CopyState.CURRENT and _jumps(copies, answer):
        many = max(many, 2)
    return CopyVerdict(
        resolver=copies.resolver,
        address=copies.address,
        state=found.state,
        status=answer.status,
        records=data_of(answer),
        ttl=answer.ttl,
        until=max(ends, default=None),
        from_server=found.source,
        caches=many,
        notes=_notes(copies, answer, found, ground, many),
        reason=found.reason,
    )


def _judged(got: Answer, copies: Copies, ground: Ground) -> _Found:
    """What one answer shows."""
    codes = {error.code for error in got.ede}
    if is_right(got, ground):
        return _Found(CopyState.CURRENT)
    until = expiry(got) or _denied_until(got, ground.truth)
    source = ground.standing.source_of(data_of(got)) if _says(got) and not codes & WITHHELD else None
    if source is not None and data_of(got):
        return _Found(CopyState.INCONSISTENT_ZONE, until, source)
    if withheld := _withheld(got, codes, copies.canary):
        return withheld
    if not _says(got):
        return _Found(CopyState.UNKNOWN, reason=REASONS.get(got.status, f"dns.{got.status}"))
    if _is_rewritten(got, copies.canary):
        return _Found(CopyState.REWRITTEN)
    if not ground.standing.right and not ground.standing.wrong and not ground.standing.former:
        return _Found(CopyState.UNKNOWN, reason="dns.no_authority")
    if source is not None:
        return _Found(CopyState.INCONSISTENT_ZONE, until, source)
    if codes & SERVED_STALE:
        return _Found(CopyState.STALE)
    if _is_another_view(got, ground):
        return _Found(CopyState.SPLIT)
    if _is_refetched(got, copies):
        return _Found(CopyState.SPLIT if _is_fresh(got, ground) else CopyState.STALE)
    if got.status in DENYING and not got.aliases:
        return _Found(CopyState.NEGATIVE_CACHE, until)
    return _Found(CopyState.LAG, until)


def is_right(got: Answer, ground: Ground) -> bool:
    """Whether an answer is what the servers hold, or holds what is expected."""
    if not _says(got):
        return False
    if ground.expect:
        return met(ground.expect, ground.truth.rdtype, got)
    return data_of(got) in ground.standing.right


def _says(got: Answer) -> bool:
    """Whether an answer says what stands at the name: where an alias leads to may be broken for itself."""
    return got.speaks or bool(got.aliases)


def _withheld(got: Answer, codes: set[int], canary: Answer | None) -> _Found | None:
    """Whether an answer withholds the name on purpose."""
    if codes & WITHHELD:
        return _Found(CopyState.FILTERED)
    if got.status is DnsStatus.REFUSED:
        answers_us = canary is not None and canary.speaks
        return _Found(CopyState.FILTERED) if answers_us else None
    if got.records and all(_leads_nowhere(record) for record in got.records):
        return _Found(CopyState.FILTERED)
    if got.status is DnsStatus.LAME and signed_off_by(got) is not None:  # a denial that another zone signs off
        return _Found(CopyState.FILTERED)
    signs = canary is not None and canary.status is DnsStatus.NXDOMAIN and bool(canary.authority)
    if got.status is DnsStatus.NXDOMAIN and not got.authority and signs:
        return _Found(CopyState.FILTERED)
    return None


def _leads_nowhere(record: str) -> bool:
    try:
        address = ip_address(record)
    except ValueError:
        return False
    return address.is_unspecified or address.is_loopback


def _is_rewritten(got: Answer, canary: Answer | None) -> bool:
    """Whether an answer is what the resolver gives for names that do not exist, or hides a denial."""
    if canary is None or not canary.records:
        return False
    denied = got.status in DENYING and not got.aliases
    return denied or (bool(got.records) and set(got.records) <= set(canary.records))


def _denied_until(got: Answer, truth: Truth) -> datetime | None:
    """When a denial ends whose answer does not tell: no later than the zone lets it be kept."""
    if got.status not in DENYING or got.asked_at is None or truth.denial_ttl is None:
        return None
    return gone_at(got.asked_at, truth.denial_ttl)


def _is_another_view(got: Answer, ground: Ground) -> bool:
    """Whether an answer is of a view of the zone that is not ours."""
    if AUTHORITATIVE in got.flags:
        return True  # a resolver is no authority for what it fetched: this one holds a zone of its own
    if ground.truth.rdtype not in ADDRESSED or not got.records:
        return False
    inside = any(special_use(record) for record in got.records)
    outside = any(not special_use(record) for data in ground.standing.right for record in data)
    return (inside and outside) or ground.standing.varies or ground.scattered


def _is_refetched(got: Answer, copies: Copies) -> bool:
    """Whether a copy outlived its end: by then the resolver must have asked anew. Where several caches answer, another
    may have been met, which ends later."""
    if any(_caches(one) > 1 for one in copies.rounds) or _jumps(copies, got):
        return False
    before = [a for one in copies.rounds[:-1] for a in one if _says(a) and data_of(a) == data_of(got)]
    ends = [end for a in before if (end := expiry(a)) is not None]
    return bool(ends) and got.asked_at is not None and got.asked_at > max(ends) + SLACK


def _is_fresh(got: Answer, ground: Ground) -> bool:
    """Whether an answer has the lifetime of one that the zone's servers gave a moment ago."""
    return got.ttl is not None and ground.standing.ttl is not None and got.ttl + 5 >= ground.standing.ttl > 60


def _caches(answers: tuple[Answer, ...]) -> int:
    """How many caches spoke in one round: each has one end for the same data."""
    ends = sorted((data_of(a), end) for a in answers if _says(a) and (end := expiry(a)) is not None)
    apart = sum(1 for (d, e), (d2, e2) in pairwise(ends) if d != d2 or e2 - e > SLACK)
    return apart + 1 if ends else int(any(map(_says, answers)))


def _jumps(copies: Copies, got: Answer) -> bool:
    """Whether the end of the same data moves from answer to answer, before it has come: each cache has its own."""
    same = [a for one in copies.rounds for a in one if _says(a) and data_of(a) == data_of(got)]
    ends = [(a.asked_at, end) for a in same if a.asked_at is not None and (end := expiry(a)) is not None]
    apart = any(abs(one - other) > SLACK and at <= one for (_, one), (at, other) in pairwise(ends))
    return apart and not _is_fixed(copies, got)


def _notes(copies: Copies, answer: Answer, found: _Found, ground: Ground, many: int) -> tuple[Note, ...]:
    last = copies.rounds[-1] if copies.rounds else ()
    longest = ground.standing.ttl
    current = found.state is CopyState.CURRENT
    if not answer.records and not answer.aliases:
        longest = ground.truth.denial_ttl
    counted = current or found.state is CopyState.NEGATIVE_CACHE
    raised = counted and longest is not None and (answer.ttl or 0) > longest + SLACK.seconds
    silent = [a for a in last if not _says(a)]
    other = current and bool(ground.standing.right) and data_of(answer) not in ground.standing.right
    shown = {
        Note.SEVERAL_CACHES: many > 1,
        Note.TTL_RAISED: raised,
        Note.TTL_FIXED: _is_fixed(copies, answer),
        Note.OTHER_RECORDS: other,
        Note.SILENT_ONCE: 0 < len(silent) < len(last),
        Note.INVENTS: copies.canary is not None and bool(copies.canary.records),
    }
    return tuple(note for note, holds in shown.items() if holds)


def _is_fixed(copies: Copies, got: Answer) -> bool:
    """Whether the TTL stands still while time passes, from round to round."""
    same = [a for one in copies.rounds for a in one[:1] if a.asked_at and a.ttl and data_of(a) == data_of(got)]
    times = [a.asked_at for a in same if a.asked_at is not None]
    apart = bool(times) and max(times) - min(times) > 2 * SLACK
    return apart and len({a.ttl for a in same}) == 1
