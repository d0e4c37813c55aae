"""A log of Postfix as large as is wished, and what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

REPLIES = (
    ("sent", "2.0.0", "250 2.0.0 OK 17327 {n}x - gsmtp"),
    ("deferred", "4.7.28", "host {h}[192.0.2.9] said: 421 4.7.28 [203.0.113.7] unusual rate of unsolicited mail {n}"),
    ("bounced", "5.1.1", "host {h}[192.0.2.9] said: 550 5.1.1 <u{n}@x.example>: User unknown (in reply to RCPT TO)"),
    ("deferred", "4.2.0", "host {h}[192.0.2.9] said: 450 4.2.0 Greylisted, try again in {n} seconds"),
)
HOSTS = ("gmail-smtp-in.l.google.com", "mx.example.net", "example-org.mail.protection.outlook.com")


def postfix_log(octets: int, seed: int = 1) -> Iterator[tuple[bytes, Counter[str]]]:
    """Pieces of the log, each with what it adds to the counts."""
    chance, written, number = Random(seed), 0, 0
    while written < octets:
        number += 1
        second = number // 40
        stamp = f"Nov {1 + second // 86400 % 28:2d} {second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        head, queue = f"{stamp} mail postfix", f"{number:010X}"
        client, out = f"{head}/smtpd[{100 + number % 9}]", f"{head}/smtp[{200 + number % 9}]"
        counts = Counter({"received": 1})
        lines = [
            f"{client}: connect from client{number % 50}.example[198.51.100.{number % 200}]",
            f"{client}: {queue}: client=client{number % 50}.example[198.51.100.{number % 200}]",
            f"{head}/cleanup[77]: {queue}: message-id=<{number}@shop.example>",
            f"{head}/qmgr[78]: {queue}: from=<n{number % 900}@shop.example>, size={1000 + number % 9000}, nrcpt=1 (ok)",
        ]
        host = chance.choice(HOSTS)
        lines.append(
            f"{out}: Trusted TLS connection established to {host}[192.0.2.9]:25: TLSv1.3 "
            "with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
        )
        outcome, code, reply = chance.choices(REPLIES, (85, 5, 5, 5))[0]
        counts[outcome] += 1
        lines.append(
            f"{out}: {queue}: to=<u{number}@x{number % 70}.example>, relay={host}[192.0.2.9]:25, "
            f"delay=1.{number % 10}, delays=0.1/0/0.5/0.9, dsn={code}, status={outcome} "
            f"({reply.format(n=number, h=host)})"
        )
        if outcome != "deferred":
            lines.append(f"{head}/qmgr[78]: {queue}: removed")
        if number % 20 == 0:
            counts["rejected"] += 1
            lines.append(
                f"{head}/smtpd[101]: NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <a@other.example>: "
                "Relay access denied; from=<spam@bad.example> to=<a@other.example> proto=ESMTP helo=<x>"
            )
        text = ("\n".join(lines) + "\n").encode()
        written += len(text)
        yield text, counts


def daily_log(host: str, days: Mapping[int, tuple[int, int]]) -> bytes:
    """A log of attempts at one host: of each day of November how many there were, and how many of these failed."""
    lines = []
    for day, (attempts, failed) in sorted(days.items()):
        for number in range(attempts):
            second = number * 86_400 // attempts
            stamp = f"Nov {day:2d} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            said = "status=bounced (said: 550 5.7.1 spam)" if number < failed else "status=sent (250 2.0.0 OK)"
            lines.append(
                f"{stamp} mail postfix/smtp[9]: {day:02d}{number:08X}: to=<u{number}@x.example>, "
                f"relay={host}[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, {said}\n"
            )
    return "".join(lines).encode()
