"""What the lab says to each probe, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import dns.message
import dns.rcode

from audit.lab.authority import Authority, Manners
from audit.lab.https_server import NOT_FOUND
from audit.lab.lab import mail_hosts, name_servers, web_hosts, zones
from audit.lab.pki import CertificateFault, credentials, der
from audit.lab.recursion import answer
from audit.lab.signing import SignedZones
from audit.lab.smtp_server import GREETINGS, Behaviour
from audit.lab.stories import STORIES
from audit.lab.story import MailHost, Story
from audit.model.probe import (
    Answer,
    DnsStatus,
    FetchOutcome,
    Header,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Probe,
    Question,
    Reply,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
    TlsShown,
)
from audit.network.dns import reading, wire

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Replies:
    """What a lab says that tells some stories."""

    def __init__(self, signed: SignedZones, stories: tuple[Story, ...]) -> None:
        self.signed, self.stories = signed, stories
        named = ((address, each) for each in name_servers(stories) for address in each.addresses)
        self.servers = {address: Authority.of(each, signed) for address, each in named}

    def told(self, probe: Probe[Any]) -> Any:
        """What the lab says to a probe."""
        if isinstance(probe, Question):
            return self.resolved(probe)
        if isinstance(probe, SmtpVisit):
            return self.visited(probe)
        if isinstance(probe, HttpsGet):
            return self.fetched(probe)
        assert isinstance(probe, RouteCheck)
        return Route(available=True)

    def resolved(self, question: Question) -> Answer:
        asked = wire.asking(question.name, question.rdtype)
        for edns in (True, False):
            query = dns.message.from_wire(wire.query(asked, question, 1, edns=edns))
            if question.server is None:
                reply = answer(self.signed, query)
            elif question.server not in self.servers:
                return Answer(status=DnsStatus.GUARD_REFUSED, server=question.server)
            else:
                reply = self._asked_directly(question, query)
            if reply is not None:
                break
        if reply is None:
            return Answer(status=DnsStatus.TIMEOUT, server=question.server)
        said = reading.read(reply.to_wire(), asked, proof=question.dnssec)
        return Answer(
            status=said.status,
            records=said.records,
            aliases=tuple(alias.to_text(omit_final_dot=True) for alias in said.aliases),
            authority=said.authority,
            signatures=said.signatures,
            proof=said.proof,
            glue=said.glue,
            flags=said.flags,
            ttl=said.ttl,
            ede=said.ede,
            rcode=said.rcode,
            edns=edns and said.edns,
            transport=question.transport or "udp",
            server=question.server,
            asked_at=NOW,
        )

    def _asked_directly(self, question: Question, query: dns.message.Message) -> dns.message.Message | None:
        authority = self.servers[str(question.server)]
        if question.transport != "tcp" and authority.manners is Manners.WITHOUT_EDNS and query.edns >= 0:
            return None
        if question.transport == "tcp" and authority.manners is Manners.WITHOUT_TCP:
            return None
        return authority.answer(query)

    def fetched(self, get: HttpsGet) -> HttpsFetch:
        web = next((each for each in web_hosts(self.stories) if get.address in each.addresses), None)
        if web is None:
            return HttpsFetch(outcome=FetchOutcome.GUARD_REFUSED)
        page = web.pages.get(urlsplit(get.url).path, NOT_FOUND)
        fields = (
            ("content-type", page.content_type),
            ("content-length", f"{len(page.body)}"),
            ("location", page.location),
        )
        return HttpsFetch(
            outcome=FetchOutcome.OK,
            status=int(page.status[:3]),
            headers=tuple(Header(name=name, value=value) for name, value in fields if value is not None),
            body=page.body if page.status.startswith("200") else b"",
            tls=handshake(web.name, web.certificate),
            asked_at=NOW,
        )

    def visited(self, visit: SmtpVisit) -> SmtpSession:
        host = next((h for h in mail_hosts(self.stories) if visit.address in h.addresses), None)
        if host is None:
            return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.GUARD_REFUSED),))
        return SmtpSession(stages=tuple(stages(host)), tls=shown(host))


SIGNED = SignedZones(zones(), NOW)
told = Replies(SIGNED, STORIES).told


def stages(host: MailHost) -> list[Stage]:
    done = [Stage(stage=StageName.CONNECT, outcome=Outcome.OK)]
    if host.behaviour in GREETINGS:
        code = int(GREETINGS[host.behaviour][:3])
        outcome = Outcome.DEFERRED if code < 500 else Outcome.REJECTED
        return [*done, Stage(stage=StageName.BANNER, outcome=outcome, reply=Reply(code=code, lines=("no",)))]
    offered = () if host.behaviour is Behaviour.NO_STARTTLS else ("STARTTLS",)
    done += [
        Stage(stage=StageName.BANNER, outcome=Outcome.OK, reply=Reply(code=220, lines=(host.name,))),
        Stage(stage=StageName.EHLO, outcome=Outcome.OK, reply=Reply(code=250, lines=(host.name, *offered))),
    ]
    if not offered:
        return [*done, Stage(stage=StageName.STARTTLS, outcome=Outcome.NOT_OFFERED)]
    done.append(Stage(stage=StageName.STARTTLS, outcome=Outcome.OK, reply=Reply(code=220, lines=("go",))))
    tls = Outcome.TLS_FAILED if host.behaviour is Behaviour.TLS_REFUSED else Outcome.OK
    return [*done, Stage(stage=StageName.TLS, outcome=tls, detail=None if tls is Outcome.OK else "alert")]


def shown(host: MailHost) -> TlsShown | None:
    return handshake(host.name, host.certificate, host.also) if host.behaviour is Behaviour.POLITE else None


def handshake(name: str, fault: CertificateFault, also: tuple[str, ...] = ()) -> TlsShown:
    sent = tuple(der(c) for c in credentials(name, fault, NOW, also).chain)
    return TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="P-256", chain=sent)
