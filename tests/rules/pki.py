"""A small public key infrastructure of the tests: chains that are sound, and chains with one fault, for any host.

Keys are made once in a test session; dates are relative to NOW. Nothing is read from a file.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT, INTERMEDIATE, STRANGER = "Root CA", "Intermediate CA", "Unknown Root CA"
RSA_AUTHORITY = "RSA CA"
SHA256_WITH_RSA, SHA1_WITH_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Chain: TypeAlias = tuple[bytes, ...]


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def root() -> bytes:
    return _certificate(ROOT, key(ROOT), ROOT, since=-365, until=3650, authority=True)


@cache
def intermediate() -> bytes:
    return _certificate(INTERMEDIATE, key(INTERMEDIATE), ROOT, since=-300, until=1825, authority=True)


@cache
def good(host: str) -> Chain:
    return (_leaf(host), intermediate())


@cache
def expired(host: str) -> Chain:
    return (_leaf(host, since=-100, until=-10), intermediate())


@cache
def not_yet_valid(host: str) -> Chain:
    return (_leaf(host, since=2, until=92), intermediate())


@cache
def ending_in(host: str, days: float, lifetime: float = 90) -> Chain:
    return (_leaf(host, since=days - lifetime, until=days), intermediate())


@cache
def for_another_name(host: str) -> Chain:
    return (_leaf("mail.elsewhere.example"), intermediate())


@cache
def common_name_only(host: str) -> Chain:
    return (_certificate(host, key(host), INTERMEDIATE, names=()), intermediate())


@cache
def self_signed(host: str) -> Chain:
    return (_certificate(host, key(host), host, names=(host,), signer=key(host)),)


@cache
def incomplete(host: str) -> Chain:
    return (_leaf(host),)


@cache
def unknown_root(host: str) -> Chain:
    return (
        _certificate(host, key(host), STRANGER, names=(host,)),
        _certificate(STRANGER, key(STRANGER), STRANGER, since=-365, until=3650, authority=True),
    )


@cache
def of_rsa(host: str, bits: int) -> Chain:
    return (_certificate(host, rsa_key(bits), INTERMEDIATE, names=(host,)), intermediate())


@cache
def of_sha1(host: str) -> Chain:
    """The server's own certificate is signed with SHA-1, and truly so: only the library won't do it."""
    authority = rsa_key(2048)
    leaf = _certificate(host, key(host), RSA_AUTHORITY, names=(host,), signer=authority)
    old = leaf.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    signed = x509.load_der_x509_certificate(old).tbs_certificate_bytes
    signature = authority.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    return (old[: -len(signature)] + signature, rsa_intermediate())


@cache
def rsa_intermediate() -> bytes:
    return _certificate(RSA_AUTHORITY, rsa_key(2048), ROOT, since=-300, until=1825, authority=True)


@cache
def for_clients(host: str) -> Chain:
    purposes = (ExtendedKeyUsageOID.CLIENT_AUTH,)
    return (_certificate(host, key(host), INTERMEDIATE, names=(host,), purposes=purposes), intermediate())


@cache
def expired_intermediate(host: str) -> Chain:
    name = "Expired CA"
    authority = _certificate(name, key(name), ROOT, since=-300, until=-5, authority=True)
    return (_certificate(host, key(host), name, names=(host,)), authority)


@cache
def no_authority(host: str) -> Chain:
    """The intermediate is no authority."""
    name = "No Authority"
    between = _certificate(name, key(name), ROOT, since=-300, until=1825)
    return (_certificate(host, key(host), name, names=(host,)), between)


@cache
def wildcard(host: str, labels: int = 1) -> Chain:
    """`*` in the place of so many labels, of which only one is covered."""
    name = f"*.{host.split('.', labels)[-1]}"
    return (_certificate(host, key(host), INTERMEDIATE, names=(name,)), intermediate())


@cache
def misordered(host: str) -> Chain:
    """With a certificate that belongs to nobody, the root, and the order upside down."""
    return (_leaf(host), root(), rsa_intermediate(), intermediate())


@cache
def living(host: str, days: float, since: float = -1) -> Chain:
    """Valid for so many days."""
    return (_leaf(host, since=since, until=since + days), intermediate())


@cache
def promising(host: str) -> Chain:
    """It binds the server to staple an OCSP response."""
    return (_certificate(host, key(host), INTERMEDIATE, names=(host,), must_staple=True), intermediate())


@cache
def of_key(host: str, name: str) -> Chain:
    """A sound chain with a key of that name."""
    return (_certificate(host, key(name), INTERMEDIATE, names=(host,)), intermediate())


def garbage(host: str) -> Chain:
    return (b"\x30\x03\x02\x01\x01", intermediate())


@cache
def issued_by(host: str, organization: str, *, wildcard: bool = False) -> Chain:
    """A sound chain whose intermediate belongs to an organization."""
    covered = f"*.{host.partition('.')[2]}" if wildcard else host
    leaf = _certificate(host, key(host), organization, names=(covered,), organization=organization)
    authority = _certificate(
        organization, key(organization), ROOT, since=-300, until=1825, authority=True, subject_of=organization
    )
    return (leaf, authority)


def _leaf(host: str, since: float = -30, until: float = 60) -> bytes:
    return _certificate(host, key(host), INTERMEDIATE, names=(host,), since=since, until=until)


def _certificate(
    name: str,
    own: Key,
    issuer: str,
    *,
    names: tuple[str, ...] = (),
    since: float = -30,
    until: float = 60,
    authority: bool = False,
    signer: Key | None = None,
    organization: str | None = None,
    subject_of: str | None = None,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    must_staple: bool = False,
) -> bytes:
    signing = signer or key(issuer)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name, subject_of))
        .issuer_name(_named(issuer, organization))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + since * DAY)
        .not_valid_after(NOW + until * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if must_staple:
        made = made.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=False)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return made.sign(signing, hashes.SHA256()).public_bytes(Encoding.DER)


def _named(text: str, organization: str | None = None) -> x509.Name:
    common = x509.NameAttribute(NameOID.COMMON_NAME, text[:64])
    return x509.Name([common, *([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else [])])
