"""What people decided about failures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from audit.contract import fingerprint
from audit.model.report import BaselineState, DomainReport, Finding, Result, Severity, SubjectName, Waiver
from audit.rules.summary.marks import Baseline, Decisions, Marking, has_expired
from tests.records import REPORT

DAY = date(2026, 11, 24)
DOMAIN = next(d for d in REPORT.domains if d.findings)
FAIL = replace(
    next(f for f in DOMAIN.findings if f.result is Result.FAIL),
    rule="PTR-MISSING",
    severity=Severity.HIGH,
    subject=SubjectName(kind="address", name="192.0.2.1"),
)
UNKNOWN = replace(FAIL, result=Result.UNKNOWN, severity=None, reason="dns.timeout", message=None, arguments={})


def waiver(
    rule: str = "PTR-MISSING",
    domain: str | None = None,
    subject: str | None = None,
    expires: str | None = None,
    reason: str = "accepted",
) -> Waiver:
    return Waiver(rule=rule, domain=domain, subject=subject, reason=reason, owner=None, expires=expires, expired=False)


def baseline(findings: dict[str, Severity]) -> Baseline:
    return Baseline("baseline.json", datetime(2026, 1, 1, tzinfo=UTC), findings)


def domain(*findings: Finding, name: str = "example.org", shown: str = "example.org") -> DomainReport:
    return replace(DOMAIN, domain=name, unicode=shown, findings=findings)


@pytest.mark.parametrize(
    ("given", "waived", "used"),
    [
        (waiver(), True, 1),
        (waiver(domain="example.org"), True, 1),
        (waiver(domain="*.example.org"), False, 0),
        (waiver(domain="*.org"), True, 1),
        (waiver(subject="192.0.2.*"), True, 1),
        (waiver(subject="192.0.2.2"), False, 0),
        (waiver(rule="SPF-LOOKUPS"), False, 0),
        (waiver(expires="2026-11-24"), True, 1),
        (waiver(expires="2026-11-23"), False, 1),
        (waiver(domain="*", subject="*"), True, 1),
    ],
)
def test_a_waiver_holds_back_what_it_is_about_until_its_day(given: Waiver, waived: bool, used: int) -> None:
    marking = Marking(Decisions((given,)), DAY)
    finding = marking.of_domain(domain(FAIL)).findings[0]
    assert finding.waived is waived
    assert [use.findings for use in marking.uses()] == [used]


def test_an_expired_waiver_is_named_at_the_failure_that_counts_again() -> None:
    marking = Marking(Decisions((waiver(expires="2026-01-01"),)), DAY)
    finding = marking.of_domain(domain(FAIL)).findings[0]
    assert finding.waiver is not None
    assert finding.waiver.expired
    assert not finding.waived


def test_one_that_holds_comes_before_one_that_has_expired_and_both_are_used() -> None:
    marking = Marking(
        Decisions((waiver(expires="2026-01-01", reason="old"), waiver(reason="new"), waiver(reason="other"))), DAY
    )
    finding = marking.of_domain(domain(FAIL)).findings[0]
    assert finding.waiver is not None
    assert finding.waiver.reason == "new"
    assert [use.findings for use in marking.uses()] == [1, 1, 1]


def test_what_could_not_be_tested_cannot_be_waived_or_known() -> None:
    marking = Marking(Decisions((waiver(),), baseline({})), DAY)
    report = domain(UNKNOWN)
    assert marking.of_domain(report) == report
    assert [use.findings for use in marking.uses()] == [0]


def test_a_domain_is_also_known_by_its_name_for_display() -> None:
    marking = Marking(Decisions((waiver(domain="bücher.*"),)), DAY)
    assert marking.of_domain(domain(FAIL, name="xn--bcher-kva.example", shown="bücher.example")).findings[0].waived


@pytest.mark.parametrize(("about", "waived"), [(None, True), ("*", False), ("example.org", False)])
def test_a_failure_of_the_run_is_of_no_domain(about: str | None, waived: bool) -> None:
    assert Marking(Decisions((waiver(domain=about),)), DAY).of((FAIL,))[0].waived is waived


@pytest.mark.parametrize(
    ("before", "state"),
    [
        (Severity.HIGH, BaselineState.KNOWN),
        (Severity.CRITICAL, BaselineState.KNOWN),
        (Severity.MEDIUM, BaselineState.WORSE),
        (None, BaselineState.NEW),
    ],
)
def test_a_failure_is_new_worse_or_known(before: Severity | None, state: BaselineState) -> None:
    known = {} if before is None else {fingerprint(FAIL, "example.org"): before}
    marking = Marking(
        Decisions(baseline=Baseline("b", datetime(2026, 1, 1, tzinfo=UTC), {**known, "0" * 32: Severity.LOW})), DAY
    )
    assert marking.of_domain(domain(FAIL)).findings[0].baseline is state
    told = marking.comparison()
    assert told is not None
    assert (told.new, told.worse, told.known) == tuple(int(state is s) for s in BaselineState)
    assert told.unseen == 1


def test_words_arguments_and_order_make_no_failure_new() -> None:
    known = {fingerprint(FAIL, "example.org"): Severity.HIGH}
    marking = Marking(Decisions(baseline=baseline(known)), DAY)
    told = replace(FAIL, message="said in another way", arguments={"more": 1}, evidence=(), confidence=None)
    other = replace(FAIL, subject=SubjectName(kind="address", name="192.0.2.9"))
    states = [f.baseline for f in marking.of_domain(domain(other, told)).findings]
    assert states == [BaselineState.NEW, BaselineState.KNOWN]


def test_without_decisions_nothing_is_marked() -> None:
    marking = Marking(Decisions(), DAY)
    report = domain(FAIL)
    assert marking.of_domain(report) is report
    assert marking.uses() == ()
    assert marking.comparison() is None


@pytest.mark.parametrize(
    ("expires", "today", "over"),
    [
        (None, DAY, False),
        ("2026-11-24", DAY, False),
        ("2026-11-23", DAY, True),
        ("2027-01-01", DAY, False),
    ],
)
def test_a_waiver_holds_to_the_end_of_its_day(expires: str | None, today: date, over: bool) -> None:
    assert has_expired(expires, today) is over
