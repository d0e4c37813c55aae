"""Sessions with the submission servers that a domain's SRV records name (RFC 8314).

Mail programs hand in mail with a password, so they look at the certificate: it must be trusted and cover the name that
they were given. `submissions` (mostly 465) begins with TLS, `submission` (mostly 587) begins in the clear and goes over
by STARTTLS; before that no server should take a password. We say EHLO and QUIT, and never hand in a password.

Whoever writes a zone chooses host and port. So that nobody can make us talk to something else than a mail server of
somebody else's, only the ports that are for handing in mail are dialled.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Known, Unestablished, Unknown, first_hole, need
from audit.model.probe import Outcome, SmtpSession, SmtpVisit, StageName
from audit.model.subject import Domain, SubmissionHost, SubmissionServer, SubmissionsServer
from audit.model.value import dataclass
from audit.protocol.certificate import JudgedChain
from audit.protocol.circumstances import Circumstances
from audit.protocol.client.services import ClientServices, ServiceTargets
from audit.protocol.fanning import Children
from audit.protocol.fetching import unfit
from audit.protocol.inquiry import Steps, ask, inquiry
from audit.protocol.smtp import NOT_REACHED, OURS, TURNED_AWAY, UNREADABLE_TLS
from audit.protocol.vantage import Vantage
from audit.syntax import chain, smtp
from audit.syntax.addresses import special_use

MAX_HOSTS = 2  # of each service
DIALLED = frozenset({465, 587, 2525})  # RFC 8314, RFC 6409, and what many offer where networks close these
NOT_DIALLED = "smtp.port_not_dialled"
NOT_TLS = frozenset({Outcome.TLS_FAILED, Outcome.NOT_TLS, Outcome.NOT_OFFERED, Outcome.REJECTED, Outcome.NOT_SMTP})


@dataclass(frozen=True, slots=True)
class ClientTls:
    """How TLS went. `failure` is why there was none; `problems` keep programs from trusting the certificate."""

    failure: str | None
    version: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmissionTls:
    """How TLS went at a server that has to go over to it."""

    seen: ClientTls


@dataclass(frozen=True, slots=True)
class SubmissionsTls:
    """How TLS went at a server that has to begin with it."""

    seen: ClientTls


@dataclass(frozen=True, slots=True)
class PlainOffer:
    """The mechanisms by which a server would take a password before TLS."""

    mechanisms: tuple[str, ...]


@inquiry
def submission_tls(
    server: SubmissionServer, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[SubmissionTls]:
    """See whether STARTTLS leads to TLS, and whether mail programs would accept the certificate."""
    return SubmissionTls((yield from _client_tls(server, vantage, circumstances, store)))


@inquiry
def submissions_tls(
    server: SubmissionsServer, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[SubmissionsTls]:
    """See whether TLS comes about at once, and whether mail programs would accept the certificate."""
    return SubmissionsTls((yield from _client_tls(server, vantage, circumstances, store)))


def _client_tls(
    server: SubmissionHost, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[ClientTls]:
    visit, session = yield from _visited(server, vantage)
    if session.tls is not None:
        if not session.tls.chain:
            raise Unestablished(Unknown("cert.none_shown", (visit,)))
        verdict = chain.judge(session.tls.chain, server.host, circumstances.observed_at, store)
        need(JudgedChain(verdict).readable)
        if vantage.clock == Known(False):
            raise Unestablished(Unknown("vantage.clock"))
        untrusted = () if verdict.anchored else ("no path to a trusted root",)
        return ClientTls(None, session.tls.version, unfit(verdict) or untrusted)
    last = next((s for s in reversed(session.stages) if s.stage is not StageName.QUIT), None)
    if last is None:
        raise Unestablished(Unknown("not_gathered", (visit,)))
    if last.stage in (StageName.STARTTLS, StageName.TLS) and last.outcome in NOT_TLS:
        offered = "STARTTLS is not offered" if last.outcome is Outcome.NOT_OFFERED else last.detail
        said = f"{last.reply.code} {' '.join(last.reply.lines)}"[:200] if last.reply else str(last.outcome)
        return ClientTls(offered or said, None, ())
    raise Unestablished(Unknown(_reason(last.stage, last.outcome), (visit,)))


@inquiry
def plain_offer(server: SubmissionServer, vantage: Vantage) -> Steps[PlainOffer]:
    """Read what a server offers before TLS."""
    visit, session = yield from _visited(server, vantage)
    ended = next((s for s in session.stages if s.outcome is not Outcome.OK), None)
    ehlo = session.at(StageName.EHLO)
    if ehlo is None or ehlo.reply is None or ehlo.outcome is not Outcome.OK:
        raise Unestablished(Unknown(_reason(ended.stage, ended.outcome) if ended else "not_gathered", (visit,)))
    return PlainOffer(smtp.capabilities(ehlo.reply).mechanisms)


def submission_servers(
    _: Domain, services: ClientServices, targets: ServiceTargets, settings: Settings
) -> Children[SubmissionServer]:
    """The first hosts of `submission`, at the first public address of each family."""
    known, hole = _offering("submission", services, targets, settings)
    return Children(tuple(SubmissionServer(*each) for each in known), hole)


def submissions_servers(
    _: Domain, services: ClientServices, targets: ServiceTargets, settings: Settings
) -> Children[SubmissionsServer]:
    """The first hosts of `submissions`, at the first public address of each family."""
    known, hole = _offering("submissions", services, targets, settings)
    return Children(tuple(SubmissionsServer(*each) for each in known), hole)


def _offering(
    service: str, services: ClientServices, targets: ServiceTargets, settings: Settings
) -> tuple[dict[tuple[str, str, int], None], Unknown | None]:
    """Host, address and port of each server, and the hole where there may be others."""
    found: dict[tuple[str, str, int], None] = {}
    hole = first_hole(services.of(service))
    hosts = {(t.record.target, t.record.port): t for t in reversed(targets.found) if t.service == service}
    for target in sorted(hosts.values(), key=lambda t: t.record)[:MAX_HOSTS]:
        if isinstance(target.addresses, Unknown):
            hole = hole or target.addresses
            continue
        for family in (target.addresses.value.ipv4, target.addresses.value.ipv6):
            if isinstance(family, Unknown):
                hole = hole or family
                continue
            public = [a for a in family.value if special_use(a, settings.allow_net) is None]
            found |= {(target.record.target, a, target.record.port): None for a in public[:1]}
    return found, hole


def _visited(server: SubmissionHost, vantage: Vantage) -> Steps[tuple[SmtpVisit, SmtpSession]]:
    """The session with a server that could be connected to.

    Raises:
        Unestablished: its port is not dialled; or it could not be connected to, and no other server of its kind shows
            whether that is our network's doing.
    """
    if server.port not in DIALLED:
        raise Unestablished(Unknown(NOT_DIALLED))
    implicit = isinstance(server, SubmissionsServer)
    visit = SmtpVisit(host=server.host, address=server.address, port=server.port, implicit_tls=implicit)
    if ":" in server.address and vantage.ipv6 == Known(False):
        raise Unestablished(Unknown("vantage.no_ipv6"))
    session = yield from ask(visit)
    connect = session.at(StageName.CONNECT)
    if connect is None or connect.outcome is not Outcome.OK:
        outcome = connect.outcome if connect else Outcome.NOT_GATHERED
        raise Unestablished(Unknown(_reason(StageName.CONNECT, outcome), (visit,)))
    return visit, session


def _reason(stage: StageName, outcome: Outcome) -> str:
    if outcome in OURS:
        return OURS[outcome]
    if stage is StageName.CONNECT:
        return f"smtp.connect_{outcome}" if outcome in NOT_REACHED else f"smtp.{outcome}"
    if stage in (StageName.STARTTLS, StageName.TLS):
        return UNREADABLE_TLS.get(outcome, f"tls.{outcome}")
    return TURNED_AWAY.get(outcome, f"smtp.{outcome}")
