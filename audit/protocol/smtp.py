"""The session with a mail server (RFC 5321, RFC 3207), read stage by stage.

A server that turns us away says nothing about itself: greylisting, rate limits and blocked scanners are `unknown`. Only
what a server says in a healthy dialogue counts, and a connection that fails counts against it only when ours is known
to be able to connect elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.catalog.operators import operator_of
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of
from audit.model.probe import Outcome, Reply, SmtpSession, SmtpVisit, Stage, StageName, TlsShown
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, ask, attempt, inquiry, settle
from audit.protocol.mx.hosts import BUDGET, addressed, host_addresses, mail_hosts, servers
from audit.protocol.vantage import UNTESTED_BY_IPV6, Vantage
from audit.syntax import smtp as syntax

OURS = {
    Outcome.GUARD_REFUSED: "net.guard_refused",
    Outcome.NOT_GATHERED: "not_gathered",
    Outcome.PAUSED: "smtp.paused",
    Outcome.BUDGET: "budget",
    Outcome.EGRESS_BLOCKED: "smtp.egress_blocked",
}
NOT_REACHED = frozenset({Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.CLOSED, Outcome.RESET})
TURNED_AWAY = {
    Outcome.DEFERRED: "smtp.tempfail",
    Outcome.REJECTED: "smtp.client_rejected",
    Outcome.CLOSED: "smtp.closed",
    Outcome.RESET: "smtp.closed",
    Outcome.TIMEOUT: "smtp.timeout",
    Outcome.NOT_SMTP: "smtp.not_smtp",
    Outcome.TOO_LONG: "smtp.reply_limit",
}
FAILED_TLS = frozenset({Outcome.REJECTED, Outcome.NOT_SMTP, Outcome.TLS_FAILED, Outcome.NOT_TLS})
NO_OCSP = "certificate status response"  # OpenSSL's words where what we asked for in vain ended it; senders do not ask
UNREADABLE_TLS = {
    Outcome.DEFERRED: "tls.temp_unavailable",
    Outcome.CLOSED: "tls.io",
    Outcome.RESET: "tls.io",
    Outcome.TIMEOUT: "tls.io",
    Outcome.TOO_LONG: "tls.too_long",
}


INJECTED = "plain text came after the reply to STARTTLS, before TLS began"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether a server's port could be connected to."""

    reached: bool
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether any server of the domain's mail could be connected to."""

    any: Fact[bool]


@dataclass(frozen=True, slots=True)
class Ipv6Reach:
    """Whether a server could be connected to at its IPv6 address, None where its address is of IPv4; and whether the
    same host could be by IPv4, which is false also when it has no such address."""

    contact: Fact[Contact] | None
    ipv4: Fact[bool]


@dataclass(frozen=True, slots=True)
class StartTls:
    """What a healthy dialogue says about STARTTLS."""

    offered: bool
    mangled: bool  # something on the way has overwritten the keyword


@dataclass(frozen=True, slots=True)
class NeighboursStartTls:
    """Whether another address of the host lacks STARTTLS as well: one session alone may have been tampered with."""

    lacking: Fact[bool]


@dataclass(frozen=True, slots=True)
class Mangled:
    """The operators at whose servers, in this run, the keyword STARTTLS was overwritten: where they are several, it is
    done near us rather than near each of them."""

    operators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Handshake:
    """How STARTTLS went; `shown` is None when it was not offered, or TLS did not come about."""

    offered: bool
    shown: TlsShown | None
    failure: str | None  # also of a handshake that ended well: text that somebody put before it


@inquiry
def contact(server: Server, settings: Settings, vantage: Vantage) -> Steps[Contact]:
    """Connect to a server."""
    visit, session = yield from visited(server, settings, vantage)
    connect = session.at(StageName.CONNECT)
    if connect is None:
        raise Unestablished(Unknown("not_gathered", (visit,)))
    if connect.outcome is not Outcome.OK and connect.outcome not in NOT_REACHED:
        raise Unestablished(Unknown(OURS.get(connect.outcome, f"smtp.{connect.outcome}"), (visit,)))
    if connect.outcome is not Outcome.OK and (doubt := _doubt(server, vantage)):
        raise Unestablished(Unknown(doubt, (visit,)))
    return Contact(connect.outcome is Outcome.OK, connect.outcome)


def _doubt(server: Server, vantage: Vantage) -> str | None:
    """Why a connection that failed may be our own network's doing."""
    by_ipv6 = ":" in server.address
    if vantage.port25 == Known(False) or (vantage.port25 != Known(True) and not by_ipv6):
        return "smtp.egress_blocked"
    return UNTESTED_BY_IPV6 if by_ipv6 and vantage.port25_ipv6 != Known(True) else None


