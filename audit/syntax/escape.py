"""Making text from the world visible and harmless: what could move a cursor, hide or turn text is shown as an escape.

Control characters, bidirectional controls, zero-width characters, surrogates and private or unassigned code points are
shown as `\\xNN` or `\\u{N}`. Piles of combining marks are cut. The encoding of a format (HTML, CSV) comes on top.
"""

from __future__ import annotations

import unicodedata

MAX_MARKS = 4
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
VARIATIONS = frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)  # 256 that show nothing of their own
INVISIBLE = VARIATIONS | frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0"
)
MARKS = frozenset({"Mn", "Me"})


def visible(text: str, limit: int = 200) -> str:
    """Text of which nothing can hide. Longer than `limit` characters, it is cut and ends with `…`."""
    if text.isascii() and text.isprintable():  # nearly all there is: nothing in it hides
        return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"
    shown: list[str] = []
    length = marks = 0
    for character in text:
        category = unicodedata.category(character)
        hides = category in HIDDEN or character in INVISIBLE
        marks = marks + 1 if category in MARKS and not hides else 0
        if marks > MAX_MARKS:
            continue
        piece = _escape(character) if hides else character
        length += len(piece)
        if length > limit:
            return _cut(shown, limit)
        shown.append(piece)
    return "".join(shown)


def inert(text: str, limit: int = 200) -> str:
    """`visible`, of which no log makes a command either: GitHub Actions looks for `##[` anywhere in a line."""
    return visible(text, limit).replace("##[", "#\\x23[")


def octets(data: bytes, limit: int = 200) -> str:
    """Octets as ASCII: printable ones as they are, a backslash doubled, the rest as `\\xNN`."""
    if len(data) <= limit and data.isascii() and b"\\" not in data and (plain := data.decode("ascii")).isprintable():
        return plain  # as almost all are
    shown: list[str] = []
    length = 0
    for value in data:
        piece = "\\\\" if value == 0x5C else chr(value) if 0x20 <= value < 0x7F else f"\\x{value:02x}"
        length += len(piece)
        if length > limit:
            return _cut(shown, limit)
        shown.append(piece)
    return "".join(shown)


def octet_text(text: str, limit: int = 200) -> str:
    """`octets` of a text that holds one octet in each character, as TXT records are read."""
    return octets(text[: limit + 1].encode("latin-1", "backslashreplace"), limit)


def _escape(character: str) -> str:
    value = ord(character)
    return f"\\x{value:02x}" if value <= 0xFF else f"\\u{{{value:x}}}"


def _cut(shown: list[str], limit: int) -> str:
    """As many whole pieces as leave room for the ellipsis."""
    while shown and sum(map(len, shown)) > limit - 1:
        shown.pop()
    return "".join(shown) + "…"
