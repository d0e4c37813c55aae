"""What becomes of a DMARC record that is changed (RFC 9989 section 4.8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.dmarc import Policy, is_dmarc, parse
from audit.syntax.dmarc_edit import (
    MAX_EDITED,
    meant,
    mended_uris,
    nearest_policy,
    relisted,
    report_addresses,
    unglued,
    with_tags,
    without_faults,
    without_sizes,
)
from tests.timing import in_proportion


@pytest.mark.parametrize(
    ("text", "changes", "after"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.example", {"p": "reject"}, "v=DMARC1; p=reject; rua=mailto:a@b.example"),
        ("v=DMARC1;p=none;x=Y;", {"p": "reject"}, "v=DMARC1;p=reject;x=Y;"),
        ("v=DMARC1 ; P = None", {"p": "reject"}, "v=DMARC1 ; p=reject"),
        ("v=DMARC1; rua=mailto:a@b.example", {"p": "none"}, "v=DMARC1; p=none; rua=mailto:a@b.example"),
        ("v=DMARC1", {"p": "none"}, "v=DMARC1; p=none"),
        ("v=DMARC1;", {"p": "none"}, "v=DMARC1; p=none;"),
        ("v=DMARC1;adkim=s", {"p": "none"}, "v=DMARC1;p=none;adkim=s"),
        ("v=DMARC1; p=none; aspf=s", {"sp": "none"}, "v=DMARC1; p=none; sp=none; aspf=s"),
        ("v=DMARC1; p=none; aspf=s", {"np": "reject"}, "v=DMARC1; p=none; np=reject; aspf=s"),
        ("v=DMARC1; sp=none; p=none", {"np": "reject"}, "v=DMARC1; sp=none; np=reject; p=none"),
        ("v=DMARC1", {"np": "reject", "p": "none"}, "v=DMARC1; p=none; np=reject"),
        ("v=DMARC1; p=none;", {"rua": "mailto:a@b.example"}, "v=DMARC1; p=none; rua=mailto:a@b.example;"),
        ("v=DMARC1; t=y; p=none", {"t": None}, "v=DMARC1; p=none"),
        ("v=DMARC1; p=none; t=y", {"t": None}, "v=DMARC1; p=none"),
        ("v=DMARC1; p=none", {"t": None}, "v=DMARC1; p=none"),
        ("v=DMARC1; p=none; p=reject", {"p": "quarantine"}, "v=DMARC1; p=quarantine"),
        ("v=DMARC1; p=none; rf=afrf; ri=3600", {"rf": None, "ri": None}, "v=DMARC1; p=none"),
        ("v=DMARC1; \xe9=1; p=none", {"p": "reject"}, "v=DMARC1; \xe9=1; p=reject"),
    ],
)
def test_only_the_tags_that_are_named_change(text: str, changes: dict[str, str | None], after: str) -> None:
    assert with_tags(text, **changes) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("v=DMARC1; p=none; oops", "v=DMARC1; p=none"),
        ("v=DMARC1;; p=none", "v=DMARC1; p=none"),
        ("v=DMARC1; p=none; p=reject; =x", "v=DMARC1; p=none"),
        ("v=DMARC1; p=none; \xe9=x", "v=DMARC1; p=none"),
        ("v=DMARC1;\xa0p=none", "v=DMARC1; p=none"),
        ('v=DMARC1; "p=none"', "v=DMARC1; p=none"),
        ("v=DMARC1; rua=mailto:a@x.example; mailto:b@x.example", "v=DMARC1; rua=mailto:a@x.example,mailto:b@x.example"),
    ],
)
def test_what_breaks_the_grammar_goes(text: str, after: str) -> None:
    assert without_faults(text) == after
    assert not parse(after).problems


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("v=DMARC1; p=none rua=mailto:a@x.example", "v=DMARC1; p=none; rua=mailto:a@x.example"),
        ("v=DMARC1; p=none, sp=none,np = reject", "v=DMARC1; p=none; sp=none; np = reject"),
        ("v=DMARC1;p=none; rua=mailto:a@x.example, mailto:b@x.example", None),
        ("v=DMARC1; p=none;  x=1 y=2", None),
        ("v=DMARC1; rua=mailto:a@x.example?sp=1", None),
    ],
)
def test_tags_that_stick_together_are_told_apart(text: str, after: str | None) -> None:
    assert unglued(text) == (after or text)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("v=DMARC1; rua=mailto:a@x; mailto:b@x; p=none", "v=DMARC1; rua=mailto:a@x,mailto:b@x; p=none"),
        ("v=DMARC1; rua=mailto:a@x; b@x, c@x ;", "v=DMARC1; rua=mailto:a@x,mailto:b@x,mailto:c@x;"),
        ("v=DMARC1; rua=mailto:a@x;; b@x; ruf=c@x;d@x", "v=DMARC1; rua=mailto:a@x,mailto:b@x;; ruf=c@x,mailto:d@x"),
        ("v=DMARC1; rua=mailto:a@x; mailto:b@x?subject=c", "v=DMARC1; rua=mailto:a@x,mailto:b@x?subject=c"),
        ("v=DMARC1; rua=mailto:a@x; p:none; b@x", None),  # something else stands between
        ("v=DMARC1; p=none; mailto:a@x", "v=DMARC1; p=none; rua=mailto:a@x"),  # as most mean it
        ("v=DMARC1; rua=mailto:a@x; sp=none", None),
    ],
)
def test_addresses_that_a_semicolon_cut_off_go_back_to_their_list(text: str, after: str | None) -> None:
    assert relisted(text) == (after or text)


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        ("rejct", Policy.REJECT),
        ("Rejected", Policy.REJECT),
        ("quarantined", Policy.QUARANTINE),
        ("quarentine", Policy.QUARANTINE),
        ("non", Policy.NONE),
        ("none rua=mailto:x", Policy.NONE),
        ("block", Policy.NONE),
        ("", Policy.NONE),
    ],
)
def test_the_policy_that_was_meant(value: str, policy: Policy) -> None:
    assert nearest_policy(value) is policy


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("a@x.example", "mailto:a@x.example"),
        ("mailto:a@x.example mailto:b@x.example", "mailto:a@x.example,mailto:b@x.example"),
        ("mailto:a@x.example,b@x.example", "mailto:a@x.example,mailto:b@x.example"),
        ("mailto: a@x.example", "mailto:a@x.example"),
        ("mailto://a@x.example", "mailto:a@x.example"),
        ("<a@x.example>", "mailto:a@x.example"),
        ("nonsense,mailto:a@x.example", "mailto:a@x.example"),
        ("https://x.example/r, a@x.example", "https://x.example/r,mailto:a@x.example"),
        ("mailto:<script>alert(1)</script>@x", ""),
        ("nonsense", ""),
        ("", ""),
        ("mailto:a@x.example,,b@x.example,", "mailto:a@x.example,mailto:b@x.example"),
        (",".join(f"a{n}@x.example" for n in range(30)), ",".join(f"mailto:a{n}@x.example" for n in range(30))),
    ],
)
def test_addresses_are_mended(value: str, after: str) -> None:
    assert mended_uris(value) == after
    assert not after or not parse(f"v=DMARC1; rua={after}").rua_invalid


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("mailto:a@x.example!10m", "mailto:a@x.example"),
        ("mailto:a@x.example!10, mailto:b@x.example!1G", "mailto:a@x.example,mailto:b@x.example"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("mailto:a!b@x.example", "mailto:a!b@x.example"),
        (",".join(f"mailto:a{n}@x!1m" for n in range(30)), ",".join(f"mailto:a{n}@x" for n in range(30))),
    ],
)
def test_sizes_go(value: str, after: str) -> None:
    assert without_sizes(value) == after


FIRST = "something stands before v=DMARC1"
CASE = "DMARC1 must be in capitals, without a space in it"
LATER = "v=DMARC1 is not the first tag"
SEMICOLON = "no semicolon follows v=DMARC1"
SPELT = "v=DMARC1 is misspelt"
GONE = "v=DMARC1 is missing"


@pytest.mark.parametrize(
    ("text", "fault", "repaired"),
    [
        (" v=DMARC1; p=none", FIRST, "v=DMARC1; p=none"),
        ('"v=DMARC1; p=none"', FIRST, "v=DMARC1; p=none"),
        ("\xef\xbb\xbfv=DMARC1; p=none", FIRST, "v=DMARC1; p=none"),
        ("v=dmarc1; p=reject", CASE, "v=DMARC1; p=reject"),
        ("V=dmarc1; P=reject", CASE, "v=DMARC1; P=reject"),
        ("v=DMARC 1; p=reject", CASE, "v=DMARC1; p=reject"),
        ("p=reject; v=DMARC1", LATER, "v=DMARC1; p=reject"),
        ("p=reject; v=dmarc1; rua=mailto:a@b.example", LATER, "v=DMARC1; p=reject; rua=mailto:a@b.example"),
        ("v=DMARC1 p=none", SEMICOLON, "v=DMARC1; p=none"),
        ("v=DMARC1, p=none, rua=mailto:a@b.example", SEMICOLON, "v=DMARC1; p=none; rua=mailto:a@b.example"),
        ("v=DMARC; p=none", SPELT, "v=DMARC1; p=none"),
        ("v=DMARCv1; p=none", SPELT, "v=DMARC1; p=none"),
        ("DMARC1; p=none", SPELT, "v=DMARC1; p=none"),
        ("v:DMARC1; p=none", SPELT, "v=DMARC1; p=none"),
        ("v=dmarc", SPELT, None),
        ("v=DMARC1\\; p=none\\; aspf=s", "backslashes stand before the semicolons", "v=DMARC1; p=none; aspf=s"),
        ("p=reject", GONE, "v=DMARC1; p=reject"),
        ("p=none; rua=mailto:a@b.example", GONE, "v=DMARC1; p=none; rua=mailto:a@b.example"),
        ("v=1; p=none", GONE, "v=DMARC1; p=none"),
        (" v=DMARC1; p=none;" + " " * MAX_EDITED, FIRST, None),
    ],
)
def test_texts_that_were_meant_to_be_records(text: str, fault: str, repaired: str | None) -> None:
    found = meant(text)
    assert found is not None
    assert (found.fault, found.repaired) == (fault, repaired)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=DMARC1; p=none",
        "v=spf1 -all",
        "v=DKIM1; p=AAAA",
        "v=STSv1; id=1",
        "some text",
        "p=AAAA",
        "\xff",
        "DMARC contact: x",
    ],
)
def test_texts_that_were_not(text: str) -> None:
    assert meant(text) is None


TOKENS = ["p=", "reject", ";", " ", "rua=", "mailto:", "a@b", ",", "!", "t=y", "=", "v=", "DMARC1", "\xe9", "dmarc"]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_what_is_changed_is_still_a_record(text: str) -> None:
    changed = with_tags(f"v=DMARC1;{text}", p="reject", sp=None, rua=mended_uris(text) or None)
    assert is_dmarc(changed)
    assert parse(changed).p is Policy.REJECT
    assert parse(changed).sp is None
    assert not parse(without_faults(changed)).problems
    found = meant(text)
    assert found is None or found.repaired is None or parse(found.repaired).valid


@pytest.mark.parametrize("token", ["a=b;", "a@b,", ";", "=", "mailto:", " ", ",", ", ", "v=", "dmarc", "!", "p=none "])
@pytest.mark.parametrize(
    "work", [meant, mended_uris, without_sizes, without_faults, unglued, relisted, lambda t: with_tags(t, p="none")]
)
def test_sixteen_times_the_text_takes_at_most_twenty_times_as_long(token: str, work: Callable[[str], object]) -> None:
    assert in_proportion(work, lambda length: (token * length)[:length])


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.example", "mailto:a@b.example"),
        ("v=DMARC1; p=none; ruf=mailto:a@b.example", "mailto:a@b.example"),
        ("v=DMARC1; rua=a@b.example c@d.example", "mailto:a@b.example,mailto:c@d.example"),
        ("v=dmarc1; rua=mailto:a@b.example", "mailto:a@b.example"),  # without a policy
        ("v=DMARC1 p=none rua=mailto:a@b.example", "mailto:a@b.example"),
        ("v=DMARC1\\; p=none\\; rua=mailto:a@b.example", "mailto:a@b.example"),
        ('"v=DMARC1; rua=mailto:a@b.example"', "mailto:a@b.example"),
        ("p=none; rua=mailto:a@b.example", "mailto:a@b.example"),
        ("v=DMARC1; p=none; rua=nonsense", ""),
        ("v=TLSRPTv1; rua=mailto:a@b.example", ""),  # reports on something else
        ("rua=mailto:a@b.example", ""),
        ("v=DMARC1; rua=mailto:a@b.example; x=" + "y" * MAX_EDITED, ""),
    ],
)
def test_whom_a_text_wants_to_be_sent_reports(text: str, addresses: str) -> None:
    assert report_addresses(text) == addresses
