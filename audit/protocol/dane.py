"""DANE for SMTP (RFC 7672): what TLSA records say of a mail host, and how the certificates of its servers fit them.

A sender that validates DANE looks for records at `_25._tcp` below the host, if the host's addresses are signed. Signed
records bind it: it wants TLS, and where one of them can be used, a certificate that fits one (section 2.2). It goes
past a host whose records, or the proof that there are none, fail validation. Those of an unsigned zone bind nobody.

A server may have two certificates, with an RSA and an ECDSA key, and show each sender the one that it asks for. So all
chains count that were seen, and one that should have been seen and was not leaves the answer open.
"""

from __future__ import annotations

from datetime import datetime

from audit.model.evidence import Settings, TlsDepth
from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.hello import Offer
from audit.model.probe import Question, SmtpVisit
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.domain import domain_security
from audit.protocol.dnssec.host import TLSA, host_security, tlsa_found
from audit.protocol.dnssec.security import Security
from audit.protocol.inquiry import Steps, answer, attempt, every, inquiry, settle
from audit.protocol.mx.hosts import addressed, host_addresses, mail_hosts, servers
from audit.protocol.smtp import handshake
from audit.protocol.tls_offers import SAMPLED, other_key, tls_offers
from audit.protocol.vantage import Vantage
from audit.syntax import dane
from audit.syntax.chain import TrustStore
from audit.syntax.dane import DaneVerdict, Tlsa
from audit.syntax.dane_unsent import Unsent, unsent
from audit.syntax.dnssec.state import Standing, State

NONE_SHOWN = "cert.none_shown"
NO_RECORDS: Fact[tuple[str, ...]] = Known(())


@dataclass(frozen=True, slots=True)
class HostTlsa:
    """The TLSA records of a host. `base` is the name to which signed ones belong, or would, if there are none; None
    where senders do not look for any. `failing`: what of the records, or of the addresses where `base` is None, fails
    validation. `unsigned` are records that stand where nothing is signed."""

    base: str | None = None
    records: tuple[str, ...] = ()
    failing: Standing | None = None
    unsigned: Fact[tuple[str, ...]] = NO_RECORDS

    @property
    def signed(self) -> bool:
        """Whether there are records that bind senders."""
        return bool(self.records)

    @property
    def able(self) -> bool:
        """Whether signed records could be had: all is signed up to where they belong."""
        return self.base is not None and self.failing is None

    @property
    def read(self) -> tuple[Tlsa, ...]:
        return tuple(r for text in self.records if (r := dane.read(text)) is not None)

    @property
    def usable(self) -> tuple[Tlsa, ...]:
        return tuple(r for r in self.read if dane.unusable(r) is None)


@dataclass(frozen=True, slots=True)
class ShownChain:
    """A chain as sent. `asked`: to senders that ask for this kind of key; None: to us, who take either."""

    chain: tuple[bytes, ...]
    asked: Offer | None = None


@dataclass(frozen=True, slots=True)
class ShownChains:
    """The chains that a server was seen to show; none where it has no TLS, `failure` saying why. `hole`: why there may
    be another."""

    chains: tuple[ShownChain, ...] = ()
    failure: str | None = None
    hole: Unknown | None = None


@dataclass(frozen=True, slots=True)
class HostKeys:
    """The chains that the servers of a host show, and the addresses at which none was seen; `hole`: why."""

    chains: tuple[tuple[bytes, ...], ...]
    unseen: tuple[str, ...] = ()
    hole: Unknown | None = None

    @property
    def leaves(self) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(chain[0] for chain in self.chains))


@dataclass(frozen=True, slots=True)
class DaneHosts:
    """The mail hosts of a domain, with their records and keys, in the order in which senders try them. `mx`: how the MX
    records stand; `hole`: there are more hosts than are looked at."""

    rows: tuple[tuple[str, Fact[HostTlsa], HostKeys], ...]
    mx: Fact[Security]
    hole: Unknown | None


@dataclass(frozen=True, slots=True)
class Fitting:
    """A chain, and what the records make of it."""

    shown: ShownChain
    verdict: DaneVerdict
    unsent: Unsent


@dataclass(frozen=True, slots=True)
class DaneMatch:
    """What signed TLSA records come to at a server. `failure`: why it has no TLS; `hole`: why there may be another
    chain."""

    bound: bool  # there are such records
    fittings: tuple[Fitting, ...] = ()
    failure: str | None = None
    hole: Unknown | None = None


