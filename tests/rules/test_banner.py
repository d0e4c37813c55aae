"""How mail servers introduce themselves."""

from __future__ import annotations

import pytest

from audit.model.probe import Outcome, SmtpSession
from tests.rules import sessions
from tests.rules.world import GONE, Case, check

HOST = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
HOSTED = "story.example. MX 10 mx1.mail.icloud.com.\nmx1.mail.icloud.com. A 192.0.2.1\n"
MX = "mx.story.example"


def case(
    rule: str,
    expected: str,
    session: SmtpSession | None = None,
    why: str = "",
    zone: str = HOST,
    severity: str | None = None,
    reason: str | None = None,
    **arguments: str,
) -> Case:
    """A case with one mail server, that behaves so."""
    return Case(
        rule,
        expected,
        zone,
        why=why,
        sessions={} if session is None else {"192.0.2.1": session},
        severity=severity,
        reason=reason,
        arguments=arguments or None,
    )


def unknown_to_all(rule: str) -> tuple[Case, ...]:
    """What a server that says nothing to us leaves open (T12)."""
    return (
        case(rule, "unknown", sessions.greeting(450), "defers", reason="smtp.tempfail"),
        case(rule, "unknown", sessions.greeting(554), "turns us away", reason="smtp.client_rejected"),
        case(rule, "unknown", sessions.refused(), "unreachable", reason="smtp.connect_refused"),
        case(rule, "unknown", sessions.silent_after_connect(Outcome.CLOSED), "hangs up", reason="smtp.closed"),
        case(rule, "unknown", sessions.not_gathered(), "nobody asked", reason="not_gathered"),
        Case(rule, GONE, "story.example. MX 0 .", why="null MX"),
    )


