"""How mail comes to a domain, as senders of three kinds go about it (RFC 5321 section 5.1).

All of them try the hosts by preference, and each address of a host, until one takes the mail. A plain sender encrypts
where it can (RFC 7435) and falls back to plain text, as far as its maker lets it. One that honours MTA-STS passes over
hosts that an enforced policy does not cover, and over servers that cannot prove who they are (RFC 8461 section 5). One
that validates DANE does so where signed TLSA records tell it which certificate to expect (RFC 7672 section 2.2); where
the MX records themselves are forged it does not deliver at all.

Only what was seen counts: mail itself is never handed over here. A server that could not be seen may take the mail or
not, so what comes after it is not certain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.report import Turn
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.confirmation import confirmed
from audit.protocol.dnssec.domain import domain_security
from audit.protocol.dnssec.host import TlsaFound, tlsa_found
from audit.protocol.dnssec.security import Security
from audit.protocol.dnssec.trust import trust_of
from audit.protocol.inquiry import Steps, attempt, inquiry, settle
from audit.protocol.mta_sts.cover import sts_heeded, tls_proof
from audit.protocol.mx.hosts import BUDGET, HostAddresses, MailHosts, addressed, host_addresses, mail_hosts, servers
from audit.protocol.smtp import contact, handshake
from audit.protocol.vantage import Vantage
from audit.syntax import dane
from audit.syntax.chain import TrustStore
from audit.syntax.dnssec.state import State
from audit.syntax.mta_sts import Mode, StsPolicy

MAX_STEPS = 24


class Sender(StrEnum):
    PLAIN = "plain"
    MTA_STS = "mta_sts"
    DANE = "dane"


HANDED_OVER = frozenset({Turn.AUTHENTICATED, Turn.ENCRYPTED, Turn.FALLBACK, Turn.CLEAR})


@dataclass(frozen=True, slots=True)
class SenderStep:
    """One server, or a host that is passed over whole. `detail` says what was met; of an unknown turn its reason."""

    preference: int | None  # None: the domain itself takes its mail
    host: str
    address: str | None
    turn: Turn
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SenderPath:
    """The steps of one kind of sender, up to the server that takes the mail. `as_plain`: it finds nothing to heed."""

    sender: Sender
    steps: tuple[SenderStep, ...]
    as_plain: bool

    @property
    def certain(self) -> bool:
        """Whether the end does not hang on a server that could not be seen."""
        return not any(step.turn is Turn.UNKNOWN for step in self.steps)

    @property
    def end(self) -> Turn | None:
        """How the mail is handed over; None when it is not."""
        return next((step.turn for step in self.steps if step.turn in HANDED_OVER), None)


@dataclass(frozen=True, slots=True)
class SenderPaths:
    """The paths of all kinds of senders; none of a domain that takes no mail. `servers` are all that a plain sender
    may come to, whether or not one before takes the mail."""

    paths: tuple[SenderPath, ...]
    servers: tuple[SenderStep, ...] = ()


Met: TypeAlias = tuple[Turn, str]
Way: TypeAlias = Callable[[Server], Steps[Met]]


@dataclass(frozen=True, slots=True)
class _Place:
    """A host in the order in which senders try it, and its servers. `unseen`: addresses that could not be looked up,
    which a sender may try first. `barred` is why one kind of sender passes it by."""

    preference: int | None
    host: str
    servers: tuple[Server, ...]
    unseen: Unknown | None
    barred: Met | None = None


@dataclass(frozen=True, slots=True)
class _Expected:
    """What signed TLSA records say of a host. `named` is the domain, where its MX records are signed as well."""

    tlsa: TlsaFound
    named: tuple[str, ...]
    at: datetime


@inquiry
def sender_paths(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[SenderPaths]:
    """Go the way of each kind of sender.

    Raises:
        Unestablished: the mail hosts are not known, and not because they are forged.
    """
    try:
        mail = yield from mail_hosts(domain)
    except Unestablished as end:
        believed = yield from _believed_mx(domain, settings, circumstances, vantage)
        if not isinstance(believed, SenderPath) or not believed.certain:
            raise
        unseen = (_unseen(end.unknown),)
        others = (SenderPath(kind, unseen, as_plain=False) for kind in (Sender.PLAIN, Sender.MTA_STS))
        return SenderPaths((*others, believed))
    if mail.null or not (mail.hosts or mail.implicit):
        return SenderPaths(())
    places = yield from _places(domain, mail)

    def plain(server: Server) -> Steps[Met]:
        return _plainly(server, settings, vantage)

    def proved(server: Server) -> Steps[Met]:
        return _proved(server, settings, vantage, circumstances, store)

    heeded = (yield from sts_heeded(domain, settings, vantage, circumstances, store)).policy
    usual = yield from _steps(places, plain)
    paths = [SenderPath(Sender.PLAIN, usual, as_plain=True)]
    if isinstance(heeded, Unknown):
        paths.append(SenderPath(Sender.MTA_STS, (_unseen(heeded),), as_plain=False))
    elif heeded.value is None or heeded.value.mode is not Mode.ENFORCE:
        paths.append(SenderPath(Sender.MTA_STS, usual, as_plain=True))
    else:
        covered = tuple(_covered(place, heeded.value) for place in places)
        paths.append(SenderPath(Sender.MTA_STS, (yield from _steps(covered, proved)), as_plain=False))
    paths.append((yield from _by_dane(domain, places, settings, circumstances, vantage)))
    return SenderPaths(tuple(paths), (yield from _steps(places, plain, to_the_end=True)))


def _believed_mx(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[Security | SenderPath]:
    """How the MX records stand for a sender that validates DANE; or its path, where it ends with them."""
    stands = yield from settle(domain_security(domain, settings, circumstances, vantage))
    mx = stands.value.mx if isinstance(stands, Known) else stands
    if isinstance(mx, Known) and mx.value.state is State.BOGUS:
        trust = yield from trust_of(domain, settings, circumstances, vantage)
        gone = isinstance(stands, Known) and stands.value.gone  # the one proof counts for all of the zone
        claim = yield from settle(confirmed(domain.name, "SOA" if gone else "MX", trust, vantage))
        mx = claim if isinstance(claim, Unknown) else mx
    if isinstance(mx, Unknown):
        return SenderPath(Sender.DANE, (_unseen(mx),), as_plain=False)
    if mx.value.state is not State.BOGUS:
        return mx.value
    forged = SenderStep(None, domain.name, None, Turn.FORGED, mx.value.standing.where)
    return SenderPath(Sender.DANE, (forged,), as_plain=False)


def _by_dane(
    domain: Domain, places: tuple[_Place, ...], settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[SenderPath]:
    """The way of a sender that validates DANE: it believes no MX that fails validation, and looks for TLSA records of
    each host whose addresses are secure."""
    mx = yield from _believed_mx(domain, settings, circumstances, vantage)
    if isinstance(mx, SenderPath):
        return mx
    found = yield from attempt(
        tlsa_found(domain, Host(place.host), settings, circumstances, vantage) for place in places
    )
    pinned = {p.host: f.value for p, f in zip(places, found, strict=True) if isinstance(f, Known) and _counts(f.value)}
    named = (domain.name,) if mx.state is State.SECURE else ()

    def way(server: Server) -> Steps[Met]:
        tlsa = pinned.get(server.host)
        if tlsa is None:
            return _plainly(server, settings, vantage)
        return _matched(server, _Expected(tlsa, named, circumstances.observed_at), settings, vantage)

    barred = tuple(_validated(place, fact) for place, fact in zip(places, found, strict=True))
    as_plain = not pinned and not any(place.barred for place in barred)
    return SenderPath(Sender.DANE, (yield from _steps(barred, way)), as_plain=as_plain)


def _counts(found: TlsaFound) -> bool:
    """Whether there are TLSA records that senders believe."""
    return bool(found.records) and found.security is not None and found.security.state is State.SECURE


def _validated(place: _Place, found: Fact[TlsaFound]) -> _Place:
    """Past a host whose TLSA records could not be asked, or fail validation, a sender goes (RFC 7672 section 2.1)."""
    if isinstance(found, Unknown):
        return replace(place, barred=(Turn.UNKNOWN, found.reason))
    security = found.value.security
    if security is not None and security.state is State.BOGUS:
        return replace(place, barred=(Turn.FORGED, security.standing.where))
    return place


def _places(domain: Domain, mail: MailHosts) -> Steps[tuple[_Place, ...]]:
    """The hosts by preference, and then by name, as no sender has to choose among equals in any order."""
    best: dict[str, int] = {}
    for exchange in mail.exchanges:
        best.setdefault(exchange.host, exchange.preference)
    hosts, hole = addressed(domain, mail)
    found = yield from attempt(host_addresses(host) for host in hosts)
    places = [_place(best.get(h.name), h.name, f) for h, f in zip(hosts, found, strict=True)]
    return (*places, *([_Place(None, domain.name, (), hole)] if hole else []))


def _place(preference: int | None, host: str, found: Fact[HostAddresses]) -> _Place:
    if isinstance(found, Unknown):
        return _Place(preference, host, (), found)
    below = servers(Host(host), found.value)
    return _Place(preference, host, below.known, below.hole)


def _steps(places: tuple[_Place, ...], way: Way, *, to_the_end: bool = False) -> Steps[tuple[SenderStep, ...]]:
    """Each step up to the first server that takes the mail, or past it."""
    taken: list[SenderStep] = []
    for place in places:
        if place.barred:
            taken.append(SenderStep(place.preference, place.host, None, *place.barred))
            continue
        if place.unseen:
            taken.append(SenderStep(place.preference, place.host, None, Turn.UNKNOWN, place.unseen.reason))
        elif not place.servers:
            taken.append(SenderStep(place.preference, place.host, None, Turn.ABSENT))
        for server in place.servers:
            if len(taken) >= MAX_STEPS - to_the_end:
                return (*taken, _unseen(BUDGET))
            turn, detail = yield from way(server)
            taken.append(SenderStep(place.preference, place.host, server.address, turn, detail))
            if turn in HANDED_OVER and not to_the_end:
                return tuple(taken)
    return tuple(taken)


def _plainly(server: Server, settings: Settings, vantage: Vantage) -> Steps[Met]:
    closed = yield from _closed(server, settings, vantage)
    if closed is not None:
        return closed
    ended = yield from settle(handshake(server, settings, vantage))
    if isinstance(ended, Unknown):
        return Turn.UNKNOWN, ended.reason
    if not ended.value.offered:
        return Turn.CLEAR, ""
    if ended.value.shown is None:
        return Turn.FALLBACK, ended.value.failure or ""
    return Turn.ENCRYPTED, ended.value.shown.version


def _proved(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[Met]:
    closed = yield from _closed(server, settings, vantage)
    if closed is not None:
        return closed
    failures = (yield from tls_proof(server, settings, vantage, circumstances, store)).failures
    if isinstance(failures, Unknown):
        return Turn.UNKNOWN, failures.reason
    return (Turn.UNPROVED, "; ".join(failures.value)) if failures.value else (Turn.AUTHENTICATED, "")


def _matched(server: Server, expected: _Expected, settings: Settings, vantage: Vantage) -> Steps[Met]:
    """A server whose certificate signed TLSA records name."""
    closed = yield from _closed(server, settings, vantage)
    if closed is not None:
        return closed
    ended = yield from settle(handshake(server, settings, vantage))
    if isinstance(ended, Unknown):
        return Turn.UNKNOWN, ended.reason
    if ended.value.shown is None:
        return Turn.UNPROVED, f"TLS fails: {ended.value.failure}" if ended.value.offered else "no STARTTLS"
    names = tuple(dict.fromkeys(n for n in (expected.tlsa.base, *expected.named) if n))
    records = (r for text in expected.tlsa.records if (r := dane.read(text)) is not None)
    verdict = dane.judged(records, ended.value.shown.chain, names, expected.at)
    if verdict.state is dane.Dane.NO_MATCH:
        return Turn.UNPROVED, "no TLSA record fits its certificate"
    if verdict.state is dane.Dane.UNUSABLE:
        return Turn.ENCRYPTED, f"{ended.value.shown.version}; no TLSA record can be used"
    if not expected.named:
        return (
            Turn.ENCRYPTED,
            f"{ended.value.shown.version}; its certificate is the one expected, the MX records unsigned",
        )
    return Turn.AUTHENTICATED, ""


def _closed(server: Server, settings: Settings, vantage: Vantage) -> Steps[Met | None]:
    """That no connection comes about, or that this is not known; None where it does."""
    met = yield from settle(contact(server, settings, vantage))
    if isinstance(met, Unknown):
        return Turn.UNKNOWN, met.reason
    return None if met.value.reached else (Turn.CLOSED, str(met.value.outcome))


def _covered(place: _Place, policy: StsPolicy) -> _Place:
    return place if policy.covers(place.host) else replace(place, barred=(Turn.UNCOVERED, ""))


def _unseen(hole: Unknown) -> SenderStep:
    return SenderStep(None, "", None, Turn.UNKNOWN, hole.reason)