@inquiry
def reach(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[Reach]:
    """Connect to every server of the domain's mail."""
    mail = yield from mail_hosts(domain)
    hosts, hole = addressed(domain, mail)
    facts = yield from attempt(_any_reached(h, settings, vantage) for h in hosts)
    return Reach(any_of([*facts, *([hole] if hole else [])]))


@inquiry
def ipv6_reach(server: Server, settings: Settings, vantage: Vantage) -> Steps[Ipv6Reach]:
    """Connect to a server at its IPv6 address, and to its host at each IPv4 address."""
    if ":" not in server.address:
        return Ipv6Reach(None, Known(True))
    here = yield from settle(contact(server, settings, vantage))
    found = yield from host_addresses(Host(server.host))
    if isinstance(found.ipv4, Unknown):
        return Ipv6Reach(here, found.ipv4)
    below = [s for s in servers(Host(server.host), found).known if s.address in found.ipv4.value]
    facts = yield from attempt(contact(s, settings, vantage) for s in below)
    seen: list[Fact[bool]] = [Known(f.value.reached) if isinstance(f, Known) else f for f in facts]
    hidden = [BUDGET] if len(found.ipv4.value) > len(below) else []
    return Ipv6Reach(here, any_of([*seen, *hidden]))


@inquiry
def start_tls(server: Server, settings: Settings, vantage: Vantage) -> Steps[StartTls]:
    """Read what a server offers after EHLO."""
    visit, session = yield from visited(server, settings, vantage)
    reached = yield from contact(server, settings, vantage)
    if not reached.reached:
        raise Unestablished(Unknown(f"smtp.connect_{reached.outcome}", (visit,)))
    said = syntax.capabilities(_greeted(visit, session))
    return StartTls(said.has("STARTTLS"), said.mangled)


@inquiry
def neighbours_start_tls(server: Server, settings: Settings, vantage: Vantage) -> Steps[NeighboursStartTls]:
    """Read what the host's other addresses offer after EHLO."""
    found = yield from host_addresses(Host(server.host))
    others = [s for s in servers(Host(server.host), found).known if s.address != server.address]
    offers = yield from attempt(start_tls(s, settings, vantage) for s in others)
    return NeighboursStartTls(any_of(Known(not o.value.offered) if isinstance(o, Known) else o for o in offers))


@inquiry
def handshake(server: Server, settings: Settings, vantage: Vantage) -> Steps[Handshake]:
    """Begin TLS. An alert or plain text is the server's doing; silence may be anybody's."""
    offer = yield from start_tls(server, settings, vantage)
    if not offer.offered:
        return Handshake(False, None, None)
    visit, session = yield from visited(server, settings, vantage)
    if session.tls is not None:
        return Handshake(True, session.tls, INJECTED if session.injected else None)
    command, tls = session.at(StageName.STARTTLS), session.at(StageName.TLS)
    if command is None or (command.outcome is Outcome.OK and tls is None):
        raise Unestablished(Unknown("not_gathered", (visit,)))
    last = command if command.outcome is not Outcome.OK or tls is None else tls
    if last.outcome is Outcome.TLS_FAILED and NO_OCSP in (last.detail or ""):
        raise Unestablished(Unknown("tls.stapled", (visit,)))
    if last.outcome not in FAILED_TLS:
        reason = UNREADABLE_TLS.get(last.outcome) or OURS.get(last.outcome, f"tls.{last.outcome}")
        raise Unestablished(Unknown(reason, (visit,)))
    return Handshake(True, None, _failure(last))


def mangled(sessions: Iterable[tuple[SmtpVisit, SmtpSession]]) -> Mangled:
    """Where something on the way has overwritten the keyword, among all sessions of a run."""
    hosts = (v.host for v, s in sessions if (ehlo := s.at(StageName.EHLO)) and ehlo.reply and _overwritten(ehlo.reply))
    return Mangled(frozenset(operator_of(host) for host in hosts))


def _overwritten(reply: Reply) -> bool:
    said = syntax.capabilities(reply)
    return said.mangled and not said.has("STARTTLS")


def visited(server: Server, settings: Settings, vantage: Vantage) -> Steps[tuple[SmtpVisit, SmtpSession]]:
    """The session with a server.

    Raises:
        Unestablished: its address is of a family that we do not have.
    """
    visit = SmtpVisit(host=server.host, address=server.address, port=settings.smtp_port)
    if ":" in server.address and vantage.ipv6 == Known(False):
        raise Unestablished(Unknown("vantage.no_ipv6"))
    return visit, (yield from ask(visit))


def _any_reached(host: Host, settings: Settings, vantage: Vantage) -> Steps[bool]:
    below = servers(host, (yield from host_addresses(host)))
    facts = yield from attempt(contact(s, settings, vantage) for s in below.known)
    seen: list[Fact[bool]] = [Known(f.value.reached) if isinstance(f, Known) else f for f in facts]
    any_reached = any_of([*seen, *([below.hole] if below.hole else [])])
    if isinstance(any_reached, Unknown):
        raise Unestablished(any_reached)
    return any_reached.value


def _greeted(visit: SmtpVisit, session: SmtpSession) -> Reply:
    """The reply to EHLO of a healthy dialogue. A server that refuses EHLO may offer more to others."""
    for name in (StageName.BANNER, StageName.EHLO):
        stage = session.at(name)
        if stage is None:
            raise Unestablished(Unknown("not_gathered", (visit,)))
        if stage.outcome is not Outcome.OK:
            raise Unestablished(Unknown(TURNED_AWAY.get(stage.outcome, f"smtp.{stage.outcome}"), (visit,)))
        if name is StageName.EHLO and stage.reply is not None:
            return stage.reply
    raise Unestablished(Unknown("not_gathered", (visit,)))


def _failure(stage: Stage) -> str:
    if stage.reply is not None:
        return f"{stage.reply.code} {' '.join(stage.reply.lines)}"[:200]
    return stage.detail or str(stage.outcome)
