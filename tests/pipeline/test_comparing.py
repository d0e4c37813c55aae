"""What becomes of a finding between now and then, by its result in both."""

from __future__ import annotations

import pytest

from audit.model.rehearsal import Fate
from audit.model.report import Finding, Result, Severity, SubjectName
from audit.pipeline.comparing import turned

HOST = SubjectName(kind="host", name="mx.story.example")


def finding(result: str, severity: str | None = "high", subject: SubjectName = HOST, rule: str = "MX-REACH") -> Finding:
    fails = result == "fail"
    return Finding(
        rule=rule,
        subject=subject,
        result=Result(result),
        severity=Severity(severity) if fails and severity else None,
        reason="dns.timeout" if result == "unknown" else None,
        message="it fails" if fails else None,
        arguments={},
        publish=(),
        causes=(),
        evidence=(),
    )


TABLE = [  # now, then, what becomes of it
    ("pass", "fail", Fate.NEW),
    ("not_applicable", "fail", Fate.NEW),
    ("unknown", "fail", Fate.NEW),
    (None, "fail", Fate.NEW),
    ("fail", "pass", Fate.GONE),
    ("fail", "not_applicable", Fate.GONE),
    ("fail", None, Fate.GONE),
    ("fail", "fail", Fate.STAYS),
    ("fail", "unknown", Fate.UNCERTAIN),
    ("pass", "unknown", Fate.UNKNOWN),
    (None, "unknown", Fate.UNKNOWN),
    ("unknown", "unknown", None),
    ("unknown", "pass", None),
    ("pass", "pass", None),
    ("pass", None, None),
]


@pytest.mark.parametrize(("now", "then", "fate"), TABLE)
def test_what_becomes_of_a_finding(now: str | None, then: str | None, fate: Fate | None) -> None:
    before, after = ((finding(each),) if each else () for each in (now, then))
    assert [t.turn for t in turned(before, after)] == ([fate] if fate else [])


def test_both_severities_are_told() -> None:
    (told,) = turned((finding("fail", "low"),), (finding("fail", "critical"),))
    assert (told.severity_now, told.severity_then) == ("low", "critical")


def test_a_failure_that_is_not_seen_any_more_keeps_its_message_and_gets_a_reason() -> None:
    (told,) = turned((finding("fail"),), (finding("unknown"),))
    assert (told.severity_now, told.severity_then, told.reason) == ("high", None, "dns.timeout")
    assert told.message == "it fails"


def test_the_gravest_of_what_is_new_comes_first() -> None:
    other = SubjectName(kind="host", name="a.story.example")
    now = (finding("fail", "critical", other),)
    then = (finding("fail", "low"), finding("fail", "critical", rule="MX-CNAME"))
    found = [(t.turn, t.rule) for t in turned(now, then)]
    assert found == [(Fate.NEW, "MX-CNAME"), (Fate.NEW, "MX-REACH"), (Fate.GONE, "MX-REACH")]
