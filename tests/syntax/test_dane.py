"""TLSA records against chains: which fit, which are not looked at, and what the whole comes to."""

from __future__ import annotations

import hashlib
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.syntax.dane import Dane, DaneVerdict, Misfit, Tlsa, judged, key_info, read, unusable
from tests.syntax.pki import CA, HOST, NOW, ROOT, Signer, ec_key, issue

HASHES = {1: hashlib.sha256, 2: hashlib.sha512}
LEAF = issue(HOST, CA, dns=(HOST,))
CHAIN = (LEAF.der, CA.der)
WITH_ROOT = (*CHAIN, ROOT.der)
EXPIRED = issue(HOST, CA, dns=(HOST,), days=(-90, -1))
OTHER_NAME = issue("other.example.org", CA, dns=("other.example.org",))
ONLY_COMMON = issue(HOST, CA)
SELF = issue(HOST, None, key=ec_key("self"), dns=(HOST,))
OLD_CA = issue("Test CA", ROOT, ca=True, days=(-900, -5))
OLD_ROOT = issue("Test Root", None, ca=True, days=(-1000, -5))
NO_CA = issue("No CA", ROOT)
BELOW_NO_CA = issue(HOST, NO_CA, dns=(HOST,))
STRANGER = issue("Stranger CA", None, ca=True)


def info(der: bytes) -> bytes:
    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def tlsa(usage: int, selector: int, matching: int, of: Signer) -> str:
    data = of.der if selector == 0 else info(of.der)
    return f"{usage} {selector} {matching} {(HASHES[matching](data).digest() if matching else data).hex()}"


def of(*records: str, chain: tuple[bytes, ...] = CHAIN, names: tuple[str, ...] = (HOST,)) -> DaneVerdict:
    parsed = [read(r) for r in records]
    assert None not in parsed
    return judged([r for r in parsed if r], chain, names, NOW)


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize(
    ("usage", "signer", "chain", "position"),
    [
        (3, LEAF, CHAIN, 0),
        (3, LEAF, (LEAF.der,), 0),
        (3, EXPIRED, (EXPIRED.der, CA.der), 0),  # dates and names do not count
        (3, OTHER_NAME, (OTHER_NAME.der,), 0),
        (3, SELF, (SELF.der,), 0),
        (2, CA, CHAIN, 1),
        (2, CA, (LEAF.der, STRANGER.der, CA.der), 2),
        (2, ROOT, WITH_ROOT, 2),
        (2, OLD_CA, (LEAF.der, OLD_CA.der), 1),  # the dates of an authority that another signed
        (2, CA, (ONLY_COMMON.der, CA.der), 1),  # a common name, where there is no other
    ],
)
def test_a_record_that_fits(
    usage: int, selector: int, matching: int, signer: Signer, chain: tuple[bytes, ...], position: int
) -> None:
    verdict = of(tlsa(usage, selector, matching, signer), chain=chain)
    (fit,) = verdict.fits
    assert (verdict.state, fit.why, fit.position, fit.problems) == (Dane.MATCH, None, position, ())


@pytest.mark.parametrize(
    ("record", "chain", "why", "codes"),
    [
        (tlsa(3, 1, 1, SELF), CHAIN, Misfit.OTHER_KEY, ()),
        (tlsa(3, 1, 1, CA), CHAIN, Misfit.NOT_LEAF, ()),
        (tlsa(2, 1, 1, LEAF), CHAIN, Misfit.IS_LEAF, ()),
        (tlsa(2, 0, 1, SELF), (SELF.der,), Misfit.IS_LEAF, ()),
        (tlsa(2, 0, 0, LEAF), CHAIN, Misfit.IS_LEAF, ()),
        (tlsa(2, 1, 0, LEAF), CHAIN, Misfit.IS_LEAF, ()),
        (tlsa(2, 0, 1, SELF), (SELF.der, SELF.der), Misfit.IS_LEAF, ()),
        (tlsa(2, 1, 1, ROOT), CHAIN, Misfit.NOT_ISSUER, ()),  # not sent
        (tlsa(2, 1, 1, STRANGER), (*CHAIN, STRANGER.der), Misfit.NOT_ISSUER, ()),  # sent, and signs nothing
        (tlsa(2, 1, 1, CA), (EXPIRED.der, CA.der), Misfit.CHAIN, ("expired",)),
        (tlsa(2, 1, 1, CA), (OTHER_NAME.der, CA.der), Misfit.CHAIN, ("name-mismatch",)),
        (tlsa(2, 1, 1, ROOT), (LEAF.der, CA.der, OLD_ROOT.der), Misfit.CHAIN, ("expired",)),  # signed by itself
        (tlsa(2, 1, 1, ROOT), (BELOW_NO_CA.der, NO_CA.der, ROOT.der), Misfit.CHAIN, ("not-a-ca",)),
        (tlsa(3, 1, 1, LEAF), (), Misfit.NO_CHAIN, ()),
    ],
)
def test_a_record_that_does_not_fit(record: str, chain: tuple[bytes, ...], why: Misfit, codes: tuple[str, ...]) -> None:
    verdict = of(record, chain=chain)
    (fit,) = verdict.fits
    assert (verdict.state, fit.why, tuple(p.code for p in fit.problems)) == (Dane.NO_MATCH, why, codes)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (tlsa(0, 0, 1, CA), Misfit.USAGE),
        (tlsa(1, 1, 1, LEAF), Misfit.USAGE),
        (tlsa(3, 1, 1, LEAF).replace("3", "4", 1), Misfit.USAGE),
        ("3 2 1 " + "ab" * 32, Misfit.SELECTOR),
        ("3 1 3 " + "ab" * 32, Misfit.MATCHING),
        ("3 1 1 " + "ab" * 31, Misfit.LENGTH),
        ("3 1 2 " + "ab" * 32, Misfit.LENGTH),
        ("3 0 0 3003020101", Misfit.UNREADABLE),
        ("2 1 0 3003020101", Misfit.UNREADABLE),
    ],
)
def test_records_that_senders_do_not_look_at(record: str, why: Misfit) -> None:
    verdict = of(record)
    assert (verdict.state, verdict.fits[0].usable, verdict.fits[0].why) == (Dane.UNUSABLE, False, why)
    assert of(record, tlsa(3, 1, 1, LEAF)).state is Dane.MATCH
    assert of(record, tlsa(3, 1, 1, SELF)).state is Dane.NO_MATCH


