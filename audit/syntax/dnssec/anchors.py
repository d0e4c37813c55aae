"""Trust anchors (RFC 4033 section 2): keys that are believed without a signature, as DS or DNSKEY records.

They are written as in a zone file, one on a line: `owner [TTL] [IN] DS …` or `… DNSKEY …`, with `;` before a comment.
Such are the files of IANA and of unbound-anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import dns.exception
import dns.name
import dns.rdata
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from audit.model.value import dataclass
from audit.syntax.dnssec import keys
from audit.syntax.dnssec.records import name, shown

MAX_LINE = 8192
MAX_ANCHORS = 64
WORD = re.compile(r"\S+")
TYPES = ("DS", "DNSKEY")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A key, or the digest of one, that is believed for a zone and all below it."""

    owner: dns.name.Name
    record: DS | DNSKEY

    @property
    def text(self) -> str:
        """`owner TYPE data` with spaces only where they must be."""
        if isinstance(self.record, DNSKEY):
            return f"{shown(self.owner)} DNSKEY {keys.as_text(self.record)}"
        ds = self.record
        numbers = f"{int(ds.key_tag)} {int(ds.algorithm)} {int(ds.digest_type)}"
        return f"{shown(self.owner)} DS {numbers} {ds.digest.hex().upper()}"

    @property
    def tag(self) -> int:
        return keys.tag(self.record) if isinstance(self.record, DNSKEY) else int(self.record.key_tag)

    def is_of(self, key: DNSKEY) -> bool:
        """Whether this is the anchor of a key."""
        if isinstance(self.record, DS):
            return keys.is_of(self.record, self.owner, key)
        return keys.is_zone_key(key) and keys.as_text(key) == keys.as_text(self.record)


@dataclass(frozen=True, slots=True)
class AnchorFault:
    """Why a line is no trust anchor; line and column count from 1."""

    line: int
    column: int
    message: str


def anchors(text: str) -> tuple[Anchor, ...] | AnchorFault:
    """The anchors in the text of a file, in order, each once; or what is wrong with the first that is none."""
    found: dict[str, Anchor] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LINE:
            return AnchorFault(number, MAX_LINE + 1, f"the line has more than {MAX_LINE} characters")
        words = [(m.start() + 1, m[0]) for m in WORD.finditer(line.partition(";")[0])]
        if not words:
            continue
        read = _anchor(words)
        if not isinstance(read, Anchor):
            return AnchorFault(number, *read)
        found.setdefault(read.text, read)
        if len(found) > MAX_ANCHORS:
            return AnchorFault(number, 1, f"there are more than {MAX_ANCHORS} anchors")
    return tuple(found.values()) or AnchorFault(1, 1, "there is no DS and no DNSKEY record")


def _anchor(words: list[tuple[int, str]]) -> Anchor | tuple[int, str]:
    """The anchor of a line, or the column and the fault."""
    try:
        owner = name(words[0][1])
    except (dns.exception.DNSException, ValueError):
        return words[0][0], "this is no name of a zone"
    rest = list(_without_ttl_and_class(words[1:]))
    if not rest or rest[0][1].upper() not in TYPES:
        return (rest or words)[0][0], "a trust anchor is a DS or a DNSKEY record"
    rdtype, data = rest[0][1].upper(), " ".join(word for _, word in rest[1:])
    at = rest[1][0] if len(rest) > 1 else rest[0][0]
    try:
        record = dns.rdata.from_text("IN", rdtype, data, dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError, TypeError):
        return at, f"this cannot be read as the data of a {rdtype} record"
    if not isinstance(record, DS | DNSKEY):
        return at, f"this cannot be read as the data of a {rdtype} record"
    fault = _unusable(record)
    return (at, fault) if fault else Anchor(owner, record)


def _without_ttl_and_class(words: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    leading = True
    for column, word in words:
        leading = leading and (word.isdecimal() or word.upper() == "IN")
        if not leading:
            yield column, word


def _unusable(record: DS | DNSKEY) -> str | None:
    if record.algorithm not in keys.ALGORITHMS:
        return f"algorithm {int(record.algorithm)} cannot be validated"
    if isinstance(record, DS) and record.digest_type not in keys.DIGESTS:
        return f"a digest of type {int(record.digest_type)} cannot be computed"
    if isinstance(record, DNSKEY) and not keys.is_zone_key(record):
        return "this key is revoked or not one that signs a zone"
    return None
