"""Public keys as DKIM records hold them, in base64."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.rules.pki import rsa_key


@cache
def rsa_text(bits: int) -> str:
    """An RSA key as SubjectPublicKeyInfo."""
    return _text(rsa_key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@cache
def bare_rsa_text(bits: int) -> str:
    """An RSA key as the RSAPublicKey that RFC 6376 section 3.6.1 names."""
    return _text(rsa_key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1))


@cache
def short_rsa_text() -> str:
    """A modulus of 512 bits, which libraries no longer make: any odd number of that length will do."""
    key = rsa.RSAPublicNumbers(65537, (1 << 511) | 1).public_key()
    return _text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@cache
def long_rsa_text(bits: int) -> str:
    """A modulus of which nobody knows the factors: to be measured, not to be used."""
    key = rsa.RSAPublicNumbers(65537, (1 << bits) - 159).public_key()
    return _text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@cache
def odd_rsa_text(*, factor: int = 1, exponent: int = 65537) -> str:
    """A bare RSAPublicKey that libraries refuse to make, of some 2048 bits."""
    modulus = rsa_key(2048).public_key().public_numbers().n * factor
    numbers = _element(2, _signed(modulus)) + _element(2, _signed(exponent))
    return _text(_element(0x30, numbers))


def _signed(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, signed=True)


def _element(tag: int, contents: bytes) -> bytes:
    size = len(contents)
    length = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes((tag,)) + length + contents


@cache
def ed25519_text() -> str:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return _text(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


@cache
def ed25519_info_text() -> str:
    """An Ed25519 key as SubjectPublicKeyInfo, which RFC 8463 does not allow."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return _text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
