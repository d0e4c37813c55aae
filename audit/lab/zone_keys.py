"""The keys with which the lab's zones are signed: made of their names, always the same. They protect nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import gcd, prod

import dns.dnssec
import dns.rdtypes.ANY.DNSKEY
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)

ZONE_KEY, ENTRY = 256, 1  # flags of a DNSKEY (RFC 4034 section 2.1.1): one key signs both keys and data
EXPONENT, PRIME_BITS = 65537, 512
SMALL = prod((3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61))
WITNESSES = (2, 3, 5, 7)


@dataclass(frozen=True, slots=True)
class ZoneKey:
    private: Ed25519PrivateKey | RSAPrivateKey
    public: dns.rdtypes.ANY.DNSKEY.DNSKEY


@cache
def ed25519(zone: str) -> ZoneKey:
    """As zones are signed today (RFC 8080)."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_seed(zone)).digest())
    return ZoneKey(private, dns.dnssec.make_dnskey(private.public_key(), "ED25519", ZONE_KEY | ENTRY))


@cache
def rsa_sha1(zone: str, algorithm: str) -> ZoneKey:
    """As zones were signed when DNSSEC was young: RSA of 1024 bits and SHA-1 (RFC 3110, RFC 5155 section 2)."""
    p, q = _prime(_seed(zone) + b" p"), _prime(_seed(zone) + b" q")
    secret = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p=p,
        q=q,
        d=secret,
        dmp1=rsa_crt_dmp1(secret, p),
        dmq1=rsa_crt_dmq1(secret, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=RSAPublicNumbers(EXPONENT, p * q),
    )
    private = numbers.private_key()
    return ZoneKey(private, dns.dnssec.make_dnskey(private.public_key(), algorithm, ZONE_KEY | ENTRY))


def _seed(zone: str) -> bytes:
    return f"mxaudit lab key that signs {zone}".encode()


def _prime(seed: bytes) -> int:
    """The first prime from a number on that is made of the seed."""
    drawn = int.from_bytes(hashlib.shake_256(seed).digest(PRIME_BITS // 8))
    return next(n for n in _candidates(drawn | 0b11 << (PRIME_BITS - 2) | 1) if _is_prime(n))


def _candidates(number: int) -> Iterator[int]:
    return (odd for odd in range(number, number + (1 << 20), 2) if gcd(odd, SMALL) == 1)


def _is_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in WITNESSES) and (number - 1) % EXPONENT != 0
