"""Public suffixes: the names below which anybody may register (publicsuffix.org/list).

`co.uk` is one, `example.co.uk` is registrable, `www.example.co.uk` lies below it. The list has two sections: suffixes
of registries (ICANN), and private ones such as `github.io`, which have an owner like any domain. It travels with the
package `publicsuffixlist`, so a judgement depends on the installed version alone; its digest goes into the evidence.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import publicsuffixlist

from audit import contract


@lru_cache(maxsize=4096)  # each protocol asks of the same few names
def registrable(domain: str) -> str | None:
    """The registrable domain at or above a name (a public suffix and one label), or None for a public suffix itself.

    A top-level domain that the list does not know counts as a public suffix, as the list's own algorithm has it.
    """
    found: str | None = _suffixes().privatesuffix(domain)
    return found


@lru_cache(maxsize=4096)
def registry_domain(domain: str) -> str | None:
    """The domain at or above a name that a registry gave to somebody: `github.io`, where `registrable` says
    `someone.github.io`. None for a registry's suffix."""
    found: str | None = _registries().privatesuffix(domain)
    return found


def is_registry_suffix(domain: str) -> bool:
    """Whether this is a registry's suffix, which is nobody's own domain. A private one, `github.io`, is somebody's.

    A top-level domain that the list does not know counts as a registry's.
    """
    return bool(_registries().is_public(domain))


def has_known_suffix(domain: str) -> bool:
    """Whether a name ends as registered domains do: `example.org` does, `domains.txt` does not."""
    return _registries().publicsuffix(domain, accept_unknown=False) is not None


def digest() -> str:
    """The SHA-256 (hex) of the list that judges."""
    return contract.sha256(_text())


@cache
def _text() -> bytes:
    return Path(publicsuffixlist.PSLFILE).read_bytes()


@cache
def _lines() -> tuple[str, ...]:
    """The list with each suffix that is not ASCII once more as A-labels. The package would do so for all of its
    thousands, which is most of what reading it takes."""
    return tuple(line for plain in _text().decode("utf-8").splitlines() for line in _both(plain))


def _both(line: str) -> tuple[str, ...]:
    if line.isascii() or line.startswith("//"):
        return (line,)
    suffix = line.lower().split(" ")[0].rstrip()
    mark = "!" if suffix.startswith("!") else ""
    return line, mark + suffix.removeprefix("!").encode("idna").decode("ascii")


@cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(source=_lines(), accept_encoded_idn=False)


@cache
def _registries() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(source=_lines(), accept_encoded_idn=False, only_icann=True)
