"""The survey: every fact of a subject and of those below it, found by type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from audit.model.evidence import Settings, TlsDepth
from audit.model.fact import Known, Unknown
from audit.model.own import OwnProbes
from audit.model.probe import Probe, Question, SmtpVisit
from audit.model.subject import (
    Address,
    CertifiedName,
    Domain,
    Host,
    ListEntry,
    Run,
    Selector,
    Server,
    Subject,
    SubmissionServer,
)
from audit.protocol.dmarc.listed import ListedStances
from audit.protocol.dmarc.stance import DmarcStance
from audit.protocol.dnsbl import Approvals, NameApprovals
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.migration.relocation import Relocation
from audit.protocol.mx.hosts import Existence, MailHosts
from audit.protocol.senders import SenderPaths
from audit.protocol.smtp import Contact
from audit.protocol.spf.organization import OrganizationSpf
from audit.protocol.spf.sender import SenderChecks
from audit.protocol.survey import CHILDREN, FACTS, SMTP_FACTS, Plan, Survey, declared
from audit.protocol.survey.declaration import _facts
from audit.protocol.survey.table import INQUIRIES
from audit.protocol.vantage import Vantage
from audit.rules.registry import RULES
from tests.rules.world import SETTINGS, Case, World, replayed

WELL = """
    story.example.     MX    10 mx.story.example.
    story.example.     TXT   "v=spf1 mx -all"
    mx.story.example.  A     192.0.2.1
    mx.story.example.  AAAA  2001:db8::1
    google._domainkey.story.example. TXT "v=DKIM1; p="
