"""The lab's certificates: root, intermediate, and a leaf for each mail host, sound or with one fault (RFC 5280).

Nothing is random: keys come from fixed secrets, signatures are deterministic (RFC 6979), serial numbers come from
names, and dates are relative to a given time. The same time gives the same octets. The keys protect nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # P-256
ROOT, INTERMEDIATE = "Lab Root CA", "Lab Intermediate CA"
OTHER_HOST = "mail.elsewhere.example"


class CertificateFault(StrEnum):
    """What is wrong with a host's certificate."""

    NONE = "none"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    SELF_SIGNED = "self_signed"
    INCOMPLETE = "incomplete"  # the leaf is sent without the intermediate


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a server shows: its key, and the chain that it sends, the leaf first."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class _Issuer:
    name: str
    key: ec.EllipticCurvePrivateKey


@cache
def derived_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The key of a name, always the same."""
    secret = int.from_bytes(hashlib.sha256(f"mxaudit lab key of {name}".encode()).digest(), "big")
    return ec.derive_private_key(secret % (CURVE_ORDER - 1) + 1, ec.SECP256R1())


@cache
def root(now: datetime) -> x509.Certificate:
    return _authority(ROOT, ROOT, now - timedelta(days=365), now + timedelta(days=3650))


@cache
def intermediate(now: datetime) -> x509.Certificate:
    return _authority(INTERMEDIATE, ROOT, now - timedelta(days=300), now + timedelta(days=1825))


def credentials(host: str, fault: CertificateFault, now: datetime, also: tuple[str, ...] = ()) -> Credentials:
    """The key and the chain of a host; `also` are further names that its certificate covers."""
    key = derived_key(host)
    since, until = now - timedelta(days=30), now + timedelta(days=60)
    if fault is CertificateFault.EXPIRED:
        since, until = now - timedelta(days=100), now - timedelta(days=10)
    names = (OTHER_HOST,) if fault is CertificateFault.WRONG_NAME else (host, *also)
    if fault is CertificateFault.SELF_SIGNED:
        return Credentials(key, (_leaf(names, key, _Issuer(names[0], key), since, until),))
    leaf = _leaf(names, key, _Issuer(INTERMEDIATE, derived_key(INTERMEDIATE)), since, until)
    return Credentials(key, (leaf,) if fault is CertificateFault.INCOMPLETE else (leaf, intermediate(now)))


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _authority(name: str, issuer: str, since: datetime, until: datetime) -> x509.Certificate:
    made = _builder(name, derived_key(name), _Issuer(issuer, derived_key(issuer)), since, until)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = made.add_extension(_usage(signs_certificates=True), critical=True)
    return made.sign(derived_key(issuer), hashes.SHA256(), ecdsa_deterministic=True)


def _leaf(
    names: tuple[str, ...], key: ec.EllipticCurvePrivateKey, issuer: _Issuer, since: datetime, until: datetime
) -> x509.Certificate:
    made = _builder(names[0], key, issuer, since, until)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(signs_certificates=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return made.sign(issuer.key, hashes.SHA256(), ecdsa_deterministic=True)


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: _Issuer, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    serial = int.from_bytes(hashlib.sha256(f"{issuer.name}/{name}".encode()).digest()[:15], "big")
    made = x509.CertificateBuilder().subject_name(_distinguished(name)).issuer_name(_distinguished(issuer.name))
    made = made.public_key(key.public_key()).serial_number(serial | 1)
    made = made.not_valid_before(since.replace(microsecond=0)).not_valid_after(until.replace(microsecond=0))
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return made.add_extension(own, critical=False).add_extension(above, critical=False)


def _distinguished(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
