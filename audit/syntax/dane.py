"""DANE for SMTP (RFC 7672, RFC 7671, RFC 6698): TLSA records and the chain of certificates that a server sent.

A TLSA record names a certificate or a key: that of the server itself (usage 3), or that of an authority (usage 2).
Where usable records exist, senders deliver to no server that none of them fits. Where there are records and none is
usable, TLS is wanted and proves nothing (RFC 7672 section 2.2). Usage 3 looks at the server's certificate alone:
neither its name nor its dates count (section 3.1.1). Usage 2 wants a path to a certificate that was sent, in time, and
the name.

What counts is what senders do: where the RFCs leave it open, this follows OpenSSL and Postfix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import NameOID

from audit.model.value import dataclass
from audit.syntax.certpath import Link, TrustStore, read_link, signed_by
from audit.syntax.chain import MAX_CERTIFICATES, ChainProblem, ChainVerdict, judge
from audit.syntax.x509 import attempt, covers, dns_names, load

MAX_RECORDS = 32
MAX_DATA = 8192  # octets
PKIX, TA, EE = frozenset({0, 1}), 2, 3
CERTIFICATE, KEY = 0, 1
FULL = 0
HASHES = {1: hashlib.sha256, 2: hashlib.sha512}
NOT_SENT = -1
NAMES = frozenset({"name-mismatch", "no-san"})  # looked at anew: senders know more than one name
NEVER_COUNTED = NAMES | {"weak-key"}


@dataclass(frozen=True, slots=True)
class Tlsa:
    """A TLSA record: usage, selector, matching type, and what is to match."""

    usage: int
    selector: int
    matching: int
    data: bytes

    def __str__(self) -> str:
        """As it stands in a zone file."""
        return f"{self.usage} {self.selector} {self.matching} {self.data.hex()}"


class Dane(StrEnum):
    MATCH = "match"
    NO_MATCH = "no_match"  # senders keep the mail
    UNUSABLE = "unusable"  # senders want TLS, whoever it is with


class Misfit(StrEnum):
    """Why a record does not fit, or is not looked at."""

    USAGE = "usage"  # 0 and 1 are not for SMTP (RFC 7672 section 3.1.3), others unknown
    SELECTOR = "selector"
    MATCHING = "matching"
    LENGTH = "length"  # of a digest
    UNREADABLE = "unreadable"  # a whole certificate or key that is none
    WEAKER = "weaker"  # a stronger digest of the same kind exists (RFC 7671 section 9)
    NO_CHAIN = "no_chain"
    OTHER_KEY = "other_key"  # the server's certificate is another one
    NOT_LEAF = "not_leaf"  # usage 3, and an issuer's certificate
    IS_LEAF = "is_leaf"  # usage 2, and the server's own certificate
    NOT_ISSUER = "not_issuer"  # no certificate that was sent and issued the server's
    CHAIN = "chain"  # the path, its dates or the name fail; `problems` say how


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one record. `position` is that of the certificate that it names, in the chain as sent."""

    record: Tlsa
    usable: bool
    why: Misfit | None = None
    position: int | None = None
    problems: tuple[ChainProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class DaneVerdict:
    state: Dane
    fits: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a server sent, when, and by which names it may be called."""

    chain: tuple[bytes, ...]
    references: tuple[str, ...]
    at: datetime

    def judged(self, anchor: bytes) -> ChainVerdict:
        """The chain, with one certificate as the only root."""
        return judge(self.chain, "", self.at, TrustStore.of((anchor,)))


def read(record: str) -> Tlsa | None:
    """A record in presentation form; None where it is none."""
    words = record.split()
    if len(words) < 4 or not all(w.isdecimal() and len(w) < 4 for w in words[:3]):
        return None
    data = attempt(lambda: bytes.fromhex("".join(words[3:])))
    usage, selector, matching = map(int, words[:3])
    if data is None or len(data) > MAX_DATA or max(usage, selector, matching) > 255:
        return None
    return Tlsa(usage, selector, matching, data)


def unusable(record: Tlsa) -> Misfit | None:
    """Why senders do not look at a record, whatever the server sends."""
    if record.usage not in (TA, EE):
        return Misfit.USAGE
    if record.selector not in (CERTIFICATE, KEY):
        return Misfit.SELECTOR
    if record.matching in HASHES:
        return None if len(record.data) == HASHES[record.matching]().digest_size else Misfit.LENGTH
    if record.matching != FULL:
        return Misfit.MATCHING
    whole = load(record.data) if record.selector == CERTIFICATE else attempt(lambda: load_der_public_key(record.data))
    return Misfit.UNREADABLE if whole is None else None


def judged(records: Iterable[Tlsa], chain: tuple[bytes, ...], references: tuple[str, ...], at: datetime) -> DaneVerdict:
    """Match secure TLSA records with a chain as sent, in DER, leaf first. `references` are the names that count for
    usage 2: the host, and, where the MX is secure, the domain (RFC 7672 section 3.2.2). Never raises."""
    given = tuple(dict.fromkeys(records))[:MAX_RECORDS]
    usable = [r for r in given if unusable(r) is None]
    shown = _Shown(chain[:MAX_CERTIFICATES], references, at)
    strongest = set(_strongest(usable))
    fits = tuple(_fit(r, shown, strong=r in strongest) for r in given)
    if not usable:
        return DaneVerdict(Dane.UNUSABLE, fits)
    return DaneVerdict(Dane.MATCH if any(f.why is None for f in fits) else Dane.NO_MATCH, fits)


def _strongest(records: list[Tlsa]) -> Iterator[Tlsa]:
    """Of each usage and selector the records with the strongest digest, and whole ones (RFC 7671 section 9)."""
    best = {(r.usage, r.selector): 0 for r in records}
    for r in records:
        best[r.usage, r.selector] = max(best[r.usage, r.selector], r.matching)
    return (r for r in records if r.matching in (FULL, best[r.usage, r.selector]))


def _fit(record: Tlsa, shown: _Shown, *, strong: bool) -> Fit:
    why = unusable(record)
    if why:
        return Fit(record, usable=False, why=why)
    if not strong:
        return Fit(record, usable=True, why=Misfit.WEAKER)
    if not shown.chain:
        return Fit(record, usable=True, why=Misfit.NO_CHAIN)
    return _of_leaf(record, shown.chain) if record.usage == EE else _of_issuer(record, shown)


def _of_leaf(record: Tlsa, chain: tuple[bytes, ...]) -> Fit:
    positions = [i for i, der in enumerate(chain) if names(record, der)]
    if positions[:1] == [0]:
        return Fit(record, usable=True, position=0)
    if positions:
        return Fit(record, usable=True, why=Misfit.NOT_LEAF, position=positions[0])
    return Fit(record, usable=True, why=Misfit.OTHER_KEY)


def _of_issuer(record: Tlsa, shown: _Shown) -> Fit:
    """The best of the ways in which a record may name an authority of the chain."""
    found = sorted(_ways(record, shown), key=lambda fit: len(fit.problems))
    if found:
        return found[0]
    why = Misfit.IS_LEAF if names(record, shown.chain[0]) else Misfit.NOT_ISSUER
    return Fit(record, usable=True, why=why)


def _ways(record: Tlsa, shown: _Shown) -> Iterator[Fit]:
    chain = shown.chain
    sent = [(i, der) for i, der in enumerate(chain) if i and der != chain[0] and names(record, der)]
    whole = (record.selector, record.matching) == (CERTIFICATE, FULL) and record.data != chain[0]
    anchors = sent or ([(NOT_SENT, record.data)] if whole else [])
    for position, anchor in anchors:
        yield from _path(record, position, anchor, shown)
    if not sent and (record.selector, record.matching) == (KEY, FULL):
        key = attempt(lambda: load_der_public_key(record.data))
        for index, der in enumerate(chain):
            if key is not None and _is_issued_by(der, key):
                yield from _below_key(record, index, shown)


def _path(record: Tlsa, position: int, anchor: bytes, shown: _Shown) -> Iterator[Fit]:
    """The path to a certificate that counts as a root, if there is one."""
    verdict = shown.judged(anchor)
    if not verdict.anchored:
        return
    top = read_link(anchor)
    self_signed = top is not None and top.self_issued
    counted = tuple(p for p in verdict.problems if _counts(p, position, self_signed=self_signed))
    yield _fitting(record, position, (*counted, *_misnamed(shown)))


def _below_key(record: Tlsa, index: int, shown: _Shown) -> Iterator[Fit]:
    """The path to a certificate that a key has signed, which is itself not sent (RFC 7671 section 5.2.3)."""
    verdict = shown.judged(shown.chain[index])
    if verdict.anchored:
        counted = tuple(p for p in verdict.problems if _counts(p, None, self_signed=False))
        yield _fitting(record, NOT_SENT, (*counted, *_misnamed(shown)))


def _fitting(record: Tlsa, position: int, problems: tuple[ChainProblem, ...]) -> Fit:
    return Fit(record, usable=True, why=Misfit.CHAIN if problems else None, position=position, problems=problems)


def _counts(problem: ChainProblem, anchor: int | None, *, self_signed: bool) -> bool:
    """Whether senders refuse for it: not for the dates of an authority that somebody else signed."""
    dated = problem.code in ("expired", "not-yet-valid")
    if dated and problem.position == anchor and not self_signed:
        return False
    return problem.code not in NEVER_COUNTED and not (problem.code == "x509-v1" and problem.position == 0)


def _misnamed(shown: _Shown) -> tuple[ChainProblem, ...]:
    """That the server's certificate has none of the names. A common name counts where there is no other."""
    leaf = read_link(shown.chain[0])
    if leaf is None or leaf.extensions is None:
        return ()  # told by the path
    called = dns_names(leaf.extensions)
    if not called:
        called = tuple(str(a.value) for a in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    if any(covers(name, reference) for name in called for reference in shown.references):
        return ()
    return (ChainProblem("name-mismatch", 0, ", ".join(called)[:200]),)


def _is_issued_by(der: bytes, key: PublicKeyTypes) -> bool:
    link: Link | None = read_link(der)
    return link is not None and signed_by(link, key)


def names(record: Tlsa, der: bytes) -> bool:
    """Whether a record names a certificate."""
    data = der if record.selector == CERTIFICATE else key_info(der)
    if data is None:
        return False
    return (data if record.matching == FULL else HASHES[record.matching](data).digest()) == record.data


def pin(der: bytes, matching: int = 1) -> Tlsa | None:
    """The record that names the key of a certificate and outlives its renewal with that key; None where the key cannot
    be read (RFC 7671 section 5.1)."""
    info = key_info(der)
    return None if info is None else Tlsa(EE, KEY, matching, HASHES[matching](info).digest())


def key_info(der: bytes) -> bytes | None:
    """The SubjectPublicKeyInfo of a certificate, octet by octet as it stands there (RFC 5280 section 4.1)."""
    try:
        at, _ = _element(der, 0)  # Certificate
        at, end = _element(der, at)  # TBSCertificate
        if der[at] == 0xA0:  # version
            at = _element(der, at)[1]
        for _ in range(5):  # serial number, signature, issuer, validity, subject
            at = _element(der, at)[1]
        until = _element(der, at)[1]
    except IndexError:
        return None
    return der[at:until] if until <= end <= len(der) else None


def _element(der: bytes, at: int) -> tuple[int, int]:
    """Where the contents of an element begin and end (X.690 section 8.1)."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    return start, start + length
