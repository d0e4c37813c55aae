"""DKIM keys: whether any can be found, and what stands at those that were."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.keys import bare_rsa_text, ed25519_text, rsa_text, short_rsa_text
from tests.rules.world import GONE, Case, check

NAMED = DomainOptions(selectors=("own",))
AT_OWN = "own._domainkey.story.example"
MAIL = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
ENFORCED = '_dmarc.story.example. TXT "v=DMARC1; p=reject"\n'
GOOD = f"v=DKIM1; k=rsa; p={rsa_text(2048)}"
EMPTY = "_domainkey.story.example. A nodata\n"


def key(selector: str, *texts: str) -> str:
    return MAIL + "".join(f'{selector}._domainkey.story.example. TXT "{text}"\n' for text in texts)


NONE = (
    Case("DKIM-NONE", "pass", key("google", GOOD)),
    Case("DKIM-NONE", "pass", key("google", f"k=rsa; p={rsa_text(2048)}"), why="without v="),  # T34
    Case("DKIM-NONE", "fail", MAIL, severity="medium", arguments={"domain": "story.example"}),
    Case("DKIM-NONE", "fail", MAIL + ENFORCED, why="DMARC enforced", severity="high"),
    Case(
        "DKIM-NONE",
        "fail",
        MAIL + "_dmarc.story.example. TXT servfail",
        why="policy unknown",
        severity="medium",
        reason="dns.servfail",
    ),
    Case("DKIM-NONE", "pass", MAIL + EMPTY, why="_domainkey exists"),  # T34: never a failure
    Case(
        "DKIM-NONE", "pass", key("default", GOOD) + "_domainkey.story.example. A nxdomain", why="wrongly denied"
    ),  # T34
    Case("DKIM-NONE", "not_applicable", "story.example. MX 0 .", why="null MX"),
    Case("DKIM-NONE", "not_applicable", MAIL + 'story.example. TXT "v=spf1 -all"', why="says that it never sends"),
    Case("DKIM-NONE", "fail", 'story.example. TXT "v=spf1 ip4:192.0.2.9 -all"', why="only sends", severity="medium"),
    Case("DKIM-NONE", "not_applicable", MAIL, why="parked", options=DomainOptions(parked=True)),
    Case("DKIM-NONE", "unknown", MAIL + "_domainkey.story.example. A servfail", reason="dns.servfail"),
    Case(
        "DKIM-NONE",
        "unknown",
        MAIL + "google._domainkey.story.example. TXT timeout\n_domainkey.story.example. A nxdomain",
        why="a try unanswered",
        reason="dns.timeout",
    ),
    Case("DKIM-NONE", "unknown", "story.example. MX timeout", why="who takes mail is unknown", reason="dns.timeout"),
    Case(
        "DKIM-NONE",
        "unknown",
        MAIL + 'story.example. TXT "v=spf1 include:a.example -all"\na.example. TXT timeout',
        why="a provider may be hidden",
        reason="dns.timeout",
    ),
    Case("DKIM-NOTFOUND", "pass", key("selector1", GOOD)),
    Case("DKIM-NOTFOUND", "pass", key("*", GOOD), why="a named key that any name gets", options=NAMED),
    Case(
        "DKIM-NOTFOUND",
        "fail",
        MAIL + EMPTY,
        options=NAMED,
        severity="info",
        arguments={"domain": "story.example"},
    ),
    Case("DKIM-NOTFOUND", "unknown", MAIL + EMPTY, reason="dkim.selectors_unknown"),  # T34: a guess proves nothing
    Case(
        "DKIM-NOTFOUND", "unknown", key("*", "v=spf1 -all"), why="a wildcard is no key", reason="dkim.selectors_unknown"
    ),  # T34
    Case(
        "DKIM-NOTFOUND", "unknown", key("*", GOOD), why="a wildcard key is nobody's", reason="dkim.selectors_unknown"
    ),  # T34
    Case(
        "DKIM-NOTFOUND",
        "unknown",
        key("google", GOOD) + "*._domainkey.story.example. TXT timeout",
        why="a wildcard unknown",
        reason="dns.timeout",
    ),
    Case("DKIM-NOTFOUND", "not_applicable", MAIL, why="_domainkey denied"),
    Case("DKIM-NOTFOUND", "not_applicable", "story.example. MX 0 .", why="null MX"),
    Case(
        "DKIM-NOTFOUND",
        "pass",
        "story.example. MX 1 smtp.google.com.\nsmtp.google.com. A 192.0.2.1\n"
        "google._domainkey.story.example. CNAME k.provider.example.\n"
        f'k.provider.example. TXT "{GOOD}"',
        why="by an alias",
    ),
)
CONFIGURED = (
    Case("DKIM-CONFIGURED-MISSING", "pass", key("own", GOOD), options=NAMED),
    Case("DKIM-CONFIGURED-MISSING", "fail", MAIL, options=NAMED, severity="high", arguments={"name": AT_OWN}),
    Case("DKIM-CONFIGURED-MISSING", "fail", key("own.other", GOOD), why="NODATA", options=NAMED),
    Case("DKIM-CONFIGURED-MISSING", "not_applicable", key("google", GOOD), why="guessed"),
    Case("DKIM-CONFIGURED-MISSING", "pass", key("*", GOOD), why="by a wildcard", options=NAMED, subject=AT_OWN),
    Case(
        "DKIM-CONFIGURED-MISSING",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT servfail",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.servfail",
    ),
    Case("DKIM-CONFIGURED-MISSING", GONE, MAIL, why="nothing named, nothing found"),
)
TEXT = (
    Case("DKIM-SYNTAX", "pass", key("google", GOOD)),
    Case("DKIM-SYNTAX", "pass", key("google", f"p={rsa_text(2048)}"), why="p alone"),  # T34
    Case("DKIM-SYNTAX", "pass", key("google", f"v=DKIM1; k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    Case("DKIM-SYNTAX", "pass", key("google", "v=DKIM1; p="), why="revoked"),
    Case("DKIM-SYNTAX", "fail", key("google", "v=DKIM1; k=rsa; p=no key"), severity="high"),
    Case("DKIM-SYNTAX", "fail", key("google", "v=DKIM1; k=rsa"), why="no p", arguments={"places": ("p (no p tag)",)}),
    Case("DKIM-SYNTAX", "fail", key("google", f"k=rsa; v=DKIM1; p={rsa_text(2048)}"), why="v= not first"),
    Case("DKIM-SYNTAX", "fail", key("google", f"v=DKIM1; k=ed25519; p={rsa_text(1024)}"), why="RSA for Ed25519"),
    Case("DKIM-SYNTAX", "not_applicable", key("google", GOOD, "v=DKIM1; p="), why="two keys: none can be chosen"),
    Case("DKIM-SYNTAX", "pass", key("google", GOOD, "verification=1"), why="another text beside the key"),
    Case("DKIM-SYNTAX", "fail", key("own", "hello"), why="no key", options=NAMED),
    Case("DKIM-SYNTAX", "not_applicable", MAIL, options=NAMED),
    Case(
        "DKIM-SYNTAX",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT timeout",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.timeout",
    ),
    Case("DKIM-REVOKED", "pass", key("google", GOOD)),
    Case(
        "DKIM-REVOKED",
        "fail",
        key("google", "v=DKIM1; p="),
        why="guessed",
        severity="info",
        arguments={"name": "google._domainkey.story.example"},
    ),  # T34
    Case("DKIM-REVOKED", "fail", key("own", "v=DKIM1; p="), why="configured", options=NAMED, severity="high"),
    Case("DKIM-REVOKED", "not_applicable", MAIL, options=NAMED),
    Case(
        "DKIM-REVOKED",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT bogus",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.bogus",
    ),
)
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
        why="superseded by DKIM-SYNTAX",
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
CASES = (*NONE, *CONFIGURED, *TEXT, *LENGTH)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
