"""Patterns of names."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.wildcard import matches


@pytest.mark.parametrize(
    ("pattern", "name", "taken"),
    [
        ("example.org", "example.org", True),
        ("Example.ORG", "example.org", True),
        ("example.org", "www.example.org", False),
        ("*.example.org", "www.example.org", True),
        ("*.example.org", "example.org", False),
        ("*", "", True),
        ("*", "anything", True),
        ("", "", True),
        ("", "a", False),
        ("mx?.example.org", "mx1.example.org", True),
        ("mx?.example.org", "mx.example.org", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("mx.example.org [2001:db8::1]", "mx.example.org [2001:db8::1]", True),
        ("[ab]", "a", False),
        ("*.bücher.example", "www.BÜCHER.example", True),
        ("example.org\n", "example.org", False),
    ],
)
def test_a_pattern_takes_names_in(pattern: str, name: str, taken: bool) -> None:
    assert matches(pattern, name) is taken


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_it_does_as_a_shell(pattern: str, name: str) -> None:
    assert matches(pattern, name) is bool(re.fullmatch(fnmatch.translate(pattern), name))


def test_many_stars_take_no_long_time() -> None:
    """A regular expression of these would not come to an end."""
    assert not matches("*a" * 100 + "b", "a" * 1000)
