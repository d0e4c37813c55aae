"""Each rule can be explained, and a rule that is misspelt is found."""

from __future__ import annotations

import pytest

from audit.report.words import KINDS, RULE_TOPICS
from audit.rules.explanation import explanation, nearest
from audit.rules.registry import RULES, named
from audit.rules.rule import ORDER, Rule
from tests.together import of_each


@of_each(RULES, lambda r: r.id)
def test_each_rule_is_explained_in_words(rule: Rule) -> None:
    told = explanation(named(rule.id))
    assert told.topic in RULE_TOPICS
    assert told.subject in KINDS
    assert told.title.endswith(".")
    assert all((told.message, told.why, told.fix, told.reference, told.severities, told.facts))


def test_what_stands_in_for_a_rule_is_told_from_both_sides() -> None:
    assert "DMARC-MISSING" in explanation(named("DMARC-MULTIPLE")).supersedes
    assert "DMARC-MULTIPLE" in explanation(named("DMARC-MISSING")).superseded_by


def test_severities_stand_from_the_gravest_down() -> None:
    ladders = [[ORDER.index(g.severity) for g in explanation(rule).severities] for rule in RULES]
    assert [grades for grades in ladders if grades != sorted(grades)] == []
    assert any(len(set(grades)) > 2 for grades in ladders)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("SPF-LOOKUP", "SPF-LOOKUPS"),
        ("dmarc-p-nnoe", "DMARC-P-NONE"),
        ("spf_missing", "SPF-MISSING"),
        ("qqqqqq", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_rule(word: str, near: str | None) -> None:
    assert nearest(word) == near
