"""What holds for every rule, now and later."""

from __future__ import annotations

import inspect
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from audit.model.evidence import DomainOptions
from audit.model.fact import Unestablished, Unknown
from audit.model.hello import TlsFlight
from audit.model.own import OwnProbes
from audit.model.probe import (
    Answer,
    DnsStatus,
    FetchOutcome,
    Header,
    HttpsFetch,
    Outcome,
    Question,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)
from audit.model.report import Result, Severity
from audit.model.subject import Subject
from audit.protocol.migration.relocation import Relocation
from audit.protocol.survey import Declared, Survey
from audit.rules.engine import Engine
from audit.rules.registry import RECORD_TOPICS, RULES, RULES_VERSION, TOPICS, named, version_of
from audit.rules.rule import Rule, Verdict
from tests.rules import fetches, pki, sessions
from tests.rules.tables import CASES, found
from tests.rules.world import Case, Replayed, World, replayed
from tests.together import of_each

HOLE = Unknown("test.hole")
ON_THE_LIST = {"HELO-SYNTAX"}  # what a rule judges that the user wrote, and nobody was asked
GIVEN = (OwnProbes, Relocation)  # facts that no audit asks for: a dialogue shows them, and is no evidence
IDS = tuple(r.id for r in RULES)


def of(rule: Rule, expected: str) -> tuple[Case, ...]:
    return tuple(c for c in CASES if (c.rule, c.expected) == (rule.id, expected))


def template(rule: Rule) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(rule.message) if field}


RULE_BY_RULE = of_each(RULES, lambda r: r.id)
TOPIC_BY_TOPIC = of_each(RULES, lambda r: r.id, by=lambda r: r.topic)  # what replays cases takes its time


