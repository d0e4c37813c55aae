"""MTA-STS records and policies: what senders keep, what counts, and which hosts a pattern covers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.protocol.mta_sts.policy import MAX_POLICY
from audit.syntax.mta_sts import (
    Mode,
    StsPolicy,
    is_meant,
    is_record,
    matches,
    parse_policy,
    parse_record,
    policy_lines,
    record,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
GOOD = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.org\r\nmx: *.mail.example.org\r\nmax_age: 604800\r\n"


@pytest.mark.parametrize(
    ("text", "kept", "meant"),
    [
        ("v=STSv1; id=1", True, False),
        ("v=STSv1;id=1", True, False),
        ("v=STSv1;", True, False),
        ("v=STSv1", False, True),
        ("v=STSv1 ; id=1", False, True),
        ("v=stsv1; id=1", False, True),
        (" v=STSv1; id=1", False, True),
        ("id=1; v=STSv1", False, True),
        ("v=STSv10; id=1", False, False),
        ("v=spf1 -all", False, False),
        ("", False, False),
    ],
)
def test_which_texts_senders_keep(text: str, kept: bool, meant: bool) -> None:
    assert (is_record(text), is_meant(text)) == (kept, meant)


@pytest.mark.parametrize(
    ("text", "id_", "codes"),
    [
        ("v=STSv1; id=20160831085700Z", "20160831085700Z", ()),
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z", ()),
        ("v=STSv1;id=1;new=thing", "1", ()),
        ("v=STSv1; id=1; id=2", "1", ()),
        ("v=STSv1;", None, ("no id",)),
        ("v=STSv1; id=", "", ("not an id",)),
        ("v=STSv1; id=a-b", "a-b", ("not an id",)),
        ("v=STSv1; id=" + "1" * 33, "1" * 33, ("not an id",)),
        ("v=STSv1; ID=1", None, ("no id",)),
        ("v=STSv1; id =1", None, ("not a field", "no id")),
        ("v=STSv1;; id=1", "1", ("empty field",)),
        ("v=STSv1; id=1, x", "1, x", ("not an id",)),
        ("v=STSv1; " + "a=b;" * 100 + "id=1", "1", ()),
    ],
)
def test_a_record(text: str, id_: str | None, codes: tuple[str, ...]) -> None:
    found = parse_record(text)
    assert (found.id, tuple(p.code for p in found.problems)) == (id_, codes)


@pytest.mark.parametrize(
    ("text", "at", "code"),
    [
        ("v=STSv1 ; id=1", 7, "a blank before the semicolon"),
        (" v=STSv1; id=1", 0, "a blank before the version"),
        ("\tv=STSv1 ; id=1", 0, "a blank before the version"),
        ("v=stsv1; id=1", 0, "the version is not written v=STSv1"),
        ("V=STSv1; id=1", 0, "the version is not written v=STSv1"),
        ("v = STSv1; id=1", 0, "the version is not written v=STSv1"),
        ("id=1; v=STSv1", 0, "the version is not first"),
        ("v=STSv1", 7, "no semicolon after the version"),
    ],
)
def test_what_is_wrong_with_a_version(text: str, at: int, code: str) -> None:
    first, *_ = parse_record(text).problems
    assert (first.at, first.code) == (at, code)


def test_a_good_policy() -> None:
    want = StsPolicy(Mode.ENFORCE, 604800, ("mx1.example.org", "*.mail.example.org"), ())
    assert parse_policy(GOOD) == want
    assert parse_policy(GOOD.replace(b"\r\n", b"\n")) == want
    assert parse_policy(GOOD.rstrip()) == want
    assert parse_policy(GOOD.replace(b": ", b":")) == want
    assert parse_policy(GOOD.replace(b"\r\n", b" \r\n")) == want
    assert parse_policy(GOOD.replace(b"mx1", b"MX1")) == want
    assert parse_policy(GOOD + b"new_field: \xc3\xa4 b\r\n") == want
    assert parse_policy(b"".join(GOOD.splitlines(keepends=True)[::-1])).problems == ()


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b"", ("no version", "no mode", "no max_age", "no mx")),
        (b"\xef\xbb\xbf" + GOOD, ("byte order mark",)),
        (GOOD.replace(b"\r\n", b"\r"), ("CR without LF", "no version", "no mode", "no max_age", "no mx")),
        (GOOD.replace(b"STSv1", b"STSv2"), ("version is not STSv1",)),
        (GOOD.replace(b"enforce", b"enforced"), ("not a mode",)),
        (GOOD.replace(b"enforce", b"Enforce"), ("not a mode",)),
        (GOOD.replace(b"604800", b"1" + b"0" * 30), ("no number of seconds",)),
        (GOOD.replace(b"604800", b"31557601"), ("more than a year",)),
        (GOOD.replace(b"604800", b"31557600"), ()),
        (GOOD.replace(b"604800", b"-1"), ("no number of seconds",)),
        (GOOD.replace(b"604800", b"1w"), ("no number of seconds",)),
        (b"version: STSv1\nmode: none\nmax_age: 86400\n", ()),
        (b"version: STSv1\nmode: testing\nmax_age: 86400\n", ("no mx",)),
        (GOOD + b"mode: none\n", ("given twice",)),
        (GOOD + b"\n", ("empty line",)),
        (GOOD + b"x: y\nx: z\n", ()),
        (GOOD + b"nonsense\n", ("not a field",)),
        (GOOD + b" mx: a.example\n", ("not a field",)),
        (GOOD + b"mx : a.example\n", ("not a field",)),
        (GOOD + b"mx: *\n", ("not a pattern, a star that is not the whole first label",)),
        (GOOD + b"mx: mx*.a.example\n", ("not a pattern, a star that is not the whole first label",)),
        (GOOD + b"mx: *.*.a.example\n", ("not a pattern, a star that is not the whole first label",)),
        (GOOD + b"mx: a.example.\n", ("not a pattern, a final dot",)),
        (GOOD + b"mx: *.a.example.\n", ("not a pattern, a final dot",)),
        (GOOD + b"mx: .\n", ("not a pattern, a final dot",)),
        (GOOD + b"mx: .a.example\n", ("not a pattern, an empty label",)),
        (GOOD + b"mx: a_b.example\n", ("not a pattern, an underscore",)),
        (GOOD + b"mx:\n", ("not a value",)),
        (GOOD + b"x: \xff\n", ("not UTF-8",)),
        (GOOD + b"x: \x1b[31m\n", ("not a value",)),
        (b"<html>", ("not a field", "no version", "no mode", "no max_age", "no mx")),
    ],
)
def test_what_is_wrong_with_a_policy(body: bytes, codes: tuple[str, ...]) -> None:
    assert tuple(p.code for p in parse_policy(body).problems) == codes


def test_of_a_field_given_twice_the_first_counts_and_the_policy_stands() -> None:
    found = parse_policy(GOOD + b"mode: none\nmax_age: 1\nversion: x\n")
    assert (found.mode, found.max_age, found.broken) == (Mode.ENFORCE, 604800, ())
    assert len(found.problems) == 3


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("mail.example.org", "mail.example.org", True),
        ("mail.example.org", "mail.example.org.evil", False),  # T37
        ("mail.example.org", "xmail.example.org", False),
        ("mail.example.org", "mailxexample.org", False),
        ("*.example.org", "mail.example.org", True),
        ("*.example.org", "a.mail.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.example.org", ".example.org", False),
        ("*.mx.microsoft", "contoso-com.o-v1.mx.microsoft", False),
        ("*.o-v1.mx.microsoft", "contoso-com.o-v1.mx.microsoft", True),
    ],
)
def test_which_hosts_a_pattern_covers(pattern: str, host: str, covered: bool) -> None:
    assert matches(pattern, host) is covered


def test_what_is_written_is_read_again() -> None:
    assert parse_record(record("20261124120000Z")).problems == ()
    body = "\n".join(policy_lines(Mode.TESTING, ("mx.example.org",), 86400)).encode()
    assert parse_policy(body) == StsPolicy(Mode.TESTING, 86400, ("mx.example.org",), ())


@given(st.binary(max_size=300) | st.lists(st.sampled_from([GOOD, b"\r", b"\n", b": ", b"mx", b"*."])).map(b"".join))
def test_any_octets_are_read(body: bytes) -> None:
    found = parse_policy(body)
    assert found.broken or (found.mode and found.max_age is not None)
    assert all(p.text.removesuffix("…").isascii() for p in found.problems)


@given(st.text(max_size=200).map(lambda t: t.encode("utf-8").decode("latin-1")))
def test_any_text_is_read(text: str) -> None:
    found = parse_record(text)
    assert found.problems or found.id


def test_large_input_takes_little_time() -> None:
    for body in (b"a" * 65536, b"a:" * 32768, b"\n" * 65536, b"mx: a.b\n" * 8192, b"a: " + b" " * 65000):
        found = parse_policy(body)
        assert len(found.problems) <= 20
        assert len(found.mx) <= 200
    parse_record("v=STSv1;" + "a=;" * 20000)


def test_of_a_policy_as_long_as_one_may_be_the_last_pattern_counts() -> None:
    """No pattern is left out, as each may be the one that covers a host."""
    last = b"mx: mx.example.org\n"
    head = b"version: STSv1\nmode: enforce\nmax_age: 604800\n"
    names = (f"{a}{b}.{c}" for a in LETTERS for b in "0123456789abcdef" for c in LETTERS)
    lines = [f"mx:{name}\n".encode() for name in names]
    room = MAX_POLICY - len(head) - len(last)
    while sum(map(len, lines)) > room:
        lines.pop()
    found = parse_policy(head + b"".join(lines) + last)
    assert len(lines) > 8000
    assert found.problems == ()
    assert (len(found.mx), found.mx[-1]) == (len(lines) + 1, "mx.example.org")
    repeated = parse_policy(head + b"mx:a.b\n" * (room // 7) + last)
    assert repeated.mx == ("a.b", "mx.example.org")
