"""Public RSA keys for the lab's DKIM records: base64 of DER (SubjectPublicKeyInfo). Nobody holds the private halves."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.syntax.rsa import RsaKey

BITS, EXPONENT = 2048, 65537

RSA_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyDwdv08Hjx0IUW3TT0wR0rbZdSKguYi6oUhQbj49eVfEXXKE4ZE6GGsiSF2ZJ/MZmi3Fx+USJIy8E"
    "US0Va8STVqb8STxz2XIVtLHK7/gLlejdYEe81m2Oy4mr5c/cOBlMhJhmYnMYQfXUr8AU/EH5ZGUREYBi0ErI4ak8mh/IawIDAQAB"
)


@cache
def rsa_2048(domain: str) -> str:
    """A key of a domain's own, the same each time: a number made of its name, that nobody can take apart."""
    number = int.from_bytes(hashlib.shake_256(domain.encode()).digest(BITS // 8))
    modulus = number | 1 << (BITS - 1) | 1
    while RsaKey(modulus, EXPONENT).weaknesses:
        modulus += 2
    key = RSAPublicNumbers(EXPONENT, modulus).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode("ascii")
