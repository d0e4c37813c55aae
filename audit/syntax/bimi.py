"""BIMI records (draft-brand-indicators-for-message-identification): where the picture of a brand is, and who vouches.

A TXT record below `_bimi` holds tags separated by semicolons: the version first, `l` for the picture, `a` for the
certificate that proves a mark. Both are https URIs; both empty says that the domain wants no picture shown.
"""

from __future__ import annotations

import re

from audit.model.value import dataclass
from audit.syntax.escape import octet_text
from audit.syntax.names import host_fault
from audit.syntax.spf import SyntaxProblem

BLANK = " \t"
MAX_SHOWN, MAX_URL, MAX_PROBLEMS = 100, 1000, 20
PORT = 443
SCHEME = re.compile(r"https://", re.IGNORECASE)
URL = re.compile(r"https://([A-Za-z0-9.-]{1,254})(?::([0-9]{0,5}))?([/?][!-~]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is: its URL without a port, its host in lower case, and the port."""

    url: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class BimiRecord:
    """A record as readers take it; `picture` and `certificate` are None where there is none to use."""

    picture: Place | None
    certificate: Place | None
    declined: bool
    problems: tuple[SyntaxProblem, ...]


def is_bimi(text: str) -> bool:
    """Whether a TXT record is one of BIMI: the version stands first."""
    name, _, value = text.partition(";")[0].partition("=")
    return (name.strip(BLANK), value.strip(BLANK)) == ("v", "BIMI1")


def parse(text: str) -> BimiRecord:
    """Read a record that `is_bimi`."""
    problems: list[SyntaxProblem] = []
    values: dict[str, str] = {}
    at = text.find(";") + 1 or len(text)
    for part in text[at:].split(";"):
        name, sign, value = (side.strip(BLANK) for side in part.partition("="))
        here = at + len(part) - len(part.lstrip(BLANK))
        if part.strip(BLANK) and not sign:
            problems.append(SyntaxProblem("not a tag", octet_text(part.strip(BLANK), MAX_SHOWN), here))
        elif sign and name in values:
            problems.append(SyntaxProblem("given twice", octet_text(name, MAX_SHOWN), here))
        elif sign:
            values[name] = value
            if name in ("l", "a") and value and (fault := url_fault(value)):
                problems.append(SyntaxProblem(fault, octet_text(value, MAX_SHOWN), here))
        at += len(part) + 1
    if "l" not in values:
        problems.append(SyntaxProblem("no l", octet_text(text, MAX_SHOWN), 0))
    picture, certificate = values.get("l", ""), values.get("a", "")
    return BimiRecord(
        picture=place(picture),
        certificate=place(certificate),
        declined=values.get("l") == "" and not certificate,
        problems=tuple(problems[:MAX_PROBLEMS]),
    )


def place(url: str) -> Place | None:
    """Where an https URL leads: one with a host name, and without a user and a fragment; None for others."""
    found = URL.fullmatch(url) if len(url) <= MAX_URL and "#" not in url else None
    if found is None:
        return None
    host, port = found[1].lower().removesuffix("."), int(found[2] or PORT)
    if "." not in host or host_fault(host) is not None or not 0 < port < 65_536:
        return None
    return Place(f"https://{found[1]}{found[3] or ''}", host, port)


def url_fault(url: str) -> str | None:
    """Why a URL leads to no file that receivers can fetch, in words; None where it does."""
    if place(url) is not None:
        return None
    if not SCHEME.match(url):
        return "not an https address"
    if len(url) > MAX_URL:
        return f"an address of more than {MAX_URL} characters"
    if "#" in url:
        return "an address with a fragment"
    authority = re.split("[/?]", url[8:], maxsplit=1)[0]
    if "@" in authority:
        return "an address with a user"
    name, _, port = authority.partition(":")
    if place(f"https://{name}") is not None and place(f"https://{name}:{port}") is None:
        return "an address with a port that is none"
    if name in ("", "[") or URL.fullmatch(url):  # the bracket begins an IPv6 address
        return "an address without a host name"
    return "an address with a character that none has"
