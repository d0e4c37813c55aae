"""SPF's macros (RFC 7208 section 7): texts that are filled in from the mail at hand.

`%{ir}.%{v}._spf.%{d2}` becomes `3.2.0.192.in-addr._spf.example.com`. A macro names a value by a letter; a number keeps
so many parts from the right, `r` turns the parts round before, and delimiters say where to part. A letter in upper case
has its value escaped as in URLs. Each character of a text, and of a value, is one octet.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from audit.model.value import dataclass
from audit.syntax.labels import MAX_NAME

LETTERS = frozenset("slodiphv")  # of a domain-spec
EXPLAINING = LETTERS | frozenset("crt")  # of the text that `exp` leads to
MAX_EXPLANATION = 4096  # octets: no reply of a mail server holds as much (RFC 5321 section 4.5.3.1.5)

_MACRO = re.compile(r"%(?:\{([a-zA-Z])([0-9]*)([rR]?)([.\-+,/_=]*)\}|([%_-]))")
_WRITTEN = {"%": "%", "_": " ", "-": "%20"}
_UNRESERVED = frozenset(f"{string.ascii_letters}{string.digits}-._~")  # RFC 3986 section 2.3
_MAX_DIGITS = 9  # a number with more keeps all parts that there can be


@dataclass(frozen=True, slots=True)
class Macro:
    """One macro-expand. `keep` is the number of right-hand parts, None for all; `literal` what `%%`, `%_`, `%-` are."""

    letter: str = ""  # in lower case
    escaped: bool = False
    keep: int | None = None
    reverse: bool = False
    delimiters: str = ""
    literal: str = ""


Pieces: TypeAlias = tuple[str | Macro, ...]


class MacroFault(ValueError):
    """A text breaks the grammar of macros: how, in words."""


@lru_cache(maxsize=64)  # of one term all readers ask, and it may hold thousands
def pieces(text: str, letters: frozenset[str] = LETTERS) -> Pieces:
    """The literal texts and the macros of a text, in order.

    Raises:
        MacroFault: a percent sign begins no macro, or the macro has a letter that may not stand here.
    """
    found: list[str | Macro] = []
    known: dict[str, Macro] = {}  # a long text says the same over and over
    start = 0
    while (at := text.find("%", start)) >= 0:
        macro = _MACRO.match(text, at)
        if not macro:
            raise MacroFault("bad macro")
        if at > start:
            found.append(text[start:at])
        if macro[0] not in known:
            known[macro[0]] = Macro(literal=_WRITTEN[macro[5]]) if macro[5] else _macro(macro, letters)
        found.append(known[macro[0]])
        start = macro.end()
    if start < len(text):
        found.append(text[start:])
    return tuple(found)


def asked_for(spec: Pieces) -> frozenset[str]:
    """The letters whose values a text needs."""
    return frozenset(p.letter for p in spec if isinstance(p, Macro) and p.letter)


def name(spec: Pieces, values: Mapping[str, str]) -> str:
    """The name that a domain-spec becomes, without the final dot.

    Longer than 253 octets, it loses labels from the left (section 7.3), and is empty when its last label alone is too
    long. Only as much is made as can count, from the right.
    """
    made: list[str] = []
    length = 0
    for piece in reversed(spec):
        text = _expanded(piece, values)
        made.append(text)
        length += len(text)
        if length > MAX_NAME + 2:  # room for a dot at either end
            break
    whole = "".join(reversed(made)).removesuffix(".")
    if len(whole) <= MAX_NAME:
        return whole
    cut = whole.find(".", len(whole) - MAX_NAME - 1)
    return whole[cut + 1 :] if cut >= 0 else ""


def sentence(spec: Pieces, values: Mapping[str, str]) -> str | None:
    """The text of an explanation; None when it is not plain ASCII, or too long to be said (section 6.2)."""
    made: list[str] = []
    length = 0
    for piece in spec:
        text = _expanded(piece, values)
        length += len(text)
        if length > MAX_EXPLANATION or not text.isascii() or not text.isprintable():
            return None
        made.append(text)
    return "".join(made)


def _macro(found: re.Match[str], letters: frozenset[str]) -> Macro:
    letter = found[1].lower()
    if letter not in letters:
        raise MacroFault("unknown macro letter")
    digits = found[2].lstrip("0")
    if found[2] and not digits:
        raise MacroFault("macro of no labels")
    keep = int(digits) if 0 < len(digits) <= _MAX_DIGITS else None
    return Macro(letter, found[1].isupper(), keep, bool(found[3]), found[4])


def _expanded(piece: str | Macro, values: Mapping[str, str]) -> str:
    if isinstance(piece, str):
        return piece
    if piece.literal:
        return piece.literal
    value = values[piece.letter]
    if piece.keep or piece.reverse or piece.delimiters:
        value = ".".join(_parts(value, piece))
    return "".join(c if c in _UNRESERVED else f"%{ord(c):02X}" for c in value) if piece.escaped else value


def _parts(value: str, macro: Macro) -> list[str]:
    delimiters = macro.delimiters or "."
    first = delimiters[0]
    parts = value.translate(str.maketrans(delimiters, first * len(delimiters))).split(first)
    if macro.reverse:
        parts.reverse()
    return parts[-macro.keep :] if macro.keep else parts
