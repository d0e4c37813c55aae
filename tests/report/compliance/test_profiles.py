"""Each control of each profile that is shipped: met, not met, not assessed, and never met by what was not seen."""

from __future__ import annotations

from functools import cache

import pytest

from audit.catalog.compliance import compliance_profiles, load_compliance
from audit.model.attestation import Attestation, AttestationState
from audit.model.compliance import Assessment, ComplianceProfile, ControlState
from audit.model.report import DomainReport
from audit.report.compliance.conditions import IN_A_MOVE
from audit.report.compliance.judging import assess
from audit.report.compliance.seen import Selection
from audit.rules.registry import RULES
from tests.report.compliance.cases import CASES, rows
from tests.report.compliance.domains import SELECTION, domain, selection

MET, NOT_MET, NOT_ASSESSED = ControlState.MET, ControlState.NOT_MET, ControlState.NOT_ASSESSED
WORD = Attestation(
    controls=("any/any",),
    statement="We looked.",
    owner="postmaster",
    evidence="https://wiki.example/mail",
    date="2026-11-01",
    expires="2027-11-01",
    domains=(),
    units=(),
    state=AttestationState.LIVE,
)


@cache
def profile(name: str) -> ComplianceProfile:
    return load_compliance(name)


def nobody(control: str, name: str) -> None:
    """Nobody attests anything."""


def states(of: ComplianceProfile, report: DomainReport, selected: Selection = SELECTION) -> dict[str, ControlState]:
    return {each.control: each.state for each in assess(of, report, selected, nobody)}


def one(name: str, control: str, words: str) -> Assessment:
    assessed = assess(profile(name), domain(words), selection(words), lambda *_: WORD)
    return next(each for each in assessed if each.control == control)


def test_each_control_that_can_be_tested_has_its_cases() -> None:
    listed = [(name, control) for name, control, _, _ in rows()]
    assert listed == [(p.id, c.id) for name in CASES for p in [profile(name)] for c in p.controls if c.ways]
    assert sorted(CASES) == [p.id for p in compliance_profiles()]


@pytest.mark.parametrize(("name", "control", "broken", "lost"), rows(), ids=lambda text: text[:20])
def test_a_control(name: str, control: str, broken: str, lost: str) -> None:
    sound = "parked" if "parked" in broken else ""
    of = next(c for c in profile(name).controls if c.id == control)
    assert one(name, control, sound).state is (ControlState.ATTESTED if of.attestation else MET)
    assert one(name, control, broken).state is NOT_MET
    assert one(name, control, lost).state is NOT_ASSESSED


@pytest.mark.parametrize("name", list(CASES))
def test_what_was_not_seen_is_never_met(name: str) -> None:
    of = profile(name)
    blind = domain(" ".join(f"?{rule.id}" for rule in RULES) + " ?dmarc ?keys ?senders ?ns6")
    unselected = domain(" ".join(f"!{rule.id}" for rule in RULES) + " ?dmarc ?keys ?senders ?ns6")
    for report, selected in ((blind, SELECTION), (unselected, Selection({}))):
        found = states(of, report, selected)
        assert {found[c.id] for c in of.controls if c.ways} == {NOT_ASSESSED}


@pytest.mark.parametrize("name", list(CASES))
def test_a_loss_leaves_a_state_as_it_was_or_open(name: str) -> None:
    of = profile(name)
    rules = {rule for c in of.controls for way in c.ways for condition in way.conditions for rule in condition.rules}
    broken = [row[2] for row in rows() if row[0] == name]
    for words in ("", "parked", *broken[::3]):
        before = states(of, domain(words))
        for loss in (*(f"?{rule}" for rule in sorted(rules)), "?dmarc", "?keys", "?senders", "?ns6"):
            if loss[1:] in words.replace(":", " ").split():
                continue  # it fails there: see below
            after = states(of, domain(f"{words} {loss}"))
            assert not {c: after[c] for c in before if after[c] not in (before[c], NOT_ASSESSED)}, (words, loss)


@pytest.mark.parametrize(("name", "control", "broken"), [row[:3] for row in rows()], ids=lambda text: text[:20])
def test_a_failure_that_is_lost_leaves_a_control_open(name: str, control: str, broken: str) -> None:
    failing = [word for word in broken.split() if word.partition(":")[0] in SELECTION.gravest]
    for word in failing:
        lost = broken.replace(word, f"?{word.partition(':')[0]}")
        assert one(name, control, lost).state in (NOT_ASSESSED, NOT_MET)


@pytest.mark.parametrize("name", list(CASES))
def test_no_failure_hides_behind_one_that_says_it_better(name: str) -> None:
    """A rule that another supersedes does not apply where that fails, so both must stand in the same way."""
    pairs = {(rule.id, less) for rule in RULES for less in rule.supersedes if rule.id != "DOMAIN-NXDOMAIN"}
    for control in profile(name).controls:
        for way in control.ways:
            named = {rule for condition in way.conditions for rule in condition.rules}
            named |= {IN_A_MOVE[rule] for rule in named if rule in IN_A_MOVE}
            missing = {graver for graver, less in pairs if less in named and graver not in named}
            assert not missing, control.id


@pytest.mark.parametrize("name", list(CASES))
def test_all_rules_exist(name: str) -> None:
    named = {
        r for c in profile(name).controls for way in c.ways for condition in way.conditions for r in condition.rules
    }
    assert named <= {rule.id for rule in RULES}
