"""Where rules meet facts: what becomes of a fault, of an unknown, and of two rules that say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Question
from audit.model.report import Finding, Result, Severity
from audit.model.subject import Domain
from audit.protocol.mx.hosts import Existence
from audit.rules.engine import Engine, worst
from audit.rules.registry import named
from audit.rules.rule import Rule, Verdict, fail, not_applicable, ok, rule, rung
from tests.rules.world import Case, replayed

HERE = 'story.example. TXT "v=spf1 -all"'


def made(judge: Callable[[Domain], Verdict], rule_id: str = "X-ONE", **changes: Any) -> Rule:
    """A rule on the domain, with one step of severity unless told otherwise."""

    def body(domain: Domain, existence: Existence) -> Verdict:
        """It is so.

        ## Why it matters
        It does.
        ## What to do
        Something.
        """
        return judge(domain)

    given: dict[str, Any] = {"severity": Severity.HIGH, "reference": "RFC 1", "message": "{domain} is so"}
    return rule(rule_id, **(given | changes))(body)


def failing(domain: Domain) -> Verdict:
    return fail(domain=domain.name)


def passing(_: Domain) -> Verdict:
    return ok()


def crashing(_: Domain) -> Verdict:
    raise ZeroDivisionError


def judged(
    *rules: Rule, zone: str = HERE, severities: dict[str, Severity] | None = None
) -> tuple[dict[str, Finding], list[BaseException]]:
    faults: list[BaseException] = []
    survey = replace(replayed(Case("X", "pass", zone)).domain, children=(), holes={})
    found = Engine(rules, severities or {}, faults.append).judge(survey, lambda _: ())
    return {f.rule: f for f in found}, faults


# ---- faults of ours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        (crashing, "internal.ZeroDivisionError"),
        (lambda _: fail(), "internal.KeyError"),  # an argument of the message is not given
        (lambda d: fail("no such step", domain=d.name), "internal.KeyError"),
    ],
)
def test_a_fault_in_a_rule_is_that_rules_unknown(judge: Callable[[Domain], Verdict], reason: str) -> None:
    found, faults = judged(made(judge), made(failing, "X-TWO"), made(passing, "X-THREE"))
    assert (found["X-ONE"].result, found["X-ONE"].reason) == (Result.UNKNOWN, reason)
    assert (found["X-TWO"].result, found["X-THREE"].result) == (Result.FAIL, Result.PASS)
    assert len(faults) == 1


# ---- evidence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "read", "evidence"),
    [
        (failing, 1, ("dns story.example TXT",)),
        (passing, 0, ()),
        (lambda _: not_applicable(), 0, ()),
    ],
)
def test_only_a_failure_points_at_what_it_rests_on(
    judge: Callable[[Domain], Verdict], read: int, evidence: tuple[str, ...]
) -> None:
    asked: list[Any] = []

    def traced(inquiry: Any) -> tuple[Question, ...]:
        asked.append(inquiry)
        return (Question(name="story.example", rdtype="TXT"),)

    survey = replace(replayed(Case("X", "pass", HERE)).domain, children=(), holes={})
    (found,) = Engine((made(judge),), {}).judge(survey, traced)
    assert (len(asked), found.evidence) == (read, evidence)


# ---- severity -----------------------------------------------------------------------------------------------------

LADDER = {"yes": Severity.CRITICAL, "between": Severity.MEDIUM, "no": Severity.LOW}


@pytest.mark.parametrize(
    ("context", "override", "severity", "reason"),
    [
        (Known(True), {}, Severity.CRITICAL, None),
        (Known(False), {}, Severity.LOW, None),
        (Unknown("dns.timeout"), {}, Severity.LOW, "dns.timeout"),  # the lowest step, and why
        (Known(True), {"X-ONE": Severity.INFO}, Severity.INFO, None),
        (Known(True), {"X-TWO": Severity.INFO}, Severity.CRITICAL, None),
    ],
)
def test_the_step_of_a_severity(
    context: Known[bool] | Unknown, override: dict[str, Severity], severity: Severity, reason: str | None
) -> None:
    stepped = made(lambda d: fail(rung(context, "yes", "no"), domain=d.name), severity=LADDER)
    finding = judged(stepped, severities=override)[0]["X-ONE"]
    assert (finding.severity, finding.reason) == (severity, reason)
    assert finding.message == "story.example is so"


def test_only_a_failure_has_severity_message_and_arguments() -> None:
    found, _ = judged(made(passing), made(lambda _: not_applicable(), "X-TWO"), severities={"X-ONE": Severity.HIGH})
    for finding in found.values():
        assert (finding.severity, finding.message, finding.arguments) == (None, None, {})


def test_tuples_are_joined_in_messages_and_kept_in_arguments() -> None:
    several = made(lambda _: fail(names=("a", "b")), message="these: {names}")
    finding = judged(several)[0]["X-ONE"]
    assert (finding.message, finding.arguments) == ("these: a, b", {"names": ("a", "b")})


def test_what_the_world_wrote_is_no_template() -> None:
    hostile = made(lambda _: fail(name="{domain.__class__} {0}"), message="it says {name}")
    assert judged(hostile)[0]["X-ONE"].message == "it says {domain.__class__} {0}"


@pytest.mark.parametrize(
    ("severities", "gravest"),
    [((), None), ((Severity.LOW, Severity.HIGH, Severity.INFO), Severity.HIGH), ((Severity.INFO,), Severity.INFO)],
)
def test_the_gravest(severities: tuple[Severity, ...], gravest: Severity | None) -> None:
    finding = judged(made(failing))[0]["X-ONE"]
    others = [replace(finding, severity=s) for s in severities]
    assert worst([*others, replace(finding, severity=None)]) is gravest


# ---- superseding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (failing, failing, Result.NOT_APPLICABLE),
        (failing, passing, Result.PASS),
        (failing, crashing, Result.UNKNOWN),  # to lose an answer must not end an unknown
        (passing, failing, Result.FAIL),
        (crashing, failing, Result.FAIL),
        (lambda _: not_applicable(), failing, Result.FAIL),
    ],
)
def test_what_says_the_same_thing_less_well_is_not_said(
    first: Callable[[Domain], Verdict], second: Callable[[Domain], Verdict], result: Result
) -> None:
    found, _ = judged(made(first, supersedes=("X-TWO",)), made(second, "X-TWO"))
    assert found["X-TWO"].result is result
    if result is Result.NOT_APPLICABLE:
        assert (found["X-TWO"].message, found["X-TWO"].severity, found["X-TWO"].evidence) == (None, None, ())


def test_a_rule_that_is_not_judged_supersedes_nothing() -> None:
    assert judged(made(failing, "X-TWO"))[0]["X-TWO"].result is Result.FAIL


# ---- the walk -----------------------------------------------------------------------------------------------------


def test_of_a_domain_that_does_not_exist_nothing_else_is_said() -> None:
    everything = replayed(Case("X", "pass")).findings
    results = {f.rule: f.result for f in everything}
    assert results.pop("DOMAIN-NXDOMAIN") is Result.FAIL
    assert set(results.values()) == {Result.NOT_APPLICABLE}
    assert {f.subject.name for f in everything} == {"story.example"}


def test_a_hole_among_the_subjects_below_is_one_unknown_of_each_rule_on_them() -> None:
    rules = tuple(named(r) for r in ("MX-NOADDR", "MX-PRIVATE", "MX-REACH"))
    found = replayed(Case("X", "pass", "story.example. MX timeout"), rules=rules).findings
    assert [(f.rule, f.subject.kind, f.result, f.reason) for f in found] == [
        ("MX-NOADDR", "domain", Result.UNKNOWN, "dns.timeout"),
        ("MX-PRIVATE", "domain", Result.UNKNOWN, "dns.timeout"),
        ("MX-REACH", "domain", Result.UNKNOWN, "dns.timeout"),
    ]


def test_findings_are_sorted_and_each_is_there_once() -> None:
    zone = "\n".join(
        f"story.example. MX {10 - i} mx{i}.story.example.\nmx{i}.story.example. A 192.0.2.{i}" for i in range(3)
    )
    found = replayed(Case("X", "pass", zone)).findings
    keys = [(f.rule, f.subject.kind, f.subject.name) for f in found]
    assert keys == sorted(set(keys))


# ---- the declaration ----------------------------------------------------------------------------------------------


def _undocumented(domain: Domain) -> Verdict:
    """It is so."""
    return ok()


def _of_nothing(domain: Domain, count: int) -> Verdict:
    """It is so.

    ## Why it matters
    It does.
    ## What to do
    Something.
    """
    return ok()


@pytest.mark.parametrize(
    ("judge", "words"), [(_undocumented, "## Why it matters"), (_of_nothing, "nothing gives count: int")]
)
def test_a_rule_that_cannot_be_judged_is_not_made(judge: Callable[..., Verdict], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        rule("X-ONE", severity=Severity.LOW, reference="RFC 1", message="so")(judge)
