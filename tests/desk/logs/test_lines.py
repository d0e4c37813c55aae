"""Lines of each server, and what they tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audit.desk.logs.events import Delivery, Gone, Received, Reject, Tls
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.lines import split
from audit.desk.logs.reading import LogReader
from audit.desk.logs.stamps import Stamps
from audit.desk.logs.tally import Tally

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SYSLOG = "Nov 30 04:38:01 mail "
CASES = {
    SYSLOG + "postfix/smtp[7]: 4F1A2B3C4D: to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, delay=1.5, "
    "delays=0.1/0/0.5/0.9, dsn=2.0.0, status=sent (250 2.0.0 OK (x))": Delivery(
        "4F1A2B3C4D", "sent", "out", "a@b.example", "mx.b.example", "192.0.2.1", 1.5, "250 2.0.0 OK (x)"
    ),
    SYSLOG + "postfix/local[7]: 4F1A2B3C4D: to=<a@b.example>, orig_to=<c>, relay=local, delay=0.1, delays=0/0/0/0.1, "
    "dsn=5.1.1, status=bounced (unknown user: \"a\")": Delivery(
        "4F1A2B3C4D", "bounced", "local", "a@b.example", "local", "", 0.1, 'unknown user: "a"'
    ),
    SYSLOG + "postfix/smtp[7]: 3zZ1yX2wV: to=<a@b.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, "
    "status=deferred (connect to mx.b.example[192.0.2.1]:25: Connection refused)": Delivery(
        "3zZ1yX2wV",
        "deferred",
        "out",
        "a@b.example",
        "none",
        "",
        30.0,
        "connect to mx.b.example[192.0.2.1]:25: Connection refused",
    ),
    SYSLOG + "postfix/qmgr[7]: 4F1A2B3C4D: from=<s@c.example>, size=1234, nrcpt=1 (queue active)": Received(
        "4F1A2B3C4D", "s@c.example", 1234
    ),
    SYSLOG + "postfix/qmgr[7]: 4F1A2B3C4D: from=<s@c.example>, status=expired, returned to sender": Delivery(
        "4F1A2B3C4D", "expired", "out", "", reply="message expired, returned to sender"
    ),
    SYSLOG + "postfix/submission/smtpd[7]: 4F1A2B3C4D: client=h[192.0.2.3]": Received("4F1A2B3C4D", begins=True),
    SYSLOG + "postfix/qmgr[7]: 4F1A2B3C4D: removed": Gone("4F1A2B3C4D"),
    SYSLOG + "postfix/smtpd[7]: NOQUEUE: reject: RCPT from h.example[192.0.2.3]: 450 4.2.0 <a@b.example>: Greylisted; "
    "from=<s@c.example> to=<a@b.example> proto=ESMTP helo=<h>": Reject(
        "h.example[192.0.2.3]", "a@b.example", "s@c.example", "450 4.2.0 <a@b.example>: Greylisted", True, "RCPT"
    ),
    SYSLOG + "postfix/smtp[7]: Untrusted TLS connection established to mx.b.example[192.0.2.1]:25: TLSv1.3 with "
    "cipher X (256/256 bits)": Tls("out", "7", "mx.b.example[192.0.2.1]", "TLSv1.3"),
    "2026-11-30 04:38:01 1tH2aB-000001-2c <= s@c.example H=h.example (helo) [192.0.2.3] P=esmtps S=999 "
    "id=x@y": Received("1tH2aB-000001-2c", "s@c.example", 999, begins=True),
    "2026-11-30 04:38:01 1tH2aB-000002-2c <= <> R=1tH2aB-000001-2c U=Debian-exim P=local S=1842": Received(
        "1tH2aB-000002-2c", "", 1842
    ),
    "2026-11-30 04:38:01 [77] 1tH2aB-000001-2c => a@b.example R=dns T=smtp H=mx.b.example [192.0.2.1] "
    'X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C="250 ok" QT=1m2s DT=1s': Delivery(
        "1tH2aB-000001-2c", "sent", "out", "a@b.example", "mx.b.example", "192.0.2.1", 62.0, "250 ok", "TLSv1.3"
    ),
    "2026-11-30 04:38:01 1tH2aB-000001-2c => a <a@b.example> R=local T=mail_spool": Delivery(
        "1tH2aB-000001-2c", "sent", "local", "a@b.example"
    ),
    "2026-11-30 04:38:01 1tH2aB-000001-2c ** a@b.example R=dns T=smtp H=mx.b.example [192.0.2.1]: SMTP error from "
    "remote mail server after RCPT TO:<a@b.example>: 550 5.1.1 User unknown": Delivery(
        "1tH2aB-000001-2c",
        "bounced",
        "out",
        "a@b.example",
        "mx.b.example",
        "192.0.2.1",
        None,
        "SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 5.1.1 User unknown",
    ),
    "2026-11-30 04:38:01 1tH2aB-000001-2c == a@b.example R=dns T=smtp defer (-44) H=mx.b.example [192.0.2.1]: SMTP "
    "error from remote mail server after RCPT TO:<a@b.example>: 450 4.2.0 Greylisted": Delivery(
        "1tH2aB-000001-2c",
        "deferred",
        "out",
        "a@b.example",
        "mx.b.example",
        "192.0.2.1",
        None,
        "SMTP error from remote mail server after RCPT TO:<a@b.example>: 450 4.2.0 Greylisted",
    ),
    "2026-11-30 04:38:01 1tH2aB-000001-2c Completed": Gone("1tH2aB-000001-2c"),
    "2026-11-30 04:38:01 H=(x) [192.0.2.3] F=<s@c.example> temporarily rejected RCPT <a@b.example>: Greylisted": Reject(
        "[192.0.2.3]", "a@b.example", "s@c.example", "Greylisted", True, "RCPT"
    ),
    SYSLOG + "sm-mta[7]: 0AU4c1xx000123: to=<a@b.example>, ctladdr=<s@c.example> (1/1), delay=00:01:02, "
    "xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.b.example. [192.0.2.1], dsn=2.0.0, stat=Sent (OK)": Delivery(
        "0AU4c1xx000123", "sent", "out", "a@b.example", "mx.b.example", "192.0.2.1", 62.0, "2.0.0 Sent (OK)"
    ),
    SYSLOG + "sm-mta[7]: 0AU4c1xx000123: from=<s@c.example>, size=88, class=0, nrcpts=1, relay=h [192.0.2.3]": Received(
        "0AU4c1xx000123", "s@c.example", 88, begins=True
    ),
    SYSLOG + 'smtpd[7]: 0123456789abcdef mta delivery evpid=aabbccdd11223344 from=<s@c.example> to=<a@b.example> '
    'rcpt=<-> source="192.0.2.3" relay="192.0.2.1 (mx.b.example)" delay=1m2s result="TempFail" stat="450 later"': (
        Delivery("aabbccdd", "deferred", "out", "a@b.example", "mx.b.example", "192.0.2.1", 62.0, "450 later")
    ),
}  # fmt: skip


def reader() -> LogReader:
    hiding = Hiding(b"key")
    return LogReader(Stamps(NOW), Tally(hiding), hiding)


@pytest.mark.parametrize(("line", "wanted"), CASES.items(), ids=range(len(CASES)))
def test_a_line_tells(line: str, wanted: object) -> None:
    reading = reader()
    entry = split(line, reading.stamps)
    assert entry is not None
    assert entry.moment == datetime(2026, 11, 30, 4, 38, 1, tzinfo=UTC).timestamp()
    assert reading._event(entry) == wanted


@pytest.mark.parametrize(
    "line", ["", "nonsense", "\x1b[31m", "Nov 31 04:38:01 mail postfix/x[1]: y", "2026-13-01 00:00:00 x", "9" * 70_000]
)
def test_what_is_no_line_is_counted_and_raises_nothing(line: str) -> None:
    reading = reader()
    reading.line(line)
    assert (reading.unparsed, reading.counted) == (bool(line), 0)
    assert all("\x1b" not in sample for sample in reading.samples)


@pytest.mark.parametrize(
    ("now", "texts", "years"),
    [
        (NOW, ["Nov 30 04:38:01"], [2026]),
        (NOW, ["Dec  2 00:00:00"], [2025]),
        (
            datetime(2026, 2, 1, tzinfo=UTC),
            ["Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:59"],
            [2025, 2026, 2025],
        ),
    ],
)
def test_the_year_is_told_by_the_calendar(now: datetime, texts: list[str], years: list[int]) -> None:
    stamps = Stamps(now)
    assert [datetime.fromtimestamp(stamps.old(text) or 0, UTC).year for text in texts] == years


def test_a_zone_moves_a_time() -> None:
    stamps = Stamps(NOW, zone=timedelta(hours=1))
    there = datetime(2026, 11, 30, 3, 0, tzinfo=UTC).timestamp()
    assert stamps.old("Nov 30 04:00:00") == there
    assert stamps.full("2026-11-30T05:00:00+02:00 x")[0] == there
    assert stamps.full("2026-11-30T03:00:00Z x")[0] == there
    assert stamps.zones == {"", "+02:00", "Z"}
