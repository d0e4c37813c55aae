"""CAA records (RFC 8659): which authorities may issue certificates for a name.

A record has flags, of which one counts (critical, 128), a tag that names a property, and a value. Tags are letters and
digits in any case (section 4.1). The value of `issue` and `issuewild` is the domain name of an authority with
parameters after semicolons, or nothing before the first semicolon, which lets nobody issue; so does a value that is
malformed (section 4.2).
"""

from __future__ import annotations

import re

from audit.model.value import dataclass
from audit.syntax import txt
from audit.syntax.escape import octet_text

CRITICAL = 128
KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "contactemail", "contactphone", "issuevmc", "issuemail"}
)  # RFC 8659 section 4.1, CA/Browser Forum Baseline Requirements appendix A, BIMI, RFC 9495
TAG = re.compile(r"[A-Za-z0-9]+")
LABEL = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
ISSUER = re.compile(rf"{LABEL}(?:\.{LABEL})*")
PARAMETER = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9])*[ \t]*=[ \t]*[\x21-\x3a\x3c-\x7e]*")
MAX_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Property:
    """One CAA record. `issuer` is of `issue` and `issuewild` alone, in lower case; None lets nobody issue."""

    flags: int
    tag: str  # in lower case
    value: str
    issuer: str | None
    malformed: str | None  # what is wrong with it

    @property
    def critical(self) -> bool:
        return bool(self.flags & CRITICAL)

    @property
    def stops_everybody(self) -> bool:
        """Whether no authority may issue because it may not understand this (RFC 8659 section 4.1)."""
        return self.critical and self.tag not in KNOWN_TAGS


def parse(rdata: str) -> Property:
    """Read a record in presentation form. What is wrong with it is said, and nothing raised."""
    flags_text, _, rest = rdata.partition(" ")
    tag, _, quoted = rest.strip().partition(" ")
    flags = int(flags_text) if flags_text.isascii() and flags_text.isdigit() and len(flags_text) < 4 else -1
    value = txt.joined(quoted.strip())
    lower = tag.lower()
    issuer, fault = _issuer(value) if lower in {"issue", "issuewild"} else (None, None)
    return Property(max(flags, 0), lower, value, issuer, _malformed(flags, tag, lower) or fault)


def _malformed(flags: int, tag: str, lower: str) -> str | None:
    if not TAG.fullmatch(tag):
        return f"the tag “{_shown(tag)}” holds more than letters and digits"
    if flags not in (0, CRITICAL):
        return f"the flags are {max(flags, 0)}, and only 0 and 128 mean anything"
    if flags == CRITICAL and lower not in KNOWN_TAGS:
        return f"“{_shown(tag)}” is critical and no known tag, so that no authority may issue"
    return None


def _issuer(value: str) -> tuple[str | None, str | None]:
    """The authority that an issue value names, and what is wrong with the value (RFC 8659 section 4.2)."""
    name, *parameters = (part.strip(" \t") for part in value.split(";"))
    if name and not ISSUER.fullmatch(name):
        return None, f"“{_shown(name)}” is no domain name, so that it lets nobody issue"
    wrong = next((p for p in parameters if p and not PARAMETER.fullmatch(p)), None)
    if wrong is not None:
        return None, f"“{_shown(wrong)}” is no parameter, so that the record lets nobody issue"
    return name.lower() or None, None


def _shown(text: str) -> str:
    return octet_text(text, MAX_SHOWN)


def may_issue(found: tuple[Property, ...], issuers: frozenset[str], *, wildcard: bool) -> bool:
    """Whether an authority that goes by any of these names may issue, under the set of records that applies.

    For a wildcard `issuewild` counts in place of `issue` (RFC 8659 section 4.3); without either, anybody may.
    """
    if any(p.stops_everybody for p in found):
        return False
    wild = tuple(p for p in found if p.tag == "issuewild") if wildcard else ()
    asked = wild or tuple(p for p in found if p.tag == "issue")
    return not asked or any(p.issuer in issuers for p in asked if p.issuer is not None)
