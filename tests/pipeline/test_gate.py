"""The exit code as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.report import (
    BaselineState,
    Coverage,
    DomainReport,
    Finding,
    Result,
    RunReport,
    Severity,
    Sight,
    State,
    Waiver,
)
from audit.pipeline.exits import Exit
from audit.pipeline.gate import SIGHTS, Gate, gate
from tests.records import REPORT

DOMAIN = next(d for d in REPORT.domains if d.findings)
FAIL = next(f for f in DOMAIN.findings if f.result is Result.FAIL)
UNKNOWN = replace(FAIL, result=Result.UNKNOWN, severity=None, reason="dns.timeout", message=None, arguments={})


def report(
    *severities: Severity, share: int = 0, without: tuple[str, ...] = (), invalid: bool = False, insight: bool = False
) -> RunReport:
    findings: tuple[Finding, ...] = (UNKNOWN, *(replace(FAIL, severity=s) for s in severities))
    domains: tuple[DomainReport, ...] = (replace(DOMAIN, status="audited", findings=findings),)
    if invalid:
        domains += (replace(DOMAIN, status="invalid_input", findings=()),)
    coverage: Coverage = replace(REPORT.run.coverage, unknown_share=share, without_record_result=without)
    told = (replace(FAIL, severity=Severity.CRITICAL),) if insight else ()
    return replace(REPORT, domains=domains, run=replace(REPORT.run, coverage=coverage), findings=told)


@pytest.mark.parametrize("limit", list(Severity))
@pytest.mark.parametrize("found", list(Severity))
def test_a_finding_fails_the_run_from_its_severity_on(limit: Severity, found: Severity) -> None:
    order = list(Severity)
    expected = Exit.FINDINGS if order.index(found) <= order.index(limit) else Exit.OK
    assert gate(report(found), Gate(fail_on=limit, max_unknown=5)).code is expected


@pytest.mark.parametrize(
    ("given", "fail_on", "max_unknown", "code"),
    [
        (report(), Severity.INFO, 5, Exit.OK),
        (report(Severity.CRITICAL), None, 5, Exit.OK),
        (report(Severity.LOW, Severity.CRITICAL), Severity.HIGH, 5, Exit.FINDINGS),
        (report(share=50), Severity.HIGH, 5, Exit.OK),
        (report(share=51), Severity.HIGH, 5, Exit.INCOMPLETE),
        (report(share=1), Severity.HIGH, 0, Exit.INCOMPLETE),
        (report(share=0), Severity.HIGH, 0, Exit.OK),
        (report(share=1000), Severity.HIGH, 100, Exit.OK),
        (report(without=("one.example",)), None, 100, Exit.INCOMPLETE),
        (report(Severity.HIGH, share=1000, without=("one.example",)), Severity.HIGH, 5, Exit.FINDINGS),
        (report(Severity.LOW, share=1000), Severity.HIGH, 5, Exit.INCOMPLETE),
        (report(invalid=True), None, 100, Exit.USAGE),
        (report(Severity.CRITICAL, share=1000, invalid=True), Severity.HIGH, 5, Exit.USAGE),
        (report(insight=True), Severity.HIGH, 5, Exit.OK),
    ],
)
def test_of_several_codes_the_one_that_must_be_heard_first(
    given: RunReport, fail_on: Severity | None, max_unknown: float, code: Exit
) -> None:
    assert gate(given, Gate(fail_on=fail_on, max_unknown=max_unknown)).code is code


WAIVER = Waiver(rule=FAIL.rule, domain=None, subject=None, reason="accepted", owner=None, expires=None, expired=False)


def with_findings(*findings: Finding) -> RunReport:
    return replace(report(), domains=(replace(DOMAIN, status="audited", findings=findings),))


def high(waiver: Waiver | None = None, baseline: BaselineState | None = None) -> Finding:
    return replace(FAIL, severity=Severity.HIGH, waiver=waiver, baseline=baseline)


@pytest.mark.parametrize(
    ("findings", "only_new", "code"),
    [
        ((high(),), False, Exit.FINDINGS),
        ((high(waiver=WAIVER),), False, Exit.OK),
        ((high(waiver=replace(WAIVER, expired=True)),), False, Exit.FINDINGS),
        ((high(waiver=WAIVER), high()), False, Exit.FINDINGS),
        ((high(baseline=BaselineState.KNOWN),), False, Exit.FINDINGS),
        ((high(baseline=BaselineState.KNOWN),), True, Exit.OK),
        ((high(baseline=BaselineState.WORSE),), True, Exit.FINDINGS),
        ((high(baseline=BaselineState.NEW),), True, Exit.FINDINGS),
        ((high(waiver=WAIVER, baseline=BaselineState.NEW),), True, Exit.OK),
        ((high(waiver=replace(WAIVER, expired=True), baseline=BaselineState.KNOWN),), True, Exit.OK),
    ],
)
def test_what_is_accepted_or_known_does_not_count(findings: tuple[Finding, ...], only_new: bool, code: Exit) -> None:
    wanted = Gate(fail_on=Severity.HIGH, max_unknown=100, only_new=only_new)
    assert gate(with_findings(*findings), wanted).code is code


def seeing(**states: State) -> RunReport:
    sights = tuple(Sight(id=id_, state=s, reason=None, text=f"{id_} so so.", advice=None) for id_, s in states.items())
    given = report()
    return replace(given, run=replace(given.run, vantage=sights))


@pytest.mark.parametrize(
    ("wanted", "states", "code"),
    [
        ((), {"port25": State.BAD}, Exit.OK),
        (("port25",), {"port25": State.GOOD, "ipv6": State.WARNING}, Exit.OK),
        (("port25",), {"port25": State.BAD}, Exit.INCOMPLETE),
        (("port25",), {"port25": State.WARNING}, Exit.INCOMPLETE),
        (("port25",), {"port25": State.UNKNOWN}, Exit.INCOMPLETE),
        (("port25",), {"port25": State.NOT_APPLICABLE}, Exit.INCOMPLETE),
        (("port25",), {"ipv6": State.GOOD}, Exit.INCOMPLETE),
        (("all",), {"port25": State.NOT_APPLICABLE, "ipv6": State.GOOD}, Exit.OK),
        (("all",), {"port25": State.GOOD, "ipv6": State.WARNING}, Exit.INCOMPLETE),
        (("all", "port25"), {"port25": State.NOT_APPLICABLE, "ipv6": State.GOOD}, Exit.INCOMPLETE),
    ],
)
def test_the_vantage_must_be_as_it_was_asked_for(wanted: tuple[str, ...], states: dict[str, State], code: Exit) -> None:
    ruling = gate(seeing(**states), Gate(fail_on=None, max_unknown=100, vantage=frozenset(wanted)))
    assert ruling.code is code
    assert ("--require-vantage" in (ruling.because or "")) is (code is Exit.INCOMPLETE)


@pytest.mark.parametrize(
    ("given", "only_new", "said"),
    [
        (report(invalid=True), False, "1 line of the list cannot be read."),
        (report(Severity.HIGH, Severity.CRITICAL), False, "2 findings are high or graver, as --fail-on asks."),
        (report(Severity.HIGH), True, "1 finding is new and high or graver, as --fail-on asks."),
        (report(share=73), False, "7.3 % of the checks could not be tested (--max-unknown 5)."),
        (report(without=("a.example",)), False, "no record of 1 domain could be judged: a.example."),
        (report(), False, None),
    ],
)
def test_a_ruling_says_why(given: RunReport, only_new: bool, said: str | None) -> None:
    assert gate(given, Gate(fail_on=Severity.HIGH, max_unknown=5, only_new=only_new)).because == said


def test_every_sight_can_be_asked_for() -> None:
    assert {s.id for s in REPORT.run.vantage} <= set(SIGHTS)


def test_the_codes_are_those_of_the_manual() -> None:
    assert {e.name: e.value for e in Exit} == {
        "OK": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "INTERNAL": 4,
        "INTERRUPTED": 130,
        "UNREAD": 141,
    }
