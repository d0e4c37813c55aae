"""A domain's part of the report: verdicts, findings, and the records as found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.catalog.blocklists import load_blocklists
from audit.catalog.providers import load_providers
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine, TlsDepth
from audit.model.probe import HttpsGet, Question, SmtpSession, SmtpVisit
from audit.model.report import Confidence, DomainReport, Finding, FoundRecord, Judged, Result
from audit.model.subject import (
    HeloName,
    ListZone,
    NameEntry,
    NameServer,
    NameServerAddress,
    PublicKey,
    ReportMailbox,
    Subdomain,
    SubmissionServer,
    SubmissionsServer,
)
from audit.protocol.survey import NEVER
from audit.rules.registry import RULES
from audit.rules.summary.domain_report import domain_report, rule_text
from audit.rules.summary.findings import QUESTIONS
from audit.rules.summary.found import Shared
from tests.rules import pki, sessions
from tests.rules.pki import NOW
from tests.rules.world import Case, World, replayed

ZONE = """
    story.example.      MX    10 mx.story.example.
    story.example.      TXT   "v=spf1 mx -all"
    story.example.      TXT   "verification=1"
    mx.story.example.   CNAME real.story.example.
    real.story.example. A     192.0.2.1
    192.0.2.1           PTR   real.story.example.
    own._domainkey.story.example. TXT nodata
    google._domainkey.story.example. TXT "v=DKIM1; p="
    _dmarc.story.example. TXT "v=DMARC1; p=reject"
    192.0.2.1@bl.spamcop.net A 127.0.0.2
    192.0.2.1@zen.spamhaus.org A timeout
