"""The way from a server's certificate to a root, by names and signatures (RFC 5280 section 6, RFC 4158).

A server may send its certificates in any order, with surplus ones, or without those that are needed. So the path is
searched for: a certificate's issuer is one that bears the issuer's name and whose key made the signature. A hostile
chain must not buy processor time: each certificate is visited once, and the signatures checked are few.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from enum import Enum, auto

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes

from audit.model.value import dataclass
from audit.syntax.x509 import attempt, display, find, load

MAX_DEPTH = 8
MAX_SIGNATURES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A certificate as an element of a path. What could not be read is null."""

    raw: x509.Certificate = field(repr=False)
    sha256: str
    subject: x509.Name
    issuer: x509.Name
    key: CertificatePublicKeyTypes
    not_before: datetime | None
    not_after: datetime | None
    digest: str | None
    extensions: x509.Extensions | None = field(repr=False)

    @property
    def self_issued(self) -> bool:
        return self.subject == self.issuer


def read_link(der: bytes) -> Link | None:
    """The certificate, or null where it has no subject, issuer or key that can be read."""
    raw = load(der)
    if raw is None:
        return None
    subject, issuer, key = attempt(lambda: raw.subject), attempt(lambda: raw.issuer), attempt(raw.public_key)
    if subject is None or issuer is None or key is None:
        return None
    digest = attempt(lambda: raw.signature_hash_algorithm)
    return Link(
        raw=raw,
        sha256=hashlib.sha256(der).hexdigest(),
        subject=subject,
        issuer=issuer,
        key=key,
        not_before=attempt(lambda: raw.not_valid_before_utc),
        not_after=attempt(lambda: raw.not_valid_after_utc),
        digest=digest.name if digest else None,
        extensions=attempt(lambda: raw.extensions),
    )


class TrustStore:
    """The roots that a chain may end at. Two stores are the same only if they are one object."""

    __slots__ = ("_by_subject", "_fingerprints", "_private")

    def __init__(self, roots: Iterable[Link], private: frozenset[str] = frozenset()) -> None:
        by_subject: dict[x509.Name, tuple[Link, ...]] = {}
        for root in roots:
            by_subject[root.subject] = (*by_subject.get(root.subject, ()), root)
        self._by_subject = by_subject
        self._private = private
        self._fingerprints = frozenset(root.sha256 for group in by_subject.values() for root in group)

    @classmethod
    def of(cls, ders: Iterable[bytes], private: Iterable[bytes] = ()) -> TrustStore:
        """A store of these roots, in DER, and of others that only the user trusts. One that cannot be read is left
        out."""
        own = [link for link in map(read_link, private) if link]
        public = [link for link in map(read_link, ders) if link]
        known = {link.sha256 for link in public}
        return cls((*public, *own), frozenset(link.sha256 for link in own if link.sha256 not in known))

    def holds(self, sha256: str) -> bool:
        return sha256 in self._fingerprints

    def is_private(self, sha256: str) -> bool:
        """Whether it is a root that only the user trusts."""
        return sha256 in self._private

    def named(self, subject: x509.Name) -> tuple[Link, ...]:
        """The roots of that name: one authority may have several."""
        return self._by_subject.get(subject, ())


class Signed(Enum):
    YES = auto()
    NO = auto()
    UNCHECKED = auto()  # an algorithm or a key that is not known, or too many signatures


def _verify(child: x509.Certificate, key: PublicKeyTypes) -> Signed:
    """Whether the key made the certificate's signature, whatever the hash: a weak one is another problem."""
    scheme = child.signature_algorithm_parameters if isinstance(key, rsa.RSAPublicKey) else None
    return verify(key, child.signature, child.tbs_certificate_bytes, child.signature_hash_algorithm, scheme)


