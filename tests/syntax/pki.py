"""Certificates made to measure, for chains with one fault each. Keys are derived from names, so runs are alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "mx1.example.org"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


def ec_key(name: str, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(hashlib.sha224(name.encode()).digest()[:20]), curve or ec.SECP256R1())


def named(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Signer:
    """A certificate with its key."""

    name: str
    key: PrivateKey
    der: bytes


def issue(
    name: str,
    by: Signer | None,
    *,
    key: PrivateKey | None = None,
    signing_key: PrivateKey | None = None,
    ca: bool = False,
    constraints: bool = True,
    path_length: int | None = None,
    dns: tuple[str, ...] = (),
    days: tuple[int, int] = (-30, 60),
    usages: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.SERVER_AUTH,),
    permitted: tuple[str, ...] = (),
    cert_sign: bool | None = None,
    identifiers: bool = False,
    serial: int = 7,
    features: tuple[x509.TLSFeatureType, ...] = (),
) -> Signer:
    """A certificate issued by another one, or by itself where `by` is null. `days` count from `NOW`."""
    own = key or ec_key(name)
    signing = signing_key or (by.key if by else own)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(by.name if by else name))
        .public_key(own.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
    )
    if constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    if cert_sign is not None:
        usage = x509.KeyUsage(True, False, False, False, False, cert_sign, False, False, False)
        builder = builder.add_extension(usage, critical=True)
    if dns:
        names = x509.SubjectAlternativeName([x509.DNSName(entry) for entry in dns])
        builder = builder.add_extension(names, critical=False)
    if usages and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if features:
        builder = builder.add_extension(x509.TLSFeature(features), critical=False)
    if permitted:
        limits = x509.NameConstraints([x509.DNSName(entry) for entry in permitted], None)
        builder = builder.add_extension(limits, critical=True)
    if identifiers:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        builder = builder.add_extension(issuer, critical=False)
    bare = isinstance(signing, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    steady = True if isinstance(signing, ec.EllipticCurvePrivateKey) else None
    made = builder.sign(signing, None if bare else hashes.SHA256(), ecdsa_deterministic=steady)
    return Signer(name=name, key=own, der=made.public_bytes(Encoding.DER))


ROOT = issue("Test Root", None, ca=True, days=(-1000, 3000))
CA = issue("Test CA", ROOT, ca=True, days=(-900, 1800))
