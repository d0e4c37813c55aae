"""SASLprep, by the examples of RFC 4013 section 3 and the tables of RFC 3454."""

from __future__ import annotations

import pytest

from audit.syntax.sasl.prepare import prepared


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("", ""),
        ("\u0627\u0628", "\u0627\u0628"),
        ("pässword", "pässword"),
    ],
)
def test_what_is_made_of_a_text(given: str, made: str) -> None:
    assert prepared(given) == made


@pytest.mark.parametrize("given", ["\x07", "a\x7f", "\ue000", "\ufffd", "\u0627\u0031", "\u0627a\u0628", "\u200e"])
def test_what_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"character|letters"):
        prepared(given)
