"""The report as JSON (RFC 8259): the public contract, and what every other format can be rendered from again.

Characters that steer a terminal or reorder text, and code points that are no characters (Unicode 23.7), are written as
`\\u` escapes, which mean the same to a reader of JSON.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import replace

from audit.contract import check, check_part, dump, indented
from audit.model.report import DomainReport, Reports, RunReport

STEERING = frozenset({"Cc", "Cf", "Zl", "Zp"})  # general categories of Unicode
EMPTY = b"[]\n}"  # how a report without domains ends
DELETE = b"\x7f"
_UNUSUAL = re.compile(r"[^\n -~]")


def render(report: RunReport) -> bytes:
    """A report is one JSON object, indented, in UTF-8."""
    return b"".join(_document(dump(replace(report, domains=())), _texts(report.domains)))


def stream(report: RunReport) -> Iterator[bytes]:
    """The same, domain by domain, each part held to its schema before it is given: first the report without its
    domains, which stand at its end.

    Raises:
        ContractError: a part does not agree with the schema: a fault of ours.
    """
    return _document(_head(report), _held(report.domains))


def lines(report: RunReport) -> Iterator[bytes]:
    """The report as JSON lines: first the report with an empty list of domains, then a domain a line.

    Raises:
        ContractError: as for `stream`.
    """
    yield _written(_head(report)) + b"\n"
    for text in _held(report.domains):
        yield _written(text) + b"\n"


def _document(head: bytes, domains: Iterator[bytes]) -> Iterator[bytes]:
    """One object, of the texts of its parts."""
    yield _written(indented(head)).removesuffix(EMPTY)
    before, end = b"[", EMPTY
    for text in domains:
        yield before + b"\n  " + _written(indented(text, depth=2))
        before, end = b",", b"\n ]\n}"
    yield end + b"\n"


def _head(report: RunReport) -> bytes:
    head = dump(replace(report, domains=()))
    check("report", head)
    return head


def _held(domains: Collection[DomainReport]) -> Iterator[bytes]:
    for text in _texts(domains):
        check_part("report", "DomainReport", text)
        yield text


def _texts(domains: Collection[DomainReport]) -> Iterator[bytes]:
    yield from domains.texts() if isinstance(domains, Reports) else map(dump, domains)


def _written(text: bytes) -> bytes:
    if text.isascii() and DELETE not in text:  # all other control characters are escapes already (RFC 8259 section 7)
        return text
    return _UNUSUAL.sub(lambda found: _escaped(found.group()), text.decode("utf-8")).encode("utf-8")


def _escaped(sign: str) -> str:
    """JSON holds no such character outside of strings, so an escape is always right here."""
    if unicodedata.category(sign) not in STEERING and not _is_noncharacter(ord(sign)):
        return sign
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _is_noncharacter(value: int) -> bool:
    """The 66 code points that stand for no character: told by number, as tables differ between versions of Unicode."""
    return 0xFDD0 <= value <= 0xFDEF or value & 0xFFFE == 0xFFFE
