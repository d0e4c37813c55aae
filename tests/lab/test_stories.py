"""What each story means is what the rules find in it, by replay over the data of the lab: no socket is opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import dns.message
import pytest

from audit.catalog.blocklists import Blocklists
from audit.catalog.issuers import Issuers, load_issuers
from audit.catalog.profiles import Thresholds
from audit.catalog.providers import Providers, load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.lab.authority import Authority
from audit.lab.lab import ALLOW_NET, CANARIES, mail_hosts, name_servers, zones
from audit.lab.lists import DEAD_LIST, GOOD_LIST, blocklists
from audit.lab.pki import credentials, der, root
from audit.lab.recursion import answer
from audit.lab.signing import SignedZones
from audit.lab.smtp_server import GREETINGS, Behaviour
from audit.lab.stories import STORIES
from audit.lab.story import MailHost, Story
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Known, need
from audit.model.opinion import NOT_ASKED, SecondOpinion
from audit.model.probe import (
    Answer,
    DnsStatus,
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
from audit.model.report import Finding, Result, Severity
from audit.model.subject import Domain, ListZone, Run
from audit.network import wire
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.census import NO_CENSUS, KeyCensus
from audit.protocol.dkim.history import Sightings
from audit.protocol.dnsbl import ListHealth, ListHealths
from audit.protocol.inquiry import replay
from audit.protocol.survey import Plan, survey
from audit.protocol.vantage import RunMoment, Vantage
from audit.rules.engine import Engine
from audit.rules.registry import RULES
from audit.syntax.chain import TrustStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTINGS = Settings(
    profile="baseline",
    smtp=True,
    smtp_port=25,
    smtp_off_because=None,
    https=True,
    https_port=443,
    https_off_because=None,
    ehlo="probe.lab.example",
    blocklists=(GOOD_LIST, DEAD_LIST),
    allow_net=ALLOW_NET,
    canaries=CANARIES,
    absent_name="x.com",
    resolver_kind="loopback",
    second_opinion=False,
)

SIGNED = SignedZones(zones(), NOW)
SERVERS = {address: Authority.of(each, SIGNED) for each in name_servers() for address in each.addresses}


def told(probe: Probe[Any]) -> Any:
    """What the lab says to a probe."""
    if isinstance(probe, Question):
        return resolved(probe)
    if isinstance(probe, SmtpVisit):
        return visited(probe)
    assert isinstance(probe, RouteCheck)
    return Route(available=True)


def resolved(question: Question) -> Answer:
    asked = wire.asking(question.name, question.rdtype)
    query = dns.message.from_wire(wire.query(asked, question, 1, edns=True))
    if question.server is None:
        reply = answer(SIGNED, query)
    elif question.server in SERVERS:
        reply = SERVERS[question.server].answer(query)
    else:
        return Answer(status=DnsStatus.GUARD_REFUSED)
    if reply is None:
        return Answer(status=DnsStatus.TIMEOUT)
    reading = wire.read(reply.to_wire(), asked)
    return Answer(
        status=reading.status,
        records=reading.records,
        aliases=tuple(alias.to_text(omit_final_dot=True) for alias in reading.aliases),
        authority=reading.authority,
        flags=reading.flags,
        ttl=reading.ttl,
        ede=reading.ede,
        asked_at=NOW,
    )


def visited(visit: SmtpVisit) -> SmtpSession:
    host = next((h for h in mail_hosts() if visit.address in h.addresses), None)
    if host is None:
        return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.GUARD_REFUSED),))
    return SmtpSession(stages=tuple(stages(host)), tls=shown(host))


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
    if host.behaviour is not Behaviour.POLITE:
        return None
    chain = credentials(host.name, host.certificate, NOW, host.also).chain
    sent = tuple(der(c) for c in chain)
    return TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="P-256", chain=sent)


@cache
def of_the_run() -> dict[type, Any]:
    scope: dict[type, Any] = {
        Settings: SETTINGS,
        Blocklists: blocklists(),
        KeyCensus: NO_CENSUS,
        RunMoment: RunMoment(NOW),
    }
    found, _ = replay(survey(Run(), scope, Plan()), told)
    assert isinstance(found, Known)
    healths = tuple(
        (child.subject.id, child.facts[ListHealth])
        for child in found.value.children
        if isinstance(child.subject, ListZone)
    )
    return {
        **{kind: value for kind, value in scope.items() if kind is not RunMoment},
        Vantage: need(found.value.facts[Vantage]),
        ListHealths: ListHealths(healths),
        Issuers: load_issuers(),
        Providers: load_providers(),
        Selectors: load_selectors(),
        Thresholds: Thresholds(),
        SecondOpinion: NOT_ASKED,
        TrustStore: TrustStore.of((der(root(NOW)),)),
        Circumstances: Circumstances(NOW),
        Sightings: Sightings(None),
    }


def options(story: Story) -> DomainOptions:
    given = dict(option.split("=") for option in story.options)
    selectors = tuple(given.get("selectors", "").split(",")) if "selectors" in given else ()
    return replace(DomainOptions(), selectors=selectors, parked=True if "parked" in given else None)


def judged(domain: str) -> tuple[Finding, ...]:
    """All that the rules say of a domain of the lab."""
    (story,) = (s for s in STORIES if s.domain == domain)
    crashes: list[BaseException] = []
    scope = {**of_the_run(), DomainOptions: options(story)}
    found, traced = replay(survey(Domain(domain), scope, Plan()), told, crashes.append)
    assert isinstance(found, Known)
    findings = Engine(RULES, {}, crashes.append).judge(found.value, traced)
    assert not crashes
    return findings


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.domain)
def test_what_is_found_is_what_the_story_means(story: Story) -> None:
    fails = [f for f in judged(story.domain) if f.result is Result.FAIL and f.severity is not Severity.INFO]
    assert {(f.rule, f.subject.name, f.severity) for f in fails} == set(story.fails)
    assert len(fails) == len(story.fails)


@pytest.mark.parametrize("domain", ["servfail.example", "silent.example"])
def test_nothing_is_said_of_a_domain_whose_servers_say_nothing(domain: str) -> None:
    assert {f.result for f in judged(domain)} == {Result.UNKNOWN}


def test_most_rules_pass_where_all_is_well() -> None:
    passed = {f.rule for f in judged("good.example") if f.result is Result.PASS}
    assert {"MX-REACH", "PTR-FCRDNS", "SPF-LOOKUPS", "DNSBL-IP-LISTED", "CERT-NAME", "TLS-STARTTLS-FAIL"} <= passed


@pytest.mark.parametrize("domain", ["greylists.example", "rejects.example"])
def test_a_server_that_turns_us_away_says_nothing_of_its_tls(domain: str) -> None:
    of_tls = {f.result for f in judged(domain) if f.rule.startswith(("TLS-", "CERT-"))}
    assert of_tls == {Result.UNKNOWN}
