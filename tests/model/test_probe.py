"""Questions are told apart by all that they ask, and named by a text that is stable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.model.probe import Question

PLAIN = Question(name="a.example", rdtype="TXT")
OTHERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "dns a.example TXT"),
    ({"name": "b.example"}, "dns b.example TXT"),
    ({"rdtype": "MX"}, "dns a.example MX"),
    ({"server": "192.0.2.1"}, "dns a.example TXT @192.0.2.1"),
    ({"recurse": False}, "dns a.example TXT +norecurse"),
    ({"dnssec": True}, "dns a.example TXT +dnssec"),
    ({"cd": True}, "dns a.example TXT +cd"),
    ({"transport": "tcp"}, "dns a.example TXT +tcp"),
    ({"repeat": 2}, "dns a.example TXT #2"),
    (
        {"server": "::1", "recurse": False, "dnssec": True, "cd": True, "transport": "tcp", "repeat": 1},
        "dns a.example TXT @::1 +norecurse +dnssec +cd +tcp #1",
    ),
)


@pytest.mark.parametrize(("differing", "key"), OTHERS)
def test_the_text_of_a_question(differing: dict[str, Any], key: str) -> None:
    assert replace(PLAIN, **differing).key == key


def test_questions_are_the_same_only_if_all_is() -> None:
    asked = {replace(PLAIN, **differing): key for differing, key in OTHERS}
    assert len(asked) == len(OTHERS)
    for differing, key in OTHERS:
        assert asked[replace(PLAIN, **differing)] == key
