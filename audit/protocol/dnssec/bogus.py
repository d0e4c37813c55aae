"""What of a domain's mail is bogus: whoever validates does not find it.

Without MX records, or addresses of the hosts that they name, mail waits with its sender. Without the TXT records that
hold SPF and DMARC, receivers cannot tell mail of the domain from forged mail: both end in temperror (RFC 7208 section
2.6.6, RFC 9989 section 4.10). A missing record is bogus as well where its denial cannot be proved. Where the policy of
another domain decides, that of the organization above, its record is looked at as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dmarc.stance import dmarc_stance
from audit.protocol.dnssec.confirmation import Bogus, confirmed
from audit.protocol.dnssec.domain import DMARC, DomainSecurity, domain_security
from audit.protocol.dnssec.host import MAX_PROVED, HostSecurity, host_security
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import trust_of
from audit.protocol.inquiry import Steps, attempt, inquiry, settle
from audit.protocol.mx.hosts import BUDGET, addressed, mail_hosts
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.state import State

LEADING = frozenset({"MX", "A", "AAAA"})  # types by which mail finds its way
Suspects: TypeAlias = Mapping[tuple[str, str], Fact[Security]]  # by name and type


@dataclass(frozen=True, slots=True)
class BogusFound:
    """What of a domain's mail is bogus for certain; `hole`: what may be as well, and could not be told. `withheld`:
    whether some of it keeps mail from the domain; `policies`: whether it hides the DMARC record of the domain, and of
    those above whose record decides."""

    found: tuple[Bogus, ...]
    hole: Unknown | None
    withheld: Fact[bool]
    policies: tuple[tuple[str, Fact[bool]], ...]

    @property
    def whole(self) -> Fact[bool]:
        """That there is no more."""
        return self.hole or Known(True)

    def hidden(self, at: str | None) -> Fact[bool]:
        """Whether the policy that stands at a name is not got by whoever walks there from the domain."""
        return any_of(fact for where, fact in self.policies if where in (self.policies[0][0], at))


@inquiry
def bogus_found(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[BogusFound]:
    """Look for what is bogus: the domain itself, its MX and TXT records, the addresses of its mail hosts."""
    trust = yield from trust_of(domain, settings, circumstances, vantage)
    own = yield from domain_security(domain, settings, circumstances, vantage)
    suspects, over, elsewhere = _of_domain(domain, own), None, None
    policies = {domain.name: (domain.name, "SOA") if own.gone else (DMARC.format(domain.name), "TXT")}
    if not own.gone:
        names, elsewhere = yield from _above(domain)
        policies |= {at: (DMARC.format(at), "TXT") for at in names}
        above = tuple(policies.values())[1:]
        suspects |= zip(above, (yield from attempt(security(n, t, trust) for n, t in above)), strict=True)
        mail = yield from settle(mail_hosts(domain))
        hosts, over = addressed(domain, mail.value) if isinstance(mail, Known) else ((), mail)
        over = over or (BUDGET if len(hosts) > MAX_PROVED else None)
        each = yield from attempt(
            host_security(domain, h, settings, circumstances, vantage) for h in hosts[:MAX_PROVED]
        )
        for host, fact in zip(hosts, each, strict=False):
            suspects |= _of_host(host.name, fact)
    bogus = [at for at, fact in suspects.items() if isinstance(fact, Known) and fact.value.state is State.BOGUS]
    claims = yield from attempt(confirmed(of, rdtype, trust, vantage) for of, rdtype in bogus)
    found = tuple(c.value for c in claims if isinstance(c, Known))
    told = {**suspects, **dict(zip(bogus, claims, strict=True))}
    lost = first_hole(*(fact for (_, rdtype), fact in told.items() if rdtype in LEADING), over)
    certain = own.gone or any(b.rdtype in LEADING for b in found)
    withheld = Known(True) if certain else lost or Known(False)
    hidden = tuple((name, _hidden(told[at])) for name, at in policies.items())
    return BogusFound(found, first_hole(*told.values(), over, elsewhere), withheld, hidden)


def _above(domain: Domain) -> Steps[tuple[tuple[str, ...], Unknown | None]]:
    """The other domains whose DMARC record decides for the domain, or for names below it; and the hole, where that is
    not known."""
    stance = yield from settle(dmarc_stance(domain))
    if isinstance(stance, Unknown):
        return (), stance
    each = stance.value.domain, stance.value.existing_subdomains, stance.value.nonexistent_subdomains
    at = dict.fromkeys(fact.value.at for fact in each if isinstance(fact, Known))
    return tuple(name for name in at if name and name != domain.name), first_hole(*each)


def _hidden(told: Fact[Security] | Fact[Bogus]) -> Fact[bool]:
    """Whether something is bogus for certain; what only may be so cannot be told."""
    return told if isinstance(told, Unknown) else Known(isinstance(told.value, Bogus))


def _of_domain(domain: Domain, own: DomainSecurity) -> dict[tuple[str, str], Fact[Security]]:
    """How the domain and its records stand; of a zone that is bogus as a whole that alone is said."""
    whole: dict[tuple[str, str], Fact[Security]] = {(domain.name, "SOA"): Known(own.own)}
    if own.gone:
        return whole
    named = (domain.name, "MX"), (domain.name, "TXT"), (DMARC.format(domain.name), "TXT")
    return whole | dict(zip(named, (own.mx, own.txt, own.dmarc), strict=True))


def _of_host(host: str, fact: Fact[HostSecurity]) -> Suspects:
    """How the addresses of a host stand."""
    if isinstance(fact, Unknown):
        return {(host, "A"): fact}
    return {(host, "A"): Known(fact.value.ipv4), (host, "AAAA"): fact.value.ipv6}
