"""Whether the chain of certificates that a server sent leads to a trusted root, and if not, why not (RFC 5280).

Nothing is fetched: what is judged is the chain as sent, since senders of mail fetch nothing either. Independent checks
of dates, names, keys and signatures give one code for each problem, at one certificate. Then the path validator of the
`cryptography` package is asked, without a name and at a moment at which the whole path is valid, whether the path
holds (RFC 5280 section 6.1, name constraints included): an anchored path is trusted only if both agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from audit.syntax.escape import visible
from audit.syntax.x509 import attempt, covers, describe_key, display, dns_names, find, load

MAX_CERTIFICATES = 16
MAX_DEPTH = 8
MAX_SIGNATURES = 64  # a hostile chain must not buy CPU
LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 224
WEAK_HASHES = frozenset({"md5", "sha1"})
IN_STORE = -1
PATH_CODES = frozenset(
    {
        *("self-signed", "unknown-root", "issuer-not-sent", "bad-signature", "weak-signature", "x509-v1"),
        *("not-a-ca", "no-certsign", "pathlen", "name-constraint", "path-invalid"),
        *("extensions-unreadable", "unparsable"),
    }
)


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One thing that is wrong with one certificate. `position` counts from 0 in the sent chain; -1 is a stored root."""

    code: str
    position: int
    detail: str


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What became of a chain. `path` holds SHA-256 fingerprints from the leaf up, as far as it could be built."""

    path: tuple[str, ...]
    anchored: bool  # the path ends at a root of the store
    problems: tuple[ChainProblem, ...]
    notes: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(problem.code for problem in self.problems)

    @property
    def trusted(self) -> bool:
        """Whether the path holds. Dates, host name, key size and usage are apart: a trusted chain may have expired."""
        return self.anchored and PATH_CODES.isdisjoint(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
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


def _link(der: bytes) -> _Link | None:
    """The certificate, or null where it has no subject, issuer or key that can be read."""
    raw = load(der)
    if raw is None:
        return None
    subject, issuer, key = attempt(lambda: raw.subject), attempt(lambda: raw.issuer), attempt(raw.public_key)
    if subject is None or issuer is None or key is None:
        return None
    digest = attempt(lambda: raw.signature_hash_algorithm)
    return _Link(
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

    __slots__ = ("_by_subject", "_fingerprints")

    def __init__(self, roots: Iterable[_Link]) -> None:
        by_subject: dict[x509.Name, tuple[_Link, ...]] = {}
        for root in roots:
            by_subject[root.subject] = (*by_subject.get(root.subject, ()), root)
        self._by_subject = by_subject
        self._fingerprints = frozenset(root.sha256 for group in by_subject.values() for root in group)

    @classmethod
    def of(cls, ders: Iterable[bytes]) -> TrustStore:
        """A store of these roots, in DER. One that cannot be read is left out."""
        return cls(link for link in map(_link, ders) if link)

    def holds(self, sha256: str) -> bool:
        return sha256 in self._fingerprints

    def named(self, subject: x509.Name) -> tuple[_Link, ...]:
        """The roots of that name: one authority may have several."""
        return self._by_subject.get(subject, ())


class _Signed(Enum):
    YES = auto()
    NO = auto()
    UNCHECKED = auto()  # an algorithm or a key that is not known, or too many signatures


def _verify(child: x509.Certificate, key: CertificatePublicKeyTypes) -> _Signed:
    """Whether the key made the certificate's signature, whatever the hash: a weak one is another problem."""
    try:
        signature, signed, digest = child.signature, child.tbs_certificate_bytes, child.signature_hash_algorithm
        match key:
            case rsa.RSAPublicKey() if digest:
                scheme = child.signature_algorithm_parameters
                pad = scheme if isinstance(scheme, (padding.PKCS1v15, padding.PSS)) else padding.PKCS1v15()
                key.verify(signature, signed, pad, digest)
            case ec.EllipticCurvePublicKey() if digest:
                key.verify(signature, signed, ec.ECDSA(digest))
            case dsa.DSAPublicKey() if digest:
                key.verify(signature, signed, digest)
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, signed)
            case _:
                return _Signed.UNCHECKED
    except InvalidSignature:
        return _Signed.NO
    return _Signed.YES


