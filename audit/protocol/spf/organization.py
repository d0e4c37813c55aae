"""Whom the organizational domain above a domain lets send (RFC 9989 section 4.4).

Under relaxed alignment, which is the default, a message whose envelope sender SPF lets pass for any name of an
organization may bear each other name of it in the From line. So however good a subdomain's own records are, whoever may
send as the organizational domain may send as the subdomain.
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, need
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dmarc.policies import dmarc_authority
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.protocol.spf.abandoned import SpfAbandoned, spf_abandoned
from audit.protocol.spf.crowd import NOT_VAST, Vast
from audit.protocol.spf.tree import spf_tree


@dataclass(frozen=True, slots=True)
class OrganizationSpf:
    """The organizational domain above a domain, None where the domain is that itself; by which terms of the SPF records
    there everybody may send, or very many, the latter also of receivers that put no limit to void lookups; and whether
    they lead to domains that anybody can register."""

    name: str | None
    everybody: Fact[tuple[str, ...]]
    vast: Fact[Vast]
    vast_if_patient: Fact[Vast]
    abandoned: Fact[SpfAbandoned]


@inquiry
def organization_spf(domain: Domain) -> Steps[OrganizationSpf]:
    """Walk the SPF record of the organizational domain as a stranger.

    Raises:
        Unestablished: it could not be seen which domain that is.
    """
    name = need((yield from dmarc_authority(domain)).org_domain_treewalk)
    if name == domain.name:
        return OrganizationSpf(None, Known(()), Known(NOT_VAST), Known(NOT_VAST), Known(SpfAbandoned((), None)))
    tree = yield from settle(spf_tree(Domain(name)))
    if not isinstance(tree, Known):
        return OrganizationSpf(name, tree, tree, tree, tree)
    abandoned = yield from settle(spf_abandoned(Domain(name)))
    of = tree.value
    return OrganizationSpf(name, of.everybody, of.vast, of.vast_if_patient, abandoned)
