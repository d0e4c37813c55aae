"""What a certificate says (RFC 5280), read without believing that any of it is well formed.

A TLS server sends its certificates as DER. Any attribute of any of them may be malformed, so each is read alone and
what cannot be read is null, never an exception. One unreadable extension makes all of them unreadable: the host names
are then unknown, which is not the same as none. Host names are matched by RFC 9525 section 6.3.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from audit.model.value import dataclass
from audit.syntax.escape import visible

MAX_NAMES = 100
MAX_DER = 64 * 1024  # octets of one certificate; nothing real comes near
LEAST_WILDCARD_LABELS = 3  # `*.org` would cover the domains of everybody

T = TypeVar("T")
E = TypeVar("E", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What can be read of a certificate. Text is escaped and cut; dates are in UTC; `bits` is the size of the key."""

    der: bytes = field(repr=False)
    sha256: str
    subject: str
    issuer: str
    issuer_organization: str | None  # escaped and cut; null where the issuer names none, or more than one
    serial: str  # hexadecimal, lower case
    not_before: datetime | None
    not_after: datetime | None
    dns_names: tuple[str, ...]  # the dNSName entries of subjectAltName, at most 100
    names_readable: bool  # false: the extensions could not be read, so the names are unknown
    key: str  # "RSA", "EC", "Ed25519", "Ed448", "DSA" or "unknown"
    bits: int | None
    curve: str | None
    signature_hash: str | None  # "sha256", …; null where the algorithm has none, such as Ed25519
    self_issued: bool
    is_ca: bool | None  # null: it does not say, or cannot be read
    key_sha256: str | None  # hex, of the public key with its algorithm; null where it cannot be read
    readable: bool  # false: this is no certificate, or lacks a subject, an issuer or a key that can be read


def attempt(read: Callable[[], T]) -> T | None:
    """What `read` gives, or null where the certificate is malformed there; silently in both cases.

    The library raises ValueError, UnsupportedAlgorithm, DuplicateExtension and more, and warns about oddities such as a
    serial number of zero: what may come out of hostile DER is an open set.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read()
        except Exception:  # noqa: BLE001 - hostile DER raises an open set of types, and each means "unreadable"
            return None


def load(der: bytes) -> x509.Certificate | None:
    """The parsed certificate, or null where the octets are none."""
    return attempt(lambda: x509.load_der_x509_certificate(der)) if len(der) <= MAX_DER else None


def parse(der: bytes) -> Certificate:
    """Read a certificate. Never raises: a field that cannot be read is null, empty or `unknown`."""
    raw = load(der)
    if raw is None:
        return _unreadable(der)
    subject, issuer = attempt(lambda: raw.subject), attempt(lambda: raw.issuer)
    extensions = attempt(lambda: raw.extensions)
    names = dns_names(extensions) if extensions is not None else ()
    public = attempt(raw.public_key)
    key, bits, curve = describe_key(public)
    number = attempt(lambda: raw.serial_number)
    digest = attempt(lambda: raw.signature_hash_algorithm)
    basic = find(extensions, x509.BasicConstraints)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        subject=display(subject),
        issuer=display(issuer),
        issuer_organization=_organization(issuer),
        serial=f"{number:x}" if number is not None else "",
        not_before=attempt(lambda: raw.not_valid_before_utc),
        not_after=attempt(lambda: raw.not_valid_after_utc),
        dns_names=tuple(visible(name) for name in names[:MAX_NAMES]),
        names_readable=extensions is not None,
        key=key,
        bits=bits,
        curve=curve,
        signature_hash=digest.name if digest else None,
        self_issued=subject is not None and subject == issuer,
        is_ca=basic.ca if basic else None,
        key_sha256=_key_digest(public),
        readable=subject is not None and issuer is not None and public is not None,
    )


def _unreadable(der: bytes) -> Certificate:
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        subject="",
        issuer="",
        issuer_organization=None,
        serial="",
        not_before=None,
        not_after=None,
        dns_names=(),
        names_readable=False,
        key="unknown",
        bits=None,
        curve=None,
        signature_hash=None,
        self_issued=False,
        is_ca=None,
        key_sha256=None,
        readable=False,
    )


def _key_digest(public: PublicKeyTypes | None) -> str | None:
    if public is None:
        return None
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    octets = attempt(lambda: public.public_bytes(serialization.Encoding.DER, form))
    return hashlib.sha256(octets).hexdigest() if octets is not None else None


def display(name: x509.Name | None) -> str:
    """A distinguished name for a person (RFC 4514), escaped and cut."""
    return visible(attempt(name.rfc4514_string) or "") if name is not None else ""


def _organization(name: x509.Name | None) -> str | None:
    """The one organization that a distinguished name holds."""
    found = attempt(lambda: name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)) if name is not None else None
    return visible(str(found[0].value)) if found and len(found) == 1 else None


def find(extensions: x509.Extensions | None, kind: type[E]) -> E | None:
    """The extension of that kind, or null where it is absent or nothing can be read."""
    if extensions is None:
        return None
    return attempt(lambda: extensions.get_extension_for_class(kind).value)


def dns_names(extensions: x509.Extensions | None) -> tuple[str, ...]:
    """The dNSName entries of subjectAltName, as they are."""
    names = find(extensions, x509.SubjectAlternativeName)
    return tuple(names.get_values_for_type(x509.DNSName)) if names is not None else ()


def describe_key(key: object) -> tuple[str, int | None, str | None]:
    """The kind, the size in bits and the curve of a public key."""
    match key:
        case rsa.RSAPublicKey():
            return "RSA", key.key_size, None
        case ec.EllipticCurvePublicKey():
            return "EC", key.key_size, key.curve.name
        case dsa.DSAPublicKey():
            return "DSA", key.key_size, None
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256, None
        case ed448.Ed448PublicKey():
            return "Ed448", 456, None
        case _:
            return "unknown", None, None


def covers(pattern: str, host: str) -> bool:
    """Whether a dNSName of a certificate covers a host name (RFC 9525 section 6.3). Both are A-labels.

    `*` counts only as the whole left-most label, stands for exactly one label, and needs two more labels after it.
    """
    labels, asked = _labels(pattern), _labels(host)
    if not labels or not asked or len(labels) != len(asked) or any("*" in label for label in [*labels[1:], *asked]):
        return False
    if labels[0] == "*":
        return len(labels) >= LEAST_WILDCARD_LABELS and labels[1:] == asked[1:]
    return "*" not in labels[0] and labels == asked


def _labels(name: str) -> list[str]:
    """The labels of a name in lower case, without the root's; none where it is no plain ASCII host name."""
    if not name.isascii() or "\0" in name:
        return []
    labels = name.lower().removesuffix(".").split(".")
    return labels if all(labels) else []
