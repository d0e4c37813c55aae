"""A dialogue told: which stage decides, why, whose side it is, and what else is worth a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.desk.account import Account, account
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.probe import Reply, TlsShown

P, E = Part, Ending
TLS = TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="x25519", chain=())
GOOD = tuple(Step(part=p, ending=E.OK) for p in (P.CONNECT, P.BANNER, P.EHLO, P.STARTTLS, P.TLS, P.CERTIFICATE))
INSIDE = (*GOOD, Step(part=P.EHLO_TLS, ending=E.OK))
QUIT = Step(part=P.QUIT, ending=E.OK)


def reply(code: int, *lines: str) -> Reply:
    return Reply(code=code, lines=lines or ("",), flaws=())


def said(part: Part, code: int, text: str = "", *, detail: str | None = None) -> Step:
    ending = {2: E.OK, 4: E.DEFERRED, 5: E.REJECTED}[code // 100]
    return Step(part=part, ending=ending, said=f"{part.upper()} x", reply=reply(code, text), detail=detail)


def told(*steps: Step, host: str = "smtp.good.test", port: int = 587, **more: Any) -> Account:
    dialogue = Dialogue(host=host, address="192.0.2.25", port=port, implicit_tls=False, steps=steps)
    return account(replace(dialogue, **more))


@pytest.mark.parametrize(
    ("steps", "stage", "cause"),
    [
        ((Step(part=P.RESOLVE, ending=E.NO_NAME),), P.RESOLVE, "There is no host smtp.good.test"),
        ((Step(part=P.CONNECT, ending=E.REFUSED),), P.CONNECT, "Nobody listens on port 587"),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.TIMEOUT, elapsed_ms=60_000)),
            P.BANNER,
            "silence for 60 seconds",
        ),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.TIMEOUT, detail="220-wait")),
            P.BANNER,
            "(a tarpit): it began with “220-wait”.",
        ),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.TOO_LONG, detail="220-wait", elapsed_ms=13_000)),
            P.BANNER,
            "it went on for 13 seconds (a tarpit, or no mail server)",
        ),
        ((GOOD[0], Step(part=P.BANNER, ending=E.CLOSED)), P.BANNER, "closed the connection without a word"),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.CLOSED, detail="220 xx")),
            P.BANNER,
            "closed the connection before its reply was whole: “220 xx”",
        ),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.TIMEOUT, problems=("tls",))),
            P.BANNER,
            "The port begins with TLS",
        ),
        (
            (GOOD[0], Step(part=P.BANNER, ending=E.NOT_SMTP, detail="\\x15\\x03\\x01\\x00\\x02\\x02F")),
            P.BANNER,
            "what came is a TLS record",
        ),
        ((GOOD[0], Step(part=P.BANNER, ending=E.NOT_SMTP, detail="* OK IMAP4")), P.BANNER, "An IMAP server"),
        ((GOOD[0], Step(part=P.BANNER, ending=E.NOT_SMTP, detail="+OK ready")), P.BANNER, "A POP3 server"),
        ((GOOD[0], Step(part=P.BANNER, ending=E.NOT_SMTP, detail="<html>")), P.BANNER, "A web server"),
        ((GOOD[0], Step(part=P.BANNER, ending=E.NOT_SMTP, detail="{host} {x")), P.BANNER, "it began with “{host} {x”"),
        (
            (*GOOD[:4], Step(part=P.TLS, ending=E.NOT_TLS, detail="220 mx ESMTP\\x0d\\x0a")),
            P.TLS,
            "the server speaks something else: “220 mx ESMTP”",
        ),
        (
            (*GOOD[:4], Step(part=P.TLS, ending=E.TIMEOUT, detail="after 0 octets", elapsed_ms=1000)),
            P.TLS,
            "within 1 second: silence after 0 octets.",
        ),
        ((*GOOD[:3], said(P.STARTTLS, 454, "4.7.0 no")), P.STARTTLS, "cannot do it: “4.7.0 no”"),
        ((*GOOD[:3], Step(part=P.STARTTLS, ending=E.NOT_OFFERED), QUIT), P.STARTTLS, "offers no TLS"),
        (
            (
                *GOOD[:5],
                Step(part=P.CERTIFICATE, ending=E.UNTRUSTED, problems=("expired@0 2026-11-19",)),
                INSIDE[-1],
                Step(part=P.AUTH, ending=E.WITHHELD, detail="the certificate does not prove who the server is"),
            ),
            P.CERTIFICATE,
            "The certificate expired on 2026-11-19.",
        ),
        (
            (*GOOD[:5], Step(part=P.CERTIFICATE, ending=E.UNTRUSTED, problems=("pathlen@1 x",))),
            P.CERTIFICATE,
            "The certificate does not prove who the server is.",
        ),
        ((*INSIDE, said(P.AUTH, 535, "5.7.8 no")), P.AUTH, "Name or password is wrong."),
        (
            (*INSIDE, Step(part=P.MAIL, ending=E.TIMEOUT, said="MAIL FROM:<a@b>", elapsed_ms=30_000)),
            P.MAIL,
            "The server does not answer MAIL: silence for 30 seconds.",
        ),
        ((*INSIDE, Step(part=P.RCPT, ending=E.CLOSED)), P.RCPT, "closed the connection without a word"),
        ((*INSIDE, said(P.RCPT, 550, "5.1.1 User unknown")), P.RCPT, ""),
    ],
)
def test_the_stage_that_decides(steps: tuple[Step, ...], stage: Part, cause: str) -> None:
    found = told(*steps)
    assert (found.good, found.stage) == (False, stage)
    assert cause in found.cause
    assert found.advice
    assert found.side not in {"none", "unknown"}


@pytest.mark.parametrize(
    ("steps", "stage", "cause"),
    [
        ((GOOD[0], GOOD[1], QUIT), P.BANNER, "The server answers."),
        ((*INSIDE, QUIT), P.EHLO_TLS, "TLS holds (TLSv1.3, TLS_AES_256_GCM_SHA384)"),
        ((*INSIDE, said(P.VRFY, 502)), P.VRFY, "TLS holds"),
        (
            (GOOD[0], GOOD[1], said(P.EHLO, 502), Step(part=P.HELO, ending=E.OK)),
            P.HELO,
            "The server answers.",
        ),
        ((*INSIDE, said(P.RCPT, 550), said(P.RCPT, 250), said(P.RSET, 250)), P.RSET, "TLS holds"),
        ((*INSIDE, Step(part=P.QUIT, ending=E.CLOSED)), P.EHLO_TLS, "TLS holds"),
    ],
)
def test_what_works(steps: tuple[Step, ...], stage: Part, cause: str) -> None:
    found = told(*steps, tls=TLS if len(steps) > 5 else None)
    assert (found.good, found.stage, found.side, found.advice) == (True, stage, "none", ())
    assert cause in found.cause


@pytest.mark.parametrize(
    ("ending", "detail", "cause", "advice"),
    [
        (E.NOT_TLS, "220 mx ESMTP\\x0d\\x0a", "the server greeted with “220 mx ESMTP”", "Use STARTTLS: `--starttls`"),
        (E.NOT_TLS, "HTTP/1.1 400", "A web server answers", "Check host and port"),
        (E.TIMEOUT, "after 0 octets", "does not answer TLS", "use `--starttls`"),
        (E.CLOSED, "after 0 octets", "in the middle of TLS", "use `--starttls`"),
    ],
)
def test_tls_from_the_start_that_does_not_come(ending: Ending, detail: str, cause: str, advice: str) -> None:
    found = told(GOOD[0], Step(part=P.TLS, ending=ending, detail=detail), port=465, implicit_tls=True)
    assert cause in found.cause
    assert advice in found.advice[0]
    after_starttls = told(*GOOD[:4], Step(part=P.TLS, ending=ending, detail=detail))
    assert not any("--starttls" in text for text in after_starttls.advice)


@pytest.mark.parametrize(
    ("mechanism", "side", "advice"), [("PLAIN", "theirs", "relay for those"), (None, "ours", "log in")]
)
def test_who_is_logged_in_is_not_told_to_log_in(mechanism: str | None, side: str, advice: str) -> None:
    found = told(*INSIDE, said(P.RCPT, 554, "5.7.1 <x@y.test>: Relay access denied"), mechanism=mechanism, tls=TLS)
    assert (found.stage, found.side) == (P.RCPT, side)
    assert advice in found.advice[0]


@pytest.mark.parametrize(
    ("offered", "side", "cause"),
    [
        ("PLAIN LOGIN", "ours", "offers PLAIN LOGIN"),
        ("XOAUTH2", "ours", "offers XOAUTH2"),
        (None, "theirs", "no login at all"),
    ],
)
def test_whose_side_a_login_is_that_is_not_offered(offered: str | None, side: str, cause: str) -> None:
    found = told(*INSIDE, Step(part=P.AUTH, ending=E.NOT_OFFERED, detail=offered), tls=TLS)
    assert (found.stage, found.side) == (P.AUTH, side)
    assert cause in found.cause


def test_a_login_and_a_message() -> None:
    found = told(*INSIDE, said(P.AUTH, 235), mechanism="PLAIN", tls=TLS)
    assert found.cause == "The login works (PLAIN)."
    found = told(*INSIDE, said(P.AUTH, 235), said(P.MESSAGE, 250, "queued as 4ABC"), mechanism="PLAIN", tls=TLS)
    assert found.cause == "The server has taken the message: queued as 4ABC"


def test_what_else_is_wrong_with_a_certificate_is_told() -> None:
    problems = ("expired@0 2026-11-19", "name-mismatch@0 mx.other.test", "pathlen@1 x")
    found = told(*GOOD[:5], Step(part=P.CERTIFICATE, ending=E.UNTRUSTED, problems=problems))
    assert found.stages[5].more == ("The certificate is for mx.other.test, not for smtp.good.test.",)


def test_port_25_that_is_silent_is_mostly_our_network() -> None:
    silent = Step(part=P.CONNECT, ending=E.TIMEOUT)
    assert "let nothing out to port 25" in told(silent, port=25).advice[0]
    assert not any("let nothing out" in text for text in told(silent, port=587).advice)


NOTES: list[tuple[dict[str, Any], tuple[Step, ...], str]] = [
    ({"before": ("AUTH PLAIN",), "after": ("AUTH PLAIN",)}, INSIDE, "Before TLS the server already offers a login"),
    ({"before": ("AUTH LOGIN",), "after": ("AUTH PLAIN",)}, INSIDE, "In clear it offers LOGIN to log in, within TLS"),
    ({"before": ("AUTH SCRAM-SHA-1",), "after": ("SIZE 1",)}, INSIDE, "within TLS nothing"),
    ({"injected": "250 x"}, INSIDE, "the STARTTLS injection of 2011"),
    ({}, (GOOD[0], Step(part=P.BANNER, ending=E.OK, elapsed_ms=8000)), "The greeting took 8 seconds"),
    (
        {"after": ("AUTH PLAIN LOGIN GSSAPI",), "mechanism": "PLAIN"},
        (*INSIDE, said(P.AUTH, 535)),
        "The server offers LOGIN as well. That was not tried",
    ),
    (
        {"after": ("AUTH PLAIN XOAUTH2",), "mechanism": "PLAIN"},
        (*INSIDE, said(P.AUTH, 535)),
        "It takes OAuth tokens, too (XOAUTH2): `--token-file FILE`",
    ),
    (
        {"after": ("AUTH PLAIN XOAUTH2 OAUTHBEARER",), "mechanism": "XOAUTH2"},
        (*INSIDE, said(P.AUTH, 535)),
        "The server offers OAUTHBEARER as well.",
    ),
    (
        {},
        (*GOOD[:3], Step(part=P.STARTTLS, ending=E.NOT_OFFERED), Step(part=P.AUTH, ending=E.WITHHELD, detail="why")),
        "The login was not sent: why.",
    ),
]


@pytest.mark.parametrize(("facts", "steps", "note"), NOTES)
def test_what_is_worth_a_word(facts: dict[str, Any], steps: tuple[Step, ...], note: str) -> None:
    assert any(note in text for text in told(*steps, **facts).notes)


def test_nothing_is_said_where_nothing_is_to_be_said() -> None:
    assert told(*INSIDE, before=("SIZE 10",), after=("AUTH PLAIN",)).notes == ()
    assert told(*INSIDE, said(P.AUTH, 235), after=("AUTH PLAIN LOGIN",), mechanism="PLAIN").notes == ()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("smtp.gmail.com", "Google Workspace and Gmail, from 2022-05-30 on:"),
        ("smtp.office365.com", "Microsoft 365"),
        ("SMTP.GMAIL.COM.", "app password"),
        ("smtp.sendgrid.net", "apikey"),
        ("smtp.good.test", ""),
        ("xsmtp.gmail.com", ""),
        ("gmail.com", ""),
    ],
)
def test_a_provider_says_how_to_log_in_today(host: str, words: str) -> None:
    refused = told(*INSIDE, said(P.AUTH, 535, "5.7.8 no"), host=host).advice
    dated = [text for text in refused if "Looked up on" in text]
    assert bool(dated) is bool(words)
    assert not words or any(words in text for text in dated)
    assert not [t for t in told(*INSIDE, said(P.MAIL, 550, "5.7.1 no"), host=host).advice if "Looked up" in t]


@pytest.mark.parametrize("part", [p for p in Part if p is not P.QUIT])
@pytest.mark.parametrize("ending", [e for e in Ending if e is not E.OK])
def test_each_ending_is_told_without_a_gap(part: Part, ending: Ending) -> None:
    code = {E.REJECTED: 550, E.DEFERRED: 450}.get(ending)
    step = Step(part=part, ending=ending, reply=reply(code, "no") if code else None, detail="{detail} {x}")
    found = told(step)
    assert found.good is (part in {P.VRFY, P.EXPN})
    assert "{host}" not in found.cause
    assert not any("{host}" in text or "{port}" in text for text in found.advice)
