"""One certificate for senders of each kind: what is right for one may be a fault for another (RFC 7672, RFC 8461).

Each chain has one fault, or none; each is judged where TLSA records name its key, where they name the authority above
it, where an MTA-STS policy enforces, where one tests, and where nothing binds senders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.model.report import Result
from tests.rules import pki, sessions
from tests.rules.fetches import ANNOUNCED, URL, got, policy
from tests.rules.world import Case, check, replayed
from tests.signed import Internet, Zone

HOST = "mx.story.example"
MX = f"story.example. MX 10 {HOST}.\n{HOST}. A 192.0.2.1\n"
SIGNED = f"story.example MX 10 {HOST}\n{HOST} A 192.0.2.1\n"
CONTEXTS = ("dane-3", "dane-2", "enforce", "testing", "none")
C, H, M, L, I = "critical", "high", "medium", "low", "info"

CHAINS: Mapping[str, tuple[Callable[[str], pki.Chain], str | None, tuple[str | None, ...]]] = {
    "good": (pki.good, None, ()),
    "expired leaf": (pki.expired, "CERT-EXPIRED", (I, C, C, H, M)),
    # An authority that a record names is believed whatever its own dates say.
    "expired intermediate": (pki.expired_intermediate, "CERT-EXPIRED", (I, I, C, H, M)),
    "not yet valid": (pki.not_yet_valid, "CERT-EXPIRED", (I, C, C, H, M)),
    "self-signed": (pki.self_signed, "CERT-SELFSIGNED", (None, C, C, H, L)),
    "unknown root": (pki.unknown_root, "CERT-UNTRUSTED", (None, None, C, H, L)),
    "wrong name": (pki.for_another_name, "CERT-NAME", (None, C, C, H, L)),
    "no name": (pki.common_name_only, "CERT-NAME", (None, None, C, H, L)),  # for DANE the common name counts then
    "wildcard over one label": (pki.wildcard, None, ()),
    "wildcard over two labels": (partial(pki.wildcard, labels=2), "CERT-NAME", (None, C, C, H, L)),
    "missing intermediate": (pki.incomplete, "CERT-CHAIN-INCOMPLETE", (None, H, H, M, L)),
    "surplus and misordered": (pki.misordered, None, ()),
    "no serverAuth": (pki.for_clients, "CERT-EKU", (None, M, M, L, L)),
    "SHA-1": (pki.of_sha1, "CERT-SIG", (M, M, M, M, M)),
    "RSA 1024": (partial(pki.of_rsa, bits=1024), "CERT-KEY", (M, M, M, M, M)),
    "intermediate without CA": (pki.no_authority, "CERT-UNTRUSTED", (None, C, C, H, L)),
}


def key_of(der: bytes) -> str:
    key = x509.load_der_x509_certificate(der).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def validated(tlsa: str, chain: pki.Chain, rule: str = "", expected: str = "", **rest: object) -> Case:
    zones = (
        Zone(apex="."),
        Zone(apex="example."),
        Zone(apex="story.example.", text=f"{SIGNED}_25._tcp.{HOST} TLSA {tlsa}"),
    )
    shown = {"192.0.2.1": sessions.healthy(chain)}
    return Case(rule, expected, "", internet=Internet(*zones), sessions=shown, **rest)  # type: ignore[arg-type]


def within(context: str, chain: pki.Chain) -> Case:
    if context == "dane-3":
        return validated(f"3 1 1 {key_of(chain[0])}", chain)
    if context == "dane-2":
        authority = pki.intermediate() if len(chain) != 2 else chain[1]
        return validated(f"2 0 1 {hashlib.sha256(authority).hexdigest()}", chain)
    shown = {"192.0.2.1": sessions.healthy(chain)}
    if context == "none":
        return Case("", "", MX, sessions=shown)
    return Case("", "", MX + ANNOUNCED, sessions=shown, fetches={URL: got(policy(context))})


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("fault", CHAINS)
def test_each_chain_gives_its_findings_and_no_others(fault: str, context: str) -> None:
    chain, rule, severities = CHAINS[fault]
    severity = severities[CONTEXTS.index(context)] if rule else None
    found = replayed(within(context, chain(HOST)))
    assert not found.faults
    of = [f for f in found.findings if f.rule.startswith("CERT-")]
    assert not [f for f in of if f.result is Result.UNKNOWN]
    fails = {f.rule: (str(f.severity), f.reason) for f in of if f.result is Result.FAIL}
    assert fails == ({rule: (severity, None)} if severity else {})


GOOD, EXPIRED = pki.good(HOST), pki.expired(HOST)
OURS = f"3 1 1 {key_of(GOOD[0])}"
CASES = (
    validated(f"3 1 1 {key_of(EXPIRED[0])}", EXPIRED, "CERT-EXPIRED", "fail", why="its key is pinned", severity="info"),
    validated(OURS, pki.for_another_name(HOST), "CERT-NAME", "not_applicable", why="its key is pinned"),
    validated(OURS, pki.self_signed(HOST), "CERT-SELFSIGNED", "not_applicable", why="its key is pinned"),
    validated(
        f"{OURS}\n_25._tcp.{HOST} TLSA 2 0 1 {hashlib.sha256(GOOD[1]).hexdigest()}",
        pki.for_another_name(HOST),
        "CERT-NAME",
        "not_applicable",
        why="either is pinned",
    ),
    validated(
        f"1 1 1 {key_of(EXPIRED[0])}", EXPIRED, "CERT-EXPIRED", "fail", why="no record can be used", severity="medium"
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    "tlsa", [OURS, f"2 0 1 {'ab' * 32}", f"1 1 1 {'ab' * 32}"], ids=["own key", "authority", "unusable"]
)
def test_tlsa_records_of_any_kind_want_tls(tlsa: str) -> None:
    case = validated(tlsa, GOOD)
    plain = Case("", "", "", internet=case.internet, sessions={"192.0.2.1": sessions.no_starttls()})
    (missing,) = (f for f in replayed(plain).findings if f.rule == "TLS-STARTTLS-MISSING")
    assert (missing.severity, missing.reason) == ("critical", None)


def test_where_it_is_not_known_what_binds_senders_the_lowest_step_is_taken() -> None:
    """TLSA records that could not be asked may excuse it, or make it worse."""
    case = validated(OURS, EXPIRED)
    lost = Case("", "", f"_25._tcp.{HOST}. TLSA+dnssec timeout", internet=case.internet, sessions=case.sessions)
    (expired,) = (f for f in replayed(lost).findings if f.rule == "CERT-EXPIRED")
    assert (expired.result, expired.severity, expired.reason) == (Result.FAIL, "info", "dns.timeout")


def test_where_it_is_not_known_whether_senders_look_at_names_nothing_is_said_of_them() -> None:
    case = validated(OURS, pki.for_another_name(HOST))
    lost = Case("", "", f"_25._tcp.{HOST}. TLSA+dnssec timeout", internet=case.internet, sessions=case.sessions)
    (name,) = (f for f in replayed(lost).findings if f.rule == "CERT-NAME")
    assert (name.result, name.reason) == (Result.UNKNOWN, "dns.timeout")
