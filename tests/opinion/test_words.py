"""What it says is told in one line, cut, escaped, and in one order."""

from __future__ import annotations

import pytest

from audit.opinion.words import MAX_WORDS, words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: Expected b or a at position 7 (marked) in: x", "Error: Expected a or b at position 7 (marked) in: x"),
        ("d: Expected c or a or b at position 0 in: y or x", "d: Expected a or b or c at position 0 in: y or x"),
        ("Expected  b\n or a  at position 7", "Expected a or b at position 7"),
        ("Expected b or a somewhere", "Expected b or a somewhere"),
        ("a \x1b[31m", "a \\x1b[31m"),
        ("x" * 999, "x" * (MAX_WORDS - 1) + "…"),
        (ValueError("no"), "no"),
    ],
)
def test_words(said: object, told: str) -> None:
    assert words(said) == told
