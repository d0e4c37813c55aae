"""TXT rdata (RFC 1035 section 3.3.14): one or more strings of octets, shown in presentation form.

Receivers of SPF, DKIM and DMARC join the strings without anything between them (RFC 7208 section 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

STRING = re.compile(
    r'[ \t]*(?:"((?:[^"\\]+|\\.)*(?:\\\Z)?)"?|((?:[^" \t\\]|\\.)(?:[^ \t\\]+|\\.)*(?:\\\Z)?|\\\Z))', re.DOTALL
)
ESCAPE = re.compile(r"\\(?:(25[0-5]|2[0-4][0-9]|[01][0-9][0-9])|(.))", re.DOTALL)


def joined(rdata: str) -> str:
    """The strings of a TXT record joined; each octet is the character of its number."""
    return "".join(strings(rdata))


@lru_cache(maxsize=64)  # all protocols whose records stand at a name read all of them
def strings(rdata: str) -> tuple[str, ...]:
    """The strings of a TXT record in presentation form: quoted ones, and bare words."""
    return tuple(_strings(rdata))


def _strings(rdata: str) -> Iterator[str]:
    if rdata[:1] == '"' == rdata[-1:] and "\\" not in rdata and len(rdata) > 1:  # by far the most
        plain = rdata[1:-1].split('" "')
        if not any('"' in string for string in plain):
            yield from plain
            return
    for found in STRING.finditer(rdata):
        quoted, bare = found.groups()
        yield ESCAPE.sub(_octet, bare if quoted is None else quoted)


def _octet(escape: re.Match[str]) -> str:
    return chr(int(escape[1])) if escape[1] else escape[2]


def octet(rdata: str, at: int) -> tuple[str, int]:
    """The octet at a place, and the next place: itself, `\\DDD` or `\\X` (RFC 1035 section 5.1)."""
    if rdata[at] != "\\" or at + 1 >= len(rdata):
        return rdata[at], at + 1
    digits = rdata[at + 1 : at + 4]
    if len(digits) == 3 and digits.isascii() and digits.isdigit() and int(digits) < 256:
        return chr(int(digits)), at + 4
    return rdata[at + 1], at + 2
