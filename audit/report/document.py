"""The report as JSON (RFC 8259): the public contract, and what every other format can be rendered from again.

Characters that steer a terminal or reorder text, and code points that are no characters (Unicode 23.7), are written as
`\\u` escapes, which mean the same to a reader of JSON.
"""

from __future__ import annotations

import re
import unicodedata

from audit.contract import pretty
from audit.model.report import RunReport

STEERING = frozenset({"Cc", "Cf", "Zl", "Zp"})  # general categories of Unicode
_UNUSUAL = re.compile(r"[^\n -~]")


def render(report: RunReport) -> bytes:
    """A report is one JSON object, indented, in UTF-8."""
    return _UNUSUAL.sub(lambda found: _escaped(found.group()), pretty(report).decode("utf-8")).encode("utf-8")


def _escaped(sign: str) -> str:
    """JSON holds no such character outside of strings, so an escape is always right here."""
    if unicodedata.category(sign) not in STEERING and not _is_noncharacter(ord(sign)):
        return sign
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _is_noncharacter(value: int) -> bool:
    """The 66 code points that stand for no character: told by number, as tables differ between versions of Unicode."""
    return 0xFDD0 <= value <= 0xFDEF or value & 0xFFFE == 0xFFFE
