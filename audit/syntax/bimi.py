"""BIMI records (draft-brand-indicators-for-message-identification): where the picture of a brand is, and who vouches.

A TXT record below `_bimi` holds tags separated by semicolons: the version first, `l` for the picture, `a` for the
certificate that proves a mark. Both are https URIs; both empty says that the domain wants no picture shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.syntax.escape import octet_text
from audit.syntax.names import host_fault
from audit.syntax.spf import SyntaxProblem

VERSION = "v=BIMI1"
BLANK = " \t"
MAX_TAGS, MAX_SHOWN, MAX_URL = 30, 100, 1000
URL = re.compile(r"https://([A-Za-z0-9.-]{1,253})(/[!-~]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BimiRecord:
    """A record as readers take it; `picture` and `certificate` are URLs, None where there is none to use."""

    picture: str | None
    certificate: str | None
    declined: bool
    problems: tuple[SyntaxProblem, ...]


def is_bimi(text: str) -> bool:
    """Whether a TXT record is one of BIMI: the version stands first."""
    return text.partition(";")[0].strip(BLANK) == VERSION


def parse(text: str) -> BimiRecord:
    """Read a record that `is_bimi`."""
    problems: list[SyntaxProblem] = []
    values: dict[str, str] = {}
    at = text.find(";") + 1 or len(text)
    for part in text[at:].split(";")[:MAX_TAGS]:
        name, sign, value = (side.strip(BLANK) for side in part.partition("="))
        if part.strip(BLANK) and not sign:
            problems.append(SyntaxProblem("not a tag", octet_text(part.strip(BLANK), MAX_SHOWN), at))
        elif sign and name in values:
            problems.append(SyntaxProblem("given twice", octet_text(name, MAX_SHOWN), at))
        elif sign:
            values[name] = value
            if name in ("l", "a") and value and url_host(value) is None:
                problems.append(SyntaxProblem("not an https address", octet_text(value, MAX_SHOWN), at))
        at += len(part) + 1
    if "l" not in values:
        problems.append(SyntaxProblem("no l", octet_text(text, MAX_SHOWN), 0))
    picture, certificate = values.get("l", ""), values.get("a", "")
    return BimiRecord(
        picture=picture if url_host(picture) else None,
        certificate=certificate if url_host(certificate) else None,
        declined=values.get("l") == "" and not certificate,
        problems=tuple(problems),
    )


def url_host(url: str) -> str | None:
    """The host of an https URL that can be fetched, in lower case: one with a name, and without port and user."""
    found = URL.fullmatch(url) if len(url) <= MAX_URL and "#" not in url else None
    host = found[1].lower().removesuffix(".") if found else ""
    return host if "." in host and host_fault(host) is None else None