def verify(
    key: PublicKeyTypes, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm | None, scheme: object = None
) -> Signed:
    """Whether the key made a signature; a scheme is that of an RSA key, PKCS #1 v1.5 where it is not told."""
    try:
        match key:
            case rsa.RSAPublicKey() if digest:
                pad = scheme if isinstance(scheme, (padding.PKCS1v15, padding.PSS)) else padding.PKCS1v15()
                key.verify(signature, signed, pad, digest)
            case ec.EllipticCurvePublicKey() if digest:
                key.verify(signature, signed, ec.ECDSA(digest))
            case dsa.DSAPublicKey() if digest:
                key.verify(signature, signed, digest)
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, signed)
            case _:
                return Signed.UNCHECKED
    except InvalidSignature:
        return Signed.NO
    return Signed.YES


def signed_by(child: Link, key: PublicKeyTypes) -> bool:
    """Whether a key that comes without a certificate has signed this one."""
    return attempt(lambda: _verify(child.raw, key)) is Signed.YES


class Search:
    """The way from the leaf to a root: sent certificates in any order, surplus ones ignored, each visited once."""

    def __init__(self, sent: tuple[Link, ...], store: TrustStore, at: datetime) -> None:
        # An expired certificate often stands beside its renewed twin, so the others are tried first.
        self._sent = sorted(sent, key=lambda link: link.not_after is None or link.not_after < at)
        self._store = store
        self._left = MAX_SIGNATURES
        self._known: dict[tuple[str, str], Signed] = {}

    def path(self, leaf: Link) -> tuple[list[Link], bool]:
        """The path, and whether it reaches a root. If none does, it is the longest that was found."""
        longest = [leaf]
        visited = {leaf.sha256}
        waiting: list[list[Link]] = [[leaf]]
        while waiting:
            path = waiting.pop()
            longest = max(longest, path, key=len)
            if self._store.holds(path[-1].sha256):
                return path, True
            issuers = (a for a in self._store.named(path[-1].issuer) if self.signed(path[-1], a) is Signed.YES)
            if root := next(issuers, None):
                return [*path, root], True
            if len(path) >= MAX_DEPTH:
                continue
            found = [c for c in self.candidates(path[-1]) if c.sha256 not in visited]
            found = [c for c in found if self.signed(path[-1], c) is Signed.YES]
            visited.update(c.sha256 for c in found)
            waiting.extend([*path, c] for c in reversed(found))
        return longest, False

    def candidates(self, child: Link) -> Iterator[Link]:
        """The sent certificates that bear the name of the issuer."""
        return (link for link in self._sent if link.subject == child.issuer)

    def signed(self, child: Link, parent: Link) -> Signed:
        pair = (child.sha256, parent.sha256)
        if pair not in self._known:
            if self._left <= 0:
                return Signed.UNCHECKED
            self._left -= 1
            self._known[pair] = attempt(lambda: _verify(child.raw, parent.key)) or Signed.UNCHECKED
        return self._known[pair]

    def why_not(self, top: Link, leaf: Link) -> tuple[str, str]:
        """The code and detail of why a path ends before a root."""
        if top.self_issued and self.signed(top, top) is Signed.YES:
            return ("self-signed" if top is leaf else "unknown-root"), display(top.subject)
        namesakes = [*self.candidates(top), *self._store.named(top.issuer)]
        states = {self.signed(top, link) for link in namesakes if _may_be_issuer(top, link)}
        if Signed.NO in states:
            return "bad-signature", display(top.issuer)
        if states:
            return "path-invalid", "the signature could not be checked, or the path is too long"
        return "issuer-not-sent", display(top.issuer)


def _may_be_issuer(child: Link, parent: Link) -> bool:
    """Whether the key identifiers don't contradict it: an authority's older root has the same name and another key."""
    wanted, own = (
        find(child.extensions, x509.AuthorityKeyIdentifier),
        find(parent.extensions, x509.SubjectKeyIdentifier),
    )
    return wanted is None or own is None or wanted.key_identifier in (None, own.digest)
