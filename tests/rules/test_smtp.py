"""What a mail server offers: judged by the list within TLS, and a login in clear by the list in clear."""

from __future__ import annotations

import pytest

from audit.model.probe import Outcome, SmtpSession
from audit.model.report import Argument
from tests.rules import pki, sessions
from tests.rules.world import GONE, Case, check

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
CHAIN = pki.good("mx.story.example")
RULES = (
    *("SMTP-AUTH-PLAINTEXT", "SMTP-AUTH-MX", "SMTP-AUTH-WEAK", "SMTP-SIZE", "SMTP-ESMTP", "SMTP-UTF8"),
    *("SMTP-REQUIRETLS", "SMTP-LIMITS"),
)
WHOLE = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 52428800", "SMTPUTF8")


def within(*keywords: str) -> dict[str, SmtpSession]:
    return {"192.0.2.1": sessions.healthy(CHAIN, after_tls=keywords)}


def clear(*keywords: str) -> dict[str, SmtpSession]:
    """A server without STARTTLS."""
    return {"192.0.2.1": sessions.no_starttls(*keywords)}


def case(
    rule: str,
    expected: str,
    met: dict[str, SmtpSession],
    why: str = "",
    *,
    severity: str | None = None,
    reason: str | None = None,
    **arguments: Argument,
) -> Case:
    given = {**({"host": "mx.story.example", "address": "192.0.2.1"} if expected == "fail" else {}), **arguments}
    return Case(rule, expected, MX, why=why, sessions=met, severity=severity, reason=reason, arguments=given or None)


OFFERS = (
    case("SMTP-AUTH-PLAINTEXT", "pass", within("AUTH PLAIN"), "only within TLS"),
    case("SMTP-AUTH-PLAINTEXT", "pass", clear(), "none"),
    case("SMTP-AUTH-PLAINTEXT", "fail", clear("AUTH PLAIN LOGIN"), severity="medium", mechanisms=("PLAIN", "LOGIN")),
    case("SMTP-AUTH-PLAINTEXT", "fail", clear("AUTH=LOGIN"), "old way", severity="medium", mechanisms=("LOGIN",)),
    case("SMTP-AUTH-PLAINTEXT", "fail", clear("AUTH CRAM-MD5"), "hashed", severity="low", mechanisms=("CRAM-MD5",)),
    case("SMTP-AUTH-PLAINTEXT", "fail", clear("auth cram-md5 plain"), "case", severity="medium"),
    case("SMTP-AUTH-PLAINTEXT", "fail", clear("AUTH"), "no mechanism", severity="medium"),
    case("SMTP-AUTH-MX", "fail", within("AUTH PLAIN"), severity="info", mechanisms=("PLAIN",)),
    case("SMTP-AUTH-MX", "fail", clear("AUTH PLAIN"), "in clear", severity="info"),
    case("SMTP-AUTH-MX", "pass", within("SIZE")),
    case("SMTP-AUTH-WEAK", "fail", within("AUTH PLAIN CRAM-MD5 NTLM"), severity="low", mechanisms=("CRAM-MD5", "NTLM")),
    case("SMTP-AUTH-WEAK", "pass", within("AUTH PLAIN SCRAM-SHA-256")),
    case("SMTP-AUTH-WEAK", "not_applicable", within("SIZE")),
    case("SMTP-SIZE", "pass", within("SIZE 52428800")),
    case("SMTP-SIZE", "pass", within("SIZE"), "no fixed limit"),
    case("SMTP-SIZE", "pass", within("SIZE 0"), "zero is no limit"),
    case("SMTP-SIZE", "pass", within("SIZE 10485760"), "just enough"),
    case("SMTP-SIZE", "pass", within("SIZE much"), "no number"),
    case(
        "SMTP-SIZE", "fail", within("SIZE 10485759"), severity="low", size="takes messages of 10,485,759 octets at most"
    ),
    case("SMTP-SIZE", "fail", within("8BITMIME"), "absent", severity="info"),
    case("SMTP-ESMTP", "pass", within(*WHOLE)),
    case("SMTP-ESMTP", "fail", within("8bitmime"), severity="info", missing=("PIPELINING", "ENHANCEDSTATUSCODES")),
    case("SMTP-UTF8", "pass", within("SMTPUTF8")),
    case("SMTP-UTF8", "fail", within("SIZE"), severity="info"),
    case("SMTP-REQUIRETLS", "pass", within("SIZE")),
    case("SMTP-REQUIRETLS", "fail", within("REQUIRETLS"), severity="info"),
    case("SMTP-LIMITS", "not_applicable", within("SIZE")),
    case("SMTP-LIMITS", "pass", within("LIMITS MAILMAX=10 RCPTMAX=100")),
    case("SMTP-LIMITS", "pass", within("LIMITS RCPTMAX=many"), "no number"),
    case("SMTP-LIMITS", "fail", within("LIMITS MAILMAX=10 rcptmax=5"), severity="info", limits=("RCPTMAX=5",)),
)
TURNED_AWAY = tuple(
    case(rule, "unknown", {"192.0.2.1": session}, why, reason=reason)
    for rule in RULES
    for why, session, reason in (
        ("deferred", sessions.greeting(421), "smtp.tempfail"),
        ("EHLO refused", sessions.helo_only(), "smtp.client_rejected"),
        ("no connection", sessions.timeout(), "smtp.connect_timeout"),
        ("silence", sessions.silent_after_connect(), "smtp.timeout"),
    )
)
NO_SECOND_LIST = tuple(
    case(rule, "unknown", {"192.0.2.1": session}, why, reason="smtp.no_ehlo_in_tls")
    for rule in RULES[1:]
    for why, session in (("TLS fails", sessions.tls_alert()), ("454", sessions.starttls(454)))
)
APART = (
    case("SMTP-AUTH-PLAINTEXT", "pass", {"192.0.2.1": sessions.tls_alert()}, "TLS fails"),
    case(
        "SMTP-AUTH-PLAINTEXT",
        "unknown",
        {"192.0.2.1": sessions.connect(Outcome.PAUSED)},
        "paused",
        reason="smtp.paused",
    ),
    *(Case(rule, GONE, "story.example. MX 0 .\n", why="null MX") for rule in RULES),
)
CASES = (*OFFERS, *TURNED_AWAY, *NO_SECOND_LIST, *APART)


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.id)
def test_what_is_said_of_a_server(each: Case) -> None:
    check(each)
