"""What people write when they mean SPF."""

from __future__ import annotations

import pytest

from audit.syntax.spf import parse
from audit.syntax.spf_mend import meant_as_mechanism, nearly, plain, readings
from tests.timing import within

BEFORE = "something stands before the version"
NO_SPACE = "no space follows the version"
MISSPELT = "the version is misspelt"
CURLED = "typographic quotes (such as U+201C and U+201D) stand in it, which belong to no record"
OTHER = "the version is not v=spf1"


@pytest.mark.parametrize(
    ("text", "fault", "meant"),
    [
        ("v=spf1-all", NO_SPACE, "v=spf1 -all"),
        ("v=spf1\t-all", NO_SPACE, "v=spf1 -all"),
        ("v=spf1;mx -all", NO_SPACE, "v=spf1 mx -all"),
        (" v=spf1 -all", BEFORE, "v=spf1 -all"),
        ('"v=spf1 mx -all"', BEFORE, "v=spf1 mx -all"),
        ("\xef\xbb\xbfv=spf1 -all", BEFORE, "v=spf1 -all"),
        ("\xc2\xa0v=spf1 -all", BEFORE, "v=spf1 -all"),
        ("\xe2\x80\x9cv=spf1 mx -all\xe2\x80\x9d", CURLED, "v=spf1 mx -all"),
        ("\x93v=spf1 mx -all\x94", CURLED, "v=spf1 mx -all"),
        ('" \xe2\x80\x9cv=spf1 mx -all', CURLED, "v=spf1 mx -all"),
        ("v=\xe2\x80\x9cspf1\xe2\x80\x9d mx -all", CURLED, "v=spf1 mx -all"),
        ("\xe2\x80\x9cspf1 mx -all", MISSPELT, "v=spf1 mx -all"),
        ("SPF v=spf1 mx -all", BEFORE, "v=spf1 mx -all"),
        ('@ IN TXT "v=spf1 mx -all"', BEFORE, "v=spf1 mx -all"),
        ("spf1 mx -all", MISSPELT, "v=spf1 mx -all"),
        ("v-spf1 mx -all", MISSPELT, "v=spf1 mx -all"),
        ("v = spf1 mx -all", MISSPELT, "v=spf1 mx -all"),
        ("v=spf 1 mx -all", OTHER, None),
        ("v=spf10 mx -all", OTHER, "v=spf1 mx -all"),
        ("v=spf2 mx ~all", OTHER, "v=spf1 mx ~all"),
        ("spf1 mx ~allx", MISSPELT, None),
        ("v=spf1mx", NO_SPACE, "v=spf1 mx"),
        ("v=spf1include:a.example-all", NO_SPACE, "v=spf1 include:a.example -all"),
    ],
)
def test_what_nearly_is_a_record(text: str, fault: str, meant: str | None) -> None:
    near = nearly(text)
    assert near is not None
    assert (near.fault, near.readings) == (fault, (meant,) if meant else ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=spf1",
        "v=spf1 -all",
        "V=SPF1 mx",
        "spf2.0/pra -all",
        "google-site-verification=spf1",
        "v=DMARC1",
        "my v=spf1 notes",
        "\xe2\x80\x9cv=DMARC1\xe2\x80\x9d",
        "spf",
        "vspf",
    ],
)
def test_what_is_one_or_is_none(text: str) -> None:
    assert nearly(text) is None


