"""How a mail server introduces itself (RFC 5321 sections 3.1, 3.2, 4.2, 4.3.1): its greeting, and its answer to EHLO.

The greeting is `220`, the server's name, and what it likes to add. A server that defers or refuses us here may greet
others well, so that its code says nothing of it. A server may take its time on purpose, up to five minutes
(section 4.5.3.2.1). One that does not know EHLO has no extensions, and so no STARTTLS.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Outcome, Question, Reply, SmtpSession, SmtpVisit, Stage, StageName
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry, records, settle
from audit.protocol.mx.hosts import BUDGET, addressed, host_addresses, mail_hosts, servers
from audit.protocol.smtp import OURS, TURNED_AWAY, contact, visited
from audit.protocol.vantage import Vantage
from audit.syntax.names import as_address, canonical, host_fault

SLOW = 30_000  # milliseconds; senders of old gave up after thirty seconds, and impatient ones still do
HOSTS_FOLLOWED, SERVERS_FOLLOWED = 5, 4  # whose greetings lead to a question: twenty at most
ANSWERED = frozenset({Outcome.OK, Outcome.DEFERRED, Outcome.REJECTED, Outcome.NOT_SMTP})


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first reply of a server that neither defers nor refuses us, and the name in its answer to EHLO or HELO."""

    reply: Fact[Reply]
    introduced: Fact[str]
    slow: Fact[bool]
    extended: Fact[bool]  # EHLO is known; false: only HELO

    @property
    def name(self) -> Fact[str]:
        """The word after the code, where the server's name belongs; empty when there is none."""
        if isinstance(self.reply, Unknown):
            return self.reply
        return Known(_first_word(self.reply.value))


@dataclass(frozen=True, slots=True)
class GreetingName:
    """Whether the name in the greeting is the mail host's, or leads to the server's address; None when the greeting
    holds no name of a host, or the host is a provider's, whose pools have names of their own."""

    fits: Fact[bool] | None


@inquiry
def greeting(server: Server, settings: Settings, vantage: Vantage) -> Steps[Greeting]:
    """Read how a server introduces itself."""
    visit, session = yield from visited(server, settings, vantage)
    reached = yield from contact(server, settings, vantage)
    if not reached.reached:
        raise Unestablished(Unknown(f"smtp.connect_{reached.outcome}", (visit,)))
    banner = session.at(StageName.BANNER)
    if banner is None:
        raise Unestablished(Unknown("not_gathered", (visit,)))
    return Greeting(_reply(visit, banner), _introduced(visit, session), _slow(visit, banner), _extended(visit, session))


@inquiry
def greeting_name(
    domain: Domain, server: Server, settings: Settings, vantage: Vantage, providers: Providers
) -> Steps[GreetingName]:
    """Look the name in a greeting up, unless it is the one of the MX record. The server chooses it, so that only the
    first servers are followed.

    Raises:
        Unestablished: no name is known, or it is that of a server behind those.
    """
    said = (yield from greeting(server, settings, vantage)).name
    if isinstance(said, Unknown):
        raise Unestablished(said)
    name = canonical(said.value)
    if providers.of_mx(server.host) or not is_full_name(name) or as_address(name):
        return GreetingName(None)
    if name == server.host:
        return GreetingName(Known(True))
    if not (yield from _is_followed(domain, server)):
        raise Unestablished(BUDGET)
    rdtype = "AAAA" if ":" in server.address else "A"
    found = yield from settle(records(Question(name=name, rdtype=rdtype)))
    return GreetingName(found if isinstance(found, Unknown) else Known(server.address in found.value))


def _is_followed(domain: Domain, server: Server) -> Steps[bool]:
    hosts, _ = addressed(domain, (yield from mail_hosts(domain)))
    below = servers(Host(server.host), (yield from host_addresses(Host(server.host)))).known
    return Host(server.host) in hosts[:HOSTS_FOLLOWED] and server in below[:SERVERS_FOLLOWED]


def is_full_name(name: str) -> bool:
    """Whether a server's name for itself is a host name with its domain, or an address literal (section 4.1.3)."""
    if name.startswith("[") and name.endswith("]"):
        return as_address(name.removeprefix("[IPv6:").removeprefix("[").removesuffix("]")) is not None
    return "." in name and host_fault(canonical(name)) is None


def _reply(visit: SmtpVisit, banner: Stage) -> Fact[Reply]:
    turned_away = banner.outcome in (Outcome.DEFERRED, Outcome.REJECTED)
    if banner.reply is not None and not turned_away:
        return Known(banner.reply)
    return _hole(visit, banner)


def _introduced(visit: SmtpVisit, session: SmtpSession) -> Fact[str]:
    for name in (StageName.EHLO, StageName.HELO):
        stage = session.at(name)
        if stage is not None and stage.outcome is Outcome.OK and stage.reply is not None:
            return Known(_first_word(stage.reply))
    return _last_hole(visit, session)


def _slow(visit: SmtpVisit, banner: Stage) -> Fact[bool]:
    """Silence for longer than that is slow, whatever came in the end; a reply before that is not."""
    if banner.elapsed_ms is None:
        return Unknown("not_gathered", (visit,))
    if banner.elapsed_ms > SLOW and banner.outcome in (*ANSWERED, Outcome.TIMEOUT):
        return Known(True)
    return Known(False) if banner.outcome in ANSWERED else _hole(visit, banner)


def _extended(visit: SmtpVisit, session: SmtpSession) -> Fact[bool]:
    ehlo, helo = session.at(StageName.EHLO), session.at(StageName.HELO)
    if ehlo is not None and ehlo.outcome is Outcome.OK:
        return Known(True)
    refused = ehlo is not None and ehlo.outcome is Outcome.REJECTED
    if refused and helo is not None and helo.outcome is Outcome.OK:
        return Known(False)
    return _last_hole(visit, session)


def _last_hole(visit: SmtpVisit, session: SmtpSession) -> Unknown:
    """Why a server did not introduce itself: the first stage up to there that did not end well."""
    for name in (StageName.BANNER, StageName.EHLO, StageName.HELO):
        stage = session.at(name)
        if stage is None:
            return Unknown("not_gathered", (visit,))
        if stage.outcome is not Outcome.OK and not (name is StageName.EHLO and session.at(StageName.HELO)):
            return _hole(visit, stage)
    return Unknown("not_gathered", (visit,))


def _hole(visit: SmtpVisit, stage: Stage) -> Unknown:
    reason = TURNED_AWAY.get(stage.outcome) or OURS.get(stage.outcome, f"smtp.{stage.outcome}")
    return Unknown(reason, (visit,))


def _first_word(reply: Reply) -> str:
    words = reply.lines[0].split(None, 1) if reply.lines else []
    return words[0] if words else ""
