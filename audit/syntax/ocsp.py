"""The word of an authority on one certificate, by which a server proves that it is not revoked (RFC 6960).

The server fetches the response from its authority and sends it along in the handshake (stapling, RFC 6066 section 8).
It names certificates by number and by digests of their issuer, holds from `thisUpdate` to `nextUpdate`, and is signed
by the issuer, or by a responder to whom the issuer gave a certificate for just that. Whatever cannot be held against
the certificates that were sent says nothing: neither that the certificate is good, nor that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from audit.model.value import dataclass
from audit.syntax.certpath import Link, Signed, read_link, signed_by, verify
from audit.syntax.chain import MAX_CERTIFICATES, WEAK_HASHES
from audit.syntax.x509 import attempt, find

MAX_STATUSES, MAX_RESPONDERS = 16, 3
CLOCKS = timedelta(minutes=5)  # by which a responder's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Word:
    """What a response says of a certificate. `revoked` is null where it says nothing, and `silence` then tells why."""

    revoked: bool | None
    silence: str | None = None
    since: datetime | None = None
    cause: str | None = None  # "keyCompromise", …; null where the authority gives none


def demanded(leaf: bytes) -> bool:
    """Whether a certificate binds its server to staple a response (RFC 7633); not if it cannot be read."""
    link = read_link(leaf)
    features = find(link.extensions, x509.TLSFeature) if link else None
    return features is not None and x509.TLSFeatureType.status_request in features


def judge(response: bytes, chain: tuple[bytes, ...], at: datetime) -> Word:
    """What a response says of the first certificate of a chain, all in DER, at an aware moment. Never raises."""
    leaf, *above = [read_link(der) for der in chain[:MAX_CERTIFICATES]] or [None]
    issuer = next((a for a in above if leaf and a and a.subject == leaf.issuer and signed_by(leaf, a.key)), None)
    if leaf is None or issuer is None:
        return Word(None, "issuer")
    return attempt(lambda: _judged(response, leaf, issuer, at)) or Word(None, "unreadable")


def _judged(octets: bytes, leaf: Link, issuer: Link, at: datetime) -> Word:
    response = ocsp.load_der_ocsp_response(octets)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return Word(None, "no_word")
    if response.signature_hash_algorithm is not None and response.signature_hash_algorithm.name in WEAK_HASHES:
        return Word(None, "signature")
    if not any(_signed(response, signer) for signer in (issuer, *_responders(response, issuer, at))):
        return Word(None, "signature")
    own = [each for each in islice(response.responses, MAX_STATUSES) if _about(each, leaf, issuer)]
    if not own:
        return Word(None, "other")
    current = [each for each in own if _current(each, at)]
    if not current:
        return Word(None, "stale")
    by_status = {each.certificate_status: each for each in current}
    revoked = by_status.get(ocsp.OCSPCertStatus.REVOKED)
    if revoked is not None:
        cause = revoked.revocation_reason
        return Word(True, since=revoked.revocation_time_utc, cause=cause.value if cause else None)
    return Word(None, "no_word") if ocsp.OCSPCertStatus.UNKNOWN in by_status else Word(False)


def _responders(response: ocsp.OCSPResponse, issuer: Link, at: datetime) -> Iterator[Link]:
    """Those to whom the issuer itself gave a certificate for signing such responses (RFC 6960 section 4.2.2.2)."""
    for certificate in response.certificates[:MAX_RESPONDERS]:
        link = read_link(certificate.public_bytes(Encoding.DER))
        if link is None or link.issuer != issuer.subject or link.not_before is None or link.not_after is None:
            continue
        usage = find(link.extensions, x509.ExtendedKeyUsage)
        if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
            continue
        if link.not_before <= at <= link.not_after and signed_by(link, issuer.key):
            yield link


def _signed(response: ocsp.OCSPResponse, signer: Link) -> bool:
    digest = response.signature_hash_algorithm
    checked = attempt(lambda: verify(signer.key, response.signature, response.tbs_response_bytes, digest))
    return checked is Signed.YES


def _about(each: ocsp.OCSPSingleResponse, leaf: Link, issuer: Link) -> bool:
    """Whether it is about this certificate: the same number of another issuer is another certificate."""
    if each.serial_number != leaf.raw.serial_number:
        return False
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf.raw, issuer.raw, each.hash_algorithm).build()
    return (each.issuer_name_hash, each.issuer_key_hash) == (asked.issuer_name_hash, asked.issuer_key_hash)


def _current(each: ocsp.OCSPSingleResponse, at: datetime) -> bool:
    """One without `nextUpdate` may be of any age: what is stapled has it (RFC 5019 section 2.2.4)."""
    ends = each.next_update_utc
    return ends is not None and each.this_update_utc - CLOCKS <= at <= ends
