"""JUnit XML: what CI servers read, with nothing untested among what passed or failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml, TestCase

from audit.model.report import DomainReport, RunReport, Severity
from audit.report import FORMATS
from audit.report.junit import DONE
from tests.report.golden import EVIL, commands, is_as_it_was
from tests.report.sample import BROKEN, EMPTY, GOOD, NOT_A_DOMAIN, REPORTS, SAMPLE, SHOP, TWICE, fail, poisoned, unknown

render = FORMATS["junit"]


def cases(report: RunReport) -> list[tuple[str, str, str, str]]:
    """Suite, test, outcome and its message, as junitparser reads them."""
    found = []
    for suite in JUnitXml.fromstring(render(report)):
        for case in suite:
            assert isinstance(case, TestCase)
            results = [(type(r).__name__.lower(), r.message) for r in case.result] or [("", "")]
            found += [(str(suite.name), str(case.name), outcome, str(said)) for outcome, said in results]
    return found


def of(*domains: DomainReport) -> RunReport:
    return replace(EMPTY, domains=domains)


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.junit.xml", render(SAMPLE))


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_a_suite_is_a_line_of_the_list_and_counts_its_tests(report: RunReport) -> None:
    root = ET.fromstring(render(report))
    assert len(root) == 1 + len(report.domains)
    assert {e.tag for e in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"),
    }
    for suite in root:
        tags = Counter(e.tag for e in suite.iter())
        assert [int(suite.attrib[k]) for k in ("tests", "failures", "errors", "skipped")] == [
            tags[tag] for tag in ("testcase", "failure", "error", "skipped")
        ]
    assert commands(render(report)) == []
    assert cases(report)


@pytest.mark.parametrize("sign", EVIL)
def test_no_sign_breaks_the_document(sign: str) -> None:
    shown = ET.fromstring(render(poisoned(of(SHOP), sign)))
    plain = ET.fromstring(render(of(SHOP)))
    assert [(e.tag, sorted(e.attrib)) for e in shown.iter()] == [(e.tag, sorted(e.attrib)) for e in plain.iter()]


@pytest.mark.parametrize("severity", Severity)
def test_a_failure_fails_unless_it_is_only_to_know(severity: Severity) -> None:
    finding = fail(
        "SPF-LOOKUPS", severity.value, "address", "192.0.2.1", "11 lookups", "dns x TXT", publish=("a TXT b",)
    )
    (head, case) = cases(of(replace(GOOD, findings=(finding,), passed=(), not_applicable=())))
    assert head == ("this run", DONE, "", "")
    outcome = "" if severity is Severity.INFO else "failure"
    assert case == ("good.example", "SPF-LOOKUPS 192.0.2.1", outcome, "11 lookups" if outcome else "")
    text = render(of(replace(GOOD, findings=(finding,)))).decode()
    assert "11 lookups\nRecords that mend it:\n  a TXT b\nRests on:\n  dns x TXT</" in text


def test_what_is_not_known_is_skipped_with_its_reason() -> None:
    found = unknown("SPF-LOOKUPS", "domain", "good.example", "dns.timeout")
    shown = cases(of(replace(GOOD, findings=(found,))))
    told = "could not test: No DNS server answered in time. (dns.timeout)"
    assert ("good.example", "SPF-LOOKUPS", "skipped", told) in shown
    assert Counter(outcome for _, _, outcome, _ in shown) == {
        "": 1 + len(GOOD.passed),
        "skipped": 1 + len(GOOD.not_applicable),
    }


@pytest.mark.parametrize(
    ("row", "outcome", "said"),
    [
        (BROKEN, "error", "Gathering broke off with an internal error."),
        (NOT_A_DOMAIN, "error", "This is a web address, not a domain. Did you mean example.com?"),
        (TWICE, "skipped", "good.example is already on line 3."),
    ],
)
def test_a_line_that_was_not_audited_never_passes(row: DomainReport, outcome: str, said: str) -> None:
    (_, case) = cases(of(row))
    assert case[1:] == (f"line {row.input.line}", outcome, said)


def test_a_run_that_was_cut_short_does_not_pass() -> None:
    (case,) = cases(replace(EMPTY, run=replace(EMPTY.run, complete=False, done=3)))
    assert case[1:3] == (DONE, "error")


def test_a_test_has_a_name_of_its_own_in_its_suite() -> None:
    found = fail("DMARC-SYNTAX", "low", "domain", "good.example", "m")
    names = [name for _, name, _, _ in cases(of(replace(GOOD, findings=(found,) * 3, passed=(), not_applicable=())))]
    assert names == [DONE, "DMARC-SYNTAX", "DMARC-SYNTAX (2)", "DMARC-SYNTAX (3)"]


def test_a_test_is_bounded() -> None:
    long = fail("SPF-LOOKUPS", "high", "host", "h" * 9_999, "m" * 99_999, *["e" * 99] * 999, publish=("p" * 99,) * 99)
    text = render(of(replace(GOOD, findings=(long,)))).decode()
    assert len(text) < 15_000
    assert "and 979 more, in report.json" in text
    assert "and 89 more, in report.json" in text
