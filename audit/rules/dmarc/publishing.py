"""What findings on a DMARC record have in common: the record to publish instead, and whose it is that was found.

The record to publish is the owner's own, with only what is wrong in it changed. None asks for less than what applies to
the domain already.
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Fact, Known, need
from audit.model.report import SubjectName
from audit.protocol.dmarc.policies import DmarcPolicies
from audit.protocol.dmarc.walk import AppliedDmarc, asked_policy
from audit.rules.rule import cause
from audit.syntax import zonefile
from audit.syntax.dmarc import Policy, is_dmarc, parse
from audit.syntax.dmarc_edit import MAX_EDITED, with_tags

STRENGTH = (None, *Policy)  # from the weakest


def changed(dmarc: AppliedDmarc, **tags: str | None) -> tuple[str, ...]:
    """The record that applies with other values of these tags, None for those that go."""
    return published(dmarc, with_tags(dmarc.record.text, **tags)) if dmarc.record else ()


def published(dmarc: AppliedDmarc, text: str) -> tuple[str, ...]:
    """A record in the place of the one that applies; none where somebody else keeps that, or where it is too long."""
    if dmarc.at is None or registrable(dmarc.at) is None or not is_dmarc(text) or len(text) > MAX_EDITED:
        return ()
    stands = dmarc.alias or f"_dmarc.{dmarc.at}"
    return (zonefile.txt(stands, text),) if registrable(stands) == registrable(dmarc.at) else ()


def of_record(dmarc: AppliedDmarc) -> tuple[SubjectName, ...]:
    """The domain whose record is to blame: others may inherit it."""
    return (cause("domain", dmarc.at),) if dmarc.at else ()


def first_record(domain: str, sends: Fact[bool], takes_mail: Fact[bool], asked: str = "p=none") -> str | None:
    """The record to begin with, which asks for what is asked already. Who takes mail has a postmaster (RFC 5321 section
    4.5.1), who may be sent reports."""
    reports = f"; rua=mailto:postmaster@{domain}" if takes_mail == Known(True) else ""
    if sends == Known(False):
        return f"v=DMARC1; p=reject{reports}"
    return f"v=DMARC1; {asked}{reports}" if reports else None


def asked_now(policies: DmarcPolicies) -> str:
    """The tags of a record of the domain's own that asks, for each kind of name, for no less than what applies."""
    own = need(policies.domain)
    tags: dict[str, Policy] = {"p": own.written or Policy.NONE}
    for tag, kind in (("sp", need(policies.existing_subdomains)), ("np", need(policies.nonexistent_subdomains))):
        if STRENGTH.index(kind.written) > STRENGTH.index(list(tags.values())[-1]):
            tags[tag] = kind.written or Policy.NONE
    test = "; t=y" if own.written is not own.requested else ""
    return "; ".join(f"{tag}={policy}" for tag, policy in tags.items()) + test


def no_weaker(policies: DmarcPolicies, text: str) -> bool:
    """Whether a record of the domain's own asks, for each kind of name, for no less than what is known to apply."""
    record = parse(text)
    kinds = (
        (policies.domain, ("p",)),
        (policies.existing_subdomains, ("sp", "p")),
        (policies.nonexistent_subdomains, ("np", "sp", "p")),
    )
    return all(
        isinstance(kind, Known)
        and STRENGTH.index(asked_policy(record, tags).requested) >= STRENGTH.index(kind.value.requested)
        for kind, tags in kinds
    )
