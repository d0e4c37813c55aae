"""What DMARC asks for, worked out for the report: one row for the domain, and what was found for each kind of name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Question
from audit.model.report import FoundRecord
from audit.protocol.dmarc.policies import DmarcAuthority, DmarcPolicies, NamePolicy

NOT_THERE: Fact[Any] = Unknown("not_gathered")


def found_policies(domain: str, facts: Mapping[type, Fact[Any]]) -> Iterator[FoundRecord]:
    """Where the record is, to which organization the domain belongs, and what is asked for each kind of name."""
    authority: Fact[DmarcAuthority] = facts.get(DmarcAuthority, NOT_THERE)
    policies: Fact[DmarcPolicies] = facts.get(DmarcPolicies, NOT_THERE)
    if isinstance(authority, Unknown) or isinstance(policies, Unknown):
        return
    location = authority.value.record_location
    walked = authority.value.org_domain_treewalk
    at = location.value or domain if isinstance(location, Known) else domain
    yield FoundRecord(
        name=domain,
        type="policy",
        status="noerror",
        values=(
            f"record: {_known(location, 'none')}",
            f"organizational domain: {_known(walked)} (DNS), {authority.value.org_domain_psl} (suffix list)",
            *(f"{kind}: {_asked(policy)}" for kind, policy in policies.value.rows),
        ),
        evidence=Question(name=f"_dmarc.{at}", rdtype="TXT").key,
    )


def _asked(found: Fact[NamePolicy]) -> str:
    if isinstance(found, Unknown):
        return _known(found)
    policy, old = found.value, found.value.legacy
    asked = f"{policy.requested} ({policy.asked.tag} of {policy.at})" if policy.requested else "nothing"
    legacy = old.value.words if isinstance(old, Known) else _known(old)
    return f"{asked}; by RFC 7489: {legacy}"


def _known(fact: Fact[Any], none: str = "") -> str:
    return f"could not be told ({fact.reason})" if isinstance(fact, Unknown) else fact.value or none
