"""Mark certificates (VMC and CMC; the requirements of the authorities that issue them): who may show which picture.

A PEM file holds the certificate of the mark, then those above it up to a root, which may be left out. The mark's own
has the purpose of BIMI (1.3.6.1.5.5.7.3.31), names the domain or one of its BIMI records, tells in its subject what
kind of mark it is, and holds the picture (RFC 9399). The authorities are others than those of the Web, and each
receiver chooses whom it trusts: so the chain is followed as far as the file goes, and its end is not judged.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from audit.model.value import dataclass
from audit.syntax import chain, logotype
from audit.syntax.escape import visible
from audit.syntax.x509 import attempt, dns_names, find, load

PURPOSE = "1.3.6.1.5.5.7.3.31"
MARK_TYPE = "1.3.6.1.4.1.53087.1.13"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END CERTIFICATE-----")
MAX_CERTIFICATES = 10
NOBODY = chain.TrustStore(())
OWN = {  # what the mark's own certificate lacks, by the problem of the chain
    "self-signed": "it is signed by no authority, but by itself",
    "issuer-not-sent": "the file lacks the certificate of its issuer",
    "bad-signature": "its signature is not that of the issuer in the file",
    "expired": "it is out of date",
    "not-yet-valid": "it is not valid yet",
    "unparsable": "its dates or its key cannot be read",
}
ABOVE = {
    "bad-signature": "a certificate above it is not signed by its issuer in the file",
    "expired": "a certificate above it is out of date",
    "not-yet-valid": "a certificate above it is not valid yet",
    "not-a-ca": "a certificate above it may not issue",
    "no-certsign": "a certificate above it may not issue",
    "pathlen": "a certificate above it may not issue",
}


@dataclass(frozen=True, slots=True)
class MarkCertificate:
    """What the first certificate of a file says: the kind of mark, the names that it covers, and the pictures in it.

    `readable` is false where its extensions are broken, so that purpose, names and pictures are unknown. `pictured`
    says whether pictures are meant to be there, whether or not they could be read. `chain` is the file, in DER.
    """

    mark: str | None
    names: tuple[str, ...]
    purposed: bool
    readable: bool
    pictured: bool
    pictures: tuple[logotype.Logotype, ...]
    chain: tuple[bytes, ...]

    def covers(self, domain: str, selector: str) -> bool:
        """Whether it is for a domain, or for the BIMI record of that selector alone."""
        return not {domain, f"{selector}._bimi.{domain}"}.isdisjoint(n.lower() for n in self.names)

    def shows(self, picture: bytes) -> bool | None:
        """Whether a picture is one that it holds; None where that cannot be told."""
        found = {each.is_of(picture) for each in self.pictures}
        if True in found:
            return True
        return None if None in found or not found else False

    def faults(self, at: datetime) -> tuple[str, ...]:
        """What is wrong with it, wherever it is used, at an aware moment."""
        return tuple(dict.fromkeys(self._faults(at)))

    def _faults(self, at: datetime) -> Iterator[str]:
        if not self.purposed:
            yield "its purpose is not BIMI"
        if not self.pictured:
            yield "it holds no picture"
        for problem in chain.judge(self.chain, "", at, NOBODY).problems:
            words = (ABOVE if problem.position else OWN).get(problem.code)
            if words is not None:
                yield words


def read(file: bytes) -> MarkCertificate | None:
    """The mark's certificate of a PEM file; None where there is none. Never raises."""
    blocks = (found[1] for _, found in zip(range(MAX_CERTIFICATES), PEM.finditer(file), strict=False))
    ders = [attempt(lambda text=text: _decoded(text)) for text in blocks]  # type: ignore[misc]
    raw = load(ders[0]) if ders and ders[0] else None
    if raw is None:
        return None
    extensions = attempt(lambda: raw.extensions)
    usage = find(extensions, x509.ExtendedKeyUsage)
    oid = x509.ObjectIdentifier(MARK_TYPE)
    marks = attempt(lambda: [str(a.value) for a in raw.subject.get_attributes_for_oid(oid)]) or []
    held = attempt(lambda: extensions.get_extension_for_oid(logotype.EXTENSION).value) if extensions else None
    return MarkCertificate(
        mark=visible(marks[0], 60) if marks else None,
        names=dns_names(extensions) if extensions is not None else (),
        purposed=usage is not None and any(each.dotted_string == PURPOSE for each in usage),
        readable=extensions is not None,
        pictured=held is not None,
        pictures=logotype.read(held.value) if isinstance(held, x509.UnrecognizedExtension) else (),
        chain=tuple(der for der in ders if der),
    )


def _decoded(text: bytes) -> bytes:
    return base64.b64decode(b"".join(text.split()), validate=True)
