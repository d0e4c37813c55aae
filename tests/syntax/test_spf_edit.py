"""Changing SPF records: terms keep their order and spelling."""

from __future__ import annotations

import pytest

from audit.syntax import spf_edit
from audit.syntax.spf import parse


def test_a_term_is_meant_by_its_place() -> None:
    record = parse("V=SPF1  MX include:a.example  mx ?all")
    assert spf_edit.tidy(record) == "V=SPF1 MX include:a.example mx ?all"
    assert spf_edit.without(record, record.terms[2:3]) == "V=SPF1 MX include:a.example ?all"
    assert spf_edit.replaced(record, {record.terms[0].at: "ip4:192.0.2.1 ip4:192.0.2.2"}) == (
        "V=SPF1 ip4:192.0.2.1 ip4:192.0.2.2 include:a.example mx ?all"
    )
    assert spf_edit.dropped(record.text, {"mx"}) == "V=SPF1 MX include:a.example ?all"


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("v=spf1 mx -all", "v=spf1 mx a:x.example -all"),
        ("v=spf1 mx redirect=b.example", "v=spf1 mx a:x.example redirect=b.example"),
        ("v=spf1 redirect=b.example", "v=spf1 a:x.example redirect=b.example"),
        ("v=spf1", "v=spf1 a:x.example"),
    ],
)
def test_a_term_is_put_before_the_end(text: str, changed: str) -> None:
    assert spf_edit.with_terms(parse(text), ["a:x.example"]) == changed


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("v=spf1 mx ?all", "v=spf1 mx ~all"),
        ("v=spf1 mx", "v=spf1 mx ~all"),
        ("v=spf1 mx -all a +all", "v=spf1 mx ~all"),
        ("v=spf1 mx redirect=b.example exp=w.example", "v=spf1 mx exp=w.example ~all"),
    ],
)
def test_another_end(text: str, changed: str) -> None:
    assert spf_edit.ended(parse(text), "~all") == changed


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("v=spf1 -all mx ~all a", "v=spf1 mx a -all"),
        ("v=spf1 mx", "v=spf1 mx"),
        ("v=spf1 mx -all", "v=spf1 mx -all"),
    ],
)
def test_the_end_goes_to_the_end(text: str, changed: str) -> None:
    assert spf_edit.all_last(parse(text)) == changed


@pytest.mark.parametrize(
    ("texts", "merged"),
    [
        (("v=spf1 mx -all", "v=spf1 mx a -all"), "v=spf1 mx a -all"),
        (("v=spf1 mx -all", "v=spf1 a ~all"), "v=spf1 mx a ~all"),
        (("v=spf1 mx +all", "v=spf1 a"), "v=spf1 mx a ~all"),
        (("v=spf1 mx -all redirect=x.example", "v=spf1 redirect=b.example"), "v=spf1 mx include:b.example ~all"),
    ],
)
def test_several_records_become_one(texts: tuple[str, ...], merged: str) -> None:
    assert spf_edit.merged(map(parse, texts)) == merged


def test_what_cannot_be_read_or_is_too_long_is_not_given_to_paste() -> None:
    assert spf_edit.paste("a.example", "v=spf1 mx -all") == ('a.example. 3600 IN TXT "v=spf1 mx -all"',)
    assert spf_edit.paste("a.example", "v=spf1 mxx -all") == ()
    assert spf_edit.paste("a.example", f"v=spf1 {'ip4:192.0.2.1 ' * 400}-all") == ()


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("v=spf1 mx a -all", "v=spf1 mx -all", True),
        ("v=spf1 mx -all", "v=spf1 -all", False),  # it would refuse everybody
        ("v=spf1 mx ~all", "v=spf1 ~all", True),
        ("v=spf1 -mx -all", "v=spf1 -all", True),
    ],
)
def test_nobody_is_shut_out_by_leaving_out(before: str, after: str, given: bool) -> None:
    assert bool(spf_edit.paste_instead("a.example", parse(before), after)) is given
