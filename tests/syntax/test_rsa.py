"""RSA keys are read in both forms, broken ones too, and what makes them weak is told."""

from __future__ import annotations

import math
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa as library
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax import rsa
from audit.syntax.rsa import PRIMES, RsaKey, read

GOOD = (1 << 2047) + 3  # no small factor, and no power of 65537 modulo some prime


@cache
def encoded(form: PublicFormat, bits: int = 2048) -> bytes:
    return library.RSAPublicNumbers(65537, (1 << bits) - 159).public_key().public_bytes(Encoding.DER, form)


def der(tag: int, contents: bytes) -> bytes:
    size = len(contents)
    length = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes((tag,)) + length + contents


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def bare(modulus: int, exponent: int = 65537) -> bytes:
    return der(0x30, integer(modulus) + integer(exponent))


@pytest.mark.parametrize("form", [PublicFormat.PKCS1, PublicFormat.SubjectPublicKeyInfo])
@pytest.mark.parametrize("bits", [512, 1024, 2048, 8192])
def test_both_forms_are_read(form: PublicFormat, bits: int) -> None:
    key = read(encoded(form, bits))
    assert key == RsaKey((1 << bits) - 159, 65537)
    assert key.bits == bits


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x00",
        bare(GOOD) + b"\x00",  # something behind it
        bare(GOOD)[:-1],
        der(0x30, integer(GOOD)),
        der(0x30, integer(GOOD) * 3),
        bare(-5),
        bare(5, 0),
        der(0x30, b"\x02\x00" + integer(3)),
        der(0x30, der(0x30, b"") + der(3, b"\x00" + bare(GOOD))),  # of no algorithm
        encoded(PublicFormat.SubjectPublicKeyInfo).replace(b"\x03\x82\x01\x0f\x00", b"\x03\x82\x01\x0f\x01"),
        b"\x30\x85\x00\x00\x00\x00\x01\x00",
    ],
)
def test_what_is_no_key(octets: bytes) -> None:
    assert read(octets) is None


@pytest.mark.parametrize(
    ("modulus", "exponent", "weaknesses"),
    [
        (GOOD, 65537, ()),
        (GOOD, 3, ()),
        (GOOD, 1, ("its exponent is 1",)),
        (GOOD, 2, ("its exponent is 2",)),
        (GOOD, 65536, ("its exponent is 65536",)),
        (GOOD, 1 << 100, ("its exponent is even",)),
        (GOOD * 2, 65537, ("its modulus is even",)),
        (GOOD * 7, 65537, ("its modulus has the factor 7",)),
    ],
)
def test_what_makes_a_key_weak(modulus: int, exponent: int, weaknesses: tuple[str, ...]) -> None:
    key = read(bare(modulus, exponent))
    assert key is not None
    assert key.weaknesses == weaknesses


@pytest.mark.parametrize(("a", "b"), [(1, 2), (100, 2345), (77777, 12)])
def test_the_fault_of_a_chip_is_told(a: int, b: int) -> None:
    """Such a chip makes primes of the form k * M + 65537^a mod M, M the product of the first primes."""
    product = 2 * math.prod(PRIMES)
    p, q = (k * product + pow(65537, e, product) for k, e in ((1 << 780, a), (1 << 781, b)))
    (weakness,) = RsaKey(p * q, 65537).weaknesses
    assert "ROCA" in weakness
    others = [RsaKey(p * q + k * product // 11, 65537).weaknesses for k in range(1, 11)]  # other residues of 11
    assert others.count(()) == 8


def test_a_lost_end_is_told_from_another_fault() -> None:
    whole = encoded(PublicFormat.SubjectPublicKeyInfo)
    assert rsa.cut_off(whole[:150])
    assert not rsa.cut_off(whole)
    assert not rsa.cut_off(b"\x04" + whole[1:150])
    assert not rsa.cut_off(b"\x30\x82")


def test_an_ed25519_key_is_unwrapped() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    wrapped = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert rsa.ed25519_of(wrapped) == raw
    assert rsa.ed25519_of(raw) is rsa.ed25519_of(wrapped + b"x") is rsa.ed25519_of(b"") is None


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.sampled_from([PublicFormat.PKCS1, PublicFormat.SubjectPublicKeyInfo]), st.integers(0, 293), st.binary(max_size=3)
)
def test_what_a_library_reads_is_read_alike(form: PublicFormat, at: int, change: bytes) -> None:
    octets = encoded(form)[:at] + change + encoded(form)[at + len(change) :]
    key = read(octets)
    try:
        theirs = load_der_public_key(octets)
    except Exception:  # noqa: BLE001 -- what it refuses may still be worth a word
        return
    if isinstance(theirs, library.RSAPublicKey):
        numbers = theirs.public_numbers()
        assert key == RsaKey(numbers.n, numbers.e)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=64))
def test_no_octets_are_too_odd(octets: bytes) -> None:
    key = read(octets)
    assert key is None or key.weaknesses is not None
    rsa.cut_off(octets)
