"""What the free text of an SMTP greeting tells of the software behind it (RFC 5321 section 4.3.1).

Software is called by a word and a number with a point in it: `Postfix 3.7.11`, `Exim 4.96`, `Sendmail 8.17.1/8.17.1`,
`Version: 10.0.17763`. A date holds no such number, and an address is not a version.
"""

from __future__ import annotations

import re

from audit.syntax.names import as_address

MAX_TEXT = 500
WORDS = re.compile(r"[^\s();,]+")
VERSION = re.compile(r"v?[0-9]{1,5}(?:\.[0-9]{1,6}){1,5}(?:[-+_a-z0-9/.~]{0,20})?", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z][A-Za-z+_-]{1,30}")


def software_in(text: str) -> str:
    """The first software in a text that is named with a version, as it stands there; empty when there is none."""
    before = ""
    word: str
    for word in WORDS.findall(text[:MAX_TEXT]):
        name, _, version = word.partition("/")
        if _is_version(version) and NAME.fullmatch(name):
            return word
        if before and _is_version(word):
            return f"{before} {word}"
        before = word if NAME.fullmatch(word.rstrip(":")) else ""
    return ""


def _is_version(word: str) -> bool:
    return VERSION.fullmatch(word) is not None and as_address(word) is None
