"""What is known of bounces: each expression is one and is bounded, each reason can come about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audit.catalog.bounces import ADDRESS, load_bounces
from audit.catalog.replies import load_replies
from tests.together import of_each

KNOWN, REPLIES = load_bounces(), load_replies()
SISIMAI = frozenset(
    {
        *("authfailure", "badreputation", "blocked", "contenterror", "delivered", "emailtoolarge", "expired"),
        *("failedstarttls", "feedback", "filtered", "hasmoved", "hostunknown", "mailboxfull", "mailererror"),
        *("networkerror", "norelaying", "notaccept", "notcompliantrfc", "onhold", "policyviolation", "ratelimited"),
        *("rejected", "requireptr", "securityerror", "spamdetected", "suppressed", "suspend", "syntaxerror"),
        *("systemerror", "systemfull", "undefined", "userunknown", "vacation", "virusdetected"),
    }
)
EXPRESSIONS = [
    *(e for form in KNOWN.forms for e in (*form.heads, *form.says)),
    *(line.says.replace("ADDRESS", ADDRESS) for line in KNOWN.lines),
    *(e for reason in KNOWN.reasons for e in reason.says),
]


@of_each(EXPRESSIONS, lambda e: e[:60])
def test_each_repeat_is_bounded(expression: str) -> None:
    re.compile(expression)
    bare = re.sub(r"\[(?:\\.|[^\]\\])*\]|\\.", "x", expression)
    assert "*" not in bare
    assert "+" not in bare


@pytest.mark.parametrize("entries", [KNOWN.forms, KNOWN.lines, KNOWN.reasons], ids=["forms", "lines", "reasons"])
def test_ids_are_unique(entries: tuple[object, ...]) -> None:
    ids = [getattr(entry, "id", "") for entry in entries]
    assert len(set(ids)) == len(ids)


def test_each_class_has_a_reason_and_each_reason_a_class_or_pattern_that_is_there() -> None:
    classes, patterns = {c.id for c in REPLIES.classes}, {p.id for p in REPLIES.patterns}
    assert {c for r in KNOWN.reasons for c in r.classes if not r.says} == classes
    assert {c for r in KNOWN.reasons for c in r.classes} <= classes
    assert {p for r in KNOWN.reasons for p in r.patterns} <= patterns
    assert {e for r in KNOWN.reasons for e in r.enhanced} <= {e.code for e in REPLIES.enhanced}


def test_each_has_the_name_that_sisimai_has() -> None:
    assert {r.sisimai for r in KNOWN.reasons} <= SISIMAI
    assert SISIMAI - {r.sisimai for r in KNOWN.reasons} == {"onhold"}


def test_the_page_names_them_all() -> None:
    page = (Path(__file__).parents[2] / "docs" / "bounces.md").read_text("utf-8")
    assert [r.id for r in KNOWN.reasons if f"| `{r.id}` | `{r.sisimai}` |" not in page] == []
