"""Mark certificates (VMC and CMC; the requirements of the authorities that issue them): who may show which picture.

A PEM file holds the certificate of the mark and those above it. The mark's own has the purpose of BIMI
(1.3.6.1.5.5.7.3.31), names the domain, and tells in its subject what kind of mark it is. The authorities are others
than those of the Web, so the chain is not followed here: what the certificate says of itself is read.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from audit.syntax.escape import visible
from audit.syntax.x509 import attempt, dns_names, find, load

PURPOSE = "1.3.6.1.5.5.7.3.31"
MARK_TYPE = "1.3.6.1.4.1.53087.1.13"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class MarkCertificate:
    """What the first certificate of a file says: the kind of mark, the names that it covers, and until when."""

    mark: str | None
    names: tuple[str, ...]
    purposed: bool
    not_before: datetime | None
    not_after: datetime | None

    def covers(self, domain: str) -> bool:
        """Whether it is for a domain, or for its BIMI records."""
        return any(n.lower() == domain or n.lower().endswith(f"._bimi.{domain}") for n in self.names)


def read(file: bytes) -> MarkCertificate | None:
    """The mark's certificate of a PEM file; None where there is none. Never raises."""
    found = PEM.search(file)
    der = attempt(lambda: _decoded(found[1])) if found else None
    raw = load(der) if der else None
    if raw is None:
        return None
    extensions = attempt(lambda: raw.extensions)
    usage = find(extensions, x509.ExtendedKeyUsage)
    oid = x509.ObjectIdentifier(MARK_TYPE)
    marks = attempt(lambda: [str(a.value) for a in raw.subject.get_attributes_for_oid(oid)]) or []
    return MarkCertificate(
        mark=visible(marks[0], 60) if marks else None,
        names=dns_names(extensions)[:100] if extensions is not None else (),
        purposed=usage is not None and any(each.dotted_string == PURPOSE for each in usage),
        not_before=attempt(lambda: raw.not_valid_before_utc),
        not_after=attempt(lambda: raw.not_valid_after_utc),
    )


def _decoded(text: bytes) -> bytes:
    return base64.b64decode(b"".join(text.split()), validate=True)
