"""Sessions with the submission servers that a domain's SRV records name (RFC 8314).

Mail programs hand in mail with a password, so they look at the certificate: it must be trusted and cover the name that
they were given. `submissions` (mostly 465) begins with TLS, `submission` (mostly 587) begins in the clear and goes over
by STARTTLS; before that no server should take a password. We say EHLO and QUIT, and never hand in a password.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.fact import Known, Unestablished, Unknown, first_hole, need
from audit.model.probe import Outcome, SmtpSession, SmtpVisit, StageName
from audit.model.subject import Domain, SubmissionServer
from audit.protocol.certificate import JudgedChain
from audit.protocol.circumstances import Circumstances
from audit.protocol.client.services import ClientServices, ServiceTargets
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, ask, inquiry
from audit.protocol.mta_sts.policy import unfit
from audit.protocol.smtp import NOT_REACHED, OURS, TURNED_AWAY, UNREADABLE_TLS
from audit.protocol.vantage import Vantage
from audit.syntax import chain, smtp

OFFERED = ("submission", "submissions")
MAX_HOSTS = 2  # of each service
NOT_TLS = frozenset({Outcome.TLS_FAILED, Outcome.NOT_TLS, Outcome.NOT_OFFERED, Outcome.REJECTED, Outcome.NOT_SMTP})


@dataclass(frozen=True, slots=True)
class SubmissionTls:
    """How TLS went. `failure` is why there was none; `problems` keep programs from trusting the certificate."""

    failure: str | None
    version: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainOffer:
    """The mechanisms by which a server would take a password before TLS; None where TLS comes first."""

    mechanisms: tuple[str, ...] | None


@inquiry
def submission_tls(
    server: SubmissionServer, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[SubmissionTls]:
    """See whether TLS comes about, and whether mail programs would accept the certificate."""
    visit, session = yield from _visited(server, vantage)
    if session.tls is not None:
        if not session.tls.chain:
            raise Unestablished(Unknown("cert.none_shown", (visit,)))
        verdict = chain.judge(session.tls.chain, server.host, circumstances.observed_at, store)
        need(JudgedChain(verdict).readable)
        if vantage.clock == Known(False):
            raise Unestablished(Unknown("vantage.clock"))
        untrusted = () if verdict.anchored else ("no path to a trusted root",)
        return SubmissionTls(None, session.tls.version, unfit(verdict) or untrusted)
    last = next((s for s in reversed(session.stages) if s.stage is not StageName.QUIT), None)
    if last is None:
        raise Unestablished(Unknown("not_gathered", (visit,)))
    if last.stage in (StageName.STARTTLS, StageName.TLS) and last.outcome in NOT_TLS:
        offered = "STARTTLS is not offered" if last.outcome is Outcome.NOT_OFFERED else last.detail
        said = f"{last.reply.code} {' '.join(last.reply.lines)}"[:200] if last.reply else str(last.outcome)
        return SubmissionTls(offered or said, None, ())
    raise Unestablished(Unknown(_reason(last.stage, last.outcome), (visit,)))


@inquiry
def plain_offer(server: SubmissionServer, vantage: Vantage) -> Steps[PlainOffer]:
    """Read what a server offers before TLS."""
    if server.implicit_tls:
        return PlainOffer(None)
    visit, session = yield from _visited(server, vantage)
    ended = next((s for s in session.stages if s.outcome is not Outcome.OK), None)
    ehlo = session.at(StageName.EHLO)
    if ehlo is None or ehlo.reply is None or ehlo.outcome is not Outcome.OK:
        raise Unestablished(Unknown(_reason(ended.stage, ended.outcome) if ended else "not_gathered", (visit,)))
    return PlainOffer(smtp.capabilities(ehlo.reply).mechanisms)


def submission_servers(_: Domain, services: ClientServices, targets: ServiceTargets) -> Children[SubmissionServer]:
    """The first hosts of each service, at the first address of each family."""
    found: list[SubmissionServer] = []
    hole = first_hole(*(services.of(service) for service in OFFERED))
    for service in OFFERED:
        hosts = {(t.record.target, t.record.port): t for t in reversed(targets.found) if t.service == service}
        for target in sorted(hosts.values(), key=lambda t: t.record)[:MAX_HOSTS]:
            if isinstance(target.addresses, Unknown):
                hole = hole or target.addresses
                continue
            for family in (target.addresses.value.ipv4, target.addresses.value.ipv6):
                if isinstance(family, Known):
                    implicit = service == "submissions"
                    host, port = target.record.target, target.record.port
                    found += [SubmissionServer(host, port, a, implicit) for a in family.value[:1]]
                else:
                    hole = hole or family
    return Children(tuple(dict.fromkeys(found)), hole)


def _visited(server: SubmissionServer, vantage: Vantage) -> Steps[tuple[SmtpVisit, SmtpSession]]:
    """The session with a server that could be connected to.

    Raises:
        Unestablished: it could not, and no other server of its kind shows whether that is our network's doing.
    """
    visit = SmtpVisit(host=server.host, address=server.address, port=server.port, implicit_tls=server.implicit_tls)
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
