"""A policy that whoever validates does not get: a domain is not protected from all forgery by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.model.report import QuestionId, State
from audit.rules.summary.verdicts import verdicts
from tests.rules.test_monotone import hold_without_each
from tests.rules.world import Case, replayed
from tests.rules.zone.zones import HOSTS, OWN, PARENT, REFERRAL, SOA
from tests.signed import DAYS, Internet, Zone

MAIL = """
    story.example         MX    10 mx.story.example
    story.example         TXT   "v=spf1 mx -all"
    _dmarc.story.example  TXT   "v=DMARC1; p=reject"
    mx.story.example      A     192.0.2.1
"""
SERVED = PARENT + REFERRAL + SOA + OWN + HOSTS
GONE_BY = (-40 * DAYS, -10 * DAYS)
ELSEWHERE = Zone(apex="host.example.", text='_dmarc.host.example TXT "v=DMARC1; p=reject"', dates=GONE_BY)
ALIAS = MAIL.replace('TXT   "v=DMARC1; p=reject"', "CNAME _dmarc.host.example")
QUESTIONS: tuple[QuestionId, ...] = ("forgery", "forgery_subdomains", "forgery_nonexistent")


def case(zone: str = "", *more: Zone, text: str = MAIL, validating: bool = False, **ways: object) -> Case:
    """A domain whose resolver gives whatever the zone holds, unless it validates."""
    own = Zone(apex="story.example.", text=text, **ways)  # type: ignore[arg-type]
    made = Case("", "", SERVED + zone, internet=Internet(Zone(apex="."), Zone(apex="example."), own, *more))
    return made if validating else replace(made, root_signature=None)


GOOD = (State.GOOD, "protected")
PARTLY = (State.WARNING, "partly protected")
UNTESTED = (State.UNKNOWN, "could not test")
CASES = {
    "all well": (case(), GOOD),
    "unsigned": (case(signed=False), GOOD),
    "the zone": (case(dates=GONE_BY), PARTLY),
    "its policy": (case(old={"TXT": GONE_BY}), PARTLY),
    "its policy elsewhere": (case("", ELSEWHERE, text=ALIAS, signed=False), PARTLY),
    "its MX alone": (case(old={"MX": GONE_BY}), GOOD),  # mail from it is judged all the same
    "one that validates accepts it": (case(dates=GONE_BY, validating=True), UNTESTED),
    "a DS that is not seen": (case("story.example. DS+dnssec timeout"), UNTESTED),
    "a resolver that leaves signatures out": (Case("", "", MAIL), GOOD),  # the report says so once
}


@pytest.mark.parametrize(("case", "expected"), CASES.values(), ids=CASES)
def test_a_policy_that_is_bogus_protects_in_part(case: Case, expected: tuple[State, str]) -> None:
    found = replayed(case)
    told = {v.id: v for v in verdicts(found.findings, found.domain.facts, smtp=True, lists=True)}
    assert [(told[id_].state, told[id_].answer) for id_ in QUESTIONS] == [expected] * 3
    if expected == PARTLY:
        assert {told[id_].rules for id_ in QUESTIONS} == {("DNSSEC-BOGUS",)}
        assert "Receivers that validate DNSSEC do not get it: DNSSEC validation fails" in told["forgery"].because


@pytest.mark.parametrize("of", ["the zone", "its policy", "its policy elsewhere"])
def test_what_is_lost_makes_no_answer_better(of: str) -> None:
    hold_without_each(CASES[of][0])


# ---- a record of the organization, which decides for its subdomains ------------------------------------------------

BELOW = """
    sub.story.example     MX    10 mx.story.example
    sub.story.example     TXT   "v=spf1 mx -all"
"""
SERVED_BELOW = """
    sub.story.example     SOA   ns1.story.example. hostmaster.story.example. 7 3600 900 1209600 3600
    sub.story.example     NS    ns1.story.example.
    sub.story.example     NS    ns2.story.example.
"""
ITS_OWN = BELOW + '_dmarc.sub.story.example TXT "v=DMARC1; p=reject"\n'
OLD = {"TXT": GONE_BY}


def below(text: str = BELOW, zone: str = "", *more: Zone, above: str = MAIL, **ways: Any) -> Case:
    """A subdomain in a zone of its own, which is sound; and the organization's, of which `ways` tells."""
    sub = Zone(apex="sub.story.example.", text=text)
    return replace(case(SERVED_BELOW + zone, sub, *more, text=above, **ways), domain="sub.story.example")


ABOVE = {
    "all well": (below(), [GOOD, GOOD, GOOD]),
    "the policy above": (below(old=OLD), [PARTLY, PARTLY, PARTLY]),
    "the policy above, elsewhere": (below(BELOW, "", ELSEWHERE, above=ALIAS, signed=False), [PARTLY] * 3),
    "its own stands for itself alone": (below(ITS_OWN, old=OLD), [GOOD, PARTLY, PARTLY]),
    "one that validates accepts it": (replace(below(old=OLD), root_signature=case("", validating=True).root_signature),
                                      [UNTESTED] * 3),
    "signatures that are not seen": (below(BELOW, "_dmarc.story.example. TXT+dnssec timeout"), [UNTESTED] * 3),
    "not seen above, its own seen": (below(ITS_OWN, "_dmarc.story.example. TXT+dnssec timeout"),
                                     [GOOD, UNTESTED, UNTESTED]),
}  # fmt: skip


@pytest.mark.parametrize(("case", "expected"), ABOVE.values(), ids=ABOVE)
def test_a_policy_above_that_is_bogus_protects_in_part(case: Case, expected: list[tuple[State, str]]) -> None:
    found = replayed(case)
    told = {v.id: v for v in verdicts(found.findings, found.domain.facts, smtp=True, lists=True)}
    assert [(told[id_].state, told[id_].answer) for id_ in QUESTIONS] == expected
    for id_, answer in zip(QUESTIONS, expected, strict=True):
        if answer == PARTLY:
            assert told[id_].rules == ("DNSSEC-BOGUS",)
            assert "Receivers that validate DNSSEC do not get it: DNSSEC validation fails" in told[id_].because


@pytest.mark.parametrize("of", ["the policy above", "its own stands for itself alone"])
def test_what_is_lost_of_a_policy_above_makes_no_answer_better(of: str) -> None:
    hold_without_each(ABOVE[of][0])
