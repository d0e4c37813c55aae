"""What DMARC asks for each kind of name: the domain, names below it that exist, and names below it that do not.

The record of a domain's own decides for the domain alone. For a name below that has none, receivers walk up from that
name: what decides is the record of its organizational domain, which need not be this domain's (RFC 9989 section
4.10.1). `sp` is for names that exist, `np` for those that the DNS denies (section 3.2.13, RFC 8020). Receivers that
still follow RFC 7489 know neither `np`, `psd` nor `t`, find the organizational domain by the public suffix list, and
spare a share of the mail where `pct` says so: of that they ask one level less (RFC 7489 sections 6.3 and 6.6.4).
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dmarc.walk import (
    AppliedDmarc,
    AskedPolicy,
    applied,
    applied_dmarc,
    asked_policy,
    climb,
    dmarc_walk,
    organizational,
    own_dmarc,
    walk_below,
)
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.syntax import dmarc as syntax
from audit.syntax.dmarc import Policy

MAX_QUESTIONS = 9  # the walk, and the domain that the list gives where the walk passes over it
LESS = {Policy.REJECT: Policy.QUARANTINE, Policy.QUARANTINE: Policy.NONE, Policy.NONE: Policy.NONE}


@dataclass(frozen=True, slots=True)
class DmarcAuthority:
    """Where the domain's policy comes from, and to which organization the domain belongs."""

    record_location: Fact[str | None]
    org_domain_treewalk: Fact[str]
    org_domain_psl: str


@dataclass(frozen=True, slots=True)
class LegacyPolicy:
    """What receivers that follow RFC 7489 are asked: `policy` for that share of the mail, else one level less."""

    policy: Policy | None
    percent: int

    @property
    def words(self) -> str:
        if self.policy is None:
            return "nothing"
        if self.percent == 100 or self.policy is Policy.NONE:
            return str(self.policy)
        less = LESS[self.policy]
        return f"{self.policy} for {self.percent} % of the mail, {less} for the rest" if self.percent else str(less)


@dataclass(frozen=True, slots=True)
class NamePolicy:
    """What is asked for one kind of name."""

    at: str | None  # where the record stands
    asked: AskedPolicy
    legacy: Fact[LegacyPolicy]

    @property
    def requested(self) -> Policy | None:
        return self.asked.requested

    @property
    def written(self) -> Policy | None:
        """What is asked, were it not for `t=y`."""
        return self.asked.written


@dataclass(frozen=True, slots=True)
class DmarcPolicies:
    """What is asked for the domain, for names below it that exist without a record, and for those that don't exist."""

    domain: Fact[NamePolicy]
    existing_subdomains: Fact[NamePolicy]
    nonexistent_subdomains: Fact[NamePolicy]

    @property
    def rows(self) -> tuple[tuple[str, Fact[NamePolicy]], ...]:
        return (
            ("the domain", self.domain),
            ("existing subdomains", self.existing_subdomains),
            ("non-existent subdomains", self.nonexistent_subdomains),
        )


@inquiry
def dmarc_authority(domain: Domain) -> Steps[DmarcAuthority]:
    """Find the organizational domain, by the walk and by the list of public suffixes."""
    found = yield from settle(applied_dmarc(domain))
    steps = (yield from dmarc_walk(domain)).steps
    walked: Fact[str]
    try:
        walked = Known(organizational(domain.name, steps))
    except Unestablished as end:
        walked = end.unknown
    location = Known(found.value.at) if isinstance(found, Known) else found
    return DmarcAuthority(location, walked, registrable(domain.name) or domain.name)


@inquiry
def dmarc_policies(domain: Domain) -> Steps[DmarcPolicies]:
    """Work out the policy for each kind of name."""
    here = yield from settle(applied_dmarc(domain))
    below = yield from settle(_applied_below(domain))
    tags = ("sp", "p") if isinstance(here, Known) and here.value.inherited else ("p",)
    old = yield from settle(_legacy_record(domain.name, domain.name))
    old_below = yield from settle(_legacy_record(domain.name, f"x.{domain.name}"))
    own = isinstance(old, Known) and old.value is not None and old.value[0] == domain.name
    return DmarcPolicies(
        _of(here, tags, old, subdomain=not own),
        _of(below, ("sp", "p"), old_below, subdomain=True),
        _of(below, ("np", "sp", "p"), old_below, subdomain=True),
    )


def _applied_below(domain: Domain) -> Steps[AppliedDmarc]:
    return applied(f"x.{domain.name}", (yield from climb(walk_below(domain.name))))


def _legacy_record(domain: str, name: str) -> Steps[tuple[str, syntax.DmarcRecord] | None]:
    """The record that RFC 7489 finds for a name, the domain or one below: its own, else its organizational domain's."""
    organization = registrable(name) or name
    for at in dict.fromkeys((name, organization)):
        if at != name or at == domain:  # a name below is taken to have none
            own = yield from own_dmarc(Domain(at))
            if own.found:
                return (at, syntax.parse(own.found[0])) if own.record else None
    return None


def _of(
    found: Fact[AppliedDmarc],
    tags: tuple[str, ...],
    old: Fact[tuple[str, syntax.DmarcRecord] | None],
    *,
    subdomain: bool,
) -> Fact[NamePolicy]:
    if isinstance(found, Unknown):
        return found
    asked = asked_policy(found.value.record, tags)
    if isinstance(old, Unknown):
        return Known(NamePolicy(found.value.at, asked, old))
    read = old.value[1] if old.value else None
    return Known(NamePolicy(found.value.at, asked, Known(legacy_policy(read, subdomain=subdomain))))


def legacy_policy(record: syntax.DmarcRecord | None, *, subdomain: bool) -> LegacyPolicy:
    """What a record asks of receivers that follow RFC 7489; without a `p`, or with an `sp`, that can be read, they send
    reports only (section 6.6.3)."""
    if record is None:
        return LegacyPolicy(None, 100)
    if record.p is None or record.sp_invalid:
        return LegacyPolicy(Policy.NONE if record.rua else None, 100)
    policy = record.sp if subdomain and record.sp is not None else record.p
    return LegacyPolicy(policy, 100 if record.pct is None else record.pct)
