"""What a mail server's TLS takes beside the best: versions, suites, keys, as evidence of offers made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from audit.model.evidence import TlsDepth
from audit.model.hello import Offer, TlsFlight
from audit.model.probe import Outcome, SmtpSession, StageName
from tests.rules import pki, sessions
from tests.rules.fetches import ANNOUNCED, URL, got, policy
from tests.rules.hellos import before, ends, refuses, takes, wants_tls_first
from tests.rules.world import Case, check, replayed

HOST = "mx.story.example"
MX = f"story.example. MX 10 {HOST}.\n{HOST}. A 192.0.2.1\n"
HERE = {"host": HOST, "address": "192.0.2.1"}
FULL = {"tls_depth": TlsDepth.FULL}
STANDARD = {"tls_depth": TlsDepth.STANDARD}
RSA_AES, RSA_RC4, RSA_3DES = (
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
)
DHE = "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
ANON = "TLS_DH_anon_WITH_AES_256_CBC_SHA"
SILENT, AWAY = ends(Outcome.TIMEOUT), before(StageName.BANNER, Outcome.DEFERRED, 421)
TLS10, TLS11, SSL3 = (takes(version, RSA_AES) for version in ("TLSv1.0", "TLSv1.1", "SSLv3"))


def met(version: str = "TLSv1.3", **rest: Any) -> dict[str, SmtpSession]:
    healthy = sessions.healthy(pki.good(HOST), version=version)
    assert healthy.tls is not None
    return {"192.0.2.1": replace(healthy, tls=replace(healthy.tls, **rest))}


def case(rule: str, expected: str, hellos: Mapping[Any, TlsFlight] | None = None, **rest: Any) -> Case:
    return Case(rule, expected, rest.pop("zone", MX), hellos=hellos or {}, settings=rest.pop("settings", FULL), **rest)


PLAIN = {"192.0.2.1": sessions.no_starttls()}
RULES = (
    "TLS-VER-10-11",
    "TLS-VER-SSL",
    "TLS-CIPHER-BAD",
    "TLS-CIPHER-NOFS",
    "TLS-DH-BITS",
    "TLS-COMPRESSION",
    "TLS-RENEG",
    "TLS-PQ",
    "TLS-REQUIRED-25",
    "CERT-OTHER-KEY",
)
X25519 = met(group="x25519")
EVERYWHERE = tuple(
    each
    for rule in RULES
    for each in (
        case(rule, "not_applicable", why="no TLS", sessions=PLAIN),
        case(
            rule,
            "unknown",
            why="session turned away",
            sessions={"192.0.2.1": sessions.greeting(450)},
            reason="smtp.tempfail",
        ),
        case(
            rule,
            "unknown",
            dict.fromkeys(Offer, AWAY),
            why="offers turned away",
            sessions=X25519,
            reason="smtp.tempfail",
        ),
        case(
            rule,
            "unknown",
            dict.fromkeys(Offer, before(StageName.CONNECT, Outcome.NOT_GATHERED)),
            why="not gathered",
            sessions=X25519,
            reason="not_gathered",
        ),
    )
)
VERSIONS = (
    case("TLS-VER-10-11", "pass"),
    case("TLS-VER-10-11", "pass", why="at standard depth", settings=STANDARD),
    case(
        "TLS-VER-10-11",
        "fail",
        {Offer.TLS11: TLS11, Offer.TLS10: TLS10},
        severity="low",
        arguments={**HERE, "versions": ("TLSv1.1", "TLSv1.0")},
    ),
    case("TLS-VER-10-11", "fail", {Offer.TLS11: TLS10}, why="1.0", arguments={"versions": ("TLSv1.0",)}),
    case(
        "TLS-VER-10-11",
        "fail",
        {Offer.TLS11: TLS11, Offer.TLS10: SILENT},
        why="1.1 and then silence",
        arguments={"versions": ("TLSv1.1",)},
    ),
    case(
        "TLS-VER-10-11",
        "fail",
        why="the session's own",
        sessions=met("TLSv1"),
        arguments={"versions": ("TLSv1.0",)},
    ),
    case("TLS-VER-10-11", "pass", {Offer.TLS11: SSL3}, why="only what is older still"),
    *(
        case(
            "TLS-VER-10-11",
            "fail",
            {Offer.TLS11: TLS10},
            why=mode,
            zone=MX + ANNOUNCED,
            fetches={URL: got(policy(mode))},
            severity="medium",
        )
        for mode in ("enforce", "testing")
    ),
    case("TLS-VER-10-11", "unknown", {Offer.TLS11: SILENT}, reason="tls.io"),
    case("TLS-VER-SSL", "pass"),
    case("TLS-VER-SSL", "pass", {Offer.TLS11: TLS10}, why="1.0 and no older"),
    case("TLS-VER-SSL", "pass", {Offer.TLS11: TLS11}, why="1.1 and no older"),
    case("TLS-VER-SSL", "fail", {Offer.TLS11: TLS10, Offer.SSL3: SSL3}, severity="high", arguments=HERE),
    case("TLS-VER-SSL", "fail", {Offer.TLS11: SSL3}, why="nothing between"),
    case("TLS-VER-SSL", "unknown", {Offer.TLS11: TLS10, Offer.SSL3: SILENT}, why="silent", reason="tls.io"),
    case("TLS-VER-SSL", "unknown", {Offer.TLS11: SILENT}, why="silent above", reason="tls.io"),
)
SUITES = (
    case("TLS-CIPHER-BAD", "pass"),
    case("TLS-CIPHER-BAD", "pass", why="at standard depth", settings=STANDARD),
    case(
        "TLS-CIPHER-BAD",
        "fail",
        {Offer.WEAK: takes("TLSv1.2", RSA_RC4)},
        severity="medium",
        arguments={**HERE, "kinds": ("RC4",), "suites": (RSA_RC4,)},
    ),
    case(
        "TLS-CIPHER-BAD",
        "fail",
        {Offer.WEAK: takes("TLSv1.2", RSA_RC4), Offer.TRIPLE_DES: takes("TLSv1.2", RSA_3DES)},
        why="two families",
        arguments={"kinds": ("RC4", "3DES"), "suites": (RSA_RC4, RSA_3DES)},
    ),
    case(
        "TLS-CIPHER-BAD",
        "fail",
        {Offer.TLS11: takes("TLSv1.0", RSA_3DES), Offer.WEAK: SILENT},
        why="seen with an old version",
        arguments={"kinds": ("3DES",)},
    ),
    *(
        case(
            "TLS-CIPHER-BAD",
            "fail",
            {Offer.WEAK: takes("TLSv1.2", suite)},
            why=suite,
            arguments={"kinds": kinds},
        )
        for suite, kinds in {
            "TLS_RSA_WITH_NULL_SHA": ("NULL",),
            "TLS_RSA_EXPORT_WITH_RC4_40_MD5": ("EXPORT", "RC4", "MD5"),
            "TLS_RSA_WITH_DES_CBC_SHA": ("DES",),
            "TLS_RSA_WITH_IDEA_CBC_SHA": ("IDEA",),
            "TLS_RSA_WITH_SEED_CBC_SHA": ("SEED",),
        }.items()
    ),
    case(
        "TLS-CIPHER-BAD",
        "fail",
        {Offer.ANONYMOUS: takes("TLSv1.2", ANON, chain=())},
        why="no certificate",
        severity="low",
        arguments={"kinds": ("anonymous",), "suites": (ANON,)},
    ),
    case(
        "TLS-CIPHER-BAD",
        "fail",
        {Offer.ANONYMOUS: takes("TLSv1.2", ANON, chain=()), Offer.WEAK: SILENT},
        why="no certificate, and perhaps worse",
        severity="low",
        reason="tls.io",
    ),
    case("TLS-CIPHER-BAD", "unknown", {Offer.WEAK: SILENT}, why="silent", reason="tls.io"),
    case("TLS-CIPHER-NOFS", "pass"),
    case(
        "TLS-CIPHER-NOFS",
        "fail",
        {Offer.STATIC: takes("TLSv1.2", RSA_AES)},
        severity="low",
        arguments={**HERE, "suite": RSA_AES},
    ),
    case(
        "TLS-CIPHER-NOFS",
        "fail",
        why="the session's own",
        sessions=met("TLSv1.2", cipher="AES256-GCM-SHA384"),
        arguments={"suite": "AES256-GCM-SHA384"},
    ),
    case("TLS-CIPHER-NOFS", "unknown", {Offer.STATIC: SILENT}, why="silent", reason="tls.io"),
)
KEYS = (
    case("TLS-DH-BITS", "not_applicable", why="no Diffie-Hellman over primes"),
    case("TLS-DH-BITS", "pass", {Offer.DHE: takes("TLSv1.2", DHE, dh_bits=2048)}),
    *(
        case(
            "TLS-DH-BITS",
            "fail",
            {Offer.DHE: takes("TLSv1.2", DHE, dh_bits=bits)},
            why=f"{bits}",
            severity=severity,
            arguments={**HERE, "bits": bits},
        )
        for bits, severity in {2047: "medium", 1024: "medium", 1023: "high", 512: "high", 0: "high"}.items()
    ),
    case(
        "TLS-DH-BITS",
        "fail",
        {Offer.DHE: takes("TLSv1.2", DHE, dh_bits=2048), Offer.TLS11: takes("TLSv1.0", DHE, dh_bits=1024)},
        why="with an old version",
        arguments={"bits": 1024},
    ),
    case(
        "TLS-DH-BITS",
        "unknown",
        {Offer.DHE: takes("TLSv1.2", DHE, dh_bits=2048), Offer.TLS11: SILENT},
        why="silent",
        reason="tls.io",
    ),
    case("TLS-COMPRESSION", "pass"),
    case(
        "TLS-COMPRESSION",
        "fail",
        {Offer.TLS12: takes("TLSv1.2", DHE, compression=True)},
        severity="low",
        arguments=HERE,
    ),
    case("TLS-COMPRESSION", "not_applicable", {Offer.TLS12: refuses("protocol_version")}, why="TLS 1.3 alone"),
    case("TLS-COMPRESSION", "unknown", {Offer.TLS12: SILENT}, why="silent", reason="tls.io"),
    case("TLS-RENEG", "pass"),
    case(
        "TLS-RENEG",
        "fail",
        {Offer.TLS12: takes("TLSv1.2", DHE, renegotiation_info=False)},
        severity="low",
        arguments=HERE,
    ),
    case("TLS-RENEG", "not_applicable", {Offer.TLS12: refuses("protocol_version")}, why="TLS 1.3 alone"),
    case("TLS-RENEG", "unknown", {Offer.TLS12: SILENT}, why="silent", reason="tls.io"),
    case("TLS-PQ", "pass", why="asked", sessions=X25519),
    case("TLS-PQ", "pass", {Offer.POST_QUANTUM: SILENT}, why="seen", sessions=met(group="X25519MLKEM768")),
    case("TLS-PQ", "fail", {Offer.POST_QUANTUM: refuses()}, sessions=X25519, severity="info", arguments=HERE),
    case("TLS-PQ", "not_applicable", why="no TLS 1.3", sessions=met("TLSv1.2")),
    case("TLS-PQ", "unknown", {Offer.POST_QUANTUM: SILENT}, why="silent", sessions=X25519, reason="tls.io"),
)
FIRST = (
    case("TLS-REQUIRED-25", "pass"),
    case(
        "TLS-REQUIRED-25",
        "fail",
        {Offer.TLS12: wants_tls_first(refuses())},
        severity="low",
        arguments={**HERE, "reply": "530 5.7.0 Must issue a STARTTLS command first"},
    ),
    case(
        "TLS-REQUIRED-25",
        "fail",
        {Offer.TLS12: wants_tls_first(SILENT)},
        why="whatever TLS does then",
        arguments=HERE,
    ),
    case("TLS-REQUIRED-25", "pass", {Offer.TLS12: wants_tls_first(refuses(), 250)}, why="TLS 1.3 alone"),
    case("TLS-REQUIRED-25", "unknown", {Offer.TLS12: SILENT}, why="no reply seen", reason="tls.io"),
)


def other(chain: pki.Chain) -> dict[Offer, TlsFlight]:
    return {Offer.RSA: takes("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", chain=chain)}


EXPIRED = pki.expired(HOST)
OTHER = (
    case("CERT-OTHER-KEY", "not_applicable", why="one kind of key"),
    case("CERT-OTHER-KEY", "not_applicable", other(pki.good(HOST)), why="the same certificate"),
    case("CERT-OTHER-KEY", "pass", other(pki.of_rsa(HOST, 2048))),
    case(
        "CERT-OTHER-KEY",
        "fail",
        other(EXPIRED),
        severity="medium",
        arguments={**HERE, "faults": ("expired 2026-11-14",)},
    ),
    case(
        "CERT-OTHER-KEY",
        "fail",
        other(pki.of_rsa(HOST, 1024)),
        why="a short key",
        severity="low",
        arguments={"faults": ("weak-key RSA 1024",)},
    ),
    case("CERT-OTHER-KEY", "unknown", other(()), why="no certificate", reason="cert.none_shown"),
    case("CERT-OTHER-KEY", "unknown", why="none in the session", sessions=met(chain=()), reason="cert.none_shown"),
    case("CERT-OTHER-KEY", "unknown", {Offer.RSA: SILENT}, why="silent", reason="tls.io"),
)
CASES = (*EVERYWHERE, *VERSIONS, *SUITES, *KEYS, *FIRST, *OTHER)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("depth", "judged"),
    [
        (TlsDepth.SESSION, set()),
        (TlsDepth.STANDARD, {"TLS-VER-10-11", "TLS-CIPHER-BAD"}),
        (TlsDepth.FULL, set(RULES)),
    ],
)
def test_what_was_not_asked_for_has_no_result(depth: TlsDepth, judged: set[str]) -> None:
    found = replayed(case("TLS-VER-NO13", "pass", settings={"tls_depth": depth}))
    assert {f.rule for f in found.findings} & set(RULES) == judged