class _Search:
    """The way from the leaf to a root: sent certificates in any order, surplus ones ignored, each visited once."""

    def __init__(self, sent: tuple[_Link, ...], store: TrustStore, at: datetime) -> None:
        # An expired certificate often stands beside its renewed twin, so the others are tried first.
        self._sent = sorted(sent, key=lambda link: link.not_after is None or link.not_after < at)
        self._store = store
        self._left = MAX_SIGNATURES
        self._known: dict[tuple[str, str], _Signed] = {}

    def path(self, leaf: _Link) -> tuple[list[_Link], bool]:
        """The path, and whether it reaches a root. If none does, it is the longest that was found."""
        longest = [leaf]
        visited = {leaf.sha256}
        waiting: list[list[_Link]] = [[leaf]]
        while waiting:
            path = waiting.pop()
            longest = max(longest, path, key=len)
            if self._store.holds(path[-1].sha256):
                return path, True
            issuers = (a for a in self._store.named(path[-1].issuer) if self.signed(path[-1], a) is _Signed.YES)
            if root := next(issuers, None):
                return [*path, root], True
            if len(path) >= MAX_DEPTH:
                continue
            found = [c for c in self.candidates(path[-1]) if c.sha256 not in visited]
            found = [c for c in found if self.signed(path[-1], c) is _Signed.YES]
            visited.update(c.sha256 for c in found)
            waiting.extend([*path, c] for c in reversed(found))
        return longest, False

    def candidates(self, child: _Link) -> Iterator[_Link]:
        """The sent certificates that bear the name of the issuer."""
        return (link for link in self._sent if link.subject == child.issuer)

    def signed(self, child: _Link, parent: _Link) -> _Signed:
        pair = (child.sha256, parent.sha256)
        if pair not in self._known:
            if self._left <= 0:
                return _Signed.UNCHECKED
            self._left -= 1
            self._known[pair] = attempt(lambda: _verify(child.raw, parent.key)) or _Signed.UNCHECKED
        return self._known[pair]

    def why_not(self, top: _Link, leaf: _Link) -> tuple[str, str]:
        """The code and detail of why a path ends before a root."""
        if top.self_issued and self.signed(top, top) is _Signed.YES:
            return ("self-signed" if top is leaf else "unknown-root"), display(top.subject)
        namesakes = [*self.candidates(top), *self._store.named(top.issuer)]
        states = {self.signed(top, link) for link in namesakes if _may_be_issuer(top, link)}
        if _Signed.NO in states:
            return "bad-signature", display(top.issuer)
        if states:
            return "path-invalid", "the signature could not be checked, or the path is too long"
        return "issuer-not-sent", display(top.issuer)


def _may_be_issuer(child: _Link, parent: _Link) -> bool:
    """Whether the key identifiers don't contradict it: an authority's older root has the same name and another key."""
    wanted, own = (
        find(child.extensions, x509.AuthorityKeyIdentifier),
        find(parent.extensions, x509.SubjectKeyIdentifier),
    )
    return wanted is None or own is None or wanted.key_identifier in (None, own.digest)


def judge(chain: tuple[bytes, ...], host: str, at: datetime, store: TrustStore) -> ChainVerdict:
    """Judge a chain as sent, in DER, leaf first, for a host name (A-labels) at an aware moment. Never raises."""
    parsed = [_link(der) for der in chain[:MAX_CERTIFICATES]]
    leaf = parsed[0] if parsed else None
    if leaf is None:
        what = "the certificate cannot be read" if chain else "no certificate was sent"
        return ChainVerdict(path=(), anchored=False, problems=(ChainProblem("unparsable", 0, what),), notes=())
    positions: dict[str, int] = {}
    for index, link in enumerate(parsed):
        if link:
            positions.setdefault(link.sha256, index)
    search = _Search(tuple(link for link in parsed if link), store, at)
    path, anchored = search.path(leaf)
    found: list[tuple[str, _Link, str]] = []
    if not anchored:
        code, detail = search.why_not(path[-1], leaf)
        found.append((code, path[-1], detail))
    for index, link in enumerate(path):
        rootward = anchored and index == len(path) - 1
        found += [(code, link, detail) for code, detail in _faults(link, at, trusted_root=rootward)]
        if index:
            found += [(code, link, detail) for code, detail in _issuer_faults(link, path[1:index])]
    found += [(code, leaf, detail) for code, detail in _name_faults(leaf, host)]
    if anchored and PATH_CODES.isdisjoint(code for code, _, _ in found) and (text := _gate(path)):
        found.append(("name-constraint" if "name constraint" in text else "path-invalid", leaf, text))
    return ChainVerdict(
        path=tuple(link.sha256 for link in path),
        anchored=anchored,
        problems=tuple(
            ChainProblem(code, positions.get(link.sha256, IN_STORE), detail) for code, link, detail in found
        ),
        notes=tuple(_notes(chain, path, positions, anchored=anchored)),
    )


