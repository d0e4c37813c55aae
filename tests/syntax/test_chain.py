"""Chains with one fault each, and what is said of them."""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.chain import ChainVerdict, TrustStore, judge
from tests.syntax.pki import CA, DAY, HOST, NOW, ROOT, PrivateKey, Signer, ec_key, issue
from tests.timing import within

STORE = TrustStore.of([ROOT.der])
LEAF = issue(HOST, CA, dns=(HOST,))
OLD_CA = issue("Test CA", ROOT, ca=True, days=(-900, -5))  # the same name and key as CA
OTHER_ROOT = issue("Other Root", None, ca=True)
OTHER_CA = issue("Other CA", OTHER_ROOT, ca=True)
NO_CA = issue("No CA", ROOT)
SHORT = issue("Short CA", ROOT, ca=True, path_length=0)
BELOW_SHORT = issue("Below", SHORT, ca=True)
NARROW = issue("Narrow CA", ROOT, ca=True, permitted=("example.net",))
NO_SIGN = issue("Encrypting CA", ROOT, ca=True, cert_sign=False)
WEAK_RSA = rsa.generate_private_key(65537, 1024)

Expected = tuple[tuple[str, int, str], ...]


def of(by: Signer, *dns: str, key: PrivateKey | None = None, days: tuple[int, int] = (-30, 60)) -> bytes:
    return issue(HOST, by, dns=dns or (HOST,), key=key, days=days).der


def judged(*chain: bytes, store: TrustStore = STORE, host: str = HOST) -> ChainVerdict:
    return judge(chain, host, NOW, store)


def problems(verdict: ChainVerdict) -> Expected:
    return tuple((problem.code, problem.position, problem.detail) for problem in verdict.problems)


GOOD: dict[str, tuple[tuple[bytes, ...], tuple[str, ...]]] = {
    "good": ((LEAF.der, CA.der), ()),
    "with root": ((LEAF.der, CA.der, ROOT.der), ("the root itself was sent",)),
    "surplus": ((LEAF.der, OTHER_CA.der, CA.der), ("certificates sent that are not needed: 1",)),
    "sent twice": ((LEAF.der, CA.der, CA.der), ("certificates sent that are not needed: 1",)),
    "unreadable surplus": ((LEAF.der, b"\x30\x00", CA.der), ("certificates sent that are not needed: 1",)),
    "wrong order": (
        (LEAF.der, ROOT.der, CA.der),
        ("the certificates were sent out of order", "the root itself was sent"),
    ),
    "expired twin beside": ((LEAF.der, OLD_CA.der, CA.der), ("certificates sent that are not needed: 1",)),
    "wildcard for one label": ((of(CA, "*.example.org"), CA.der), ()),
    "one of many names": ((of(CA, "example.net", HOST), CA.der), ()),
    "no usage": ((issue(HOST, CA, dns=(HOST,), usages=()).der, CA.der), ()),
    "no constraints on the leaf": ((issue(HOST, CA, dns=(HOST,), constraints=False).der, CA.der), ()),
    "key identifiers": ((issue(HOST, CA, dns=(HOST,), identifiers=True).der, CA.der), ()),
    "issued by the root": ((of(ROOT),), ()),
}


@pytest.mark.parametrize(("chain", "notes"), GOOD.values(), ids=GOOD.keys())
def test_trusted_without_a_problem(chain: tuple[bytes, ...], notes: tuple[str, ...]) -> None:
    verdict = judged(*chain)
    assert (problems(verdict), verdict.notes) == ((), notes)
    assert verdict.anchored
    assert verdict.trusted


