"""The forms in which replies come."""

from __future__ import annotations

import pytest

from audit.desk.reading import MAX_REPLIES, read, several


@pytest.mark.parametrize(
    ("given", "code", "enhanced", "text"),
    [
        ("550 5.1.1 user unknown", 550, "5.1.1", "user unknown"),
        ("550-5.1.1 user\n550 5.1.1 unknown", 550, "5.1.1", "user unknown"),
        ("550-user\n550 5.1.1 unknown", 550, "5.1.1", "user unknown"),
        ("550-5.1.1 a\n550 5.7.1 b", 550, "5.7.1", "a b"),  # the last line that has one
        ("550-5.7.26 a 550-5.7.26 b 550 5.7.26 c", 550, "5.7.26", "a b c"),
        ("421-4.7.0 a\n550 5.7.1 b", 550, "5.7.1", "a b"),
        ("550 #5.1.0 Address rejected.", 550, "5.1.0", "Address rejected."),
        ("550; 5.7.515 Access denied", 550, "5.7.515", "Access denied"),
        ("Remote server returned '550; 5.7.515 Access denied'", 550, "5.7.515", "Access denied'"),
        ("<mx.example.org #5.7.1 smtp;550 5.7.1 no>", 550, "5.7.1", "no>"),
        ("#5.2.2 smtp;552 5.2.2 full", 552, "5.2.2", "full"),
        ("no such place (#5.1.2)", None, "5.1.2", "no such place (#5.1.2)"),
        ("550 sorry (#5.1.1)", 550, "5.1.1", "sorry (#5.1.1)"),
        ("5.7.511 Access denied", None, "5.7.511", "Access denied"),
        ("host a.example.org[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)", 550, "5.1.1", None),
        ("Status: 5.1.1\nDiagnostic-Code: smtp; 550 gone", 550, "5.1.1", "gone"),
        ("status=deferred dsn=4.7.5 (x)", None, "4.7.5", None),
        ("550 5.4.300 Message expired -> 421 4.4.1 timed out", 550, "5.4.300", None),
        ("550 seen from 5.7.26.1", 550, None, "seen from 5.7.26.1"),  # an address, no code
        ("HTTP/1.1 400 Bad Request", None, None, None),
        ("connect to a.example[192.0.2.1]:587: refused", None, None, None),
        ("1550 5.1.1 no", None, None, None),
        ("", None, None, ""),
    ],
)
def test_codes_and_words(given: str, code: int | None, enhanced: str | None, text: str | None) -> None:
    heard = read(given)
    assert (heard.code, heard.enhanced) == (code, enhanced)
    assert text is None or heard.text == text


@pytest.mark.parametrize(
    ("given", "host", "stage", "failed"),
    [
        ("host mx.example.org[192.0.2.1] said: 550 x (in reply to RCPT TO command)", "mx.example.org", "rcpt", None),
        ("550 x (in reply to end of DATA command)", "", "data", None),
        (
            "SMTP error after RCPT TO:<a@b.example>: host MX.example.org [192.0.2.1]: 550 x",
            "mx.example.org",
            "rcpt",
            None,
        ),
        ("SMTP error from remote mail server after initial connection: 554 x", "", "connect", None),
        ("relay=mx.example.com[192.0.2.1]:25, status=bounced (host said: 550 x)", "mx.example.com", "", True),
        (
            "to=<a@b.example>, relay=none, status=deferred (connect to mx.b.example[192.0.2.1]:25: x)",
            "mx.b.example",
            "",
            False,
        ),
        ("Action: delayed\nStatus: 4.4.1", "", "", False),
        ("530 5.7.57 not authenticated during MAIL FROM", "", "mail", None),
        ("550 x", "", "", None),
    ],
)
def test_what_stands_around(given: str, host: str, stage: str, failed: bool | None) -> None:
    heard = read(given)
    assert (heard.host, heard.stage, heard.failed) == (host, stage, failed)


def test_the_tail_of_a_log_line_is_no_word_of_the_reply() -> None:
    assert "helo" not in read("reject: 454 4.7.1 no; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<pc>").text


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("550 a\n550 b", ["550 a", "550 b"]),
        ("550-a\n550 b\n421 c", ["550-a\n550 b", "421 c"]),
        ("550-a\r\n550 b\r\n\r\n421 c", ["550-a\n550 b", "421 c"]),
        ("550 a\n\n\nThe text\nof a bounce\n", ["550 a", "The text\nof a bounce"]),
        ("Jan  5 09:12:11 a: x\nJan  5 09:12:12 a: y", ["Jan  5 09:12:11 a: x", "Jan  5 09:12:12 a: y"]),
        (
            "No delivery.\n\nReporting-MTA: dns; a.example\n\nAction: failed\nDiagnostic-Code: smtp; 550 x\n",
            ["Action: failed\nDiagnostic-Code: smtp; 550 x"],
        ),
        ("550-never\n550-ends", ["550-never\n550-ends"]),
        ("", []),
        ("\n \n\t\n", []),
    ],
)
def test_several_at_once(given: str, parts: list[str]) -> None:
    assert list(several(given)) == parts


def test_no_more_than_a_thousand_are_taken() -> None:
    assert len(several("550 a\n" * (MAX_REPLIES + 5))) == MAX_REPLIES
    assert len(several("a\n\n" * (MAX_REPLIES + 5))) == MAX_REPLIES
