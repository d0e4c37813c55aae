"""Whether the chain of certificates that a server sent leads to a trusted root, and if not, why not (RFC 5280).

Nothing is fetched: what is judged is the chain as sent, since senders of mail fetch nothing either. Independent checks
of dates, names, keys and signatures give one code for each problem, at one certificate. Then the path validator of the
`cryptography` package is asked, without a name and at a moment at which the whole path is valid, whether the path
holds (RFC 5280 section 6.1, name constraints included): an anchored path is trusted only if both agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from audit.model.value import dataclass
from audit.syntax.certpath import MAX_DEPTH, Link, Search, TrustStore, read_link
from audit.syntax.escape import visible
from audit.syntax.x509 import covers, describe_key, display, dns_names, find

__all__ = ["PATH_CODES", "ChainProblem", "ChainVerdict", "TrustStore", "judge"]

MAX_CERTIFICATES = 16
LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 224
WEAK_HASHES = frozenset({"md5", "sha1"})
IN_STORE = -1
ALGORITHM_REFUSALS = ("Forbidden", "too weak")  # the validator's words where an algorithm is not one of the Web's
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
    public: bool = False  # the root is one that everybody trusts, not only the user

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(problem.code for problem in self.problems)

    @property
    def trusted(self) -> bool:
        """Whether the path holds. Dates, host name, key size and usage are apart: a trusted chain may have expired."""
        return self.anchored and PATH_CODES.isdisjoint(self.codes)


def judge(chain: tuple[bytes, ...], host: str, at: datetime, store: TrustStore) -> ChainVerdict:
    """Judge a chain as sent, in DER, leaf first, for a host name (A-labels) at an aware moment. Never raises."""
    parsed = [read_link(der) for der in chain[:MAX_CERTIFICATES]]
    leaf = parsed[0] if parsed else None
    if leaf is None:
        what = "the certificate cannot be read" if chain else "no certificate was sent"
        return ChainVerdict(path=(), anchored=False, problems=(ChainProblem("unparsable", 0, what),), notes=())
    positions: dict[str, int] = {}
    for index, link in enumerate(parsed):
        if link:
            positions.setdefault(link.sha256, index)
    search = Search(tuple(link for link in parsed if link), store, at)
    path, anchored = search.path(leaf)
    found: list[tuple[str, Link, str]] = []
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
        public=anchored and not store.is_private(path[-1].sha256),
    )


def _faults(link: Link, at: datetime, *, trusted_root: bool) -> Iterator[tuple[str, str]]:
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


def _issuer_faults(link: Link, between: list[Link]) -> Iterator[tuple[str, str]]:
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


def _name_faults(leaf: Link, host: str) -> Iterator[tuple[str, str]]:
    """Whether the leaf names the host, by subjectAltName alone (RFC 9525 section 6.3)."""
    if leaf.extensions is None:
        return
    names = dns_names(leaf.extensions)
    if not names:
        common = [str(a.value) for a in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        yield "no-san", visible(", ".join(common))
    elif not any(covers(name, host) for name in names):
        yield "name-mismatch", visible(", ".join(names))


def _gate(path: list[Link]) -> str | None:
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
        text = str(error)
        if any(words in text for words in ALGORITHM_REFUSALS) and not any(_constrains_names(link) for link in path):
            return None  # senders accept what browsers don't, and the search has checked each signature
        return visible(text.removeprefix("validation failed: ").split(" (encountered")[0])
    except ValueError as error:
        return visible(str(error))
    return None


def _constrains_names(link: Link) -> bool:
    return find(link.extensions, x509.NameConstraints) is not None


def _notes(chain: tuple[bytes, ...], path: list[Link], positions: dict[str, int], *, anchored: bool) -> Iterator[str]:
    """What is odd about a chain and harms nobody."""
    used = [positions[link.sha256] for link in path if link.sha256 in positions]
    if used != sorted(used):
        yield "the certificates were sent out of order"
    if surplus := len(chain) - len(used):
        yield f"certificates sent that are not needed: {surplus}"
    if anchored and len(path) > 1 and path[-1].sha256 in positions:
        yield "the root itself was sent"
    basic = find(path[0].extensions, x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield "the server's certificate is that of an authority"