FAULTY: dict[str, tuple[tuple[bytes, ...], Expected, bool]] = {
    "expired leaf": ((of(CA, days=(-90, -1)), CA.der), (("expired", 0, "2026-05-31"),), True),
    "expired intermediate": ((LEAF.der, OLD_CA.der), (("expired", 1, "2026-05-27"),), True),
    "not yet valid": ((of(CA, days=(2, 90)), CA.der), (("not-yet-valid", 0, "2026-06-03"),), True),
    "never valid together": (
        (of(CA, days=(2000, 2001)), CA.der),
        (("not-yet-valid", 0, "2031-11-22"),),
        True,
    ),
    "self-signed": ((issue(HOST, None, dns=(HOST,)).der,), (("self-signed", 0, f"CN={HOST}"),), False),
    "missing intermediate": ((LEAF.der,), (("issuer-not-sent", 0, "CN=Test CA"),), False),
    "unknown root, not sent": ((of(OTHER_CA), OTHER_CA.der), (("issuer-not-sent", 1, "CN=Other Root"),), False),
    "unknown root, sent": (
        (of(OTHER_CA), OTHER_CA.der, OTHER_ROOT.der),
        (("unknown-root", 2, "CN=Other Root"),),
        False,
    ),
    "wrong name": ((of(CA, "mail.example.net"), CA.der), (("name-mismatch", 0, "mail.example.net"),), True),
    "wildcard for two labels": ((of(CA, "*.org"), CA.der), (("name-mismatch", 0, "*.org"),), True),
    "partial wildcard": ((of(CA, "mx*.example.org"), CA.der), (("name-mismatch", 0, "mx*.example.org"),), True),
    "common name only": ((issue(HOST, CA).der, CA.der), (("no-san", 0, HOST),), True),
    "short RSA key": ((of(CA, key=WEAK_RSA), CA.der), (("weak-key", 0, "RSA 1024"),), True),
    "short EC key": (
        (of(CA, key=ec_key("short", ec.SECP192R1())), CA.der),
        (("weak-key", 0, "EC 192"),),
        True,
    ),
    "issuer is no authority": ((of(NO_CA), NO_CA.der), (("not-a-ca", 1, "CN=No CA"),), False),
    "issuer may not sign": ((of(NO_SIGN), NO_SIGN.der), (("no-certsign", 1, "CN=Encrypting CA"),), False),
    "bad signature": (
        (issue(HOST, CA, dns=(HOST,), signing_key=ec_key("impostor")).der, CA.der),
        (("bad-signature", 0, "CN=Test CA"),),
        False,
    ),
    "client only": (
        (issue(HOST, CA, dns=(HOST,), usages=(ExtendedKeyUsageOID.CLIENT_AUTH,)).der, CA.der),
        (("eku-without-serverauth", 0, "1.3.6.1.5.5.7.3.2"),),
        True,
    ),
    "path length": ((of(BELOW_SHORT), BELOW_SHORT.der, SHORT.der), (("pathlen", 2, "0"),), False),
    "unreadable leaf": ((b"\x30\x03abc", CA.der), (("unparsable", 0, "the certificate cannot be read"),), False),
    "nothing sent": ((), (("unparsable", 0, "no certificate was sent"),), False),
}


@pytest.mark.parametrize(("chain", "expected", "trusted"), FAULTY.values(), ids=FAULTY.keys())
def test_each_fault_has_its_code(chain: tuple[bytes, ...], expected: Expected, trusted: bool) -> None:
    verdict = judged(*chain)
    assert problems(verdict) == expected
    assert verdict.trusted is trusted


def test_two_faults_are_both_said() -> None:
    verdict = judged(of(CA, "mail.example.net", days=(-90, -1)), OLD_CA.der)
    assert verdict.codes == ("expired", "expired", "name-mismatch")
    assert verdict.trusted


def test_name_constraints() -> None:
    verdict = judged(of(NARROW), NARROW.der)
    assert (verdict.codes, verdict.trusted) == (("name-constraint",), False)
    assert judge((issue(HOST, NARROW, dns=("mx.example.net",)).der, NARROW.der), "mx.example.net", NOW, STORE).trusted


def test_a_stored_root_must_be_an_authority_as_well() -> None:
    root = issue("Bare Root", None, constraints=False)
    verdict = judged(of(root), store=TrustStore.of([root.der]))
    assert problems(verdict) == (("not-a-ca", -1, "CN=Bare Root"),)
    assert not verdict.trusted


def test_an_expired_root_of_the_store_stands_at_minus_one() -> None:
    root = issue("Old Root", None, ca=True, days=(-900, -2))
    verdict = judged(of(root), store=TrustStore.of([root.der]))
    assert problems(verdict) == (("expired", -1, "2026-05-30"),)
    assert len(verdict.path) == 2


def test_a_root_of_the_same_name_with_another_key_is_not_taken_for_a_bad_signature() -> None:
    older = issue("Test CA", None, ca=True, key=ec_key("older generation"), identifiers=True)
    verdict = judged(issue(HOST, CA, dns=(HOST,), identifiers=True).der, store=TrustStore.of([older.der]))
    assert problems(verdict) == (("issuer-not-sent", 0, "CN=Test CA"),)


def test_a_self_signed_leaf_that_is_in_the_store_is_trusted() -> None:
    own = issue(HOST, None, dns=(HOST,)).der
    assert judged(own, store=TrustStore.of([own])).trusted


def test_an_authority_as_leaf_is_noted() -> None:
    assert "authority" in judged(issue(HOST, CA, ca=True, dns=(HOST,)).der, CA.der).notes[0]


def test_unreadable_extensions_say_nothing_of_the_name() -> None:
    der = LEAF.der.replace(b"\x82\x0fmx1.example.org", b"\x99\x0fmx1.example.org", 1)
    codes = judged(der, CA.der).codes
    assert "extensions-unreadable" in codes
    assert not {"no-san", "name-mismatch"} & set(codes)


