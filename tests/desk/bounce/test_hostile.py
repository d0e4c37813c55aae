"""Mails that mean harm: nothing raises, nothing takes long, and what is beyond a limit is said to be."""

from __future__ import annotations

import random
import time

import pytest

from audit.desk.bounce.reading import read_bounce
from audit.syntax.delivery_status import MAX_RECIPIENTS
from audit.syntax.mail import MAX_MAIL, MAX_PARTS, read_mail
from tests.desk.bounce.samples import samples
from tests.timing import within

HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@a.example\nSubject: failure notice\n"
REPORT = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
STATUS = b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
MANY = 250_000
BUDGET = 10.0  # seconds of a processor for any mail; the costliest here needs less than one
PATIENCE = 20.0  # seconds of this process; most need less than one

HOSTILE = {
    "nothing": b"",
    "an empty line": b"\n",
    "zeros": b"\0" * MANY,
    "no header": b"550 5.1.1 user unknown\n",
    "header alone": HEAD,
    "a header without end": b"Subject: " + b"x" * MANY,
    "many headers": b"X: y\n" * MANY,
    "a value that goes on": b"Subject: a\n" + b" b\n" * MANY,
    "encoded words": b"Return-Path: <>\nSubject: " + b"=?utf-8?q?=41?= " * 20_000 + b"\n\nx",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nx",
    "a charset that is slow": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * MANY,
    "a charset that is none": HEAD + b"Content-Type: text/plain; charset=zip_codec\n\nx",
    "a boundary of one letter": REPORT + b"--b\n" * MANY,
    "nested multiparts": REPORT + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 5000,
    "deep multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    ),
    "parameters": HEAD + b'Content-Type: multipart/report; a="' + b'\\"; b="' * 50_000 + b"\n\nx",
    "recipients": REPORT + STATUS + b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" * 20_000,
    "addresses": HEAD + b"\nHi. This is the qmail-send program at a.example.\n" + b"<a@b.example>:\nx\n" * 30_000,
    "different addresses": HEAD
    + b"\nHi. This is the qmail-send program at a.example.\n"
    + b"".join(b"<a%d@b.example>:\n550 5.1.1 no user %d\n\n" % (n, n) for n in range(2000)),
    "signs of addresses": HEAD + b"\nHi. This is the qmail-send program at\n" + b"@" * MANY,
    "dots and signs": HEAD + b"\nHi. This is the qmail-send program at\n" + b"a@a.a@a." * 30_000,
    "colons": HEAD + b"\nHi. This is the qmail-send program at\n<a@b.example>:\n" + b": " * MANY,
    "blanks": HEAD + b"\nHi. This is the qmail-send program at\n<a@b.example>:\n" + b" " * MANY + b"x",
    "blank lines": HEAD + b"\nHi. This is the qmail-send program at\n<a@b.example>:\n" + b" \n" * MANY,
    "tags": HEAD + b"Content-Type: text/html\n\n" + b"<style<br<" * 20_000,
    "open styles": HEAD + b"Content-Type: text/html\n\n" + b"<style>" * 30_000,
    "letters that grow": HEAD + b"Content-Type: text/html\n\n" + "İ<style>".encode() * 20_000,
    "entities": HEAD + b"Content-Type: text/html\n\n" + b"&#x41;&am" * 20_000,
    "base64 of one letter": HEAD + b"Content-Transfer-Encoding: base64\n\nA",
    "base64 of signs": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"=?!" * MANY,
    "quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * MANY,
    "a fullwidth digit": REPORT + STATUS + "Final-Recipient: rfc822; a@b.example\nStatus: ５.1.1\n".encode(),
    "an address that turns": REPORT + STATUS + "Final-Recipient: rfc822; a\u202e@b.example\nStatus: 5.1.1\n".encode(),
    "surrogates": REPORT + STATUS + rb"Final-Recipient: utf-8; \x{D800}@b.example" + b"\nStatus: 5.1.1\n",
    "JSON in depth": b"From: a@b.example\n\n" + b'{"notificationType":' * 50_000 + b'"bouncedRecipients"',
    "JSON of other types": b'From: a@b.example\n\n{"notificationType":1,"bounce":{"bouncedRecipients":[1,{"action":2}]'
    b"}}",
    "a number without end": b'From: a@b.example\n\n{"notificationType":' + b"9" * 50_000 + b',"bouncedRecipients":1}',
}


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE)
def test_it_is_read_in_time(mail: bytes) -> None:
    began = time.process_time()
    found = read_bounce(mail)
    assert time.process_time() - began < PATIENCE
    assert len(found.recipients) <= MAX_RECIPIENTS
    assert not any(r.suppress for r in found.recipients if "example" not in r.address)


def grown(mail: bytes) -> bytes:
    """The same to the largest size that is read: what it ends in, again and again."""
    tail = mail[len(mail) // 3 :] or b"x"
    return (mail + tail * (MAX_MAIL // len(tail)))[:MAX_MAIL]


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE)
def test_the_largest_of_its_kind_has_a_budget(mail: bytes) -> None:
    largest = grown(mail)
    assert len(largest) == MAX_MAIL
    assert within(BUDGET, lambda: read_bounce(largest))


def test_what_is_beyond_a_limit_is_said() -> None:
    assert read_bounce(HOSTILE["recipients"]).cut
    assert read_bounce(HOSTILE["different addresses"]).cut
    assert read_bounce(REPORT + b"--b\nContent-Type: text/plain\n\nx\n" * (MAX_PARTS + 2)).cut
    long = next(s.mail for s in samples() if s.name == "postfix-0")
    padded = long.replace(b"Good morning.", b"Good morning. " * (MAX_MAIL // 10))
    assert read_bounce(padded).cut
    assert [r.address for r in read_bounce(padded).recipients] == ["nobody@shop.example"]


def test_mutants_are_read_without_a_fault() -> None:
    """A mail in which octets were changed, lost or doubled is read; only what has no header is unparseable."""
    chance = random.Random(25)
    for s in samples():
        for _ in range(0 if s.name.startswith("ses-") else 4):  # JSON that is broken says nothing
            mail = bytearray(s.mail)
            for _ in range(chance.randint(1, 12)):
                at = chance.randrange(len(mail))
                match chance.randrange(4):
                    case 0:
                        mail[at] = chance.randrange(256)
                    case 1:
                        del mail[at : at + chance.randint(1, 60)]
                    case 2:
                        mail[at:at] = mail[at : at + chance.randint(1, 200)]
                    case _:
                        mail[at:at] = bytes(chance.choices(b'\r\n\0=?<>@:;"\\- ', k=chance.randint(1, 20)))
            readable = bool(read_mail(bytes(mail)).headers.fields)
            assert (read_bounce(bytes(mail)).kind != "unparseable") is readable
