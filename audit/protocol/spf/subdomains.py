"""Names below a domain: those that its owner wants looked at, and those that a wildcard makes. SPF is not inherited
(RFC 7208 section 10.1.2): a host that has an address can be written as a sender, and only a record of its own says who
may. What passes there is aligned with the domain above (RFC 9989 section 4.4), if that does not ask for strictness.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain, Host, Subdomain
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import unlikely
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, attempt, inquiry, records, settle
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.spf.abandoned import SpfAbandoned, spf_abandoned
from audit.protocol.spf.tree import SpfTree, spf_record, spf_tree
from audit.syntax.names import DomainName, domain_name

MAX_SUBDOMAINS = 8  # four questions each, and what its SPF record leads to
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class SubdomainMail:
    """What a name below the domain shows of mail. `spf` are the SPF records at it."""

    mx: Fact[bool]
    address: Fact[bool]
    spf: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubdomainSpf:
    """Whom a name below the domain lets send, and whether its record leads to domains that anybody can register."""

    tree: SpfTree
    abandoned: Fact[SpfAbandoned]


@dataclass(frozen=True, slots=True)
class WildcardSpf:
    """The same of each name below the domain that nobody made."""

    tree: SpfTree
    abandoned: Fact[SpfAbandoned]


@inquiry
def subdomain_spf(subdomain: Subdomain) -> Steps[SubdomainSpf]:
    """Read the SPF record at a name below the domain, and those that it includes."""
    return SubdomainSpf(*(yield from _lets_send(Domain(subdomain.name))))


@inquiry
def wildcard_spf(domain: Domain) -> Steps[WildcardSpf]:
    """Read the SPF record of a name that nobody made, and those that it includes."""
    return WildcardSpf(*(yield from _lets_send(Domain(f"{unlikely(domain.name)}.{domain.name}"))))


def _lets_send(name: Domain) -> Steps[tuple[SpfTree, Fact[SpfAbandoned]]]:
    tree = yield from spf_tree(name)
    return tree, (yield from settle(spf_abandoned(name)))


@inquiry
def subdomain_mail(subdomain: Subdomain) -> Steps[SubdomainMail]:
    """See whether mail could come from a name, and whether it says who may send."""
    spf = yield from spf_record(Domain(subdomain.name))
    (hosts,) = yield from attempt((records(Question(name=subdomain.name, rdtype="MX")),))
    (own,) = yield from attempt((host_addresses(Host(subdomain.name)),))
    mx: Fact[bool] = Known(any(r.split()[-1:] != ["."] for r in hosts.value)) if isinstance(hosts, Known) else hosts
    return SubdomainMail(mx, own.value.any if isinstance(own, Known) else own, spf.found)


def subdomains(domain: Domain, options: DomainOptions) -> Children[Subdomain]:
    """The names that the user wrote, relative to the domain or in full."""
    names = dict.fromkeys(_full(name, domain.name) for name in options.subdomains)
    chosen = [Subdomain(name) for name in names if name and name != domain.name]
    return Children(tuple(chosen[:MAX_SUBDOMAINS]), BUDGET if len(chosen) > MAX_SUBDOMAINS else None)


def _full(name: str, domain: str) -> str | None:
    """The name in full and in A-labels; None for one that is no name."""
    whole = domain_name(name if name == domain or name.endswith(f".{domain}") else f"{name}.{domain}")
    return whole.ascii if isinstance(whole, DomainName) else None
