"""Mark certificates of the tests, sound and with one fault: PEM files with an authority's certificate behind."""

from __future__ import annotations

import base64
import gzip
import hashlib
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from audit.syntax.logotype import EXTENSION
from audit.syntax.mark_certificate import MARK_TYPE, PURPOSE
from tests.rules import pki
from tests.rules.pki import NOW

DOMAIN = "story.example"
AUTHORITY, OTHER = "Mark CA", "Other Mark CA"
SHA256 = bytes.fromhex("300b0609608648016503040201")


def der(tag: int, *contents: bytes) -> bytes:
    """An element (X.690), with its length."""
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width) + body


def logotypes(picture: bytes, *, packed: bool = True, over: bytes | None = None, address: bytes | None = None) -> bytes:
    """The extension with one picture (RFC 9399 section 4.1): its hash is over the picture, or over what is given."""
    octets = gzip.compress(picture) if packed else picture
    held = b"data:image/svg+xml;base64," + base64.b64encode(octets) if address is None else address
    value = hashlib.sha256(picture if over is None else over).digest()
    details = der(
        0x30,
        der(0x16, b"image/svg+xml"),
        der(0x30, der(0x30, SHA256, der(0x04, value))),
        der(0x30, der(0x16, held)),
    )
    return der(0x30, der(0xA2, der(0xA0, der(0x30, der(0x30, details)))))


def mark(
    names: tuple[str, ...] = (DOMAIN,),
    *,
    purpose: str = PURPOSE,
    since: int = -30,
    until: int = 300,
    logos: bytes | None = b"",
    issuer: str = AUTHORITY,
    signer: str | None = None,
    above: bytes | None = b"",
) -> bytes:
    """A file; `logos` and `above` stand there instead of a picture and of the issuer's certificate."""
    subject = _named(names[0], x509.NameAttribute(x509.ObjectIdentifier(MARK_TYPE), "Registered Mark"))
    signing = pki.key(signer or issuer)
    made = x509.CertificateBuilder().subject_name(subject)
    made = made.issuer_name(subject if issuer == names[0] else _named(issuer))
    made = made.public_key(pki.key(names[0]).public_key()).serial_number(7)
    made = made.not_valid_before(NOW + timedelta(days=since)).not_valid_after(NOW + timedelta(days=until))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=False)
    if logos is not None:
        held = x509.UnrecognizedExtension(EXTENSION, logos or logotypes(b"<svg/>"))
        made = made.add_extension(held, critical=False)
    own = made.sign(signing, hashes.SHA256()).public_bytes(Encoding.PEM)
    return own if above is None else own + (above or authority())


def authority(name: str = AUTHORITY, *, since: int = -300, until: int = 3000, ca: bool = True) -> bytes:
    """The certificate of an authority below a root that is in no file."""
    made = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named("Mark Root"))
    made = made.public_key(pki.key(name).public_key()).serial_number(8)
    made = made.not_valid_before(NOW + timedelta(days=since)).not_valid_after(NOW + timedelta(days=until))
    made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return made.sign(pki.key("Mark Root"), hashes.SHA256()).public_bytes(Encoding.PEM)


def _named(common: str, *more: x509.NameAttribute[str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common), *more])
