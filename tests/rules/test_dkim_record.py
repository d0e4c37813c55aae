"""DKIM key records: one record, in the grammar, that verifiers may use."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.report import Result
from tests.rules.dkim_zone import AT_GOOGLE, AT_OWN, GOOD, MAIL, NAMED, key, silent
from tests.rules.keys import ed25519_info_text, ed25519_text, long_rsa_text, rsa_text, short_rsa_text
from tests.rules.world import Case, check, replayed

RSA = rsa_text(2048)
PARKED = DomainOptions(selectors=("own",), parked=True)
NOBODY = 'story.example. TXT "v=spf1 -all"\n'
WILDCARD = key("own", "v=spf1 -all")
REVOKED = key("google", "v=DKIM1; p=")
TEXT = (
    Case("DKIM-SYNTAX", "pass", key("google", GOOD)),
    Case("DKIM-SYNTAX", "pass", key("google", f"p={rsa_text(2048)}"), why="p alone"),  # T34
    Case("DKIM-SYNTAX", "pass", key("google", f"v=DKIM1; k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    Case("DKIM-SYNTAX", "pass", key("google", "v=DKIM1; p="), why="revoked"),
    Case("DKIM-SYNTAX", "fail", key("google", "v=DKIM1; k=rsa; p=no key"), severity="high"),
    Case("DKIM-SYNTAX", "not_applicable", WILDCARD, why="a wildcard for SPF", options=NAMED, subject=AT_OWN),
    Case("DKIM-CONFIGURED-MISSING", "fail", WILDCARD, why="a wildcard for SPF", options=NAMED, subject=AT_OWN),
    Case(
        "DKIM-SYNTAX",
        "fail",
        key("google", "v=DKIM1; k=rsa"),
        why="no p",
        arguments={"places": ("p (no p tag)",), "hint": ""},
    ),
    Case("DKIM-SYNTAX", "fail", key("google", f"k=rsa; v=DKIM1; p={rsa_text(2048)}"), why="v= not first"),
    Case(
        "DKIM-SYNTAX",
        "fail",
        key("google", f"v=DKIM1\\\\; k=rsa\\\\; p={rsa_text(2048)}"),
        why="escaped semicolons",
        arguments={"hint": "; the backslash before a semicolon belongs to the zone file, and was published as well"},
    ),
    Case("DKIM-SYNTAX", "fail", key("google", f"v=DKIM1; p={rsa_text(2048)[:236]}"), why="a string was lost"),
    Case("DKIM-SYNTAX", "fail", key("google", f"v=DKIM1; p=\\195\\169{rsa_text(2048)}"), why="octets beyond ASCII"),
    Case("DKIM-SYNTAX", "fail", key("google", f"v=DKIM1; k=rsa; p={ed25519_info_text()}"), why="Ed25519 as RSA"),
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
    Case("DKIM-REVOKED", "not_applicable", key("own", "v=DKIM1; p="), why="parked", options=PARKED, subject=AT_OWN),
    Case("DKIM-REVOKED", "not_applicable", key("google", "v=DKIM1; p=") + NOBODY, why="sends nothing"),
    Case(
        "DKIM-REVOKED",
        "unknown",
        key("google", "v=DKIM1; p=") + "story.example. TXT servfail",
        why="whether it sends",
        subject=AT_GOOGLE,
        reason="dns.servfail",
    ),
    Case(
        "DKIM-REVOKED",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT bogus",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.bogus",
    ),
)
MULTIPLE = (
    Case("DKIM-MULTI-TXT", "pass", key("google", GOOD)),
    Case(
        "DKIM-MULTI-TXT",
        "fail",
        key("google", GOOD, "v=DKIM1; p="),
        severity="medium",
        arguments={"name": AT_GOOGLE, "records": 2},
    ),
    Case("DKIM-MULTI-TXT", "fail", key("google", GOOD, "verification=1"), why="another text beside the key"),
    Case("DKIM-MULTI-TXT", "fail", key("google", GOOD, GOOD.replace("; ", ";")), why="the same key twice"),
    Case(
        "DKIM-MULTI-TXT",
        "fail",
        f"{MAIL}own._domainkey.story.example. CNAME k.p.example.\n"
        f'k.p.example. TXT "{GOOD}"\nk.p.example. TXT "v=DKIM1; p="',
        why="behind an alias",
        options=NAMED,
    ),
    Case("DKIM-MULTI-TXT", "not_applicable", MAIL, options=NAMED),
    silent("DKIM-MULTI-TXT"),
)
TYPE = (
    Case("DKIM-KEYTYPE", "pass", key("google", GOOD)),
    Case("DKIM-KEYTYPE", "pass", key("google", f"k=ed25519; p={ed25519_text()}"), why="Ed25519"),
    Case(
        "DKIM-KEYTYPE",
        "fail",
        key("google", f"v=DKIM1; k=mldsa65; p={RSA}"),
        severity="medium",
        arguments={"name": AT_GOOGLE, "type": "mldsa65"},
    ),
    Case("DKIM-KEYTYPE", "not_applicable", key("google", "v=DKIM1; k=mldsa65; p="), why="revoked"),
    Case("DKIM-KEYTYPE", "not_applicable", key("google", f"v=DKIM2; k=x; p={RSA}"), why="cannot be read"),
    silent("DKIM-KEYTYPE"),
)
USE = (
    Case("DKIM-HASH", "pass", key("google", f"v=DKIM1; h=sha1:sha256; p={RSA}")),
    Case(
        "DKIM-HASH", "fail", key("google", f"v=DKIM1; h=sha1; p={RSA}"), severity="high", arguments={"hashes": "sha1"}
    ),
    Case("DKIM-HASH", "fail", key("google", f"v=DKIM1; h=; p={RSA}"), why="an empty list"),
    Case("DKIM-HASH", "not_applicable", key("google", GOOD), why="all hashes"),
    Case("DKIM-HASH", "not_applicable", key("google", "v=DKIM1; h=sha1; p="), why="revoked"),
    silent("DKIM-HASH"),
    Case("DKIM-SERVICE", "pass", key("google", f"v=DKIM1; s=tlsrpt:email; p={RSA}")),
    Case("DKIM-SERVICE", "pass", key("google", f"v=DKIM1; s=*; p={RSA}"), why="all services"),
    Case(
        "DKIM-SERVICE",
        "fail",
        key("google", f"v=DKIM1; s=other; p={RSA}"),
        severity="high",
        arguments={"services": "other"},
    ),
    Case(
        "DKIM-SERVICE", "fail", key("google", f"v=DKIM1; s=tlsrpt; p={RSA}"), why="for reports on TLS", severity="info"
    ),
    Case(
        "DKIM-SERVICE",
        "fail",
        key("own", f"v=DKIM1; s=tlsrpt; p={RSA}"),
        why="for reports on TLS, and configured",
        options=NAMED,
        severity="high",
    ),
    Case("DKIM-SERVICE", "not_applicable", key("google", GOOD)),
    silent("DKIM-SERVICE"),
    Case("DKIM-TEST", "pass", key("google", GOOD)),
    Case("DKIM-TEST", "fail", key("google", f"v=DKIM1; t=s:y; p={RSA}"), severity="low"),
    Case("DKIM-TEST", "not_applicable", REVOKED),
    silent("DKIM-TEST"),
    Case("DKIM-STRICT-I", "pass", key("google", GOOD)),
    Case("DKIM-STRICT-I", "fail", key("google", f"v=DKIM1; t=s; p={RSA}"), severity="info"),
    Case("DKIM-STRICT-I", "not_applicable", REVOKED),
    silent("DKIM-STRICT-I"),
    Case("DKIM-G", "pass", key("google", GOOD)),
    Case("DKIM-G", "fail", key("google", f"v=DKIM1; g=*; p={RSA}"), severity="low", arguments={"value": "*"}),
    Case("DKIM-G", "fail", key("google", f"v=DKIM1; g=; p={RSA}"), why="empty", severity="low"),
    Case("DKIM-G", "not_applicable", REVOKED),
    silent("DKIM-G"),
)
SIZE = (
    Case("DKIM-SIZE", "pass", key("google", GOOD)),
    Case("DKIM-SIZE", "fail", key("google", f"{GOOD}; n={'x' * 120}"), severity="info", arguments={"most": 512}),
    Case("DKIM-SIZE", "not_applicable", MAIL, options=NAMED),
    Case("DKIM-SIZE", "not_applicable", key("google", f"p={long_rsa_text(4096)}"), why="superseded by DKIM-RSA-LARGE"),
    silent("DKIM-SIZE"),
)
CASES = (*TEXT, *MULTIPLE, *TYPE, *USE, *SIZE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


# ---- the record to paste ------------------------------------------------------------------------------------------

MENDED = (
    ("DKIM-SYNTAX", f"v=DKIM1\\\\; k=rsa\\\\; p={RSA}"),
    ("DKIM-SYNTAX", f'\\"v=DKIM1; k=rsa; p={RSA}\\"'),
    ("DKIM-SYNTAX", f"k=rsa; v=DKIM1; p={RSA}"),
    ("DKIM-SYNTAX", f"v=DKIM1; k=rsa; k=rsa; p={RSA}"),
    ("DKIM-HASH", f"v=DKIM1; h=sha1; t=y; g=; p={RSA}"),
    ("DKIM-SERVICE", f"v=DKIM1; s=other; p={RSA}"),
    ("DKIM-TEST", f"v=DKIM1; t=y; p={rsa_text(1024)}"),
    ("DKIM-G", f"v=DKIM1; g=*; n=caf\\233; p={RSA}"),
    ("DKIM-ED25519-LEN", f"v=DKIM1; k=ed25519; p={ed25519_info_text()}"),
)
ONLY_A_NEW_KEY = {"DKIM-RSA-1024"}


@pytest.mark.parametrize(("rule", "text"), MENDED)
def test_the_record_to_paste_passes(rule: str, text: str) -> None:
    pasted = published(Case(rule, "fail", key("google", text)))
    assert pasted.startswith(f"{AT_GOOGLE}. 3600 IN TXT ")
    after = replayed(Case(rule, "pass", MAIL + f"{AT_GOOGLE}. TXT {pasted.split(' TXT ')[1]}"))
    left = {f.rule for f in after.findings if f.subject.kind == "selector" and f.result is Result.FAIL}
    assert left <= ONLY_A_NEW_KEY


def published(case: Case) -> str:
    finding = check(case)
    assert finding
    (line,) = finding.publish
    return line


def test_of_several_texts_the_one_key_is_kept() -> None:
    for other in ("verification=1", GOOD.replace("; ", ";")):
        assert published(Case("DKIM-MULTI-TXT", "fail", key("google", GOOD, other))).count("v=DKIM1") == 1


@pytest.mark.parametrize(
    ("rule", "zone"),
    [
        ("DKIM-SYNTAX", key("google", f"v=DKIM1; p={RSA[:236]}")),  # not whole
        ("DKIM-SYNTAX", key("google", f"v=DKIM2; p={short_rsa_text()}")),
        ("DKIM-MULTI-TXT", key("google", GOOD, f"v=DKIM1; k=rsa; p={rsa_text(1024)}")),  # which one?
        ("DKIM-MULTI-TXT", key("google", GOOD, "v=DKIM1; p=")),
        ("DKIM-SERVICE", key("google", f"v=DKIM1; s=tlsrpt; p={RSA}")),  # as it should be
        (
            "DKIM-TEST",
            f'{MAIL}{AT_GOOGLE}. CNAME k.p.example.\nk.p.example. TXT "v=DKIM1; t=y; p={RSA}"',  # not theirs
        ),
    ],
)
def test_nothing_is_guessed(rule: str, zone: str) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding
    assert finding.publish == ()
