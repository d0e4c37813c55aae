"""What lines come to: mails, octets, and the places where attempts ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audit.desk.logs.hiding import Hiding
from audit.desk.logs.reading import LogReader
from audit.desk.logs.stamps import Stamps
from audit.desk.logs.tally import Tally, provider

SYSLOG, EXIM = "Nov 30 04:38:01 mail postfix/", "2026-11-30 04:38:01 1tH2aB-00000"
MAIL = (
    SYSLOG + "smtpd[1]: 4F1A2B3C4D: client=h.example[192.0.2.3]",
    SYSLOG + "qmgr[2]: 4F1A2B3C4D: from=<s@c.example>, size=100, nrcpt=1 (queue active)",
    SYSLOG + "smtp[3]: 4F1A2B3C4D: to=<a@b.example>, relay=none, delay=9, delays=1/0/8/0, dsn=4.4.1, status=deferred "
    "(connect to mx.b.example[192.0.2.1]:25: Connection refused)",
)
AGAIN = SYSLOG + "qmgr[2]: 4F1A2B3C4D: from=<s@c.example>, size=100, nrcpt=1 (queue active)"
EXPIRED = SYSLOG + "qmgr[2]: 4F1A2B3C4D: from=<s@c.example>, status=expired, returned to sender"
BOUNCE = (
    SYSLOG + "cleanup[4]: 5F1A2B3C4D: message-id=<1@h.example>",
    SYSLOG + "bounce[5]: 4F1A2B3C4D: sender non-delivery notification: 5F1A2B3C4D",
    SYSLOG + "qmgr[2]: 5F1A2B3C4D: from=<>, size=2000, nrcpt=1 (queue active)",
)
OF_EXIM = (
    EXIM + "1-2c <= s@c.example H=h.example [192.0.2.3] P=esmtps S=100 id=x@y",
    EXIM + "2-2c <= <> R=1tH2aB-000001-2c U=Debian-exim P=local S=2000",
    EXIM + "3-2c <= <> H=h.example [192.0.2.3] P=esmtps S=30 id=z@y",
)


def tally(*lines: str, domain: str = "") -> Tally:
    hiding = Hiding(b"")
    reader = LogReader(Stamps(datetime(2026, 11, 30, 12, tzinfo=UTC)), Tally(hiding, domain=domain), hiding)
    for line in lines:
        reader.line(line)
    return reader.tally


@pytest.mark.parametrize(
    ("lines", "domain", "received", "octets"),
    [
        (MAIL, "", 1, 100),
        ((*MAIL, AGAIN, EXPIRED, *BOUNCE), "", 1, 100),
        (MAIL, "c.example", 1, 100),
        ((*MAIL, AGAIN), "c.example", 1, 100),
        (MAIL, "else.example", 0, 0),
        (OF_EXIM, "", 2, 130),
        (OF_EXIM, "c.example", 1, 100),
    ],
)
def test_a_mail_is_received_once_and_the_servers_own_bounces_are_not(
    lines: tuple[str, ...], domain: str, received: int, octets: int
) -> None:
    found = tally(*lines, domain=domain)
    assert (found.totals["received"], found.octets) == (received, octets)
    assert sum(day["received"] for day in found.days.values()) == received


def test_a_mail_expires_at_the_place_that_deferred_it() -> None:
    waiting = tally(*MAIL)
    assert (waiting.waiting, waiting.providers["b.example"].outcomes) == (1, {"deferred": 1})
    over = tally(*MAIL, EXPIRED)
    assert (over.waiting, over.providers["b.example"].outcomes) == (0, {"deferred": 1, "expired": 1})
    assert {cause.way: cause.told.kind.id for cause in over.causes.top()}["expired"] == "soft-system"


@pytest.mark.parametrize(
    ("host", "recipient", "place"),
    [
        ("mx1.mail.b.example", "x@c.example", "b.example"),
        ("192.0.2.1", "x@c.example", "192.0.2.1"),
        ("2001:db8::1", "x@c.example", "2001:db8::1"),
        ("localhost", "x@c.example", "localhost"),
        ("none", "x@mail.c.example", "c.example"),
        ("", "", "(unknown)"),
    ],
)
def test_who_takes_the_mail(host: str, recipient: str, place: str) -> None:
    assert provider(host, recipient) == place