@inquiry
def host_tlsa(
    domain: Domain, host: Host, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[HostTlsa]:
    """Find the TLSA records of a host, as senders see them, and those that they do not see."""
    found = yield from tlsa_found(domain, host, settings, circumstances, vantage)
    if found.security is None:
        hidden = yield from settle(_unsigned(domain, host, settings, circumstances, vantage))
        return HostTlsa(unsigned=hidden)
    if found.security.state is State.BOGUS:
        return HostTlsa(found.base, failing=found.security.standing)
    if found.security.state is State.SECURE:
        return HostTlsa(found.base, found.records)
    return HostTlsa(unsigned=Known(found.records))


def _unsigned(
    domain: Domain, host: Host, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[tuple[str, ...]]:
    """The records of a host whose addresses are not signed."""
    stands = yield from host_security(domain, host, settings, circumstances, vantage)
    if stands.ipv4.state is State.INDETERMINATE:
        return ()
    aliases = (yield from host_addresses(host)).aliases
    for base in (*aliases[-1:], host.name):
        found = yield from answer(Question(name=TLSA.format(base), rdtype="TLSA"))
        if found.records:
            return found.records
    return ()


@inquiry
def host_keys(host: Host, settings: Settings, vantage: Vantage) -> Steps[HostKeys]:
    """See which certificates the servers of a host show, as far as that is looked at."""
    if not settings.smtp:
        return HostKeys((), (host.name,), Unknown("not_selected"))
    found = yield from settle(host_addresses(host))
    if isinstance(found, Unknown):
        return HostKeys((), (host.name,), found)
    below = servers(host, found.value)
    seen = yield from attempt(shown_chains(s, settings, vantage) for s in below.known)
    known = {s.address: f.value for s, f in zip(below.known, seen, strict=True) if isinstance(f, Known)}
    chains = dict.fromkeys(shown.chain for each in known.values() for shown in each.chains)
    unseen = tuple(s.address for s in below.known if not (s.address in known and known[s.address].chains))
    return HostKeys(tuple(chains), unseen, first_hole(*seen, *(each.hole for each in known.values()), below.hole))


@inquiry
def dane_hosts(domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage) -> Steps[DaneHosts]:
    """Find the TLSA records of all hosts that take the domain's mail."""
    hosts, over = addressed(domain, (yield from mail_hosts(domain)))
    tlsa = yield from attempt(host_tlsa(domain, h, settings, circumstances, vantage) for h in hosts)
    keys = yield from every(host_keys(h, settings, vantage) for h in hosts)
    mx = yield from mail_security(domain, settings, circumstances, vantage)
    return DaneHosts(tuple(zip((h.name for h in hosts), tlsa, keys, strict=True)), mx, over)


@inquiry
def dane_match(  # noqa: PLR0917 -- what an inquiry takes is found by type
    domain: Domain,
    server: Server,
    settings: Settings,
    circumstances: Circumstances,
    vantage: Vantage,
    store: TrustStore,
) -> Steps[DaneMatch]:
    """Hold what a server shows against the signed TLSA records of its host."""
    tlsa = yield from host_tlsa(domain, Host(server.host), settings, circumstances, vantage)
    if not tlsa.signed:
        return DaneMatch(bound=False)
    shown = yield from shown_chains(server, settings, vantage)
    base, at = tlsa.base or server.host, circumstances.observed_at
    mx = yield from mail_security(domain, settings, circumstances, vantage)
    signed = isinstance(mx, Known) and mx.value.state is State.SECURE
    names = (base, domain.name) if signed else (base,)
    judged = [(s, dane.judged(tlsa.read, s.chain, names, at)) for s in shown.chains]
    fittings = tuple(Fitting(s, v, unsent(v.fits, s.chain, at, store)) for s, v in judged)
    if isinstance(mx, Unknown) and any(_hangs_on(domain.name, tlsa, f, at) for f in fittings):
        raise Unestablished(mx)
    return DaneMatch(bound=True, fittings=fittings, failure=shown.failure, hole=shown.hole)


def _hangs_on(name: str, tlsa: HostTlsa, fitting: Fitting, at: datetime) -> bool:
    """Whether a chain would fit if one name more counted."""
    named = dane.judged(tlsa.read, fitting.shown.chain, (tlsa.base or name, name), at)
    return named.state is not fitting.verdict.state


@inquiry
def shown_chains(server: Server, settings: Settings, vantage: Vantage) -> Steps[ShownChains]:
    """See the chains that a server shows to senders that ask for one kind of key or the other.

    Raises:
        Unestablished: it could not be visited, or no certificate was kept of its session.
    """
    ended = yield from handshake(server, settings, vantage)
    if ended.shown is None:
        failure = f"offers STARTTLS, but TLS fails: {ended.failure}" if ended.offered else "does not offer STARTTLS"
        return ShownChains(failure=failure)
    if not ended.shown.chain:
        visit = SmtpVisit(host=server.host, address=server.address, port=settings.smtp_port)
        raise Unestablished(Unknown(NONE_SHOWN, (visit,)))
    own = ShownChain(ended.shown.chain)
    wanted = other_key(ended.shown) if settings.tls_depth is TlsDepth.FULL else None
    if wanted is None:
        return ShownChains((own,))
    offers = yield from settle(tls_offers(server, settings, vantage))
    taken = offers if isinstance(offers, Unknown) else offers.value.taken(wanted)
    if isinstance(taken, Unknown):
        return ShownChains((own,), hole=None if taken.reason == SAMPLED else taken)
    if taken.value is None or taken.value.chain[:1] == own.chain[:1]:
        return ShownChains((own,))
    if not taken.value.chain:
        return ShownChains((own,), hole=Unknown(NONE_SHOWN))
    return ShownChains((own, ShownChain(taken.value.chain, wanted)))


def mail_security(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[Fact[Security]]:
    """How the MX records stand. Where they are signed, a certificate below an authority that TLSA records name may bear
    the domain's name as well (RFC 7672 section 3.2.2)."""
    stands = yield from settle(domain_security(domain, settings, circumstances, vantage))
    return stands.value.mx if isinstance(stands, Known) else stands
