"""DMARC records: the policy that receivers take from them (RFC 9989)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.dmarc import Policy, is_dmarc, parse
from tests.timing import in_proportion

RUA = "rua=mailto:d@example.org"


@pytest.mark.parametrize(
    "text", ["v=DMARC1", "v=DMARC1;", "v=DMARC1; p=none", "v = DMARC1 ;p=none", "v\t=\tDMARC1;", "V=DMARC1;"]
)
def test_records(text: str) -> None:
    assert is_dmarc(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=dmarc1; p=none",
        "V=dmarc1; P=reject",
        " v=DMARC1;",
        "p=none; v=DMARC1",
        "v=DMARC10;",
        "v=DMARC1 p=none",
        "v=DMARC1, p=none",
        "v=spf1 -all",
        ";v=DMARC1",
        "DMARC1",
    ],
)
def test_what_is_no_record(text: str) -> None:
    assert not is_dmarc(text)


@pytest.mark.parametrize(
    ("tags", "effective"),
    [
        ("p=none", Policy.NONE),
        ("p=quarantine", Policy.QUARANTINE),
        ("p=reject", Policy.REJECT),
        ("P = Reject ;", Policy.REJECT),
        ("p=reject; t=y", Policy.QUARANTINE),
        ("p=quarantine; t=y", Policy.NONE),
        ("p=none; t=y", Policy.NONE),
        ("p=reject; t=n", Policy.REJECT),
        ("p=reject; t=maybe", Policy.REJECT),
        ("p=reject; pct=0", Policy.REJECT),
        ("p=reject; unknown=x", Policy.REJECT),
        ("p=reject; rua=nonsense", Policy.REJECT),
        ("p=reject; adkim=x; aspf=y; fo=9; ri=z", Policy.REJECT),
        ("", None),
        (RUA, Policy.NONE),
        ("p=rejct", None),
        (f"p=rejct; {RUA}", Policy.NONE),
        ("p=", None),
        (f"p=reject; sp=x; {RUA}", Policy.NONE),
        ("p=reject; sp=x", None),
        (f"p=reject; np=x; {RUA}", Policy.NONE),
        ("p=reject; np=x; rua=mailto:x", None),
    ],
)
def test_the_policy_that_counts(tags: str, effective: Policy | None) -> None:
    assert parse(f"v=DMARC1; {tags}").effective is effective


def test_a_whole_record() -> None:
    record = parse(
        "v=DMARC1; p=reject; sp=quarantine; np=none; psd=n; t=y; adkim=s; aspf=S; pct=50;"
        " rua=mailto:a@example.org,https://example.org/r!10m; ruf=mailto:f@example.org;"
    )
    assert record.problems == ()
    assert (record.p, record.sp, record.np) == (Policy.REJECT, Policy.QUARANTINE, Policy.NONE)
    assert (record.psd, record.t, record.adkim, record.aspf, record.pct) == ("n", True, "s", "s", 50)
    assert record.rua == ("mailto:a@example.org", "https://example.org/r!10m")
    assert record.ruf == ("mailto:f@example.org",)
    assert record.tags[:2] == (("v", "DMARC1"), ("p", "reject"))


def test_defaults() -> None:
    record = parse("v=DMARC1")
    assert (record.psd, record.t, record.adkim, record.aspf, record.pct) == ("u", False, "r", "r", None)
    assert (record.p_invalid, record.sp_invalid, record.np_invalid) == (False, False, False)


@pytest.mark.parametrize(
    ("value", "good", "bad"),
    [
        ("mailto:a@example.org", ["mailto:a@example.org"], []),
        ("MAILTO:a@example.org!10M", ["MAILTO:a@example.org!10M"], []),
        ("mailto:a@x.example , mailto:b@x.example", ["mailto:a@x.example", "mailto:b@x.example"], []),
        ("mailto:a%2Cb%21@x.example", ["mailto:a%2Cb%21@x.example"], []),
        ("mailto:a@x.example?subject=d", ["mailto:a@x.example?subject=d"], []),
        ("https://x.example/r", ["https://x.example/r"], []),
        ("nonsense,mailto:a@x.example", ["mailto:a@x.example"], ["nonsense"]),
        ("a@x.example", [], ["a@x.example"]),
        ("mailto:a", [], ["mailto:a"]),
        ("mailto:a@", [], ["mailto:a@"]),
        ("mailto:a@x.example mailto:b@x.example", [], ["mailto:a@x.example mailto:b@x.example"]),
        ("mailto:<script>alert(1)</script>@x", [], ["mailto:<script>alert(1)</script>@x"]),
        ("mailto:a@x.example!ten", [], ["mailto:a@x.example!ten"]),
        ("mailto:\xe9@x.example", [], ["mailto:\\xe9@x.example"]),
        ("", [], []),
    ],
)
def test_one_bad_address_does_not_void_the_others(value: str, good: list[str], bad: list[str]) -> None:
    record = parse(f"v=DMARC1; p=reject; rua={value}")
    assert (list(record.rua), list(record.rua_invalid)) == (good, bad)
    assert record.effective is Policy.REJECT


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("v=DMARC1; p", [("not a tag", "p", 9)]),
        ("v=DMARC1; p=none; p=reject", [("second time", "p=reject", 17)]),
        ("v=DMARC1;; p=none", [("empty tag", ";", 9)]),
        ("v=DMARC1; 1p=none", [("not a tag", "1p=none", 9)]),
        ("v=DMARC1; \xe9=x", [("not a tag", "\\xe9=x", 9)]),
        ("v=DMARC1; =x", [("not a tag", "=x", 9)]),
        ("v=DMARC1; p=none;", []),
        ("v=DMARC1; p=none; ", []),
    ],
)
def test_problems_have_a_place(text: str, problems: list[tuple[str, str, int]]) -> None:
    assert [(p.code, p.text, p.at) for p in parse(text).problems] == problems


def test_of_a_tag_that_comes_twice_the_first_counts() -> None:
    assert parse("v=DMARC1; p=none; p=reject").p is Policy.NONE


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(max_codepoint=255)),
        st.lists(st.sampled_from(["p=", "reject", ";", " ", "rua=", "mailto:", "a@b", ",", "!", "t=y", "="])).map(
            "".join
        ),
    )
)
def test_no_record_is_too_odd(text: str) -> None:
    record = parse(f"v=DMARC1;{text}")
    assert record.effective in (None, *Policy)
    assert is_dmarc(record.text)
    assert all(p.text.isprintable() for p in record.problems)


@pytest.mark.parametrize("token", ["a=b;", "rua=mailto:a@b,", ";", "=", "mailto:", "@", "!", "a@", "?", " ", "9"])
@pytest.mark.parametrize("start", ["", "rua=", "rua=mailto:", "rua=mailto:a@b?", "pct="])
def test_sixteen_times_the_text_takes_at_most_twenty_times_as_long(token: str, start: str) -> None:
    assert in_proportion(parse, lambda length: f"v=DMARC1;{start}{(token * length)[: length - 1]}_")
