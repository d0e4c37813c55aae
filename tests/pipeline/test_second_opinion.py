"""The second opinion in a judged run: asked where it is wanted, of what we believe, unable to break anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from audit import contract
from audit.model.evidence import Asked, DomainEvidence, RunEvidence
from audit.model.opinion import Consultation, SecondOpinion
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.report import DomainReport, Result, RunReport, Severity
from audit.opinion.consulting import CRASHED
from audit.pipeline import judging
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence
from audit.rules.registry import RULES
from tests.pipeline.test_judging import HEAD, domain

OURS = frozenset(r.id for r in RULES if r.topic == "second_opinion")
WANTED: RunEvidence = replace(HEAD, settings=replace(HEAD.settings, second_opinion=True))


def told(name: str, line: int, **records: str) -> DomainEvidence:
    """A domain with all that the three rules need; a name in `records` stands for what is before the domain's."""
    texts = {
        "": '"v=spf1 ~all"',
        "_dmarc.": '"v=DMARC1; p=none"',
        "_smtp._tls.": '"v=TLSRPTv1; rua=mailto:a@b.example"',
    }
    texts.update({{"spf": "", "dmarc": "_dmarc.", "tls": "_smtp._tls."}[k]: v for k, v in records.items()})
    plain = tuple(a for a in domain(name, line).answers if a.question.rdtype != "TXT")
    answers = (
        Asked(
            question=Question(name=f"{before}{name}", rdtype="TXT"),
            answer=Answer(status=DnsStatus.NOERROR, records=(text,)),
        )
        for before, text in texts.items()
    )
    return replace(domain(name, line), answers=(*plain, *answers))


def judged(*domains: DomainEvidence, head: RunEvidence = WANTED, second_opinion: bool | None = None) -> RunReport:
    def broken(error: BaseException) -> None:
        raise error

    return judge(Evidence(head, domains, (), {}), None, broken, second_opinion)


def results(report: DomainReport) -> dict[str, str]:
    found = {f.rule: str(f.result) for f in report.findings} | {j.rule: "pass" for j in report.passed}
    return {rule: result for rule, result in found.items() if rule in OURS}


def test_agreement_and_difference() -> None:
    capitals = '"V=SPF1 ~all"'
    report = judged(told("one.example", 1), told("two.example", 2, spf=capitals), told("three.example", 3, dmarc='"x"'))
    one, two, three = report.domains
    assert results(one) == dict.fromkeys(OURS, "pass")
    assert results(two) == dict.fromkeys(OURS, "pass") | {"SPF-SECOND-OPINION": "fail"}
    assert results(three)["SPF-SECOND-OPINION"] == "pass"
    (finding,) = (f for f in two.findings if f.rule == "SPF-SECOND-OPINION")
    assert finding.severity is Severity.INFO
    assert (finding.message or "").endswith("what decides is RFC 7208 section 12, RFC 5234 section 2.3")
    assert report.run.second_opinion is True


def test_the_same_evidence_gives_the_same_bytes() -> None:
    domains = (told("one.example", 1), told("two.example", 2, spf='"v=spf1 foo -all"'))
    assert contract.dump(judged(*domains)) == contract.dump(judged(*domains))


def test_where_nobody_wants_it_its_rules_are_not_selected_and_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(*_: Any) -> Iterator[SecondOpinion]:
        raise AssertionError

    monkeypatch.setattr(judging, "second_opinions", asked)
    report = judged(told("one.example", 1), head=HEAD)
    assert set(report.run.coverage.not_selected) >= OURS
    assert not OURS & {r.id for r in report.rules}
    assert results(next(iter(report.domains))) == {}
    assert report.run.second_opinion is False


@pytest.mark.parametrize(("head", "wish"), [(HEAD, True), (WANTED, False)])
def test_who_judges_may_want_something_else_than_who_gathered(head: RunEvidence, wish: bool) -> None:
    report = judged(told("one.example", 1), head=head, second_opinion=wish)
    assert report.run.second_opinion is wish
    assert bool(results(next(iter(report.domains)))) is wish
    assert report.run.digests != judged(told("one.example", 1), head=head).run.digests


def test_a_tool_that_breaks_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "second_opinions", lambda asked: (CRASHED for _ in asked))
    (report,) = judged(told("one.example", 1)).domains
    assert results(report) == dict.fromkeys(OURS, "unknown")
    assert {f.reason for f in report.findings if f.rule in OURS} == {"opinion.crashed"}
    assert any(f.result is Result.FAIL for f in report.findings)


def consultations(head: RunEvidence, *domains: DomainEvidence, monkeypatch: pytest.MonkeyPatch) -> list[Consultation]:
    """What the other tool is told of each domain."""
    heard: list[Consultation] = []

    def kept(asked: Iterable[Consultation]) -> Iterator[SecondOpinion]:
        for each in asked:
            heard.append(each)
            yield CRASHED

    monkeypatch.setattr(judging, "second_opinions", kept)
    judged(*domains, head=head)
    return heard


def test_it_is_told_the_plain_questions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    record = told("one.example", 1)
    again = Asked(
        question=Question(name="one.example", rdtype="TXT", repeat=1), answer=Answer(status=DnsStatus.TIMEOUT)
    )
    (heard,) = consultations(WANTED, replace(record, answers=(*record.answers, again)), monkeypatch=monkeypatch)
    assert [t.question for t in heard.answers] == [a.question for a in record.answers]
    assert [t.answer for t in heard.answers] == [a.answer for a in record.answers]


def test_through_a_resolver_that_invents_answers_it_is_told_what_we_believe(monkeypatch: pytest.MonkeyPatch) -> None:
    invented = Answer(status=DnsStatus.NOERROR, records=("192.0.2.66",))
    canary = Asked(question=Question(name=WANTED.settings.absent_name, rdtype="A"), answer=invented)
    absent = Asked(question=Question(name="gone.example", rdtype="TXT"), answer=Answer(status=DnsStatus.NXDOMAIN))
    record = told("one.example", 1)
    (heard,) = consultations(
        replace(WANTED, answers=(canary,)), replace(record, answers=(*record.answers, absent)), monkeypatch=monkeypatch
    )
    statuses = {t.question.name: t.answer.status for t in heard.answers}
    assert statuses["gone.example"] is DnsStatus.REWRITTEN
    assert statuses["_dmarc.one.example"] is DnsStatus.NOERROR
