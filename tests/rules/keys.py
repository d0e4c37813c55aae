"""Public keys as DKIM records hold them."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.rules.pki import rsa_key

# Too short for today's libraries to make: SubjectPublicKeyInfo of a modulus of 512 bits.
RSA_512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK{}MCAwEAAQ=="


@cache
def rsa_text(bits: int) -> str:
    """An RSA key in base64, as SubjectPublicKeyInfo."""
    octets = rsa_key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


@cache
def bare_rsa_text(bits: int) -> str:
    """An RSA key in base64, as the RSAPublicKey that RFC 6376 section 3.6.1 names."""
    octets = rsa_key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return base64.b64encode(octets).decode()


@cache
def ed25519_text() -> str:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
