"""What the world says is shown, and can do nothing: no cursor moves, no text turns round, nothing hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.escape import inert, octet_text, octets, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mx.example.org", "mx.example.org"),
        ("straße 北 é", "straße 北 é"),
        ("\x1b]52;c;ZXZpbA==\x07\x9b2J", "\\x1b]52;c;ZXZpbA==\\x07\\x9b2J"),
        ("a\r\nb\tc\0d\x7f", "a\\x0d\\x0ab\\x09c\\x00d\\x7f"),
        ("gpj.\u202eexe", "gpj.\\u{202e}exe"),
        ("\u2066a\u2069", "\\u{2066}a\\u{2069}"),
        ("a\u200bb\u200db\ufeff", "a\\u{200b}b\\u{200d}b\\u{feff}"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("\u2028\u2029", "\\u{2028}\\u{2029}"),
        ("\ud800", "\\u{d800}"),
        ("\ue000 \U000f0000", "\\u{e000} \\u{f0000}"),
        ("\u0378", "\\u{378}"),
        ("\U000e0041", "\\u{e0041}"),
        ("e" + "\u0301" * 4 + "x", "e" + "\u0301" * 4 + "x"),
        ("e" + "\u0301" * 50 + "x" + "\u0301", "e" + "\u0301" * 4 + "x" + "\u0301"),
        ("a\ufe0fb\U000e0100\u180f", "a\\u{fe0f}b\\u{e0100}\\u{180f}"),
        ("e" + "\u0301" * 4 + "\ufe00\u0301", "e" + "\u0301" * 4 + "\\u{fe00}\u0301"),
        ("", ""),
    ],
)
def test_what_could_mislead_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcde", 5, "abcde"),
        ("abcdef", 5, "abcd…"),
        ("abc\0\0", 8, "abc\\x00…"),
        ("abc\0", 5, "abc…"),
    ],
)
def test_a_cut_is_seen_and_halves_no_escape(text: str, limit: int, shown: str) -> None:
    assert visible(text, limit) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"250 ok", "250 ok"),
        (b"\xe9\xff\x00\x1b", "\\xe9\\xff\\x00\\x1b"),
        (b"a\\x41", "a\\\\x41"),
        ("é".encode(), "\\xc3\\xa9"),
        (b"x" * 201, "x" * 199 + "…"),
        (b"", ""),
    ],
)
def test_octets_are_shown_as_ascii(data: bytes, shown: str) -> None:
    assert octets(data) == shown


@pytest.mark.parametrize(("text", "shown"), [("a\xe9\xff", "a\\xe9\\xff"), ("\u20ac", "\\\\u20ac"), ("~ ", "~ ")])
def test_a_text_of_octets_is_shown_as_its_octets(text: str, shown: str) -> None:
    assert octet_text(text) == shown


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.characters()), st.integers(1, 80))
def test_what_is_shown_is_printable_and_bounded(text: str, limit: int) -> None:
    shown = visible(text, limit)
    assert len(shown) <= limit
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in shown)
    assert visible(shown, limit) == shown


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 80))
def test_octets_are_printable_and_bounded(data: bytes, limit: int) -> None:
    shown = octets(data, limit)
    assert len(shown) <= limit
    assert shown.removesuffix("…").isascii()
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("##[error]x ##[endgroup]", 200, "#\\x23[error]x #\\x23[endgroup]"),
        ("###[a", 200, "##\\x23[a"),
        ("## [a] #[b]", 200, "## [a] #[b]"),
        ("#\u200b#[a", 200, "#\\u{200b}#[a"),
        ("##[" + "x" * 9, 5, "#\\x23[x…"),
    ],
)
def test_nothing_of_it_is_a_command_to_a_log(text: str, limit: int, shown: str) -> None:
    assert inert(text, limit) == shown