# ---- the version --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"message": "another"},
        {"title": "Another."},
        {"why": "another"},
        {"fix": "another"},
        {"reference": "RFC 1"},
        {"ladder": {"": Severity.INFO, "else": Severity.CRITICAL}},
        {"supersedes": ("X",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_version_is_another_when_a_rule_is(change: dict[str, Any]) -> None:
    first, *others = RULES
    assert version_of((replace(first, **change), *others)) != RULES_VERSION
    assert version_of(others) != RULES_VERSION
    assert version_of(RULES) == RULES_VERSION
    assert re.fullmatch(r"[0-9]{4}\.[0-9]{2}\+[0-9a-f]{8}", RULES_VERSION)


# ---- the text -----------------------------------------------------------------------------------------------------


def test_ids_are_unique() -> None:
    assert [i for i, times in Counter(IDS).items() if times > 1] == []


def test_messages_are_unique() -> None:
    assert [m for m, times in Counter(r.message for r in RULES).items() if times > 1] == []


def test_each_case_is_of_a_rule_and_has_a_name_of_its_own() -> None:
    assert {c.rule for c in CASES} <= set(IDS)
    assert [name for name, times in Counter(c.id for c in CASES).items() if times > 1] == []


def test_each_topic_lists_its_rules() -> None:
    names = {module.__name__.split(".")[2] for module in TOPICS}
    assert {r.topic for r in RULES} == names
    assert names >= RECORD_TOPICS


@RULE_BY_RULE
def test_a_rule_is_found_by_its_id(rule: Rule) -> None:
    assert named(rule.id) is rule


@RULE_BY_RULE
def test_an_id_is_upper_case_words(rule: Rule) -> None:
    assert rule.id == rule.id.upper()
    assert all(word.isalnum() for word in rule.id.split("-"))


@RULE_BY_RULE
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    for text in (rule.title, rule.why, rule.fix):
        assert text.endswith(".")
        assert text[0].isupper()
        assert "##" not in text
    assert rule.reference


@RULE_BY_RULE
def test_what_it_supersedes_are_other_rules_of_the_same_subject_or_below(rule: Rule) -> None:
    assert rule.id not in rule.supersedes
    assert set(rule.supersedes) <= set(IDS)


# ---- the cases ----------------------------------------------------------------------------------------------------


@RULE_BY_RULE
def test_there_is_a_case(rule: Rule) -> None:
    assert [expected for expected in ("pass", "fail", "unknown") if not of(rule, expected)] == []


@RULE_BY_RULE
def test_there_is_a_case_in_which_it_does_not_apply_where_that_can_be(rule: Rule) -> None:
    superseded = any(rule.id in other.supersedes for other in RULES)
    if superseded or "not_applicable()" in inspect.getsource(rule.judge.function):
        assert of(rule, "not_applicable")


@TOPIC_BY_TOPIC
def test_each_step_of_the_ladder_that_evidence_leads_to_has_a_case(rule: Rule) -> None:
    steps = set(rule.ladder.values())
    if rule.id == "DNSBL-IP-LISTED":
        steps -= {"medium"}  # a list of weight 3, which is one of five
    if rule.id == "DNSBL-DOMAIN-LISTED":
        steps -= {"low"}  # no list of names weighs 2
    assert {f.severity for case in of(rule, "fail") for f in about(case)} >= steps


def about(case: Case) -> Iterator[Any]:
    return (f for f in found(case).all if f.rule == case.rule and f.result is Result.FAIL)


@TOPIC_BY_TOPIC
def test_a_message_uses_exactly_its_arguments(rule: Rule) -> None:
    for case in of(rule, "fail"):
        for finding in about(case):
            assert set(finding.arguments) == template(rule), case.id
            assert finding.message
            assert "()" not in finding.message


@TOPIC_BY_TOPIC
def test_a_finding_points_at_its_evidence(rule: Rule) -> None:
    for case in of(rule, "fail"):
        given = rule.id in ON_THE_LIST or not {t for _, t in rule.judge.takes}.isdisjoint(GIVEN)
        assert all(f.evidence or given for f in about(case)), case.id


# ---- a fact that is not known -------------------------------------------------------------------------------------


def surveys(case: Replayed) -> Iterator[Survey]:
    """Every survey of a case, of the run and of the domain."""
    waiting = [case.run, case.domain]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += here.children


@TOPIC_BY_TOPIC
def test_a_rule_is_unknown_when_a_fact_that_it_needs_is(rule: Rule) -> None:
    needed = [t for _, t in rule.judge.takes if not issubclass(t, Subject)]
    tried = 0
    for case in (*of(rule, "pass"), *of(rule, "fail")):
        for here in surveys(found(case)):
            if type(here.subject) is not rule.judge.subject or here.absent:
                continue
            facts = [t for t in needed if t in here.facts or t in GIVEN]
            if any(isinstance(here.facts.get(t), Unknown) for t in facts):
                continue
            for fact in facts:
                holed = replace(here, facts={**here.facts, fact: HOLE}, children=(), holes={})
                (finding,) = Engine((rule,), {}).judge(holed, lambda _: ())
                assert (finding.result, finding.reason) == (Result.UNKNOWN, "test.hole"), (case.id, fact)
                tried += 1
    assert tried


@TOPIC_BY_TOPIC
def test_a_rule_body_does_not_catch_what_is_not_established(rule: Rule) -> None:
    """The engine alone makes an unknown: a rule lets the end of its facts pass through."""

    def ends(**_: Any) -> Verdict:
        raise Unestablished(HOLE)

    broken = replace(rule, judge=Declared(ends, (), rule.judge.returns, rule.judge.subject))
    for here in surveys(found(of(rule, "pass")[0])):
        if type(here.subject) is rule.judge.subject:
            alone = replace(here, children=(), holes={})
            assert [f.reason for f in Engine((broken,), {}).judge(alone, lambda _: ())] == ["test.hole"]


# ---- hostile evidence ---------------------------------------------------------------------------------------------

TEXTS = (
    "",
    " ",
    "\x00",
    "🦊",
    '"',
    '"\\',
    "\\300",
    "10",
    "99999 x",
    "-1 x",
    "10  ",
    "127.0.0.256",
    "::1%lo",
    "fe80::1%1",
    '"v=spf1 redirect=%{d}.%{d}"',
    '"v=spf1 include:' + "a" * 300 + '.example -all"',
    '"v=spf1 include:.. exists:%%{z} ip4:0.0.0.0/0 ip6:::/0/0 ?"',
    '"v=DMARC1;p;=;;sp=🦊;rua=mailto:"',
    '"v=DKIM1; p=' + "A" * 20_000 + '"',
    '"k=rsa; p=MIIB"',
)


def hostile(world: World, seed: int) -> Any:
    """The world of a case, in which each answer is bent in one of the ways that the schema allows."""

    def bent(probe: Any) -> Any:
        came = world(probe)
        turn = (seed + sum(map(ord, probe.key))) % (len(TEXTS) + 6)
        if isinstance(came, Answer) and isinstance(probe, Question):
            if turn < len(TEXTS):
                return replace(came, status=DnsStatus.NOERROR, records=(TEXTS[turn], *came.records))
            return replace(
                came, status=list(DnsStatus)[turn % len(DnsStatus)], aliases=("", "🦊"), signatures=("SOA",) * 9
            )
        if isinstance(came, SmtpSession) and isinstance(probe, SmtpVisit):
            return _bent_session(came, seed)
        if isinstance(came, HttpsFetch):
            return _bent_fetch(came, seed)
        if isinstance(came, TlsFlight):
            return _bent_flight(came, seed)
        return came

    return bent


def _bent_fetch(fetch: HttpsFetch, seed: int) -> HttpsFetch:
    odd = tuple(Header(name=name, value="\\x1b") for name in ("content-encoding", "content-type", "location"))
    shown = replace(fetches.shown(), version="", chain=(b"", b"\x30\x80", *pki.good("mta-sts.story.example")))
    ways = (
        replace(fetch, outcome=list(FetchOutcome)[seed % len(FetchOutcome)], tls=None),
        replace(fetch, outcome=list(FetchOutcome)[seed % len(FetchOutcome)], status=None, tls=shown),
        replace(fetch, outcome=FetchOutcome.OK, status=100 + 97 * (seed % 9), headers=odd),
        fetches.got(b"\xef\xbb\xbf\x00mx: *.\r\nmx: \xff\rversion:\n:::\n"),
        fetches.got(fetches.policy("enforce", "*", "a..b", "\N{FOX FACE}"), chain=(b"",)),
    )
    return ways[seed % len(ways)]


def _bent_session(session: SmtpSession, seed: int) -> SmtpSession:
    outcome = list(Outcome)[seed % len(Outcome)]
    ways = (
        replace(session, stages=()),
        replace(session, stages=session.stages[::-1]),
        replace(session, stages=tuple(Stage(stage=name, outcome=outcome) for name in StageName), tls=None),
        replace(session, stages=session.stages[: 1 + seed % 7], tls=None),
        replace(session, stages=session.stages * 2),
        sessions.healthy((b"", b"\x30\x80", *pki.good("mx.story.example"))),
        sessions.healthy(pki.good("mx.story.example")[::-1] * 9, version="", after_tls=("",)),
    )
    return ways[seed % len(ways)]


def _bent_flight(flight: TlsFlight, seed: int) -> TlsFlight:
    outcome = list(Outcome)[seed % len(Outcome)]
    taken = replace(flight.stages[-1], stage=StageName.TLS, outcome=Outcome.OK)
    ways = (
        replace(flight, stages=()),
        replace(flight, stages=flight.stages[::-1]),
        replace(flight, stages=tuple(Stage(stage=name, outcome=outcome) for name in StageName)),
        TlsFlight(stages=(taken,)),
        TlsFlight(stages=(taken,), version="0x1A2B", cipher="0x1A2B", group="", dh_bits=0, chain=(b"", b"\x30\x80")),
        TlsFlight(stages=(taken,), version="SSLv3", cipher="_RC4_ _MD5", chain=pki.good("mx.story.example") * 9),
    )
    return ways[seed % len(ways)]


ODD_OPTIONS = DomainOptions(selectors=("", "a b", "x" * 253, "🦊"), parked=False, sending_ips=("::", "255.255.255.255"))


@pytest.mark.parametrize("seed", range(26))
def test_no_rule_raises_on_evidence_that_the_schema_allows(seed: int) -> None:
    for case in CASES[seed::26]:
        odd = replace(case, options=ODD_OPTIONS) if seed % 2 else case
        bent = replayed(odd, hostile(World(odd), seed))
        assert not bent.faults, (case.id, bent.faults)
        assert not [f for f in bent.all if (f.reason or "").startswith("internal.")], case.id


@pytest.mark.parametrize(
    "status", [s for s in DnsStatus if s not in (DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN)]
)
def test_nothing_passes_or_fails_where_no_server_says_anything(status: DnsStatus) -> None:
    silent = replayed(Case("SPF-MISSING", "unknown"), lambda probe: _silent(probe, status))
    assert {f.result for f in silent.all} == {Result.UNKNOWN}


def _silent(probe: Any, status: DnsStatus) -> Any:
    return Answer(status=status) if isinstance(probe, Question) else World(Case("SPF-MISSING", "unknown"))(probe)