"""
NOT_HERE = (
    *(ListZone, PublicKey, ReportMailbox, HeloName, Subdomain, NameEntry),
    *(NameServer, NameServerAddress, SubmissionServer, SubmissionsServer),
)  # of the run, not asked for, or not in the zone
NOT_SELECTED = {"CERT-REVOKED"}  # wanted with --revocation alone
OPTIONS = DomainOptions(selectors=("own",))


DEPTH = {"tls_depth": TlsDepth.FULL}


def reported(zone: str = ZONE, met: SmtpSession | None = None) -> DomainReport:
    case = Case("", "", zone, settings=DEPTH, options=OPTIONS, sessions={"192.0.2.1": met} if met else {})
    world = World(case)
    run_only = World(case)
    replayed(Case("", "", zone, domain="nowhere.test"), run_only)
    found = replayed(case, world)
    own: dict[Any, Any] = {p: a for p, a in world.asked.items() if p not in run_only.asked}
    evidence = DomainEvidence(
        input=InputLine(file="domains.txt", line=1, column=1, text="story.example"),
        domain="story.example",
        unicode="story.example",
        options=OPTIONS,
        observed_at=NOW,
        sightings=None,
        answers=tuple(Asked(question=p, answer=a) for p, a in own.items() if isinstance(p, Question)),
        visits=tuple(p for p in own if isinstance(p, SmtpVisit)),
        fetches=tuple(p for p in own if isinstance(p, HttpsGet)),
    )
    known = {p: a for p, a in own.items() if isinstance(p, SmtpVisit)}
    lists = load_blocklists().selected(("spamcop", "spamhaus-zen"))
    return domain_report(
        evidence,
        Shared(known, {}),
        found.findings,
        found.domain.facts,
        smtp=True,
        blocklists=lists,
        providers=load_providers(),
    )


def records(report: DomainReport, topic: str) -> list[tuple[str, str, tuple[str, ...]]]:
    topics = {t.topic: t.records for t in report.records}
    return [(r.name, r.status, r.values) for r in topics.get(topic, ())]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("mx", [("story.example", "noerror", ("10 mx.story.example.",))]),
        ("spf", [("story.example", "noerror", ("v=spf1 mx -all",))]),
        (
            "dmarc",
            [
                ("_dmarc.story.example", "noerror", ("v=DMARC1; p=reject",)),
                (
                    "story.example",
                    "noerror",
                    (
                        "record: story.example",
                        "organizational domain: story.example (DNS), story.example (suffix list)",
                        "the domain: reject (p of story.example); by RFC 7489: reject",
                        "existing subdomains: reject (p of story.example); by RFC 7489: reject",
                        "non-existent subdomains: reject (p of story.example); by RFC 7489: reject",
                    ),
                ),
            ],
        ),
        ("reverse", [("1.2.0.192.in-addr.arpa", "noerror", ("real.story.example.",))]),
        (  # guesses that found nothing are not shown; what the user named is
            "dkim",
            [
                ("own._domainkey.story.example", "nodata", ()),
                ("google._domainkey.story.example", "noerror", ("v=DKIM1; p=", "revoked")),
            ],
        ),
    ],
)
def test_records_are_shown_by_topic_as_found(topic: str, expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert records(reported(), topic) == expected


def test_a_session_under_another_name_marks_what_rests_on_it() -> None:
    other = replace(sessions.healthy(pki.good("mx.other.example")), sampled="mx.other.example")
    report = reported(ZONE, other)
    marks = {f.rule: f.confidence for f in report.findings if f.result is Result.FAIL}
    assert marks["CERT-NAME"] is Confidence.SAMPLED
    assert marks["DKIM-REVOKED"] is None
    assert all(f.confidence is None for f in report.findings if f.result is Result.UNKNOWN)


@pytest.mark.parametrize(
    ("sampled", "vantage", "told"),
    [
        (None, None, []),
        ("mx.other.example", None, ["held under the name mx.other.example, which leads to the same servers"]),
        (None, "eye.example", ["held by the run that greets as eye.example"]),
        (
            *("mx.other.example", "eye.example"),
            [
                "held under the name mx.other.example, which leads to the same servers",
                "held by the run that greets as eye.example",
            ],
        ),
    ],
)
def test_a_session_is_shown_with_who_held_it_and_for_whom(
    sampled: str | None, vantage: str | None, told: list[str]
) -> None:
    held = replace(sessions.healthy(pki.good("mx.other.example")), sampled=sampled, vantage=vantage)
    ((_, _, values), *_) = records(reported(ZONE, held), "smtp")
    assert [value for value in values if value.startswith("held ")] == told
    assert list(values[: len(told)]) == told


def test_lists_that_say_nothing_against_an_address_are_not_shown() -> None:
    clean = ZONE.replace("192.0.2.1@bl.spamcop.net A 127.0.0.2", "")
    assert [status for _, status, _ in records(reported(clean), "blocklists")] == ["timeout"]
    assert "noerror" in [status for _, status, _ in records(reported(), "blocklists")]


def test_an_alias_is_shown_before_what_it_leads_to() -> None:
    assert ("mx.story.example", "noerror", ("alias of real.story.example", "192.0.2.1")) in records(
        reported(), "addresses"
    )


def test_a_session_is_shown_stage_by_stage() -> None:
    (name, status, lines) = records(reported(met=sessions.greeting(554, "no \\x1b[0m")), "smtp")[0]
    assert (name, status) == ("mx.story.example 192.0.2.1", "rejected")
    assert lines == ("connect: ok", "banner: rejected 554 no \\x1b[0m", "quit: ok")


def test_certificates_are_shown_with_names_issuer_and_end() -> None:
    ((_, _, lines),) = records(reported(), "certificates")
    assert "mx.story.example" in lines[0]
    assert "until 2027-01-23" in lines[0]
    assert len(lines) == 2


def test_every_result_has_its_place() -> None:
    report = reported()
    assert {f.result for f in report.findings} == {Result.FAIL, Result.UNKNOWN}
    places: list[Finding | Judged] = [*report.findings, *report.passed, *report.not_applicable]
    keys = [(p.rule, p.subject.kind, p.subject.name) for p in places]
    assert len(keys) == len(set(keys))
    audited = [r for r in RULES if r.judge.subject not in NOT_HERE and NEVER.isdisjoint(t for _, t in r.judge.takes)]
    assert {rule for rule, _, _ in keys} == {r.id for r in audited} - NOT_SELECTED
    assert [v.id for v in report.verdicts] == list(QUESTIONS)


def test_a_finding_points_at_what_is_shown() -> None:
    report = reported()
    shown: list[FoundRecord] = [r for t in report.records for r in t.records]
    listed = next(f for f in report.findings if f.rule == "DNSBL-IP-LISTED" and f.result is Result.FAIL)
    assert listed.evidence[0] in {r.evidence for r in shown}


def test_a_rule_brings_its_text() -> None:
    for rule in RULES:
        text = rule_text(rule)
        assert (text.id, text.topic, text.severities) == (rule.id, rule.topic, rule.severities)
        assert text.title
        assert text.why
        assert text.fix
