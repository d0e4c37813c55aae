"""What each story means is what the rules find in it, by replay over the data of the lab: no socket is opened."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from audit.catalog.blocklists import Blocklists
from audit.catalog.issuers import Issuers, load_issuers
from audit.catalog.profiles import Thresholds
from audit.catalog.providers import Providers, load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.lab.lab import ALLOW_NET, CANARIES
from audit.lab.lists import DEAD_LIST, GOOD_LIST, blocklists
from audit.lab.pki import der, root
from audit.lab.stories import STORIES
from audit.lab.story import Fail, Story
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Known, need
from audit.model.opinion import NOT_ASKED, SecondOpinion
from audit.model.report import Finding, Result, Severity
from audit.model.subject import Domain, ListZone, Run
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.census import NO_CENSUS, KeyCensus
from audit.protocol.dkim.history import Sightings
from audit.protocol.dnsbl import ListHealth, ListHealths
from audit.protocol.drive import replay
from audit.protocol.smtp import Mangled
from audit.protocol.survey import NEVER, Plan, survey
from audit.protocol.vantage import RunMoment, Vantage
from audit.rules.engine import Engine
from audit.rules.registry import RULES
from audit.syntax.chain import TrustStore
from tests.lab.replies import NOW, SIGNED, told

PLAN = Plan(NEVER)  # all that an audit may ask
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
    trust_anchors=(SIGNED.trust_anchor,),
)


@cache
def of_the_run() -> dict[type, Any]:
    scope: dict[type, Any] = {
        Settings: SETTINGS,
        Blocklists: blocklists(),
        KeyCensus: NO_CENSUS,
        RunMoment: RunMoment(NOW),
    }
    found, _ = replay(survey(Run(), scope, PLAN), told)
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
        Mangled: Mangled(),
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
    found, traced = replay(survey(Domain(domain), scope, PLAN), told, crashes.append)
    assert isinstance(found, Known)
    wanted = tuple(r for r in RULES if PLAN.has(r.judge))
    findings = Engine(wanted, {}, crashes.append).judge(found.value, traced)
    assert not crashes
    return findings


def expected(story: Story) -> set[Fail]:
    """What the story means, and what most domains lack."""
    return {*story.fails, *((rule, story.domain, Severity.LOW) for rule in story.lacks)}


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.domain)
def test_what_is_found_is_what_the_story_means(story: Story) -> None:
    fails = [f for f in judged(story.domain) if f.result is Result.FAIL and f.severity is not Severity.INFO]
    assert {(f.rule, f.subject.name, f.severity) for f in fails} == expected(story)
    assert len(fails) == len(expected(story))


@pytest.mark.parametrize("domain", ["servfail.example", "silent.example"])
def test_nothing_is_said_of_a_domain_whose_servers_say_nothing(domain: str) -> None:
    above = ("NS-", "DNSSEC-", "TTL-")  # what the zone above knows, and what does not apply
    assert {f.result for f in judged(domain) if not f.rule.startswith(above)} == {Result.UNKNOWN}


def test_most_rules_pass_where_all_is_well() -> None:
    passed = {f.rule for f in judged("good.example") if f.result is Result.PASS}
    assert {"MX-REACH", "PTR-FCRDNS", "SPF-LOOKUPS", "DNSBL-IP-LISTED", "CERT-NAME", "TLS-STARTTLS-FAIL"} <= passed


@pytest.mark.parametrize("domain", ["greylists.example", "rejects.example"])
def test_a_server_that_turns_us_away_says_nothing_of_its_tls(domain: str) -> None:
    of_tls = {f.result for f in judged(domain) if f.rule.startswith(("TLS-", "CERT-"))}
    assert of_tls == {Result.UNKNOWN}
