"""The steps of ladders have words that a person understands, each its own."""

from __future__ import annotations

import pytest

from audit.rules.registry import RULES
from audit.rules.rule import Rule
from audit.rules.rungs import MEANINGS, meaning

LADDERS = [rule for rule in RULES if set(rule.ladder) != {""}]


@pytest.mark.parametrize("rule", LADDERS, ids=lambda rule: rule.id)
def test_each_step_is_told_in_words(rule: Rule) -> None:
    words = MEANINGS.get(rule.id, {})
    assert set(words) == set(rule.ladder), "the words stand in audit/rules/rungs.py"
    assert len(set(words.values())) == len(words)
    assert all(len(said.split()) > 2 and not said.endswith(".") for said in words.values())


def test_no_words_are_left_of_a_rule_that_is_gone() -> None:
    assert set(MEANINGS) == {rule.id for rule in LADDERS}


def test_a_step_without_words_speaks_for_itself() -> None:
    assert meaning("NO-RULE", "at night") == "at night"
    assert meaning("SPF-LOOKUPS", "") == ""
