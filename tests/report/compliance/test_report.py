"""The compliance report: attestations, hundreds of domains by control and unit, exceptions first, bounded, escaped."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import html5lib
import pytest

from audit import contract
from audit.catalog.compliance import compliance_names, load_compliance
from audit.model.attestation import Attestation, AttestationState
from audit.model.compliance import ControlState
from audit.model.compliance_report import ComplianceReport
from audit.model.report import DomainReport, RunReport
from audit.report.compliance import document, page, text
from audit.report.compliance.document import compliance_report
from audit.report.compliance.exceptions import TOLD, UNIT_ROWS, exceptions, open_reasons, totals, unit_rows
from audit.rules.registry import RULES
from audit.rules.summary.domain_report import rule_text
from tests.records import REPORT
from tests.report.compliance.domains import domain
from tests.report.golden import EVIL
from tests.report.sample import SAMPLE

GOOGLE = load_compliance("bulk-google")
WORD = Attestation(
    controls=("bulk-google/G-ALL-3",),
    statement="All servers try STARTTLS.",
    owner="Mail team",
    evidence="https://wiki.example/tls",
    date="2026-11-01",
    expires="2026-12-31",
    domains=(),
    units=(),
    state=AttestationState.LIVE,
)
UNITS = ("sales", "ops", None)
KINDS = ("", "", "SPF-SYNTAX DMARC-MISSING", "?SPF-SYNTAX", "parked")


def a_domain(at: int, words: str = "", unit: str | None = None) -> DomainReport:
    name = f"host{at:04}.example"
    return replace(domain(words, name=name), unit=unit)


def a_report(domains: tuple[DomainReport, ...]) -> RunReport:
    coverage = replace(REPORT.run.coverage, rows=len(domains), audited=len(domains))
    run = replace(REPORT.run, coverage=coverage)
    return replace(REPORT, run=run, rules=tuple(map(rule_text, RULES)), findings=(), insights=(), domains=domains)


def fleet(count: int) -> RunReport:
    return a_report(tuple(a_domain(n, KINDS[n % len(KINDS)], UNITS[n % len(UNITS)]) for n in range(count)))


def held(report: RunReport, *attestations: Attestation) -> ComplianceReport:
    return compliance_report(report, (GOOGLE,), attestations)


def states(report: ComplianceReport, control: str) -> dict[str, ControlState]:
    found: dict[str, ControlState] = {}
    for standing in report.profiles[0].domains:
        others = {each.control: each.state for each in standing.others}
        found[standing.domain] = others.get(
            control, ControlState.MET if control in standing.met else ControlState.NOT_APPLICABLE
        )
    return found


# ---- attestations -------------------------------------------------------------------------------------------------

TWO = a_report((a_domain(0, unit="Sales/EU"), a_domain(1)))


@pytest.mark.parametrize(
    ("changed", "attested"),
    [
        ({}, ["host0000.example", "host0001.example"]),
        ({"domains": ("*.example",)}, ["host0000.example", "host0001.example"]),
        ({"domains": ("HOST0001.example", "x")}, ["host0001.example"]),
        ({"units": ("sales*",)}, ["host0000.example"]),
        ({"units": ("ops",)}, []),
        ({"units": ("sales*",), "domains": ("host0001*",)}, []),
        ({"controls": ("uk-government/G-ALL-3", "bulk-google/G-ALL")}, []),
        ({"state": AttestationState.EXPIRED}, []),
    ],
    ids=str,
)
def test_an_attestation_is_about_the_domains_and_units_that_it_names(
    changed: dict[str, object], attested: list[str]
) -> None:
    found = held(TWO, replace(WORD, **changed))  # type: ignore[arg-type]
    those = sorted(d for d, state in states(found, "G-ALL-3").items() if state is ControlState.ATTESTED)
    assert those == attested
    assert [use.assessments for use in found.attestations] == [len(attested)]


def test_an_attestation_is_never_met_and_outweighs_no_test() -> None:
    everything = tuple(f"bulk-google/{control.id}" for control in GOOGLE.controls)
    report = a_report((a_domain(0, "SPF-SYNTAX keys=0"), a_domain(1, "?SPF-SYNTAX ?keys")))
    without, with_ = held(report), held(report, replace(WORD, controls=everything))
    for before, after in zip(without.profiles[0].domains, with_.profiles[0].domains, strict=True):
        assert before.met == after.met
        was = {each.control: each.state for each in before.others}
        now = {each.control: each.state for each in after.others}
        moved = {(was[c], now[c]) for c in was if was[c] is not now[c]}
        assert moved <= {(ControlState.NEEDS_ATTESTATION, ControlState.ATTESTED)}


def test_attestations_of_other_profiles_are_left_out() -> None:
    other = replace(WORD, controls=("pci-dss/5.4.1-inbound",))
    assert [use.attestation for use in held(TWO, other, WORD).attestations] == [WORD]


def test_of_two_attestations_the_first_that_holds_counts() -> None:
    old = replace(WORD, state=AttestationState.EXPIRED, owner="Nobody")
    found = held(a_report((a_domain(0),)), old, WORD, replace(WORD, owner="Other"))
    assert [use.assessments for use in found.attestations] == [0, 1, 0]
    (each,) = (a for a in found.profiles[0].domains[0].others if a.control == "G-ALL-3")
    assert each.attestation == WORD


# ---- a fleet ------------------------------------------------------------------------------------------------------


def test_hundreds_of_domains_are_counted_by_control_and_unit() -> None:
    found = held(fleet(600))
    profile = found.profiles[0]
    assert found.scope.units == ("ops", "sales")
    assert profile.fleet.domains == 600
    for count in profile.fleet.controls:
        assert sum(getattr(count, state.value) for state in ControlState) == 600
    by_unit = [c for c in profile.fleet.units if c.control == "G-ALL-1"]
    assert [(c.unit, sum(getattr(c, s.value) for s in ControlState)) for c in by_unit] == [("ops", 200), ("sales", 200)]
    (first,) = (c for c in profile.fleet.controls if c.control == "G-ALL-1")
    assert first.not_applicable >= 120  # domains without mail are held to what is asked of those
    assert dict(totals(profile))[ControlState.MET] == sum(c.met for c in profile.fleet.controls)


def test_a_page_of_hundreds_of_domains_is_bounded_and_says_what_it_leaves_out() -> None:
    found = held(a_report(tuple(a_domain(n, "SPF-SYNTAX DMARC-MISSING keys=0", f"u{n:03}") for n in range(900))))
    begun = time.process_time()
    made_page = page.render(found)
    assert time.process_time() - begun < 30
    assert len(made_page) < 6 * 1024 * 1024
    rows = exceptions(found.profiles[0])
    assert max(len(row.told) for row in rows) == TOLD
    assert {row.left for row in rows if row.told and row.left} == {900 - TOLD}
    assert b"And 800 domains more, which are in compliance.json." in made_page
    shown, more = unit_rows(found.profiles[0])
    assert (len(shown), more > 0) == (UNIT_ROWS, True)
    assert len(text.render(found).splitlines()) < 3000


def test_of_domains_that_stand_alike_one_thing_is_said() -> None:
    (row,) = (
        r for r in exceptions(held(a_report(tuple(map(a_domain, range(70))))).profiles[0]) if r.control.id == "G-ALL-3"
    )
    assert [(len(told.standings), told.assessment.state) for told in row.told] == [(70, ControlState.NEEDS_ATTESTATION)]


def test_what_is_not_met_comes_first() -> None:
    for row in exceptions(held(fleet(60)).profiles[0]):
        order = [list(text.SIGNS).index(told.assessment.state) for told in row.told]
        assert order == sorted(order)


def test_the_reasons_of_what_was_not_assessed_are_counted() -> None:
    found = held(a_report((a_domain(0, "?SPF-SYNTAX ?keys"), a_domain(1, "?SPF-SYNTAX ?keys"))))
    reasons = {code: (sentence, count) for code, sentence, count in open_reasons(found)}
    assert reasons["dns.timeout"][0] == "No DNS server answered in time."
    assert reasons["dns.timeout"][1] >= 2


def test_rows_that_were_not_audited_are_named() -> None:
    found = held(SAMPLE)
    assert found.unaudited == tuple(d.input.text for d in SAMPLE.domains if d.status != "audited")
    assert found.unaudited


# ---- what it looks like -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", compliance_names())
def test_each_profile_gives_a_report_that_keeps_to_its_schema_and_a_page_that_is_html(name: str) -> None:
    found = compliance_report(fleet(10), (load_compliance(name),), (WORD,))
    contract.check("compliance", document.render(found))
    assert contract.load(document.render(found), ComplianceReport) == found
    html5lib.HTMLParser(strict=True).parse(page.render(found).decode())
    assert all(len(line) <= 80 for line in text.render(found, 80).decode().splitlines())


def test_a_draft_says_so() -> None:
    drafts = [n for n in compliance_names() if any(c.draft for c in load_compliance(n).controls)]
    assert drafts
    found = compliance_report(fleet(2), (load_compliance(drafts[0]),))
    assert b'<span class="badge draft">draft</span>' in page.render(found)
    assert b"(draft)" in text.render(found)


def test_nothing_that_somebody_says_gets_out_of_its_place() -> None:
    evil = replace(WORD, statement=EVIL, owner=EVIL, evidence="javascript:alert(1)", domains=(EVIL,), units=())
    report = a_report((replace(a_domain(0), unit="<script>alert(1)</script>"),))
    found = held(report, evil)
    found = replace(found, unaudited=(EVIL,))
    shown = page.render(found).decode()
    html5lib.HTMLParser(strict=True).parse(shown)
    assert "<script" not in shown
    assert 'href="javascript:' not in shown
    for sign in ("\x1b", "\x00", "\u202e", "\u2028"):
        assert sign not in shown
        assert sign not in text.render(found).decode()


def test_the_page_asks_for_nothing_and_its_style_is_allowed_by_its_hash() -> None:
    shown = page.render(held(fleet(5), WORD)).decode()
    assert re.search(
        r"content=\"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action", shown
    )
    assert re.findall(r'\b(?:src|srcset|action|style|onclick)="', shown) == []
    assert set(re.findall(r'href="([^"#]*)', shown)) <= {"", "https://wiki.example/tls"}
    targets = set(re.findall(r' id="([^"]*)"', shown))
    assert set(re.findall(r'href="#([^"]*)"', shown)) <= targets
