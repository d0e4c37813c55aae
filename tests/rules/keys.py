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
def ed25519_text() -> str:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return _text(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
