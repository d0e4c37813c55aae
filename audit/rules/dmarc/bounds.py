"""What a DMARC record to paste may ask for: no less than what applies already, and no more.

A stricter policy costs genuine mail where that fails, and only the reports tell (RFC 9989 section 5.1). So whatever is
mended in a record, its policies stay what they are in effect: a `p=rejct`, which counts as none, is mended to none, and
DMARC-NEXT-STEP leads on from there. Receivers that still follow RFC 7489 may read the same record otherwise; they are
to be asked for no less than now either, and for no more than others are asked already. Names that do not exist send
nothing, so for those nothing is too strict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from audit.model.fact import Known
from audit.model.value import dataclass
from audit.protocol.dmarc.policies import DmarcPolicies, LegacyPolicy, legacy_policy
from audit.protocol.dmarc.walk import asked_policy
from audit.syntax.dmarc import DmarcRecord, Policy, is_dmarc, parse
from audit.syntax.dmarc_edit import with_tags

STRENGTH = (None, *Policy)  # from the weakest
ALL = 100
OWN, BELOW, MADE_UP = ("p",), ("sp", "p"), ("np", "sp", "p")  # which tags decide for a kind of name

Shares: TypeAlias = tuple[
    int, int, int
]  # of the mail that fails: read at all, at least set apart, rejected; in percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for the domain, for names below it that exist, and for names that do not."""

    own: Policy | None
    below: Policy | None
    made_up: Policy | None
    old: LegacyPolicy
    old_below: LegacyPolicy

    @property
    def now(self) -> tuple[Shares, ...]:
        """By RFC 9989, for names that exist."""
        return shares(self.own), shares(self.below)

    @property
    def before(self) -> tuple[Shares, ...]:
        """The same by RFC 7489."""
        return tuple(shares(o.policy, o.percent) for o in (self.old, self.old_below))


def shares(policy: Policy | None, percent: int = ALL) -> Shares:
    """How much of the mail meets what; `percent` of it the policy, the rest one level less."""
    if policy in (None, Policy.NONE):
        return (ALL if policy else 0), 0, 0
    return (ALL, ALL, percent) if policy is Policy.REJECT else (ALL, percent, 0)


def asked_by(record: DmarcRecord) -> Asked:
    """What a record asks for at the domain where it stands."""
    return Asked(
        own=asked_policy(record, OWN).requested,
        below=asked_policy(record, BELOW).requested,
        made_up=asked_policy(record, MADE_UP).requested,
        old=legacy_policy(record, subdomain=False),
        old_below=legacy_policy(record, subdomain=True),
    )


def asked_of(policies: DmarcPolicies) -> Asked | None:
    """What applies to a domain, whatever record it comes from; None where that is not known."""
    kinds = policies.domain, policies.existing_subdomains, policies.nonexistent_subdomains
    own, below, made_up = (kind.value if isinstance(kind, Known) else None for kind in kinds)
    if own is None or below is None or made_up is None:
        return None
    if not (isinstance(own.legacy, Known) and isinstance(below.legacy, Known)):
        return None
    return Asked(
        own=own.requested,
        below=below.requested,
        made_up=made_up.requested,
        old=own.legacy.value,
        old_below=below.legacy.value,
    )


def bounded(text: str, now: Asked | None) -> str | None:
    """The record with policies no stricter than what applies now; None where that cannot be had, or would be less."""
    if now is None or not is_dmarc(text):
        return None
    return next((t for t in _candidates(text, now) if _within(asked_by(parse(t)), now)), None)


def _candidates(text: str, now: Asked) -> Iterator[str]:
    """The record as it is, then one with lower policies, then one that keeps what it asks for made-up names."""
    yield text
    record = parse(text)
    after = asked_by(record)
    own, below = _lesser(after.own, now.own), _lesser(after.below, now.below)
    apart = record.value("sp") is not None or below is not own
    lower = with_tags(text, p=str(own), **({"sp": str(below)} if apart else {}))
    yield lower
    yield with_tags(lower, np=str(after.made_up or Policy.NONE))


def _lesser(one: Policy | None, other: Policy | None) -> Policy:
    return min(one, other, key=STRENGTH.index) or Policy.NONE


def _within(after: Asked, now: Asked) -> bool:
    """Whether a record asks for neither more nor less than what is asked now."""
    ceiling = tuple(tuple(map(max, *pair)) for pair in zip(now.now, now.before, strict=True))
    stricter = any(
        _more(new, allowed)
        for got, limit in ((after.now, now.now), (after.before, ceiling))
        for new, allowed in zip(got, limit, strict=True)
    )
    floor = (*now.now, *now.before, shares(now.made_up))
    weaker = any(
        new < kept
        for got, had in zip((*after.now, *after.before, shares(after.made_up)), floor, strict=True)
        for new, kept in zip(got, had, strict=True)
    )
    return not stricter and not weaker


def _more(new: tuple[int, ...], allowed: tuple[int, ...]) -> bool:
    """Whether more mail is set apart or rejected; that it is read at all harms nobody."""
    return any(n > a for n, a in zip(new[1:], allowed[1:], strict=True))
