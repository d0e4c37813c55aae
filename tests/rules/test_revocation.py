"""Certificates that their authority has taken back, by what the server staples and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.probe import Outcome
from tests.rules import pki, sessions
from tests.rules.pki import NOW
from tests.rules.test_certificate import CLOCK_IS_WRONG, GREETED_AWAY, HERE, HOST, MX, NOTHING_SHOWN, PLAIN
from tests.rules.world import Case, check, selected
from tests.syntax.stapling import REVOKED, UNSURE, response

ASKED = {"revocation": True}
NO_RESPONSE = "wrong tag; nested asn1 error; tlsv1 bad certificate status response"
ENDED = {"192.0.2.1": sessions.tls_ended(Outcome.TLS_FAILED, NO_RESPONSE)}
SOUND, PROMISING = pki.good(HOST), pki.promising(HOST)


def case(expected: str, why: str, chain: pki.Chain | None = None, stapled: bytes | None = None, **more: Any) -> Case:
    met = {"192.0.2.1": sessions.healthy(chain, stapled=stapled)} if chain else {}
    return Case("CERT-REVOKED", expected, MX, why=why, settings=ASKED, **{"sessions": met, **more})


def said(chain: pki.Chain = SOUND, **more: Any) -> bytes:
    return response(chain[0], pki.intermediate(), pki.key(pki.INTERMEDIATE), NOW, **more)


GOOD, TAKEN_BACK = said(), said(status=REVOKED)
OWED = "promises an OCSP response with it, and none was sent"

CASES = (
    case("pass", "good", SOUND, GOOD),
    case("pass", "as promised", PROMISING, said(PROMISING)),
    case(
        "fail",
        "revoked",
        SOUND,
        TAKEN_BACK,
        severity="high",
        arguments={**HERE, "what": "is revoked since 2026-11-21 (keyCompromise)"},
    ),
    case(
        "fail",
        "for no cause that is told",
        SOUND,
        said(status=REVOKED, cause=None),
        arguments={**HERE, "what": "is revoked since 2026-11-21"},
    ),
    case("fail", "a promise not kept", PROMISING, severity="medium", arguments={**HERE, "what": OWED}),
    case("unknown", "nothing stapled", SOUND, reason="ocsp.none"),
    case("unknown", "no certificate", pki.garbage(HOST), reason="ocsp.none"),
    case("unknown", "no certificate to hold it against", pki.garbage(HOST), GOOD, reason="ocsp.issuer"),
    case("unknown", "no issuer", SOUND[:1], TAKEN_BACK, reason="ocsp.issuer"),
    case(
        "unknown",
        "forged",
        SOUND,
        response(SOUND[0], SOUND[1], pki.key(HOST), NOW, responder=SOUND[0]),
        reason="ocsp.signature",
    ),
    case("unknown", "of another", SOUND, said(pki.for_another_name(HOST)), reason="ocsp.other"),
    case("unknown", "over", SOUND, said(status=REVOKED, days=(-9, -1)), reason="ocsp.stale"),
    case("unknown", "over, as promised", PROMISING, said(PROMISING, days=(-9, -1)), reason="ocsp.stale"),
    case("unknown", "the responder is not sure", SOUND, said(status=UNSURE), reason="ocsp.no_word"),
    case("unknown", "no response", SOUND, b"\x30\x00", reason="ocsp.unreadable"),
    case("unknown", "our clock is wrong", SOUND, GOOD, root_signature=CLOCK_IS_WRONG, reason="vantage.clock"),
    case("unknown", "what is stapled ends the handshake", sessions=ENDED, reason="tls.stapled"),
    Case(
        "TLS-STARTTLS-FAIL",
        "unknown",
        MX,
        why="at what is stapled",
        sessions=ENDED,
        settings=ASKED,
        reason="tls.stapled",
    ),
    case("unknown", "turned away", sessions=GREETED_AWAY, reason="smtp.tempfail"),
    case("unknown", "nothing shown", sessions=NOTHING_SHOWN, reason="cert.none_shown"),
    case("not_applicable", "no TLS", sessions=PLAIN),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("settings", "judged"),
    [
        ({}, False),
        ({"revocation": True}, True),
        ({"revocation": True, "smtp": False}, False),
        ({"revocation": True, "only": "smtp"}, False),
    ],
)
def test_it_is_judged_only_where_it_is_wanted(settings: dict[str, Any], judged: bool) -> None:
    chosen = selected(Case("", "", MX, settings=settings))
    assert any(rule.id == "CERT-REVOKED" for rule in chosen) is judged
