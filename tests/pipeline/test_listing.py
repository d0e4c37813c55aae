"""The list of domains: every line is a row, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.gather.domain import Target
from audit.model.evidence import DomainOptions, Row
from audit.pipeline.listed import Listed

FULL = DomainOptions(selectors=("s1", "s2", "x.y"))
ONE = DomainOptions(selectors=("s1",))


def rows(text: bytes) -> list[Target | Row]:
    return list(Listed.of(text, "list.txt"))


@pytest.mark.parametrize(
    ("line", "domain", "options"),
    [
        (b"example.org", "example.org", DomainOptions()),
        (b"  EXAMPLE.org.  # ours", "example.org", DomainOptions()),
        (b"\xef\xbb\xbfexample.org", "example.org", DomainOptions()),
        ("straße.de".encode(), "xn--strae-oqa.de", DomainOptions()),
        (b"a.example selectors=s1,S2", "a.example", DomainOptions(selectors=("s1", "s2"))),
        (b"a.example selectors=s1._domainkey,S2._domainkey.a.example.,s1,x.y", "a.example", FULL),
        ("bücher.example selectors=s1._domainkey.BÜCHER.example".encode(), "xn--bcher-kva.example", ONE),
        (b"a.example\tparked=yes", "a.example", DomainOptions(parked=True)),
        (
            b"a.example sending_ips=192.0.2.1,2001:DB8::1 profile=baseline",
            "a.example",
            DomainOptions(sending_ips=("192.0.2.1", "2001:db8::1"), profile="baseline"),
        ),
        (b"a.example subdomains=www,WWW", "a.example", DomainOptions(subdomains=("www.a.example",))),
        (b"a.example unit=Sales/EU", "a.example", DomainOptions(unit="Sales/EU")),
        ("a.example unit=Büro".encode(), "a.example", DomainOptions(unit="Büro")),
        (
            b"a.example subdomains=www,Mail.A.example.,x.y.a.example,_spf",
            "a.example",
            DomainOptions(subdomains=("www.a.example", "mail.a.example", "x.y.a.example", "_spf.a.example")),
        ),
        (
            "bücher.example subdomains=www.bücher.example,straße".encode(),
            "xn--bcher-kva.example",
            DomainOptions(subdomains=("www.xn--bcher-kva.example", "xn--strae-oqa.xn--bcher-kva.example")),
        ),
        (b"a.example parked=true mail=false", "a.example", DomainOptions(parked=True, mail=False)),
        (b"a.example mail=true parked=no", "a.example", DomainOptions(parked=False, mail=True)),
        (b"example.org\r", "example.org", DomainOptions()),
        (b"example.org # caf\xe9", "example.org", DomainOptions()),
        (b"uk.com", "uk.com", DomainOptions()),
        (b"github.io", "github.io", DomainOptions()),
    ],
)
def test_a_good_line_is_a_target(line: bytes, domain: str, options: DomainOptions) -> None:
    (row,) = rows(line + b"\n")
    assert isinstance(row, Target)
    assert (row.domain, row.options) == (domain, options)


@pytest.mark.parametrize(
    ("line", "reason", "column", "suggestion"),
    [
        (b"..", "input.empty_label", 1, None),
        (b"../../etc/passwd", "input.character", 3, None),
        (b"con", "input.no_dot", 1, None),
        (b"xn--999999999999.com", "input.idna", 1, None),
        ("a\u202eb.com".encode(), "input.character", 2, None),
        (b"a" * 64 + b".com", "input.label_too_long", 1, None),
        (b".".join([b"a" * 60] * 5), "input.name_too_long", 1, None),
        (b"http://mail.example.org/x", "input.url", 1, "mail.example.org"),
        (b"joe@example.org", "input.email_address", 1, "example.org"),
        (b"*.example.org", "input.wildcard", 1, "example.org"),
        (b"a\x00.com", "input.character", 2, None),
        (b"a\xff.com", "input.encoding", 2, None),
        (b"a.example selectors=\xe9", "input.encoding", 21, None),
        (b"\xff\xfea\x00.\x00c\x00o\x00m\x00", "input.encoding", 1, None),  # UTF-16
        (b"com", "input.no_dot", 1, None),
        (b"co.uk", "input.public_suffix", 1, None),
        (b"127.0.0.1", "input.ip_address", 1, None),
        (b"2130706433", "input.numeric", 1, None),
        (b"0x7f.1", "input.numeric", 1, None),
        ("１２７.０.０.１".encode(), "input.ip_address", 1, None),
        (b"x" * 2_000_000, "input.line_too_long", 1, None),
        (b"a.example b.example", "input.extra_word", 11, None),
        (b"a.example selector=x", "input.unknown_option", 11, "selectors"),
        (b"a.example selectors=ok,b@d", "input.selector", 24, None),
        (b"a.example selectors=", "input.selector", 21, None),
        (b"a.example selectors=ok,s1._domainkey.b.example", "input.selector", 24, None),
        (b"a.example selectors=_domainkey.a.example", "input.selector", 21, None),
        (b"a.example selectors=._domainkey", "input.selector", 21, None),
        (b"a.example parked=maybe", "input.option_value", 18, None),
        (b"a.example sending_ips=192.0.2.1,x", "input.address", 33, None),
        (b"a.example sending_ips=192.0.2.1,10.0.0.1", "input.address", 33, None),
        (b"a.example sending_ips=fd00::1", "input.address", 23, None),
        (b"a.example profile=basline", "input.profile", 19, "baseline"),
        (b"  -a.example", "input.hyphen", 3, None),
        (b"a.example unit=", "input.option_value", 16, None),
        (b"a.example unit=" + b"x" * 65, "input.option_value", 16, None),
        ("a.example unit=a\u202eb".encode(), "input.option_value", 16, None),
        (b"a.example unit=a unit=b", "input.option_twice", 18, None),
        (b"a.example subdomains=", "input.names", 22, None),
        (b"a.example subdomains=" + b",".join(b"n%d" % n for n in range(9)), "input.names", 22, None),
        (b"a.example subdomains=www,other.org", "input.names", 26, None),
        (b"a.example subdomains=www.a.example.com", "input.names", 22, None),
        (b"a.example subdomains=xa.example", "input.names", 22, "xa.example.a.example"),
        (b"a.example subdomains=x.y", "input.names", 22, "x.y.a.example"),
        (b"a.example subdomains=www,A.example", "input.names", 26, None),
        (b"a.example subdomains=www,a..b", "input.names", 26, None),
        (b"a.example subdomains=*", "input.names", 22, None),
        (b"a.example subdomains=" + b"x" * 64, "input.names", 22, None),
        (b"a.example parked=true mail=true", "input.contradiction", 23, None),
        (b"a.example mail=yes selectors=a parked=1", "input.contradiction", 32, None),
        (b"a.example parked=true sending_ips=192.0.2.1", "input.contradiction", 23, None),
        (b"a.example sending_ips=192.0.2.1 parked=true", "input.contradiction", 33, None),
        (b"a.example selectors=a selectors=b", "input.option_twice", 23, None),
        (b"a.example selectors=a parked=no\tselectors=b@d", "input.option_twice", 33, None),
    ],
)
def test_a_bad_line_says_what_and_where(line: bytes, reason: str, column: int, suggestion: str | None) -> None:
    (row,) = rows(b"# first\n" + line + b"\n")
    assert isinstance(row, Row)
    assert (row.status, row.reason, row.input.line, row.input.column) == ("invalid_input", reason, 2, column)
    assert row.suggestion == suggestion
    assert row.message.endswith(".")
    assert len(row.input.text) <= 200


def test_blank_lines_and_comments_are_no_rows() -> None:
    assert rows(b"\n  \n# a\n\t# b\n\r\n") == []


def test_a_domain_that_comes_twice_is_audited_once_and_named() -> None:
    first, second = rows(b"EXAMPLE.com.\nexample.com selectors=a\n")
    assert isinstance(first, Target)
    assert isinstance(second, Row)
    assert (second.status, second.domain, second.reason) == ("duplicate", "example.com", "input.duplicate")
    assert "line 1" in second.message


@pytest.mark.parametrize(
    ("first", "second", "unused"),
    [
        (b"", b"", False),
        (b" selectors=a", b"", False),
        (b" selectors=a parked=no", b" parked=false selectors=A", False),
        (b"", b" selectors=a", True),
        (b" selectors=a", b" selectors=b", True),
    ],
)
def test_options_beside_the_second_mention_are_said_not_to_be_used(first: bytes, second: bytes, unused: bool) -> None:
    _, row = rows(b"a.example" + first + b"\na.example" + second + b"\n")
    assert isinstance(row, Row)
    also = ", with the options there; those of this line are not used" if unused else ""
    assert row.message == f"a.example is audited once, for line 1{also}."


def test_an_octet_that_is_not_utf_8_is_named() -> None:
    (row,) = rows(b"caf\xe9.example\n")
    assert isinstance(row, Row)
    assert row.message == "The line holds the octet 0xE9, which is not UTF-8."
    assert row.input.text == "caf\\xe9.example"


def test_a_list_without_a_final_newline_loses_nothing() -> None:
    assert [type(r) for r in rows(b"a.example\nb.example")] == [Target, Target]


def test_what_is_shown_of_a_line_cannot_move_a_cursor() -> None:
    (row,) = rows(b"\x1b]52;c;x\x07\x1b[2J\n")
    assert row.input.text.isprintable()


PIECES = st.sampled_from(
    [b"a.example", b"#", b" ", b"\t", b"\r", b"\n", b"x", b"\xef\xbb\xbf", b"\xff", b"\xc2\xa0", b"y" * 1100]
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_the_rows_are_as_many_as_was_said(text: bytes) -> None:
    listed = Listed.of(text, "list.txt")
    assert len(listed) == len(list(listed))
