"""SPF's macros (RFC 7208 section 7): the standard's own examples, and texts that nobody should write."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.spf_macro import EXPLAINING, MAX_EXPLANATION, MacroFault, asked_for, name, pieces, sentence
from tests.timing import in_proportion

VALUES = {  # of section 7.4
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "p": "mx.example.org",
    "h": "mx.example.org",
    "v": "in-addr",
    "c": "192.0.2.3",
    "r": "receiver.example",
    "t": "1700000000",
}
NIBBLES = ".".join("20010db800000000000000000000cb01")
IPV6 = {**VALUES, "i": NIBBLES, "v": "ip6"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("plain.example.", "plain.example"),
        ("%%%_%-", "% %20"),
    ],
)
def test_the_examples_of_the_standard(text: str, expected: str) -> None:
    assert name(pieces(text), VALUES) == expected


def test_the_example_with_ipv6() -> None:
    expected = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    assert name(pieces("%{ir}.%{v}._spf.%{d2}"), IPV6) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("%{l-}", "a--b", "a..b"),
        ("%{l-}", "-a-", ".a."),
        ("%{l-.}", "a.b-c", "a.b.c"),
        ("%{l-}", "a.b-c", "a.b.c"),
        ("%{l1-}", "a.b-c", "c"),
        ("%{l2r-}", "a.b-c", "c.a.b"),
        ("%{l+,/_=}", "a+b,c/d_e=f", "a.b.c.d.e.f"),
        ("%{l1+,/_=}", "a+b,c/d_e=f", "f"),
        ("%{l9}", "a.b", "a.b"),
        ("%{l001}", "a.b", "b"),
        ("%{l" + "9" * 5000 + "}", "a.b", "a.b"),
        ("%{l}", "", ""),
        ("%{l1r}", "", ""),
    ],
)
def test_parts(text: str, value: str, expected: str) -> None:
    assert sentence(pieces(text), {"l": value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("aZ9-._~", "aZ9-._~"),
        ("a b@c", "a%20b%40c"),
        ("%/?#", "%25%2F%3F%23"),
        ("\xc3\xa9\x00\xff", "%C3%A9%00%FF"),
    ],
)
def test_upper_case_escapes_as_in_urls(value: str, expected: str) -> None:
    assert sentence(pieces("%{L}"), {"l": value}) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("%", "bad macro"),
        ("%x", "bad macro"),
        ("%{", "bad macro"),
        ("%{d", "bad macro"),
        ("%{}", "bad macro"),
        ("%{2d}", "bad macro"),
        ("%{dr2}", "bad macro"),
        ("%{d.2}", "bad macro"),
        ("%{d:}", "bad macro"),
        ("%{d\u0663}", "bad macro"),
        ("%%%", "bad macro"),
        ("%{z}", "unknown macro letter"),
        ("%{c}", "unknown macro letter"),
        ("%{T}", "unknown macro letter"),
        ("%{d0}", "macro of no labels"),
        ("%{d000r}", "macro of no labels"),
    ],
)
def test_faults(text: str, fault: str) -> None:
    with pytest.raises(MacroFault, match=f"^{fault}$"):
        pieces(text)


def test_some_letters_are_for_explanations() -> None:
    assert sentence(pieces("%{c} %{r} %{t}", EXPLAINING), VALUES) == "192.0.2.3 receiver.example 1700000000"


def test_which_values_are_needed() -> None:
    assert asked_for(pieces("%{P}.%{d2}.%%.%_x")) == {"p", "d"}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("x" * 63 + ".%{d}", 63 + 18),
        ("%{d}." * 14 + "xx", 248),
        ("%{d}." * 13 + "%{d}", 251),
        ("a.%{d}." + "%{d}." * 12 + "%{d}", 253),
        ("ab.%{d}." + "%{d}." * 12 + "%{d}", 251),
        ("x" * 254, 0),
        ("x" * 254 + ".", 0),
        ("y." + "x" * 253, 253),
    ],
)
def test_a_name_that_is_too_long_loses_labels_from_the_left(text: str, length: int) -> None:
    made = name(pieces(text), {"d": "email.example.com"})
    assert len(made) == length


@pytest.mark.parametrize("text", ["caf\xe9", "two\r\nlines", "tab\t", "nul\0", "%{l}", "x" * (MAX_EXPLANATION + 1)])
def test_what_is_no_explanation(text: str) -> None:
    assert sentence(pieces(text), {"l": "\xc3\xa9"}) is None


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(["%{d}", "%{l2r-}", "%%", "%_", ".", "..", "x", "y" * 70, "%{S}"]), max_size=40))
def test_a_name_is_the_right_end_of_the_whole(parts: list[str]) -> None:
    spec = pieces("".join(parts))
    whole = "".join(sentence((p,), VALUES) or "" for p in spec).removesuffix(".")
    made = name(spec, VALUES)
    assert len(made) <= 253
    assert whole.endswith(made)
    if len(whole) <= 253:
        assert made == whole
    elif made:
        assert whole[-len(made) - 1] == "."
        assert len(whole[: -len(made) - 1].rpartition(".")[2]) + 1 + len(made) > 253


def filled_in(text: str) -> None:
    """Read a text and fill it in, as if nobody had before."""
    pieces.cache_clear()
    with suppress(MacroFault):
        spec = pieces(text, EXPLAINING)
        name(spec, VALUES)
        sentence(spec, VALUES)


@pytest.mark.parametrize(
    "token", ["%{s}", "%{S9r-+.}", "%%", "%{", "%{d", "%{d9", "%{d.", "a.", "x", ".", "9", "%{d}x"]
)
@pytest.mark.parametrize("start", ["", "%{d", "%{l."])
def test_a_long_text_costs_in_proportion(token: str, start: str) -> None:
    assert in_proportion(filled_in, lambda size: f"{start}{token * (size // len(token))}}}")
