"""What a control comes to, with waivers and attestations, and for which domains it is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from audit.catalog.compliance import compliance_profiles, load_compliance
from audit.model.attestation import Attestation, AttestationState
from audit.model.compliance import (
    Applies,
    Assessment,
    ComplianceProfile,
    Condition,
    Control,
    ControlState,
    Criticality,
    Way,
)
from audit.model.report import DomainReport, Severity, Waiver
from audit.report.compliance.judging import MAX_FINDINGS, MAX_TEXT, assess
from audit.report.compliance.seen import Selection
from audit.syntax.escape import visible
from tests.report.compliance.domains import NAME, SELECTION, domain, selection
from tests.report.sample import DECIDED, HOSTILE, poisoned

WORD = Attestation(
    controls=("test/C",),
    statement="All senders are aligned.",
    owner="postmaster",
    evidence="https://wiki.example/mail",
    date="2026-11-01",
    expires="2027-11-01",
    domains=(),
    units=(),
    state=AttestationState.LIVE,
)
WAIVER = Waiver(
    rule="SPF-SYNTAX",
    domain=None,
    subject=None,
    reason="being moved",
    owner="dns team",
    expires="2026-12-31",
    expired=False,
)
SPF = Condition(rules=("SPF-SYNTAX", "SPF-LOOKUPS"), at=Severity.MEDIUM)
KEYS = Condition(measure="dkim.keys", at_least=1)
REJECT = Condition(measure="dmarc.policy", at_least="reject", over=("domain", "subdomains"))


def judged(
    words: str = "",
    *ways: tuple[Condition, ...],
    waiver: Waiver | None = None,
    attested: Attestation | None = None,
    **changes: object,
) -> Assessment:
    control = Control(
        id="C",
        title="A control",
        meaning="Something is so.",
        criticality=Criticality.REQUIRED,
        applies=Applies.ALL,
        source="a text",
        ways=tuple(Way(conditions=way) for way in ways),
    )
    return under(replace(control, **changes), domain(words, waiver), words, attested)  # type: ignore[arg-type]


def under(control: Control, report: DomainReport, words: str, attested: Attestation | None) -> Assessment:
    profile = ComplianceProfile(
        id="test",
        title="A profile",
        publisher="Somebody",
        version="1",
        as_of=date(2026, 11, 1),
        source="a text",
        checked=date(2026, 11, 24),
        scope="everybody",
        draft=False,
        controls=(control,),
    )
    (assessment,) = assess(profile, report, selection(words), lambda *_: attested)
    return assessment


@pytest.mark.parametrize(
    ("words", "ways", "state"),
    [
        ("", [(SPF,)], "met"),
        ("SPF-SYNTAX", [(SPF,)], "not_met"),
        ("?SPF-SYNTAX", [(SPF,)], "not_assessed"),
        ("!SPF-SYNTAX", [(SPF,)], "not_assessed"),
        ("SPF-SYNTAX ?SPF-LOOKUPS", [(SPF,)], "not_met"),  # one certain failure is enough
        ("SPF-SYNTAX:low", [(SPF,)], "met"),  # not as grave as asked
        ("-SPF-SYNTAX -SPF-LOOKUPS", [(SPF,)], "met"),  # nothing to judge, as is allowed
        ("keys=0", [(SPF,), (KEYS,)], "met"),  # one way holds
        ("SPF-SYNTAX keys=0", [(SPF,), (KEYS,)], "not_met"),
        ("SPF-SYNTAX ?keys", [(SPF,), (KEYS,)], "not_assessed"),  # the other way is open
        ("keys=0", [(SPF, KEYS)], "not_met"),
        ("?SPF-SYNTAX keys=0", [(SPF, KEYS)], "not_met"),
        ("?keys", [(SPF, KEYS)], "not_assessed"),
        ("sp=none", [(REJECT,)], "not_met"),
        ("np=none", [(REJECT,)], "met"),  # not asked for such names
        ("?dmarc", [(REJECT,)], "not_assessed"),
    ],
)
def test_conditions_and_ways(words: str, ways: list[tuple[Condition, ...]], state: str) -> None:
    assert judged(words, *ways).state == state


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("!MIG-SPF-LOOKUPS", "met"),
        ("-MIG-SPF-LOOKUPS", "met"),
        ("MIG-SPF-LOOKUPS -SPF-LOOKUPS", "not_met"),
        ("?MIG-SPF-LOOKUPS", "not_assessed"),
        ("!MIG-SPF-LOOKUPS !SPF-LOOKUPS", "not_assessed"),
    ],
)
def test_what_a_move_says_in_the_place_of_a_rule_counts_where_one_is_planned(words: str, state: str) -> None:
    assert judged(words, (Condition(rules=("SPF-LOOKUPS",)),)).state == state


@pytest.mark.parametrize("absent", ["met", "not_met", "not_applicable"])
def test_what_had_nothing_to_judge_is_what_the_condition_says(absent: str) -> None:
    found = judged("-SPF-SYNTAX -SPF-LOOKUPS", (replace(SPF, absent=absent),))  # type: ignore[arg-type]
    assert found.state == absent


@pytest.mark.parametrize(
    ("words", "applies", "state"),
    [
        ("", Applies.SENDS, "met"),
        ("", Applies.RECEIVES, "met"),
        ("", Applies.PARKED, "not_applicable"),
        ("parked", Applies.ALL, "met"),
        ("parked", Applies.SENDS, "not_applicable"),
        ("parked", Applies.RECEIVES, "not_applicable"),
        ("parked", Applies.PARKED, "met"),
        ("-DKIM-NONE", Applies.SENDS, "not_applicable"),  # it takes mail and sends none
        ("-DKIM-NONE", Applies.PARKED, "met"),
        ("MX-NULL:info", Applies.RECEIVES, "not_applicable"),
        ("?MX-NULL", Applies.RECEIVES, "not_assessed"),
        ("?DKIM-NONE", Applies.SENDS, "met"),  # its SPF record names senders
        ("?DOMAIN-PARKED-INCOMPLETE ?DKIM-NONE", Applies.SENDS, "not_assessed"),
        ("?DOMAIN-PARKED-INCOMPLETE ?DKIM-NONE", Applies.PARKED, "not_assessed"),
        ("!DOMAIN-PARKED-INCOMPLETE !DKIM-NONE", Applies.SENDS, "not_assessed"),
        ("DOMAIN-NXDOMAIN", Applies.ALL, "not_assessed"),
    ],
)
def test_for_which_domains_a_control_is_judged(words: str, applies: Applies, state: str) -> None:
    assert judged(words, (SPF,), applies=applies).state == state


def test_why_it_is_open_whether_a_control_is_asked_is_said() -> None:
    found = judged("?MX-NULL", (SPF,), applies=Applies.RECEIVES)
    assert found.reasons == ("dns.timeout",)
    (because,) = found.because
    assert because.endswith("it could not be told whether it takes mail: No DNS server answered in time.")


def test_a_waived_failure_is_not_met_and_says_who_waived_it() -> None:
    found = judged("SPF-SYNTAX", (SPF,), waiver=WAIVER)
    assert found.state is ControlState.NOT_MET
    assert found.because == (
        "SPF-SYNTAX: SPF-SYNTAX fails",
        "SPF-SYNTAX is waived by dns team until 2026-12-31: being moved",
    )
    (finding,) = found.findings
    assert (finding.waived_by, finding.waived_until, finding.waived_for) == ("dns team", "2026-12-31", "being moved")


def test_a_waiver_that_expired_is_none() -> None:
    found = judged("SPF-SYNTAX", (SPF,), waiver=replace(WAIVER, expired=True))
    assert found.because == ("SPF-SYNTAX: SPF-SYNTAX fails",)
    assert found.findings[0].waived_by is None


def test_a_waiver_without_owner_and_end_says_so() -> None:
    found = judged("SPF-SYNTAX", (SPF,), waiver=replace(WAIVER, owner=None, expires=None))
    assert found.because[1] == "SPF-SYNTAX is waived by somebody who is not named without an end: being moved"
    assert found.findings[0].waived_by == ""


@pytest.mark.parametrize(
    ("words", "ways", "attested", "state"),
    [
        ("", [], None, "needs_attestation"),
        ("", [], WORD, "attested"),
        ("", [(SPF,)], None, "needs_attestation"),
        ("", [(SPF,)], WORD, "attested"),
        ("SPF-SYNTAX", [(SPF,)], WORD, "not_met"),  # no word outweighs a test
        ("?SPF-SYNTAX", [(SPF,)], WORD, "not_assessed"),
        ("DOMAIN-NXDOMAIN", [], WORD, "not_assessed"),
    ],
)
def test_attestations(words: str, ways: list[tuple[Condition, ...]], attested: Attestation | None, state: str) -> None:
    found = judged(words, *ways, attestation="That all are aligned.", attested=attested)
    assert found.state == state
    assert found.attestation == (WORD if state == "attested" else None)


def test_an_attestation_is_told_as_attested_and_not_tested() -> None:
    found = judged("", attestation="That all are aligned.", attested=WORD)
    assert found.because == ("Attested by postmaster until 2027-11-01, not tested: All senders are aligned.",)


def test_a_control_that_asks_for_no_word_takes_none() -> None:
    found = judged("", (SPF,), attested=WORD)
    assert (found.state, found.attestation) == (ControlState.MET, None)


def test_what_is_not_tested_is_said() -> None:
    assert judged("", untested="Routes.").state is ControlState.NOT_ASSESSED
    assert judged("", untested="Routes.").because == ("Not tested: Routes.",)
    assert judged("", (SPF,), untested="Routes.").because[-1] == "Not looked at: Routes."
    assert judged("SPF-SYNTAX", (SPF,), untested="Routes.").because == ("SPF-SYNTAX: SPF-SYNTAX fails",)


def test_reasons_and_evidence_lead_back_to_the_report() -> None:
    lost = judged("?SPF-SYNTAX !SPF-LOOKUPS", (SPF,))
    assert lost.reasons == ("not_judged", "dns.timeout")
    assert lost.because == (
        "SPF-LOOKUPS was not judged in this run.",
        "SPF-SYNTAX could not be told: No DNS server answered in time.",
    )
    weak = judged("DMARC-P-NONE dmarc=none", (REJECT,))
    assert weak.because[0] == "The DMARC policy: none; at least “reject” is wanted."
    assert [f.rule for f in weak.findings] == ["DMARC-P-NONE"]
    assert f"dns {NAME} TXT" in weak.evidence


def test_a_domain_that_could_not_be_audited_is_not_assessed_and_a_bad_line_is_none() -> None:
    control = Control(
        id="C",
        title="A control",
        meaning="Something is so.",
        criticality=Criticality.REQUIRED,
        applies=Applies.ALL,
        source="a text",
        ways=(Way(conditions=(SPF,)),),
    )
    report = domain()
    assert under(control, replace(report, status="failed", passed=()), "", None).state is ControlState.NOT_ASSESSED
    for row in (replace(report, status="invalid_input", domain=None), replace(report, status="duplicate")):
        with pytest.raises(ValueError, match="not enough values"):
            under(control, row, "", None)


def test_findings_are_bounded() -> None:
    report = domain("SPF-SYNTAX")
    many = replace(report, findings=report.findings * (MAX_FINDINGS + 7))
    control = judged("", (SPF,))
    assert control.findings == ()
    found = under(
        Control(
            id="C",
            title="A control",
            meaning="Something is so.",
            criticality=Criticality.REQUIRED,
            applies=Applies.ALL,
            source="a text",
            ways=(Way(conditions=(SPF,)),),
        ),
        many,
        "",
        None,
    )
    assert len(found.findings) == 1  # the same once
    assert len(found.because) <= 6


@pytest.mark.parametrize("payload", [HOSTILE, "x" * 100_000, "", "\ud800", "0" * 5000])
def test_a_hostile_report_is_judged_and_told_harmlessly(payload: str) -> None:
    poisoned_report = poisoned(DECIDED, payload)
    selected = Selection.of(poisoned_report.rules)
    for report in poisoned_report.domains:
        for each in (a for p in compliance_profiles() for a in assess(p, report, selected, lambda *_: None)):
            assert [text for text in each.because if visible(text, MAX_TEXT) != text] == []
            assert len(each.findings) <= MAX_FINDINGS
            assert each.state is not ControlState.ATTESTED


HUGE = "v=DMARC1; p=reject; rua=" + ",".join(f"mailto:{n}@{'x' * 60}.example" for n in range(60))


@pytest.mark.parametrize("text", [HUGE, "v=DMARC1; p=reject; rua=mailto:\u202e@x,mailto:,http://x,:,!!,mailto:a@b!9"])
def test_a_hostile_record_is_measured(text: str) -> None:
    report = domain()
    records = tuple(
        replace(t, records=tuple(replace(r, values=(text,)) if r.type == "TXT" else r for r in t.records))
        for t in report.records
    )
    (found,) = (
        a
        for a in assess(load_compliance("bod-18-01"), replace(report, records=records), SELECTION, lambda *_: None)
        if a.control == "18-01.mail-5"
    )
    assert found.state is ControlState.NOT_MET
    assert all(len(sentence) <= MAX_TEXT and sentence == visible(sentence, MAX_TEXT) for sentence in found.because)
