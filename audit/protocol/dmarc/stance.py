"""What stands between a forger and each kind of name: the policy that is asked for, and whether anybody watches.

The record that decides for names below a domain need not be the domain's own (RFC 9989 section 4.10.1), so neither need
its `rua`, which says who is sent reports, nor its `aspf`: where SPF lets a stranger use the domain as envelope sender,
relaxed alignment (section 4.4) lets the stranger write any name of the same organization into the From line.
"""

from __future__ import annotations

from audit.model.fact import Fact, need
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dmarc.policies import LegacyPolicy, NamePolicy, dmarc_policies
from audit.protocol.dmarc.walk import own_dmarc
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.syntax import dmarc as syntax


@dataclass(frozen=True, slots=True)
class Stance:
    """How one kind of name stands. `at` is where the record is that decides; None when no record applies."""

    at: str | None
    policy: syntax.Policy | None
    tag: str
    legacy: Fact[LegacyPolicy]
    watched: bool  # somebody is to be sent reports
    strict: bool  # only the very name that SPF passes may stand in the From line
    strict_dkim: bool  # only the very name that signs may stand there


@dataclass(frozen=True, slots=True)
class DmarcStance:
    """The domain itself, names below it that exist without a record of their own, and names that do not exist."""

    domain: Fact[Stance]
    existing_subdomains: Fact[Stance]
    nonexistent_subdomains: Fact[Stance]


@inquiry
def dmarc_stance(domain: Domain) -> Steps[DmarcStance]:
    """Work out how each kind of name stands."""
    policies = yield from dmarc_policies(domain)
    return DmarcStance(
        (yield from settle(_stance(policies.domain))),
        (yield from settle(_stance(policies.existing_subdomains))),
        (yield from settle(_stance(policies.nonexistent_subdomains))),
    )


def _stance(found: Fact[NamePolicy]) -> Steps[Stance]:
    policy = need(found)
    text = (yield from own_dmarc(Domain(policy.at))).record if policy.at else None
    record = None if text is None else syntax.parse(text)
    return Stance(
        at=policy.at,
        policy=policy.requested,
        tag=policy.asked.tag,
        legacy=policy.legacy,
        watched=record is not None and bool(record.rua),
        strict=record is not None and record.aspf == "s",
        strict_dkim=record is not None and record.adkim == "s",
    )