def _faults(link: _Link, at: datetime, *, trusted_root: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with a certificate of a path, wherever it stands."""
    if link.not_before is None or link.not_after is None:
        yield "unparsable", "its dates cannot be read"
    elif at < link.not_before:
        yield "not-yet-valid", link.not_before.date().isoformat()
    elif at > link.not_after:
        yield "expired", link.not_after.date().isoformat()
    if link.raw.version is not x509.Version.v3:
        yield "x509-v1", ""
    if link.extensions is None:
        yield "extensions-unreadable", ""
    kind, bits, _ = describe_key(link.key)
    least = {"RSA": LEAST_RSA_BITS, "EC": LEAST_EC_BITS}.get(kind, 0)
    if kind == "DSA" or (bits is not None and bits < least):
        yield "weak-key", f"{kind} {bits}"
    # A root is trusted because it is in the store: nobody looks at its own signature.
    if link.digest in WEAK_HASHES and not trusted_root:
        yield "weak-signature", link.digest
    usage = find(link.extensions, x509.ExtendedKeyUsage)
    purposes = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if usage is not None and purposes.isdisjoint(usage):
        yield "eku-without-serverauth", visible(", ".join(oid.dotted_string for oid in usage))


def _issuer_faults(link: _Link, between: list[_Link]) -> Iterator[tuple[str, str]]:
    """Why a certificate may not issue (RFC 5280 section 6.1.4). `between` are those from it down to above the leaf."""
    if link.extensions is None:
        return
    basic = find(link.extensions, x509.BasicConstraints)
    if basic is None or not basic.ca:
        yield "not-a-ca", display(link.subject)
    elif basic.path_length is not None and sum(not other.self_issued for other in between) > basic.path_length:
        yield "pathlen", str(basic.path_length)
    usage = find(link.extensions, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        yield "no-certsign", display(link.subject)


def _name_faults(leaf: _Link, host: str) -> Iterator[tuple[str, str]]:
    """Whether the leaf names the host, by subjectAltName alone (RFC 9525 section 6.3)."""
    if leaf.extensions is None:
        return
    names = dns_names(leaf.extensions)
    if not names:
        common = [str(a.value) for a in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        yield "no-san", visible(", ".join(common))
    elif not any(covers(name, host) for name in names):
        yield "name-mismatch", visible(", ".join(names))


def _gate(path: list[_Link]) -> str | None:
    """What the path validator has against a path, or null. It sees neither names nor purposes."""
    starts = [link.not_before for link in path if link.not_before]
    ends = [link.not_after for link in path if link.not_after]
    first, last = max(starts), min(ends)
    if first > last or len(path) == 1:
        return None  # never valid together, which the dates say already; or the leaf itself is trusted
    authority = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store([path[-1].raw])).time(first + (last - first) / 2).max_chain_depth(MAX_DEPTH)
    policy = policy.extension_policies(ca_policy=authority, ee_policy=ExtensionPolicy.permit_all())
    try:
        policy.build_client_verifier().verify(path[0].raw, [link.raw for link in path[1:]])
    except VerificationError as error:
        return visible(str(error).removeprefix("validation failed: ").split(" (encountered")[0])
    except ValueError as error:
        return visible(str(error))
    return None


def _notes(chain: tuple[bytes, ...], path: list[_Link], positions: dict[str, int], *, anchored: bool) -> Iterator[str]:
    """What is odd about a chain and harms nobody."""
    used = [positions[link.sha256] for link in path if link.sha256 in positions]
    if used != list(range(len(used))):
        yield "the certificates were sent out of order"
    if surplus := len(chain) - len(used):
        yield f"certificates sent that are not needed: {surplus}"
    if anchored and len(path) > 1 and path[-1].sha256 in positions:
        yield "the root itself was sent"
    basic = find(path[0].extensions, x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield "the server's certificate is that of an authority"
