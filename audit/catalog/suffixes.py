"""Public suffixes: the names below which anybody may register (publicsuffix.org/list).

`co.uk` is one, `example.co.uk` is registrable, `www.example.co.uk` lies below it. The list travels with the package
`publicsuffixlist`, so a judgement depends on the installed version alone; its digest goes into the evidence.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import publicsuffixlist

from audit import contract


def registrable(domain: str) -> str | None:
    """The registrable domain at or above a name (a public suffix and one label), or None for a public suffix itself.

    A top-level domain that the list does not know counts as a public suffix, as the list's own algorithm has it.
    """
    return _suffixes().privatesuffix(domain)


def is_public_suffix(domain: str) -> bool:
    """Whether names right below this one belong to different owners."""
    return bool(_suffixes().is_public(domain))


def digest() -> str:
    """The SHA-256 (hex) of the list that judges."""
    return contract.sha256(_text())


@cache
def _text() -> bytes:
    return Path(publicsuffixlist.PSLFILE).read_bytes()


@cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(source=_text())
