"""OCSP responses made to measure, as an authority or a responder of its own would sign them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

PrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)
DAY = timedelta(days=1)
GOOD, REVOKED, UNSURE = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def response(
    leaf: bytes,
    issuer: bytes,
    key: PrivateKey,
    at: datetime,
    *,
    status: ocsp.OCSPCertStatus = GOOD,
    days: tuple[float, float | None] = (-1, 6),
    cause: x509.ReasonFlags | None = x509.ReasonFlags.key_compromise,
    responder: bytes | None = None,
    beside: tuple[bytes, ...] = (),
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """What is said of a certificate. `days` count from a moment; one that is revoked has been for three days.

    `responder` is the certificate of `key` where it is not the issuer's; it is sent along, behind those `beside` it.
    """
    revoked = status is REVOKED
    said = ocsp.OCSPResponseBuilder().add_response(
        cert=x509.load_der_x509_certificate(leaf),
        issuer=x509.load_der_x509_certificate(issuer),
        algorithm=digest or hashes.SHA1(),  # as most do: it only names the issuer
        cert_status=status,
        this_update=at + days[0] * DAY,
        next_update=None if days[1] is None else at + days[1] * DAY,
        revocation_time=at - 3 * DAY if revoked else None,
        revocation_reason=cause if revoked else None,
    )
    signer = x509.load_der_x509_certificate(responder or issuer)
    said = said.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
    if responder is not None:
        said = said.certificates([*map(x509.load_der_x509_certificate, beside), signer])
    return said.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def later() -> bytes:
    """A responder that cannot answer now."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
