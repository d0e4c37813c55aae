"""STARTTLS and TLS of mail servers: only what a server says in a healthy dialogue counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.probe import Outcome, SmtpSession
from audit.model.report import Confidence
from audit.protocol.smtp import Mangled
from tests.rules import pki, sessions
from tests.rules.fetches import ANNOUNCED, URL, got, policy
from tests.rules.world import Case, check

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
HERE = {"host": "mx.story.example", "address": "192.0.2.1"}
NEAR_US = Mangled(frozenset({"story.example", "other.example"}))
CHAIN = pki.good("mx.story.example")


def meeting(session: SmtpSession) -> dict[str, SmtpSession]:
    return {"192.0.2.1": session}


# What a server does that says nothing about its TLS, with the reason (T10, T12).
TURNED_AWAY = {
    "421 at the greeting": (sessions.greeting(421), "smtp.tempfail"),
    "450 at the greeting": (sessions.greeting(450), "smtp.tempfail"),
    "554 at the greeting": (sessions.greeting(554), "smtp.client_rejected"),
    "451 to EHLO": (sessions.ehlo(451), "smtp.tempfail"),
    "550 to EHLO": (sessions.ehlo(550), "smtp.client_rejected"),
    "silence": (sessions.silent_after_connect(), "smtp.timeout"),
    "closed without a word": (sessions.silent_after_connect(Outcome.CLOSED), "smtp.closed"),
    "reset": (sessions.silent_after_connect(Outcome.RESET), "smtp.closed"),
    "something else than SMTP": (sessions.silent_after_connect(Outcome.NOT_SMTP), "smtp.not_smtp"),
    "no end of it": (sessions.silent_after_connect(Outcome.TOO_LONG), "smtp.reply_limit"),
    "refused": (sessions.refused(), "smtp.connect_refused"),
    "timeout": (sessions.timeout(), "smtp.connect_timeout"),
    "paused": (sessions.connect(Outcome.PAUSED), "smtp.paused"),
    "egress blocked": (sessions.connect(Outcome.EGRESS_BLOCKED), "smtp.egress_blocked"),
    "not gathered": (sessions.not_gathered(), "not_gathered"),
    "no stage at all": (SmtpSession(stages=()), "not_gathered"),
    "only a connection": (SmtpSession(stages=sessions.healthy(CHAIN).stages[:1]), "not_gathered"),
    "no answer to EHLO": (SmtpSession(stages=sessions.healthy(CHAIN).stages[:2]), "not_gathered"),
}
# What happens after STARTTLS that may be anybody's doing.
BROKEN_OFF = {
    "454": (sessions.starttls(454), "tls.temp_unavailable"),
    "silence after STARTTLS": (sessions.starttls_ended(Outcome.TIMEOUT), "tls.io"),
    "closed after STARTTLS": (sessions.starttls_ended(Outcome.CLOSED), "tls.io"),
    "silence in the handshake": (sessions.tls_ended(Outcome.TIMEOUT), "tls.io"),
    "reset in the handshake": (sessions.tls_ended(Outcome.RESET), "tls.io"),
    "no end of the handshake": (sessions.tls_ended(Outcome.TOO_LONG), "tls.too_long"),
    "nothing after EHLO": (SmtpSession(stages=sessions.healthy(CHAIN).stages[:3]), "not_gathered"),
    "nothing after 220": (SmtpSession(stages=sessions.healthy(CHAIN).stages[:4]), "not_gathered"),
    "time was over": (sessions.starttls_ended(Outcome.BUDGET), "budget"),
    "handshake not gathered": (sessions.tls_ended(Outcome.NOT_GATHERED), "not_gathered"),
    "a handshake that shows nothing": (sessions.tls_ended(Outcome.OK), "tls.ok"),
}
OFFERED = (
    Case("TLS-STARTTLS-MISSING", "pass", MX),
    Case(
        "TLS-STARTTLS-MISSING", "pass", MX, why="AUTH only after TLS", sessions=meeting(sessions.healthy(CHAIN))
    ),  # T18
    Case("TLS-STARTTLS-MISSING", "pass", MX, why="handshake fails", sessions=meeting(sessions.tls_alert())),
    Case(
        "TLS-STARTTLS-MISSING",
        "pass",
        MX,
        why="certificate expired",
        sessions=meeting(sessions.healthy(pki.expired("mx.story.example"))),
    ),  # T11
    Case(
        "TLS-STARTTLS-MISSING",
        "fail",
        MX,
        sessions=meeting(sessions.no_starttls()),
        severity="high",
        arguments=HERE,
    ),
    Case(
        "TLS-STARTTLS-MISSING",
        "unknown",
        MX,
        why="EHLO refused",
        sessions=meeting(sessions.helo_only()),
        reason="smtp.client_rejected",
    ),
    Case(
        "TLS-STARTTLS-MISSING",
        "not_applicable",
        MX,
        why="overwritten, which another rule says better",
        sessions=meeting(sessions.no_starttls("XXXXXXXA")),
    ),
    Case(
        "TLS-STARTTLS-MISSING",
        "unknown",
        MX,
        why="overwritten near us",
        sessions=meeting(sessions.no_starttls("XXXXXXXA")),
        mangled=NEAR_US,
        reason="vantage.starttls_overwritten",
    ),
    Case(
        "TLS-STARTTLS-MISSING",
        "fail",
        MX,
        why="missing, and near us others are overwritten",
        mangled=NEAR_US,
        sessions=meeting(sessions.no_starttls()),
    ),
    Case("TLS-STARTTLS-MISSING", "unknown", "story.example. MX timeout", why="no host known", reason="dns.timeout"),
    Case(
        "TLS-STARTTLS-MISSING",
        "unknown",
        MX + "mx.story.example. A servfail",
        why="no address known",
        reason="dns.servfail",
    ),
)
WORKS = (
    Case("TLS-STARTTLS-FAIL", "pass", MX),
    Case(
        "TLS-STARTTLS-FAIL",
        "fail",
        MX,
        why="text slipped in before TLS",
        sessions=meeting(replace(sessions.healthy(CHAIN), injected="250 evil")),
        arguments={**HERE, "failure": "plain text came after the reply to STARTTLS, before TLS began"},
    ),
    Case(
        "TLS-STARTTLS-FAIL",
        "pass",
        MX,
        why="certificate unknown",
        sessions=meeting(sessions.healthy(pki.unknown_root("mx.story.example"))),
    ),  # T11
    Case(
        "TLS-STARTTLS-FAIL",
        "fail",
        MX,
        sessions=meeting(sessions.tls_alert()),
        severity="high",
        arguments={**HERE, "failure": "alert handshake failure"},
    ),
    Case(
        "TLS-STARTTLS-FAIL",
        "fail",
        MX,
        why="plain text",
        sessions=meeting(sessions.tls_ended(Outcome.NOT_TLS, "220 hello")),
    ),
    Case(
        "TLS-STARTTLS-FAIL",
        "fail",
        MX,
        why="a refusal",
        sessions=meeting(sessions.starttls(554, "no TLS today")),
        arguments={**HERE, "failure": "554 no TLS today"},
    ),
    Case("TLS-STARTTLS-FAIL", "not_applicable", MX, sessions=meeting(sessions.no_starttls())),
)
VERSION = (
    Case("TLS-VER-NO12", "pass", MX),
    Case("TLS-VER-NO12", "pass", MX, why="TLS 1.2", sessions=meeting(sessions.healthy(CHAIN, version="TLSv1.2"))),
    Case(
        "TLS-VER-NO12",
        "fail",
        MX,
        sessions=meeting(sessions.healthy(CHAIN, version="TLSv1.1")),
        severity="high",
        arguments={**HERE, "version": "TLSv1.1"},
    ),
    Case("TLS-VER-NO12", "not_applicable", MX, why="no TLS", sessions=meeting(sessions.tls_alert())),
    Case("TLS-VER-NO12", "not_applicable", MX, sessions=meeting(sessions.no_starttls())),
)
STRIPPED = (
    Case("TLS-STARTTLS-STRIPPED", "pass", MX),
    Case("TLS-STARTTLS-STRIPPED", "pass", MX, why="another keyword", mangled=Mangled(frozenset({"story.example"}))),
    Case("TLS-STARTTLS-STRIPPED", "not_applicable", MX, sessions=meeting(sessions.no_starttls())),
    *(
        Case(
            "TLS-STARTTLS-STRIPPED",
            "fail",
            MX,
            why=keyword,
            sessions=meeting(sessions.no_starttls(keyword)),
            mangled=Mangled(frozenset({"story.example"})),
            severity="high",
            arguments=HERE,
        )
        for keyword in ("XXXXXXXA", "XXXX", "********")
    ),
    Case(
        "TLS-STARTTLS-STRIPPED",
        "fail",
        MX + ANNOUNCED,
        why="senders insist",
        sessions=meeting(sessions.no_starttls("XXXXXXXA")),
        fetches={URL: got(policy("enforce"))},
        severity="critical",
    ),
    Case(
        "TLS-STARTTLS-STRIPPED",
        "unknown",
        MX,
        why="at several operators",
        sessions=meeting(sessions.no_starttls("XXXXXXXA")),
        mangled=NEAR_US,
        reason="vantage.starttls_overwritten",
    ),
)
NEWEST = (
    Case("TLS-VER-NO13", "pass", MX),
    Case(
        "TLS-VER-NO13",
        "fail",
        MX,
        sessions=meeting(sessions.healthy(CHAIN, version="TLSv1.2")),
        severity="info",
        arguments={**HERE, "version": "TLSv1.2"},
    ),
    Case(
        "TLS-VER-NO13",
        "not_applicable",
        MX,
        why="said better",
        sessions=meeting(sessions.healthy(CHAIN, version="TLSv1.1")),
    ),
    Case("TLS-VER-NO13", "not_applicable", MX, sessions=meeting(sessions.no_starttls())),
)
UNKNOWN = tuple(
    Case(rule, "unknown", MX, why=why, sessions=meeting(session), reason=reason)
    for rule in ("TLS-STARTTLS-MISSING", "TLS-STARTTLS-STRIPPED", "TLS-STARTTLS-FAIL", "TLS-VER-NO12", "CERT-EXPIRED")
    for why, (session, reason) in TURNED_AWAY.items()
) + tuple(
    Case(rule, "unknown", MX, why=why, sessions=meeting(session), reason=reason)
    for rule in ("TLS-STARTTLS-FAIL", "TLS-VER-NO12", "TLS-VER-NO13", "CERT-NAME")
    for why, (session, reason) in BROKEN_OFF.items()
)
BOUND = tuple(
    Case(
        "TLS-STARTTLS-MISSING",
        "fail",
        MX + ANNOUNCED,
        why=mode,
        severity=severity,
        sessions={"192.0.2.1": sessions.no_starttls()},
        fetches={URL: got(policy(mode))},
    )
    for mode, severity in {"enforce": "critical", "testing": "high"}.items()
)
CASES = (*OFFERED, *STRIPPED, *WORKS, *VERSION, *NEWEST, *UNKNOWN, *BOUND)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


BOTH = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\nmx.story.example. A 192.0.2.2\n"


@pytest.mark.parametrize(
    ("zone", "elsewhere", "confidence"),
    [
        (MX, None, Confidence.SINGLE),  # nowhere else to look
        (BOTH, sessions.no_starttls(), None),
        (BOTH, sessions.healthy(CHAIN), Confidence.SINGLE),
        (BOTH, sessions.timeout(), Confidence.SINGLE),
        (BOTH, sessions.greeting(421), Confidence.SINGLE),
    ],
    ids=["one-address", "both-lack-it", "other-offers-it", "other-is-silent", "other-defers"],
)
def test_a_missing_starttls_is_sure_once_a_second_address_lacks_it(
    zone: str, elsewhere: SmtpSession | None, confidence: Confidence | None
) -> None:
    held = {"192.0.2.1": sessions.no_starttls(), **({"192.0.2.2": elsewhere} if elsewhere else {})}
    case = Case("TLS-STARTTLS-MISSING", "fail", zone, subject="mx.story.example 192.0.2.1", sessions=held)
    found = check(case)
    assert found is not None
    assert found.confidence is confidence