def test_version_one() -> None:
    """Written by hand, since the library makes no such thing: the version left out, lengths mended, signed anew."""
    made = x509.load_der_x509_certificate(issue(HOST, CA, usages=(), constraints=False).der)
    version = bytes.fromhex("a003020102")
    header, fields = made.tbs_certificate_bytes.split(version, 1)
    assert len(header) in (3, 4)
    assert isinstance(CA.key, ec.EllipticCurvePrivateKey)
    body = sequence(fields)
    signature = CA.key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = sequence(bytes.fromhex("06082a8648ce3d040302"))
    der = sequence(body + algorithm + b"\x03" + bytes([len(signature) + 1]) + b"\0" + signature)
    verdict = judged(der, CA.der)
    assert (verdict.codes, verdict.anchored, verdict.trusted) == (("x509-v1", "no-san"), True, False)


def sequence(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2) + content if len(content) > 255 else short(content)


def short(content: bytes) -> bytes:
    return b"\x30" + (b"\x81" if len(content) > 127 else b"") + bytes([len(content)]) + content


def test_a_signature_with_sha1() -> None:
    """The library signs nothing with SHA-1 any more, so the name of the algorithm is written over."""
    sha256, sha1 = bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010105")
    authority = issue("RSA CA", ROOT, key=rsa.generate_private_key(65537, 2048), ca=True)
    assert ("weak-signature", 0, "sha1") in problems(judged(of(authority).replace(sha256, sha1), authority.der))


@pytest.mark.parametrize(
    "key",
    [
        ec_key("a", ec.SECP521R1()),
        ec_key("b", ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
        ed448.Ed448PrivateKey.from_private_bytes(bytes(57)),
    ],
    ids=["P-521", "secp256k1", "Ed25519", "Ed448"],
)
def test_algorithms_that_only_browsers_refuse(key: PrivateKey) -> None:
    authority = issue("Odd CA", ROOT, key=key, ca=True)
    assert (judged(of(authority), authority.der).codes, judged(of(CA, key=key), CA.der).codes) == ((), ())


def test_such_an_algorithm_does_not_hide_a_name_constraint() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    authority = issue("Odd CA", ROOT, key=key, ca=True, permitted=("example.net",))
    assert not judged(of(authority), authority.der).trusted


def test_two_stores_are_two_keys() -> None:
    assert len({TrustStore.of([ROOT.der]), TrustStore.of([ROOT.der]), STORE, STORE}) == 3


def test_a_bad_root_does_not_kill_the_store() -> None:
    odd = issue("Odd", None, ca=True, serial=0x55).der.replace(b"\x02\x01\x55", b"\x02\x01\x00", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store = TrustStore.of([b"", b"\x30\x80", odd, ROOT.der])
    assert judged(LEAF.der, CA.der, store=store).trusted


def test_the_roots_in_use_load_quickly() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        roots = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    ders = [root.public_bytes(Encoding.DER) for root in roots]
    assert within(0.2, lambda: TrustStore.of(ders))  # 25 ms where it was written; slower machines exist
    store = TrustStore.of(ders)
    assert all(judge((der,), HOST, NOW, store).trusted for der in ders)


def test_a_hostile_chain_buys_no_time() -> None:
    """Sixteen authorities of one name and key, of which each has signed each."""
    first = issue("Loop", None, ca=True, serial=1)
    loop = [issue("Loop", first, key=first.key, ca=True, serial=n).der for n in range(2, 40)]
    found: list[ChainVerdict] = []
    assert within(0.5, lambda: found.append(judged(of(first), *loop)))
    verdict = found[-1]
    assert not verdict.trusted
    assert len(verdict.path) <= 8


def test_a_chain_longer_than_the_depth_is_not_trusted() -> None:
    chain, by = [ROOT.der], ROOT
    for n in range(12):
        by = issue(f"Level {n}", by, ca=True)
        chain.insert(0, by.der)
    verdict = judged(of(by), *chain)
    assert (verdict.codes, verdict.anchored) == (("path-invalid",), False)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    st.text(max_size=20),
)
def test_damaged_chains_are_judged_all_the_same(damage: list[tuple[int, int, int]], host: str) -> None:
    chain = [bytearray(LEAF.der), bytearray(CA.der), bytearray(ROOT.der)]
    for which, position, value in damage:
        chain[which][position % len(chain[which])] = value
    verdict = judge(tuple(map(bytes, chain)), host, NOW, STORE)
    assert verdict.anchored or verdict.problems
    assert all(-1 <= problem.position < len(chain) for problem in verdict.problems)
    assert all(len(problem.detail) <= 200 for problem in verdict.problems)


@pytest.mark.parametrize(("moment", "codes"), [(NOW + 60 * DAY, ()), (NOW + 61 * DAY, ("expired",))])
def test_the_last_moment_still_counts(moment: datetime, codes: tuple[str, ...]) -> None:
    assert judge((LEAF.der, CA.der), HOST, moment, STORE).codes == codes
