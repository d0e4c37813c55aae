"""Stapled OCSP responses: what they say of a certificate, and when they say nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.ocsp import MAX_RESPONDERS, Word, demanded, judge
from tests.syntax.pki import CA, HOST, NOW, ROOT, Signer, ec_key, issue
from tests.syntax.stapling import REVOKED, UNSURE, later, response

LEAF = issue(HOST, CA, dns=(HOST,))
CHAIN = (LEAF.der, CA.der)
OTHER = issue("mx2.example.org", CA, serial=8)
RSA_CA = issue("RSA CA", ROOT, ca=True, key=rsa.generate_private_key(65537, 2048), days=(-900, 1800))
RSA_LEAF = issue(HOST, RSA_CA, dns=(HOST,))
NAMESAKE = issue(CA.name, ROOT, ca=True, key=ec_key("another key"), days=(-900, 1800))
SIGNING = (ExtendedKeyUsageOID.OCSP_SIGNING,)
RESPONDER = issue("Responder", CA, usages=SIGNING)
SINCE = NOW - timedelta(days=3)


def said(by: Signer = CA, leaf: Signer = LEAF, issuer: Signer = CA, **more: Any) -> bytes:
    return response(leaf.der, issuer.der, by.key, NOW, responder=None if by is issuer else by.der, **more)


def silent(why: str) -> Word:
    return Word(None, why)


REVOKED_KEY = Word(True, since=SINCE, cause="keyCompromise")
GOOD_RESPONSE = said()

WORDS: dict[str, tuple[bytes, Word]] = {
    "good": (GOOD_RESPONSE, Word(False)),
    "revoked": (said(status=REVOKED), REVOKED_KEY),
    "revoked without a cause": (said(status=REVOKED, cause=None), Word(True, since=SINCE)),
    "named by SHA-256": (said(digest=hashes.SHA256()), Word(False)),
    "by an appointed responder": (said(RESPONDER, status=REVOKED), REVOKED_KEY),
    "by one of the issuer's that is not appointed": (said(issue("Server", CA)), silent("signature")),
    "by one that another appointed": (said(issue("Responder", ROOT, usages=SIGNING)), silent("signature")),
    "by one whom a namesake appointed": (said(issue("Responder", NAMESAKE, usages=SIGNING)), silent("signature")),
    "by one whose time is over": (
        said(issue("Responder", CA, usages=SIGNING, days=(-30, -1))),
        silent("signature"),
    ),
    "by one whose time is to come": (said(issue("Responder", CA, usages=SIGNING, days=(1, 9))), silent("signature")),
    "by the server itself": (said(LEAF), silent("signature")),
    "by the authority above": (said(ROOT), silent("signature")),
    "about another": (said(leaf=OTHER), silent("other")),
    "about the same number of another issuer": (
        response(LEAF.der, NAMESAKE.der, CA.key, NOW, responder=CA.der),
        silent("other"),
    ),
    "over": (said(days=(-9, -0.01)), silent("stale")),
    "revoked, but over": (said(status=REVOKED, days=(-9, -0.01)), silent("stale")),
    "to come": (said(days=(0.01, 7)), silent("stale")),
    "by a clock that is a little ahead": (said(days=(0.003, 7)), Word(False)),
    "without an end": (said(days=(-1, None)), silent("stale")),
    "the responder does not know": (said(status=UNSURE), silent("no_word")),
    "the responder is busy": (later(), silent("no_word")),
    "nothing": (b"", silent("unreadable")),
    "no response": (b"\x30\x03\x02\x01\x01", silent("unreadable")),
    "cut": (GOOD_RESPONSE[:-1], silent("unreadable")),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_word(name: str) -> None:
    octets, word = WORDS[name]
    assert judge(octets, CHAIN, NOW) == word


@pytest.mark.parametrize(
    ("chain", "word"),
    [
        ((LEAF.der, ROOT.der, CA.der), Word(False)),
        ((LEAF.der, NAMESAKE.der, CA.der), Word(False)),
        ((LEAF.der,), silent("issuer")),
        ((LEAF.der, ROOT.der), silent("issuer")),
        ((LEAF.der, NAMESAKE.der), silent("issuer")),
        ((b"\x30\x00", CA.der), silent("issuer")),
        ((OTHER.der, CA.der), silent("other")),
        ((), silent("issuer")),
    ],
)
def test_it_is_held_against_what_was_sent(chain: tuple[bytes, ...], word: Word) -> None:
    assert judge(GOOD_RESPONSE, chain, NOW) == word


def test_keys_of_rsa_sign_too() -> None:
    octets = said(RSA_CA, RSA_LEAF, RSA_CA, status=REVOKED)
    assert judge(octets, (RSA_LEAF.der, RSA_CA.der), NOW) == REVOKED_KEY


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD_RESPONSE) - 1), st.integers(1, 255))
def test_a_forged_octet_never_makes_another_word(place: int, change: int) -> None:
    forged = bytearray(GOOD_RESPONSE)
    forged[place] ^= change
    assert judge(bytes(forged), CHAIN, NOW).revoked in (False, None)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_octets_that_are_anything_say_nothing(octets: bytes) -> None:
    assert judge(octets, CHAIN, NOW) == silent("unreadable")


@pytest.mark.parametrize(
    ("features", "owed"),
    [
        ((), False),
        ((x509.TLSFeatureType.status_request,), True),
        ((x509.TLSFeatureType.status_request_v2,), False),
    ],
)
def test_what_a_certificate_promises(features: tuple[x509.TLSFeatureType, ...], owed: bool) -> None:
    assert demanded(issue(HOST, CA, features=features).der) is owed
    assert demanded(b"\x30\x00") is False


def test_few_responders_are_looked_at() -> None:
    strangers = [issue(f"Responder {n}", CA, usages=SIGNING) for n in range(MAX_RESPONDERS)]
    above = tuple(s.der for s in strangers)
    octets = response(LEAF.der, CA.der, RESPONDER.key, NOW, responder=RESPONDER.der, beside=above)
    assert judge(octets, CHAIN, NOW) == silent("signature")