def test_the_strongest_digest_of_a_kind_counts_alone() -> None:
    """RFC 7671 section 9: 3 1 2 of another key, and 3 1 1 of the right one, fit nothing."""
    wrong, right = tlsa(3, 1, 2, SELF), tlsa(3, 1, 1, LEAF)
    verdict = of(wrong, right)
    assert (verdict.state, [f.why for f in verdict.fits]) == (Dane.NO_MATCH, [Misfit.OTHER_KEY, Misfit.WEAKER])
    assert of(tlsa(3, 0, 2, SELF), right).state is Dane.MATCH  # of another kind
    assert of(wrong, tlsa(3, 1, 0, LEAF)).state is Dane.MATCH  # whole


def test_an_authority_that_is_published_whole_need_not_be_sent() -> None:
    assert of(tlsa(2, 0, 0, CA), chain=(LEAF.der,)).state is Dane.MATCH
    assert of(tlsa(2, 1, 0, CA), chain=(LEAF.der,)).state is Dane.MATCH
    assert of(tlsa(2, 1, 0, STRANGER), chain=(LEAF.der,)).state is Dane.NO_MATCH
    assert of(tlsa(2, 0, 1, CA), chain=(LEAF.der,)).state is Dane.NO_MATCH


def test_the_domain_is_a_name_as_well_where_its_mx_is_secure() -> None:
    by_domain = issue("example.org", CA, dns=("example.org",))
    chain, record = (by_domain.der, CA.der), tlsa(2, 1, 1, CA)
    assert of(record, chain=chain).state is Dane.NO_MATCH
    assert of(record, chain=chain, names=(HOST, "example.org")).state is Dane.MATCH


@pytest.mark.parametrize(
    "text", ["", "3 1 1", "3 1 x ab", "3 1 1 abc", "3 1 1 zz", "-3 1 1 ab", "256 1 1 ab", "3 1 1 ²"]
)
def test_what_is_no_record(text: str) -> None:
    assert read(text) is None


def test_digits_may_stand_in_groups() -> None:
    assert read("3 1 1 ab CD ef") == Tlsa(3, 1, 1, b"\xab\xcd\xef")


@pytest.mark.parametrize("signer", [LEAF, CA, ROOT])
def test_the_key_is_taken_as_it_stands_in_the_certificate(signer: Signer) -> None:
    assert key_info(signer.der) == info(signer.der)


def test_no_damage_raises() -> None:
    chance = random.Random(7)
    records = [read(tlsa(u, s, m, of)) for u, of in ((3, LEAF), (2, CA)) for s in (0, 1) for m in (0, 1, 2)]
    for _ in range(300):
        chain = []
        for der in WITH_ROOT:
            octets = bytearray(der)
            for _ in range(chance.randint(0, 3)):
                octets[chance.randrange(len(octets))] = chance.randrange(256)
            chain.append(bytes(octets[: chance.choice((None, None, chance.randrange(len(octets))))]))
        damaged = [Tlsa(r.usage, r.selector, r.matching, r.data[: chance.choice((None, 9))]) for r in records if r]
        judged(damaged, tuple(chain), (HOST,), NOW)
        assert all(unusable(r) is None or r.data for r in damaged)