"""


@dataclass(frozen=True)
class Weather:
    """A fact that nobody gives."""


@dataclass(frozen=True)
class Made:
    value: Any


def needs_weather(domain: Domain, weather: Weather) -> Steps[Made]:
    """Nothing gives a weather."""
    yield from ()
    return Made(weather)


def about_two_lines(server: Server, selector: Selector) -> Steps[Made]:
    """A server and a selector are not on one line of subjects."""
    yield from ()
    return Made((server, selector))


def about_nothing(settings: Settings) -> Steps[Made]:
    """Constants alone are about no subject."""
    yield from ()
    return Made(settings)


def fine(host: Host, mail: MailHosts, settings: Settings) -> Steps[Made]:
    """A fact of the domain above, a subject and a constant."""
    yield from ()
    return Made((host, mail, settings))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (needs_weather, "needs_weather: nothing gives weather: Weather"),
        (about_two_lines, "not on one line of subjects"),
        (about_nothing, "not on one line of subjects"),
    ],
)
def test_a_declaration_that_cannot_be_met_fails(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        declared(function, FACTS)


def test_what_is_declared_is_read_from_the_types() -> None:
    read = declared(fine, FACTS)
    assert (read.subject, read.returns) == (Host, Made)
    assert dict(read.takes) == {"host": Host, "mail": MailHosts, "settings": Settings}


@inquiry
def again(domain: Domain) -> Steps[Existence]:
    """A second inquiry after the same fact."""
    yield from ()
    return Existence(True)


@inquiry
def given(domain: Domain) -> Steps[Settings]:
    """An inquiry after a constant."""
    yield from ()
    return SETTINGS


@pytest.mark.parametrize(("extra", "words"), [(again, "Existence is given twice"), (given, "Settings is given twice")])
def test_two_that_give_one_fact_fail(extra: Callable[..., Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        _facts((*INQUIRIES, extra))


def test_each_fact_is_needed_by_a_rule_or_by_what_a_rule_needs() -> None:
    """A fact that nobody uses is asked for in vain, but for what is only shown (what lists of good senders say, a
    domain's checks of its senders, each a fact of an address), and for what verdicts are read from."""
    used = {t for r in RULES for _, t in r.judge.takes} | {t for fan in CHILDREN for _, t in fan.takes}
    shown = {Vantage, Approvals, NameApprovals, SenderChecks, SenderPaths}
    assert set(FACTS) - used <= shown | {DmarcStance, ListedStances, OrganizationSpf}


def test_smtp_facts_are_those_that_visit() -> None:
    assert {t for t, d in FACTS.items() if d.subject is Server or t in SMTP_FACTS} >= SMTP_FACTS


def everything(top: Survey) -> list[Survey]:
    found, waiting = [], [top]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting += here.children
    return found


def test_the_subjects_of_a_domain() -> None:
    subjects = {s.subject for s in everything(replayed(Case("", "", WELL)).domain)}
    assert subjects == {
        Domain("story.example"),
        Host("mx.story.example"),
        Server("mx.story.example", "192.0.2.1"),
        Server("mx.story.example", "2001:db8::1"),
        Address("192.0.2.1"),
        Address("2001:db8::1"),
        ListEntry("192.0.2.1", "spamcop"),
        ListEntry("192.0.2.1", "spamhaus-zen"),
        ListEntry("2001:db8::1", "spamhaus-zen"),  # spamcop lists no IPv6
        Selector("story.example", "google"),
        CertifiedName("mx.story.example"),
    }


def test_a_subject_has_the_facts_of_those_above_it() -> None:
    server = next(s for s in everything(replayed(Case("", "", WELL)).domain) if isinstance(s.subject, Server))
    assert {MailHosts, Existence, Contact} <= set(server.facts)
    assert server.scope[Host] == Host("mx.story.example")


def test_a_plan_without_smtp_visits_nobody() -> None:
    for smtp in (True, False):
        world = World(Case("", "", WELL, settings={"smtp": smtp}))
        found = replayed(world.case, world)
        assert any(isinstance(p, SmtpVisit) for p in world.asked) is smtp
        assert any(SMTP_FACTS & set(s.facts) for s in everything(found.domain)) is smtp
        assert any(isinstance(s.subject, Server) for s in everything(found.domain))


ALL = replace(SETTINGS, second_opinion=True, tls_depth=TlsDepth.FULL, revocation=True)


OF_OWN = {r.id for r in RULES if any(t in (OwnProbes, Relocation) for _, t in r.judge.takes)}  # or who moves its mail


def left_out(**settings: Any) -> set[str]:
    """The rules that a run with these settings does not judge, but for those that no run judges."""
    plan = Plan.of(replace(ALL, **settings))
    left = {r.id for r in RULES if not plan.has(r.judge)}
    assert left >= OF_OWN
    return left - OF_OWN


def test_a_run_that_wants_everything_judges_all_but_what_only_an_owner_may_ask() -> None:
    assert left_out() == set()
    assert len(OF_OWN) == 4 + 12


def test_what_the_plan_leaves_out_no_rule_is_judged_on() -> None:
    left = left_out(smtp=False)
    assert left == {r.id for r in RULES if r.topic in ("banner", "smtp", "tls", "certificate")} - OF_OWN | {
        "MX-REACH",
        "MX-IPV6-REACH",
        "MTASTS-MX-TLS",
        "DANE-NOSTARTTLS",
        "DANE-MISMATCH",
        "DANE-TA-CHAIN",
        "CAA-BLOCKS",
        "SUB-465",
        "SUB-587",
        "SUB-AUTH-CLEAR",
    }
    left = left_out(https=False)
    by_dns = {"MTASTS-MISSING", "MTASTS-TXT-MULTI", "MTASTS-TXT-SYNTAX", "MTASTS-CNAME", "MTASTS-MX-TLS"}
    assert left == {r.id for r in RULES if r.topic == "mta_sts"} - by_dns | {"BIMI-SVG", "BIMI-VMC"}
    left = left_out(second_opinion=False)
    assert left == {r.id for r in RULES if r.topic == "second_opinion"}


@pytest.mark.parametrize(("depth", "beyond"), [(TlsDepth.FULL, 0), (TlsDepth.STANDARD, 8), (TlsDepth.SESSION, 10)])
def test_rules_that_a_depth_does_not_reach_are_left_out(depth: TlsDepth, beyond: int) -> None:
    left = left_out(tls_depth=depth)
    assert len(left) == beyond
    assert {r.topic for r in RULES if r.id in left} <= {"tls", "certificate"}


def test_of_a_domain_that_does_not_exist_nothing_more_is_asked() -> None:
    world = World(Case("", ""))
    replayed(world.case, world)
    assert [p.key for p in world.asked if "story" in p.key] == ["dns story.example SOA", "dns story.example SOA #1"]


SIGNING = "_domainkey.story.example. A nodata\n"


@pytest.mark.parametrize(
    ("zone", "kinds"),
    [
        (SIGNING + "story.example. MX timeout", {Host, Address, Selector, CertifiedName}),
        (SIGNING + "story.example. TXT timeout", {Address, Selector}),
        ("story.example. TXT timeout", {Address}),  # below a denied name no selector is hidden
        (WELL + "_mta-sts.story.example. TXT timeout", {CertifiedName}),
        (WELL + "_submission._tcp.story.example. SRV timeout", {SubmissionServer}),
        (WELL + "mx.story.example. A timeout", {Address}),
        (WELL, set()),
    ],
)
def test_holes_stand_where_subjects_could_not_be_found(zone: str, kinds: set[type[Subject]]) -> None:
    holes = replayed(Case("", "", zone)).domain.holes
    assert set(holes) == kinds
    assert {h.reason for h in holes.values()} <= {"dns.timeout"}


def test_an_argument_that_is_not_known_ends_the_work() -> None:
    domain = replayed(Case("", "", "story.example. MX timeout")).domain
    assert isinstance(domain.facts[MailHosts], Unknown)
    assert isinstance(domain.facts[Existence], Known)


def test_the_same_probes_are_asked_whatever_the_order_of_answers() -> None:
    """Gathering and judging are one walk: nothing depends on who answers first."""
    asked: list[set[Probe[Any]]] = []
    for _ in range(2):
        world = World(Case("", "", WELL))
        replayed(world.case, world)
        asked.append(set(world.asked))
    assert asked[0] == asked[1]
    assert all(isinstance(p, Question) or p.key for p in asked[0])


def test_the_run_is_surveyed_by_itself() -> None:
    run = replayed(Case("", "")).run
    assert run.subject == Run()
    assert [s.subject.label for s in run.children] == ["spamcop", "spamhaus-zen"]
