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
_UNUSUAL = re.compile(r"[^\n -~]")


def render(report: RunReport) -> bytes:
    """A report is one JSON object, indented, in UTF-8."""
    return b"".join(stream(report))


def stream(report: RunReport) -> Iterator[bytes]:
    """The same, domain by domain: a long list need not be held.

    Each part is held to its schema before it is given: first the report without its domains, which stand at its end.

    Raises:
        ContractError: a part does not agree with the schema: a fault of ours.
    """
    head = dump(replace(report, domains=()))
    check("report", head)
    if not report.domains:
        yield _written(indented(head)) + b"\n"
        return
    yield _written(indented(head)).removesuffix(EMPTY)
    before = b"[\n  "
    for text in _texts(report.domains):
        check_part("report", "DomainReport", text)
        yield before + _written(indented(text, depth=2))
        before = b",\n  "
    yield b"\n ]\n}\n"


def lines(report: RunReport) -> Iterator[bytes]:
    """The report as JSON lines: the report without its domains, and then a domain a line."""
    head = dump(replace(report, domains=()))
    check("report", head)
    yield _written(head) + b"\n"
    for text in _texts(report.domains):
        check_part("report", "DomainReport", text)
        yield _written(text) + b"\n"


def _texts(domains: Collection[DomainReport]) -> Iterator[bytes]:
    yield from domains.texts() if isinstance(domains, Reports) else map(dump, domains)


def _written(text: bytes) -> bytes:
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
