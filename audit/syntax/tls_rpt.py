"""TLS-RPT records (RFC 8460 section 3): `v=TLSRPTv1;` and then fields, of which `rua` says where reports are to go.

Senders keep a text only when it begins literally with `v=TLSRPTv1;`, although the grammar would allow white space
before the semicolon: whoever writes it has no record. Unknown fields are ignored; addresses are `mailto:` or `https:`
URIs in which a comma, an exclamation mark and a semicolon are percent-encoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.syntax.escape import octet_text
from audit.syntax.spf import SyntaxProblem

VERSION = "v=TLSRPTv1;"
MAX_FIELDS = 50
MAX_URIS = 20
MAX_SHOWN = 100
BLANK = " \t"
FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([!-:<-~]+)")
RUA = "rua="
# RFC 3986 appendix A and RFC 6068 section 2, without what must be percent-encoded here.
MAILTO = re.compile(
    r"mailto:([A-Za-z0-9._~%$&'*+=-]{1,320})@([A-Za-z0-9._-]{1,253})(?:\?[A-Za-z0-9._~%$&'()*+=:@/?-]{0,500})?",
    re.IGNORECASE,
)
HTTPS = re.compile(
    r"https://[A-Za-z0-9._~%:\[\]@-]{1,300}(?:[/?][A-Za-z0-9._~:/?@$&'()*+=%-]{0,1500})?"
    r"(?:#[A-Za-z0-9._~:/?@$&'()*+=%-]{0,500})?",
    re.IGNORECASE,
)
HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class TlsRptRecord:
    """A record as senders read it; `rua` holds the addresses that can be used."""

    text: str
    rua: tuple[str, ...]
    problems: tuple[SyntaxProblem, ...]

    @property
    def mailboxes(self) -> tuple[str, ...]:
        return tuple(u for u in self.rua if u.lower().startswith("mailto:"))


def is_tls_rpt(text: str) -> bool:
    """Whether senders keep a TXT record: it begins with the version and a semicolon, letter by letter."""
    return text.startswith(VERSION)


def is_meant(text: str) -> bool:
    """Whether a text that senders discard was meant to be a record, such as `v=TLSRPTv1 ; rua=…`."""
    name, _, value = text[:MAX_SHOWN].split(";", 1)[0].partition("=")
    return not is_tls_rpt(text) and (name.strip(BLANK).lower(), value.strip(BLANK).lower()) == ("v", "tlsrptv1")


def parse(text: str) -> TlsRptRecord:
    """Read a record that `is_tls_rpt` or `is_meant`; the version is taken as read."""
    rua: list[str] = []
    problems: list[SyntaxProblem] = []
    parts = text.split(";")
    at = len(parts[0]) + 1
    for index, part in enumerate(parts[1 : MAX_FIELDS + 1], 2):
        field = part.strip(BLANK)
        here = at + len(part) - len(part.lstrip(BLANK))
        if field.startswith(RUA):
            good, bad = _uris(field.removeprefix(RUA))
            rua += good
            problems += [SyntaxProblem("neither mailto nor https", u, here) for u in bad]
        elif field and not FIELD.fullmatch(field):
            problems.append(SyntaxProblem("not a field", octet_text(field, MAX_SHOWN), here))
        elif not field and index < len(parts):
            problems.append(SyntaxProblem("empty field", ";", at))
        at += len(part) + 1
    if not rua and not problems:
        problems.append(SyntaxProblem("no rua", octet_text(text, MAX_SHOWN), 0))
    return TlsRptRecord(text, tuple(dict.fromkeys(rua)), tuple(problems))


def written(rua: tuple[str, ...]) -> str:
    """A record that asks for reports at these addresses."""
    return f"{VERSION} rua={','.join(rua)}"


def is_address(uri: str) -> bool:
    """Whether a URI is one that senders can report to; of a mailbox both sides are words with dots between them."""
    if HALF_ENCODED.search(uri):
        return False
    mailbox = MAILTO.fullmatch(uri)
    if mailbox is None:
        return HTTPS.fullmatch(uri) is not None
    return all(mailbox[1].split(".")) and all(mailbox[2].split("."))


def _uris(value: str) -> tuple[list[str], list[str]]:
    """The addresses of a list that can be used, and those that cannot."""
    good: list[str] = []
    bad: list[str] = []
    for item in value.split(",")[:MAX_URIS]:
        uri = item.strip(BLANK)
        if is_address(uri):
            good.append(uri)
        else:
            bad.append(octet_text(uri, MAX_SHOWN))
    return good, bad
