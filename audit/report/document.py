"""The report as JSON (RFC 8259): the public contract, and what every other format can be rendered from again.

Characters that steer a terminal or reorder text are written as `\\u` escapes, which mean the same to a reader of JSON.
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
    if unicodedata.category(sign) not in STEERING:
        return sign
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