@pytest.mark.parametrize(
    ("terms", "meant"),
    [
        ("ip4:2001:db8::1 -all", "ip6:2001:db8::1 -all"),
        ("ip6:192.0.2.0/24 -all", "ip4:192.0.2.0/24 -all"),
        ("ip:192.0.2.1 +ipv4:192.0.2.2 -all", "ip4:192.0.2.1 +ip4:192.0.2.2 -all"),
        ("192.0.2.1/24 2001:db8::/32 -all", "ip4:192.0.2.1/24 ip6:2001:db8::/32 -all"),
        ("ip4:192.0.2.0/08 -all", "ip4:192.0.2.0/8 -all"),
        ("ip4:192.0.2.1,192.0.2.2 -all", "ip4:192.0.2.1 ip4:192.0.2.2 -all"),
        ("include: a.example -all", "include:a.example -all"),
        ("include:a.exampleinclude:b.example-all", "include:a.example include:b.example -all"),
        ("mx ~all;", "mx ~all"),
        ("mx -all.", "mx -all"),
        ("mx\t-all", "mx -all"),
        ("mx \xe2\x80\x93all", "mx -all"),
        ('mx -all"', "mx -all"),
        ("ip4:192.0.2.1include:a.example", "ip4:192.0.2.1 include:a.example"),
        ("include:a.example,include:b.example;-all", "include:a.example include:b.example -all"),
        ("exists:%{l,}.a.example,mx", "exists:%{l,}.a.example mx"),
        ("ip6:2001:db8::1a:h.example", "ip6:2001:db8::1 a:h.example"),
        ("include:a.coma:h.example", "include:a.com a:h.example"),
        ("mxinclude: a.example-all", "mx include:a.example -all"),
        ("a:h.example/24include:b.example~all", "a:h.example/24 include:b.example ~all"),
        ("ip4:192.0.2.1mx-all", "ip4:192.0.2.1 mx -all"),
        ("amx", "a mx"),
        ("include:a.example-all", "include:a.example -all"),
        ("include:a.exampleredirect=b.example", "include:a.example redirect=b.example"),
    ],
)
def test_what_a_record_was_meant_to_be(terms: str, meant: str) -> None:
    assert readings(parse(f"v=spf1 {terms}")) == (f"v=spf1 {meant}",)
    assert not plain(parse(f"v=spf1 {terms}"))


@pytest.mark.parametrize(
    ("terms", "meant"),
    [
        ("ip6:2001:db8::aa:h.example", ("ip6:2001:db8:: a a:h.example", "ip6:2001:db8::a a:h.example")),
        ("include:b.comamx:c.example", ("include:b.com a mx:c.example", "include:b.coma mx:c.example")),
    ],
)
def test_what_can_be_cut_in_several_ways(terms: str, meant: tuple[str, ...]) -> None:
    assert readings(parse(f"v=spf1 {terms}")) == tuple(f"v=spf1 {each}" for each in meant)


@pytest.mark.parametrize(
    "terms",
    [
        "mx -all",
        "include:we-all.example -all",
        "include:_spf.a.example ip6:2001:db8::a exp=e.%{d2} x=include:y -all",
        "exists:%{l1r-+.,}.x.example",
        "include:a.xn--p1ai ?all",
        "redirect=%{d}.x-all",
    ],
)
def test_what_was_meant_as_it_stands(terms: str) -> None:
    record = parse(f"v=spf1 {terms}")
    assert plain(record)
    assert readings(record) == (record.text,)


@pytest.mark.parametrize(
    "terms", ["ip4:192.0.2.300 -all", "mx ~allx", "include: -all", "mx ?", "a:%{z}.example", "foo bar", "mxall"]
)
def test_what_is_not_clear_is_not_guessed(terms: str) -> None:
    assert readings(parse(f"v=spf1 {terms}")) == ()


def test_a_mechanism_with_an_equals_sign() -> None:
    assert meant_as_mechanism("include", "a.example") == "include:a.example"
    assert meant_as_mechanism("ip4", "192.0.2.1") == "ip4:192.0.2.1"
    assert meant_as_mechanism("ra", "postmaster") is None
    assert meant_as_mechanism("include", "") is None
    assert meant_as_mechanism("include", "a.example,b.example") is None
    assert meant_as_mechanism("all", "x") is None


@pytest.mark.parametrize(
    "piece", ["-", "include:", "v=spf1", "ip4:", "\xe2\x80\x93", ",", "~all", "a=", '"', "spf1 ", "mx", "mx:b.c"]
)
def test_long_texts_take_no_longer_than_their_length(piece: str) -> None:
    text = f"v=spf1 {piece * (64_000 // len(piece))}"
    assert within(1, lambda: (nearly(text), nearly(text[1:]), readings(parse(text[:4096]))))
