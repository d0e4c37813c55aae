"""Certificates of mail servers, by what was sent and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from audit.catalog.profiles import Thresholds
from audit.model.probe import FetchOutcome, SmtpSession
from tests.rules import pki, sessions
from tests.rules.fetches import ANNOUNCED, URL, ended, got, policy
from tests.rules.world import Case, check, replayed

HOST = "mx.story.example"
MX = f"story.example. MX 10 {HOST}.\n{HOST}. A 192.0.2.1\n"
HERE = {"host": HOST, "address": "192.0.2.1"}
CLOCK_IS_WRONG = "SOA 8 0 86400 20200101050000 20191222040000 12345 . c2lnbmF0dXJl"


def showing(chain: pki.Chain) -> dict[str, SmtpSession]:
    return {"192.0.2.1": sessions.healthy(chain)}


PLAIN = {"192.0.2.1": sessions.no_starttls()}
GREETED_AWAY = {"192.0.2.1": sessions.greeting(450)}
NOTHING_SHOWN = showing(())
GARBAGE = showing(pki.garbage(HOST))
EXPIRED, FUTURE = showing(pki.expired(HOST)), showing(pki.not_yet_valid(HOST))
OTHER_NAME, NO_NAME = showing(pki.for_another_name(HOST)), showing(pki.common_name_only(HOST))
SELF_SIGNED, STRANGER = showing(pki.self_signed(HOST)), showing(pki.unknown_root(HOST))
INCOMPLETE = showing(pki.incomplete(HOST))
RSA_1024, RSA_2048 = showing(pki.of_rsa(HOST, 1024)), showing(pki.of_rsa(HOST, 2048))


def ending(days: float, lifetime: float = 90) -> dict[str, SmtpSession]:
    return showing(pki.ending_in(HOST, days, lifetime))


RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
    "CERT-LIFETIME",
    "CERT-SIG",
    "CERT-EKU",
)
EVERYWHERE = tuple(
    case
    for rule in RULES
    for case in (
        Case(rule, "pass", MX),
        Case(rule, "not_applicable", MX, why="no TLS", sessions=PLAIN),
        Case(rule, "unknown", MX, why="turned away", sessions=GREETED_AWAY, reason="smtp.tempfail"),
        Case(rule, "unknown", MX, why="nothing shown", sessions=NOTHING_SHOWN, reason="cert.none_shown"),
        Case(rule, "unknown", MX + f"{HOST}. ANY bogus", why="no address known", reason="dns.bogus"),
    )
)
TIME = (
    Case(
        "CERT-EXPIRED",
        "fail",
        MX,
        sessions=EXPIRED,
        severity="medium",
        arguments={**HERE, "day": "2026-11-24", "dates": ("expired 2026-11-14",)},
    ),
    Case(
        "CERT-EXPIRED",
        "fail",
        MX,
        why="not yet valid",
        sessions=FUTURE,
        arguments={"dates": ("not-yet-valid 2026-11-26",)},
    ),
    Case("CERT-EXPIRED", "pass", MX, why="self-signed", sessions=SELF_SIGNED),
    Case(
        "CERT-EXPIRED",
        "unknown",
        MX,
        why="our clock is wrong",
        root_signature=CLOCK_IS_WRONG,
        sessions=EXPIRED,
        reason="vantage.clock",
    ),
    Case("CERT-EXPIRED", "fail", MX, why="our clock untested", root_signature=None, sessions=EXPIRED),
    Case("CERT-EXPIRED", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
    Case("CERT-EXPIRING", "pass", MX, why="19 of 90 days", sessions=ending(19)),
    Case(
        "CERT-EXPIRING",
        "fail",
        MX,
        why="17 of 90 days",
        sessions=ending(17),
        severity="low",
        arguments={**HERE, "left": "17 days"},
    ),
    Case(
        "CERT-EXPIRING",
        "fail",
        MX,
        why="6 days",
        sessions=ending(6),
        severity="low",
        arguments={**HERE, "left": "6 days"},
    ),
    Case(
        "CERT-EXPIRING",
        "fail",
        MX,
        why="2 days",
        sessions=ending(2),
        severity="medium",
        arguments={**HERE, "left": "2 days"},
    ),
    Case(
        "CERT-EXPIRING",
        "fail",
        MX,
        why="half a day",
        sessions=ending(0.5),
        severity="medium",
        arguments={**HERE, "left": "less than a day"},
    ),
    Case("CERT-EXPIRING", "pass", MX, why="31 of 390 days", sessions=ending(31, 390)),
    Case("CERT-EXPIRING", "fail", MX, why="29 of 390 days", sessions=ending(29, 390), severity="low"),
    Case("CERT-EXPIRING", "fail", MX, why="6 of 20 days", sessions=ending(6, 20), severity="low"),
    Case("CERT-EXPIRING", "pass", MX, why="2 of 6 days", sessions=ending(2, 6)),
    Case("CERT-EXPIRING", "fail", MX, why="half of 6 days", sessions=ending(0.5, 6), severity="medium"),
    Case("CERT-EXPIRING", "not_applicable", MX, why="expired", sessions=EXPIRED),
    Case(
        "CERT-EXPIRING",
        "unknown",
        MX,
        why="our clock is wrong",
        root_signature=CLOCK_IS_WRONG,
        sessions=ending(2),
        reason="vantage.clock",
    ),
    Case("CERT-EXPIRING", "not_applicable", MX, why="no certificate", sessions=GARBAGE),
)
IDENTITY = (
    Case(
        "CERT-NAME",
        "fail",
        MX,
        sessions=OTHER_NAME,
        severity="low",
        arguments={**HERE, "names": ("mail.elsewhere.example",)},
    ),
    Case("CERT-NAME", "fail", MX, why="common name only", sessions=NO_NAME, arguments={"names": ("no name at all",)}),
    Case("CERT-NAME", "pass", MX, why="self-signed", sessions=SELF_SIGNED),
    Case("CERT-NAME", "pass", MX, why="our clock is wrong", root_signature=CLOCK_IS_WRONG),
    Case("CERT-NAME", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
    Case("CERT-UNTRUSTED", "fail", MX, sessions=STRANGER, severity="low", arguments=HERE),
    Case("CERT-UNTRUSTED", "pass", MX, why="expired", sessions=EXPIRED),
    Case("CERT-UNTRUSTED", "pass", MX, why="another name", sessions=OTHER_NAME),
    Case("CERT-UNTRUSTED", "fail", MX, why="no certificate", sessions=GARBAGE),
    Case("CERT-SELFSIGNED", "fail", MX, sessions=SELF_SIGNED, severity="low", arguments=HERE),
    Case("CERT-SELFSIGNED", "pass", MX, why="an unknown root", sessions=STRANGER),
    Case("CERT-SELFSIGNED", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
    Case("CERT-CHAIN-INCOMPLETE", "fail", MX, sessions=INCOMPLETE, severity="low", arguments=HERE),
    Case("CERT-CHAIN-INCOMPLETE", "pass", MX, why="an unknown root", sessions=STRANGER),
    Case("CERT-CHAIN-INCOMPLETE", "pass", MX, why="self-signed", sessions=SELF_SIGNED),
    Case("CERT-CHAIN-INCOMPLETE", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
)
KEYS = (
    Case("CERT-KEY", "pass", MX, why="RSA 2048", sessions=RSA_2048),
    Case(
        "CERT-KEY",
        "fail",
        MX,
        why="RSA 1024",
        sessions=RSA_1024,
        severity="medium",
        arguments={**HERE, "key": "RSA 1024 bits"},
    ),
    Case(
        "CERT-KEY",
        "fail",
        MX,
        why="broken",
        sessions=RSA_1024,
        thresholds=Thresholds(rsa_key_min=1025),
        severity="high",
    ),
    Case("CERT-KEY", "not_applicable", MX, why="no certificate", sessions=GARBAGE),
)
SHA1, FOR_CLIENTS = showing(pki.of_sha1(HOST)), showing(pki.for_clients(HOST))
FORM = (
    Case(
        "CERT-LIFETIME",
        "fail",
        MX,
        sessions=showing(pki.living(HOST, 201, since=-1)),
        severity="info",
        arguments={**HERE, "days": 201, "allowed": 200},
    ),
    Case("CERT-LIFETIME", "pass", MX, why="the most", sessions=showing(pki.living(HOST, 200, since=-1))),
    Case("CERT-LIFETIME", "pass", MX, why="issued before", sessions=showing(pki.living(HOST, 390, since=-300))),
    Case(
        "CERT-LIFETIME",
        "fail",
        MX,
        why="too long even then",
        sessions=showing(pki.living(HOST, 400, since=-300)),
        arguments={"days": 400, "allowed": 398},
    ),
    Case("CERT-LIFETIME", "not_applicable", MX, why="of nobody's authority", sessions=SELF_SIGNED),
    Case("CERT-LIFETIME", "not_applicable", MX, why="no certificate", sessions=GARBAGE),
    Case(
        "CERT-SIG",
        "fail",
        MX,
        sessions=SHA1,
        severity="medium",
        arguments={**HERE, "hashes": ("sha1 (its own)",)},
    ),
    Case("CERT-SIG", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
    Case("CERT-UNTRUSTED", "pass", MX, why="SHA-1, which is said elsewhere", sessions=SHA1),
    Case(
        "CERT-EKU",
        "fail",
        MX,
        sessions=FOR_CLIENTS,
        severity="low",
        arguments={**HERE, "usages": ("1.3.6.1.5.5.7.3.2 (its own)",)},
    ),
    Case(
        "CERT-EKU",
        "fail",
        MX + ANNOUNCED,
        why="enforce",
        severity="medium",
        sessions=FOR_CLIENTS,
        fetches={URL: got(policy("enforce"))},
    ),
    Case("CERT-EKU", "unknown", MX, why="no certificate", sessions=GARBAGE, reason="cert.unreadable"),
)
TWO = MX + f"{HOST}. A 192.0.2.2\n"
OTHER_KEY = sessions.healthy(pki.of_key(HOST, "another"))
SAME = (
    Case("CERT-INCONSISTENT", "pass", TWO),
    Case("CERT-INCONSISTENT", "not_applicable", MX, why="one address"),
    Case("CERT-INCONSISTENT", "not_applicable", TWO, why="no TLS at one", sessions=PLAIN),
    Case(
        "CERT-INCONSISTENT",
        "fail",
        TWO,
        sessions={"192.0.2.2": OTHER_KEY},
        severity="info",
        arguments={"host": HOST, "keys": 2},
    ),
    Case(
        "CERT-INCONSISTENT",
        "fail",
        TWO + f"{HOST}. A 192.0.2.3",
        why="whatever a third says",
        sessions={"192.0.2.2": OTHER_KEY, "192.0.2.3": sessions.timeout()},
    ),
    Case("CERT-INCONSISTENT", "unknown", TWO, why="turned away", sessions=GREETED_AWAY, reason="smtp.tempfail"),
    Case(
        "CERT-INCONSISTENT",
        "unknown",
        TWO + f"{HOST}. AAAA servfail",
        why="an address is not known",
        reason="dns.servfail",
    ),
)
BOUND = tuple(
    Case(rule, "fail", MX + ANNOUNCED, why=mode, severity=severity, sessions=shown, fetches={URL: got(policy(mode))})
    for rule, shown in {
        "CERT-EXPIRED": EXPIRED,
        "CERT-NAME": OTHER_NAME,
        "CERT-UNTRUSTED": STRANGER,
        "CERT-SELFSIGNED": SELF_SIGNED,
    }.items()
    for mode, severity in {"enforce": "critical", "testing": "high"}.items()
)
INCOMPLETE_BOUND = tuple(
    Case(
        "CERT-CHAIN-INCOMPLETE",
        "fail",
        MX + ANNOUNCED,
        why=mode,
        severity=severity,
        sessions=INCOMPLETE,
        fetches={URL: got(policy(mode))},
    )
    for mode, severity in {"enforce": "high", "testing": "medium"}.items()
)
HALF_KNOWN = (
    Case(
        "CERT-NAME",
        "fail",
        MX + ANNOUNCED,
        why="whether a policy binds is unknown",
        severity="low",
        reason="https.timeout",
        sessions=OTHER_NAME,
        fetches={URL: ended(FetchOutcome.TIMEOUT)},
    ),
)
CASES = (*EVERYWHERE, *TIME, *IDENTITY, *KEYS, *FORM, *SAME, *BOUND, *INCOMPLETE_BOUND, *HALF_KNOWN)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("chain", "fails"),
    [
        (pki.good, set()),
        (pki.expired, {"CERT-EXPIRED"}),
        (pki.for_another_name, {"CERT-NAME"}),
        (pki.self_signed, {"CERT-SELFSIGNED"}),
        (pki.incomplete, {"CERT-CHAIN-INCOMPLETE"}),
        (pki.unknown_root, {"CERT-UNTRUSTED"}),
        (pki.expired_intermediate, {"CERT-EXPIRED"}),
        (pki.not_yet_valid, {"CERT-EXPIRED"}),
        (pki.wildcard, set()),
        (partial(pki.wildcard, labels=2), {"CERT-NAME"}),
        (pki.misordered, set()),
        (pki.for_clients, {"CERT-EKU"}),
        (pki.of_sha1, {"CERT-SIG"}),
        (partial(pki.of_rsa, bits=1024), {"CERT-KEY"}),
        (pki.no_authority, {"CERT-UNTRUSTED"}),
    ],
)
def test_one_fault_is_said_once(chain: Callable[[str], pki.Chain], fails: set[str]) -> None:
    case = Case("CERT-KEY", "pass", MX, sessions=showing(chain(HOST)))
    assert {f.rule for f in replayed(case).findings if f.result == "fail" and f.rule.startswith("CERT")} == fails
