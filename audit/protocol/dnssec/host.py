"""How the addresses of a mail host stand by DNSSEC, and its TLSA records, which mean something only where those are
secure (RFC 7672 section 2.2.2)."""

from __future__ import annotations

from audit.catalog.suffixes import registry_domain
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.chain import COSTLY, delegation, see
from audit.protocol.dnssec.confirmation import confirmed
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import Trust, trust_of
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.protocol.mx.hosts import BUDGET, addressed, host_addresses, mail_hosts
from audit.protocol.vantage import Vantage
from audit.syntax.dane import MAX_RECORDS
from audit.syntax.dnssec.state import State

MAX_PROVED = 8  # hosts, the first that senders try
TLSA = "_25._tcp.{}"  # RFC 7672 section 2.2.3: SMTP between servers has one port


@dataclass(frozen=True, slots=True)
class HostSecurity:
    """How the addresses of a host stand, each family by itself."""

    ipv4: Security
    ipv6: Fact[Security]

    @property
    def secure(self) -> Fact[bool]:
        """Whether both are secure, which TLSA records need."""
        if self.ipv4.state is not State.SECURE:
            return Known(False)
        return Known(self.ipv6.value.state is State.SECURE) if isinstance(self.ipv6, Known) else self.ipv6


@dataclass(frozen=True, slots=True)
class TlsaFound:
    """The TLSA records of a host, and where they stand; `security` is None where they were not asked, since the
    addresses are not secure, and that of the addresses where those are bogus. `base`: the name that they belong to."""

    base: str | None
    records: tuple[str, ...]
    security: Security | None


@inquiry
def host_security(
    domain: Domain, host: Host, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[HostSecurity]:
    """Establish how the addresses of a mail host stand.

    Raises:
        Unestablished: they could not be asked, or senders try so many others before.
    """
    hosts, _ = addressed(domain, (yield from mail_hosts(domain)))
    if host not in hosts[:MAX_PROVED]:
        raise Unestablished(BUDGET)
    trust = yield from trust_of(domain, settings, circumstances, vantage)
    unsigned = yield from _unsigned(host, trust)
    if unsigned is not None:
        return HostSecurity(unsigned, Known(unsigned))
    ipv4 = yield from security(host.name, "A", trust)
    return HostSecurity(ipv4, (yield from settle(security(host.name, "AAAA", trust))))


def _unsigned(host: Host, trust: Trust) -> Steps[Security | None]:
    """That the host lies in an unsigned domain, which one question tells for all its hosts."""
    above, closest = registry_domain(host.name), trust.closest(host.name)
    aliases = (yield from host_addresses(host)).aliases
    if above is None or closest is None or aliases or closest == above or closest.endswith(f".{above}"):
        return None
    standing = (yield from delegation(above, trust)).standing
    return Security(standing) if standing.state is State.INSECURE else None


@inquiry
def tlsa_found(
    domain: Domain, host: Host, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[TlsaFound]:
    """Look for the TLSA records of a host: at the end of its aliases, then at its name; at its name alone, where that
    is a signed alias to unsigned addresses (RFC 7672 section 2.2.2).

    Raises:
        Unestablished: something could not be asked, or is bogus and not certainly so.
    """
    stands = yield from host_security(domain, host, settings, circumstances, vantage)
    trust = yield from trust_of(domain, settings, circumstances, vantage)
    for rdtype, family in (("A", Known(stands.ipv4)), ("AAAA", stands.ipv6)):
        if isinstance(family, Known) and family.value.state is State.BOGUS:  # whoever validates finds no host
            yield from confirmed(host.name, rdtype, trust, vantage)
            return TlsaFound(None, (), family.value)
    if isinstance(stands.secure, Unknown):
        raise Unestablished(stands.secure)
    aliases = (yield from host_addresses(host)).aliases
    bases: tuple[str, ...] = (*aliases[-1:], host.name)
    if not stands.secure.value:
        signed = bool(aliases) and (yield from security(host.name, "CNAME", trust)).state is State.SECURE
        bases = (host.name,) if signed else ()
    found = TlsaFound(None, (), None)
    for base in bases:
        found = yield from _at(base, trust, vantage)
        if found.records or found.security is None or found.security.state is not State.SECURE:
            break
    return found


def _at(base: str, trust: Trust, vantage: Vantage) -> Steps[TlsaFound]:
    where = TLSA.format(base)
    stands = yield from security(where, "TLSA", trust)
    if stands.state is State.BOGUS:
        yield from confirmed(where, "TLSA", trust, vantage)
    seen = yield from see(where, "TLSA")
    if len(seen.answer.records) > MAX_RECORDS:  # what is not read may be what counts
        raise Unestablished(Unknown(COSTLY, (seen.question,)))
    return TlsaFound(base, seen.answer.records, stands)