FORMAT = (
    case("BANNER-FORMAT", "pass"),
    case("BANNER-FORMAT", "pass", sessions.greets("mx", "mx"), "one word"),
    case(
        "BANNER-FORMAT",
        "fail",
        sessions.greets_with(220, ""),
        "no name",
        severity="low",
        greeting="220",
        host=MX,
        address="192.0.2.1",
    ),
    case("BANNER-FORMAT", "fail", sessions.greets_with(220, "", "no_text"), "the code alone"),
    case(
        "BANNER-FORMAT", "fail", sessions.greets_with(250, "mx.story.example"), "250", greeting="250 mx.story.example"
    ),
    case("BANNER-FORMAT", "fail", sessions.greets_with(354, "go", outcome=Outcome.NOT_SMTP), "354"),
    case(
        "BANNER-FORMAT",
        "unknown",
        sessions.silent_after_connect(Outcome.NOT_SMTP),
        "something else",
        reason="smtp.not_smtp",
    ),
    *unknown_to_all("BANNER-FORMAT"),
)
NAME = (
    case("BANNER-NAME", "pass"),
    case("BANNER-NAME", "pass", sessions.greets("[192.0.2.1] ready", "[IPv6:2001:db8::1]"), "address literals"),
    case("BANNER-NAME", "fail", sessions.greets("localhost ESMTP"), "localhost", severity="low"),
    case("BANNER-NAME", "fail", sessions.greets("**********"), "asterisks"),
    case("BANNER-NAME", "fail", sessions.greets("mail.corp.local ESMTP"), "a private top level"),
    case("BANNER-NAME", "fail", sessions.greets("192.0.2.1 ESMTP"), "an address without brackets"),
    case("BANNER-NAME", "fail", sessions.greets("mx_1.story.example"), "an underscore"),
    case("BANNER-NAME", "fail", sessions.greets(introduced="mail"), "only in EHLO"),
    case("BANNER-NAME", "fail", sessions.greets("mail ESMTP", ""), "no name in EHLO"),
    case("BANNER-NAME", "not_applicable", sessions.greets_with(220, ""), "no name at all"),
    case("BANNER-NAME", "not_applicable", sessions.greets_with(250, "localhost"), "superseded by BANNER-FORMAT"),
    case("BANNER-NAME", "unknown", sessions.ehlo(550), "refuses EHLO", reason="smtp.client_rejected"),
    *unknown_to_all("BANNER-NAME"),
)
MISMATCH = (
    case("BANNER-MISMATCH", "pass"),
    case("BANNER-MISMATCH", "pass", sessions.greets("MX.story.example ESMTP"), "another case"),
    case(
        "BANNER-MISMATCH",
        "pass",
        sessions.greets("real.story.example ESMTP"),
        "it leads there",
        HOST + "real.story.example. A 192.0.2.1",
    ),
    case(
        "BANNER-MISMATCH",
        "fail",
        sessions.greets("other.example ESMTP"),
        "it leads elsewhere",
        HOST + "other.example. A 192.0.2.2",
        severity="info",
        name="other.example",
    ),
    case("BANNER-MISMATCH", "fail", sessions.greets("gone.example ESMTP"), "it leads nowhere"),
    case("BANNER-MISMATCH", "not_applicable", sessions.greets("localhost ESMTP"), "no name of a host"),
    case("BANNER-MISMATCH", "not_applicable", sessions.greets("in-7.icloud.com"), "a provider's pool", HOSTED),
    case(
        "BANNER-MISMATCH",
        "unknown",
        sessions.greets("other.example ESMTP"),
        "not found out",
        HOST + "other.example. A servfail",
        reason="dns.servfail",
    ),
    *unknown_to_all("BANNER-MISMATCH"),
)
VERSION = (
    case("BANNER-VERSION", "pass"),
    case("BANNER-VERSION", "pass", sessions.greets("mx.story.example ESMTP Postfix (Debian/GNU)"), "name alone"),
    case(
        "BANNER-VERSION",
        "fail",
        sessions.greets("mx.story.example ESMTP Exim 4.96 Tue, 24 Nov 2026 10:00:00 +0000"),
        "Exim",
        severity="info",
        software="Exim 4.96",
    ),
    *unknown_to_all("BANNER-VERSION"),
)
SLOW = (
    case("BANNER-SLOW", "pass"),
    case("BANNER-SLOW", "fail", sessions.greets_late(), "31 seconds", severity="low", host=MX, address="192.0.2.1"),
    case("BANNER-SLOW", "fail", sessions.greets_late(Outcome.TIMEOUT), "no word in 31 seconds"),
    case("BANNER-SLOW", "fail", sessions.greets_late(Outcome.REJECTED), "turned away after 31 seconds"),
    case("BANNER-SLOW", "pass", sessions.greets_late(elapsed_ms=30_000.0), "exactly 30"),
    case("BANNER-SLOW", "pass", sessions.greeting(450), "turned away at once"),
    case("BANNER-SLOW", "unknown", sessions.greets_late(Outcome.TIMEOUT, 5_000.0), "impatient", reason="smtp.timeout"),
    case("BANNER-SLOW", "unknown", sessions.greets_late(Outcome.CLOSED), "hangs up", reason="smtp.closed"),
    case("BANNER-SLOW", "unknown", sessions.greets_late(elapsed_ms=None), "not measured", reason="not_gathered"),
    case("BANNER-SLOW", "unknown", sessions.refused(), "unreachable", reason="smtp.connect_refused"),
)
EHLO = (
    case("EHLO-REFUSED", "pass"),
    case("EHLO-REFUSED", "pass", sessions.no_starttls(), "without STARTTLS"),
    case("EHLO-REFUSED", "fail", sessions.helo_only(), severity="medium", host=MX, address="192.0.2.1"),
    case("EHLO-REFUSED", "unknown", sessions.ehlo(550), "no HELO either", reason="smtp.client_rejected"),
    case("EHLO-REFUSED", "unknown", sessions.ehlo(450), "later", reason="smtp.tempfail"),
    *unknown_to_all("EHLO-REFUSED"),
)
CASES = (*FORMAT, *NAME, *MISMATCH, *VERSION, *SLOW, *EHLO)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
