"""Names of the DNS as raw labels (RFC 1035 section 3.1): any octet may stand in one, also a dot.

In presentation form (section 5.1) such octets are written `\\DDD` or `\\X`. Two names are the same when their labels
are, ASCII letters in either case (RFC 4343); as texts they may look alike and differ: the one label `a\\.b` is not `a`
below `b`. Here each character of a label is the octet of its number.
"""

from __future__ import annotations

from typing import TypeAlias

from audit.syntax.txt import octet

Labels: TypeAlias = tuple[str, ...]

MAX_LABEL, MAX_NAME = 63, 253
ESCAPED = frozenset('"().;\\@$')


def labels(name: str) -> Labels:
    """The labels of a name in presentation form, in lower case; the root has none."""
    found: list[str] = []
    label: list[str] = []
    at = 0
    while at < len(name):
        if name[at] == ".":
            found.append("".join(label))
            label = []
            at += 1
        else:
            piece, at = octet(name, at)
            label.append(piece)
    if label:
        found.append("".join(label))
    return tuple(lowered(each) for each in found) if any(found) else ()


def presented(name: Labels) -> str:
    """A name in canonical presentation form, without the final dot; the root is `.`."""
    return ".".join("".join(map(_shown, lowered(label))) for label in name) or "."


def lowered(text: str) -> str:
    """ASCII letters in lower case. Other octets are no letters, whatever character has their number."""
    return "".join(map(_lowered, text)) if not text.isascii() else text.lower()


def is_name(name: Labels) -> bool:
    """Whether labels can be put on the wire: none empty or too long, nor all together (RFC 1035 section 2.3.4)."""
    fits = sum(len(label) + 1 for label in name) - 1 <= MAX_NAME
    return bool(name) and fits and all(0 < len(label) <= MAX_LABEL for label in name)


def is_below(name: Labels, above: Labels) -> bool:
    """Whether a name is another or a subdomain of it."""
    return len(name) >= len(above) and name[len(name) - len(above) :] == above


def _lowered(character: str) -> str:
    return character.lower() if character.isascii() else character


def _shown(character: str) -> str:
    if character in ESCAPED:
        return f"\\{character}"
    return character if "!" <= character <= "~" else f"\\{ord(character):03d}"
