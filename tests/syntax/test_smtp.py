"""Replies as servers, and things that are no servers, send them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.model.probe import Reply
from audit.syntax.smtp import Replies, capabilities


def read(*pieces: bytes) -> tuple[list[Reply], Replies]:
    replies, found = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while reply := replies.next():
            found.append(reply)
    return found, replies


def reply_of(data: bytes) -> Reply:
    found, _ = read(data)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("data", "code", "lines", "flaws"),
    [
        (b"220 mx.example.org ESMTP\r\n", 220, ("mx.example.org ESMTP",), ()),
        (b"250-mx\r\n250-SIZE 1\r\n250 STARTTLS\r\n", 250, ("mx", "SIZE 1", "STARTTLS"), ()),
        (b"250\r\n", 250, ("",), ("no_text",)),
        (b"250 \r\n", 250, ("",), ()),
        (b"220 hi\n", 220, ("hi",), ("bare_lf",)),
        (b"220 a\rb\r\n", 220, ("a\\x0db",), ("controls",)),
        (b"220 a\r\r\n", 220, ("a",), ("controls",)),
        (b"220 a\0b\r\n", 220, ("a\\x00b",), ("nul",)),
        (b"220 \x1b[2J\r\n", 220, ("\\x1b[2J",), ("controls",)),
        (b"220 tab\there\r\n", 220, ("tab\\x09here",), ()),
        ("220 Grüße\r\n".encode(), 220, ("Gr\\xc3\\xbc\\xc3\\x9fe",), ()),
        (b"250-a\r\n550 b\r\n", 550, ("a", "b"), ("codes_differ",)),
        (b"220 " + b"a" * 506 + b"\r\n", 220, ("a" * 499 + "…",), ()),
        (b"220 " + b"a" * 507 + b"\r\n", 220, ("a" * 499 + "…",), ("long_line",)),
    ],
)
def test_a_reply(data: bytes, code: int, lines: tuple[str, ...], flaws: tuple[str, ...]) -> None:
    reply = reply_of(data)
    assert (reply.code, reply.lines, reply.flaws) == (code, lines, flaws)


@pytest.mark.parametrize(
    ("data", "broken", "snippet"),
    [
        (b"+25 hello\r\n", "not_smtp", "+25 hello"),
        (b" 25 hello\r\n", "not_smtp", " 25 hello"),
        (b"2_5 hello\r\n", "not_smtp", "2_5 hello"),
        (b"150 hello\r\n", "not_smtp", "150 hello"),
        (b"650 hello\r\n", "not_smtp", "650 hello"),
        (b"2500 hello\r\n", "not_smtp", "2500 hello"),
        (b"220\thello\r\n", "not_smtp", "220\\x09hello"),
        (b"\r\n", "not_smtp", "\\x0d\\x0a"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_smtp", "SSH-2.0-OpenSSH_9.2"),
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n", "not_smtp", "HTTP/1.1 400 Bad Request"),
        (b"\x16\x03\x01\x02", "not_smtp", "\\x16\\x03\\x01\\x02"),  # no line end to wait for
        (b"250-good\r\nbad\r\n", "not_smtp", "bad"),
        (b"220 " + b"a" * 9000 + b"\r\n", "too_long", "220 " + "a" * 44),
        (b"220 " + b"a" * 2043, None, ""),
        (b"220 " + b"a" * 2044, "too_long", "220 " + "a" * 44),  # the line has not ended, and never will
        (b"250-a\r\n" * 128, None, ""),
        (b"250-a\r\n" * 129, "too_long", "250-a"),
        ((b"250-" + b"a" * 1000 + b"\r\n") * 70, "too_long", "250-" + "a" * 44),
        (b"220 a\r\n" * 20_000, "too_long", "220 a"),  # more than may wait at once
    ],
)
def test_what_is_no_reply(data: bytes, broken: str | None, snippet: str) -> None:
    found, replies = read(data)
    assert found == []
    assert (replies.broken, replies.snippet) == (broken, snippet)


def test_once_broken_it_stays_so() -> None:
    found, replies = read(b"SSH-2.0\r\n", b"220 now I speak SMTP\r\n")
    assert (found, replies.broken, replies.snippet) == ([], "not_smtp", "SSH-2.0")


def test_several_replies_in_one_piece_come_one_by_one() -> None:
    found, replies = read(b"220 a\r\n250 b\r\n25")
    assert [reply.lines for reply in found] == [("a",), ("b",)]
    assert replies.take() == b"25"


@pytest.mark.parametrize("surplus", [b"", b"x", b"250-injected\r\n", b"250-injected\r\n250 x"])
def test_take_gives_all_that_follows_the_last_reply_and_forgets_it(surplus: bytes) -> None:
    replies = Replies()
    replies.feed(b"220 go ahead\r\n" + surplus)
    assert replies.next() == Reply(code=220, lines=("go ahead",))
    if not surplus.startswith(b"x"):
        assert replies.next() is None
    assert (replies.take(), replies.take()) == (surplus, b"")
    replies.feed(b"250 after TLS\r\n")
    assert replies.next() == Reply(code=250, lines=("after TLS",))


def test_capabilities() -> None:
    said = capabilities(
        reply_of(b"250-mx.example.org at your service\r\n250-size 0\r\n250-AUTH=PLAIN LOGIN\r\n"
                 b"250-AUTH PLAIN  LOGIN\r\n250- \r\n250 StartTLS\r\n")
    )  # fmt: skip
    assert said.domain == "mx.example.org"
    assert said.keywords == (("SIZE", "0"), ("AUTH", "PLAIN LOGIN"), ("STARTTLS", ""))
    assert said.has("starttls")
    assert said.has("STARTTLS")
    assert not said.has("START")
    assert not said.mangled


@pytest.mark.parametrize(
    ("keyword", "mangled"),
    [
        ("XXXXXXXA", True),
        ("XXXXXXXXB", True),
        ("XXXXXXXX", True),
        ("********", True),
        ("XCLIENT", False),
        ("XEXCH50", False),
        ("X-ANONYMOUSTLS", False),
        ("*x*", False),
    ],
)
def test_a_firewall_writes_over_keywords(keyword: str, mangled: bool) -> None:
    assert capabilities(Reply(code=250, lines=("mx", "PIPELINING", keyword))).mangled is mangled


@pytest.mark.parametrize("lines", [(), ("",), ("mx",)])
def test_capabilities_of_a_bare_answer(lines: tuple[str, ...]) -> None:
    assert capabilities(Reply(code=250, lines=lines)).keywords == ()


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [b"250-a\r\n", b"220 b\n", b"\r\n", b"25", b"0 x\0\r\n", b"5.7.1", b"550 5.7.1 no\r\n", b"+25"]
        ),
    ),
    max_size=20,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(PIECES)
def test_whatever_comes_is_read_the_same_however_it_was_cut(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole, at_once = read(data)
    slowly, octet_by_octet = read(*(data[index : index + 1] for index in range(len(data))))
    assert whole == slowly
    assert at_once.broken == octet_by_octet.broken
    assert at_once.snippet == octet_by_octet.snippet
    for reply in whole:
        assert capabilities(reply).domain.isascii()
        assert 200 <= reply.code <= 599
