"""The key in a DKIM record: its strength, and how long it has been seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.model.evidence import Sighting
from audit.syntax.dkim import parse
from tests.rules.dkim_zone import AT_GOOGLE, AT_OWN, GOOD, MAIL, NAMED, key, silent
from tests.rules.keys import (
    bare_rsa_text,
    ed25519_info_text,
    ed25519_text,
    long_rsa_text,
    odd_rsa_text,
    rsa_text,
    short_rsa_text,
)
from tests.rules.pki import NOW
from tests.rules.world import Case, check

LENGTH = (
    Case("DKIM-RSA-BITS", "pass", key("google", GOOD)),
    Case("DKIM-RSA-BITS", "pass", key("google", f"p={bare_rsa_text(1024)}"), why="a bare RSAPublicKey"),
    Case(
        "DKIM-RSA-BITS",
        "fail",
        key("google", f"p={short_rsa_text()}"),
        severity="high",
        arguments={"bits": 512, "least": 1024},
    ),
    Case("DKIM-RSA-BITS", "not_applicable", key("google", f"v=DKIM1; k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    Case("DKIM-RSA-BITS", "not_applicable", key("google", "v=DKIM1; p="), why="revoked"),
    Case(
        "DKIM-RSA-BITS",
        "not_applicable",
        key("google", f"v=DKIM2; p={short_rsa_text()}"),
        why="cannot be read",
    ),
    Case(
        "DKIM-RSA-BITS",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT refused",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.refused",
    ),
    Case("DKIM-RSA-1024", "pass", key("google", GOOD)),
    Case(
        "DKIM-RSA-1024",
        "fail",
        key("google", f"p={rsa_text(1024)}"),
        severity="medium",
        arguments={"bits": 1024, "good": 2048},
    ),
    Case("DKIM-RSA-1024", "not_applicable", key("google", f"p={short_rsa_text()}"), why="shorter still"),
    Case(
        "DKIM-RSA-1024",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT timeout",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.timeout",
    ),
    Case(
        "DKIM-RSA-1024",
        "unknown",
        MAIL + "google._domainkey.story.example. TXT timeout",
        why="keys may be hidden",
        subject="story.example",
        reason="dns.timeout",
    ),
)
LARGE = (
    Case("DKIM-RSA-LARGE", "pass", key("google", GOOD)),
    Case(
        "DKIM-RSA-LARGE",
        "fail",
        key("google", f"p={long_rsa_text(8192)}"),
        severity="low",
        arguments={"bits": 8192, "trouble": "verifiers need not handle more than 4096"},
    ),
    Case("DKIM-RSA-LARGE", "fail", key("google", f"p={long_rsa_text(4096)}"), why="a long reply", severity="info"),
    Case("DKIM-RSA-LARGE", "pass", key("google", f"p={long_rsa_text(2304)}"), why="a reply that fits"),
    Case("DKIM-RSA-LARGE", "not_applicable", key("google", f"k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    silent("DKIM-RSA-LARGE"),
)
WEAK = (
    Case("DKIM-RSA-WEAK", "pass", key("google", GOOD)),
    Case(
        "DKIM-RSA-WEAK",
        "fail",
        key("google", f"p={odd_rsa_text(exponent=1)}"),
        severity="high",
        arguments={"name": AT_GOOGLE, "weaknesses": ("its exponent is 1",)},
    ),
    Case("DKIM-RSA-WEAK", "fail", key("google", f"p={odd_rsa_text(factor=2)}"), why="an even modulus"),
    Case("DKIM-RSA-WEAK", "fail", key("google", f"p={odd_rsa_text(factor=17)}"), why="a small factor"),
    Case("DKIM-RSA-WEAK", "not_applicable", key("google", f"k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    silent("DKIM-RSA-WEAK"),
)
ED25519 = (
    Case("DKIM-ED25519-LEN", "pass", key("google", f"k=ed25519; p={ed25519_text()}")),
    Case(
        "DKIM-ED25519-LEN",
        "fail",
        key("google", f"k=ed25519; p={ed25519_info_text()}"),
        severity="high",
        arguments={"octets": 44, "right": 32},
    ),
    Case("DKIM-ED25519-LEN", "fail", key("google", f"k=ed25519; p={rsa_text(1024)}"), why="an RSA key"),
    Case("DKIM-ED25519-LEN", "not_applicable", key("google", GOOD), why="RSA"),
    silent("DKIM-ED25519-LEN"),
)


def seen(text: str, days: int, name: str = AT_GOOGLE) -> tuple[Sighting, ...]:
    digest = parse(text).digest
    assert digest
    return (Sighting(name=name, digest=digest, first_seen=NOW - timedelta(days=days)),)


SHORT = f"p={rsa_text(1024)}"
AGE = (
    Case("DKIM-AGE", "pass", key("google", GOOD), sightings=seen(GOOD, 365)),
    Case(
        "DKIM-AGE",
        "fail",
        key("google", GOOD),
        sightings=seen(GOOD, 366),
        severity="info",
        arguments={"name": AT_GOOGLE, "since": (NOW - timedelta(days=366)).date().isoformat(), "months": 12},
    ),
    Case("DKIM-AGE", "pass", key("google", GOOD), why="another key before", sightings=seen(SHORT, 900)),
    Case("DKIM-AGE", "pass", key("google", SHORT), why="a short key", sightings=seen(SHORT, 183)),
    Case(
        "DKIM-AGE", "fail", key("google", SHORT), why="a short key", sightings=seen(SHORT, 184), arguments={"months": 6}
    ),
    Case("DKIM-AGE", "not_applicable", key("google", "v=DKIM1; p="), why="revoked", sightings=()),
    Case("DKIM-AGE", "unknown", key("google", GOOD), why="no history", reason="history.none"),
    Case(
        "DKIM-AGE",
        "unknown",
        key("google", GOOD),
        why="a history of another selector",
        sightings=seen(GOOD, 900, AT_OWN),
        reason="history.none",
    ),
    silent("DKIM-AGE"),
    Case(
        "DKIM-AGE",
        "unknown",
        key("google", GOOD),
        why="a clock that is wrong",
        sightings=seen(GOOD, 900),
        root_signature="SOA 8 0 86400 20200105050000 20200101040000 12345 . c2lnbmF0dXJl",
        reason="vantage.clock",
    ),
)
CASES = (*LENGTH, *LARGE, *WEAK, *ED25519, *AGE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
