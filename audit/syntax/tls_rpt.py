"""TLS-RPT records (RFC 8460 section 3): `v=TLSRPTv1;` and then fields, of which `rua` says where reports are to go.

Senders keep a text only when it begins literally with `v=TLSRPTv1;`, although the grammar would allow white space
before the semicolon: whoever writes it has no record. Unknown fields are ignored; addresses are `mailto:` or `https:`
URIs in which a comma, an exclamation mark and a semicolon are percent-encoded. A greatest size behind an address
(`!10m`), as the DMARC of RFC 7489 had it, was never a part of this grammar: senders cannot read such an address.
"""

from __future__ import annotations

import re

from audit.model.value import dataclass
from audit.syntax.dmarc_edit import AROUND, size
from audit.syntax.escape import octet_text
from audit.syntax.spf import SyntaxProblem

VERSION = "v=TLSRPTv1;"
MAX_FIELDS = 50
MAX_URIS = 20
MAX_SHOWN = 100
BLANK = " \t"
VERSION_LIKE = re.compile(r"v[ \t]{0,5}=[ \t]{0,5}tlsrptv1[ \t]{0,5}(?:\\?;|\Z)", re.IGNORECASE)
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
    """Whether a text that senders discard was meant to be a record: `v=TLSRPTv1 ; rua=…`, or one in quotes."""
    return not is_tls_rpt(text) and VERSION_LIKE.match(text.lstrip(AROUND)[:MAX_SHOWN]) is not None


def parse(text: str) -> TlsRptRecord:
    """Read a record that `is_tls_rpt` or `is_meant`; the version is taken as read."""
    rua: list[str] = []
    problems: list[SyntaxProblem] = []
    body = _body(text)
    at = max(text.find(body), 0) if body else len(text)
    parts = body.split(";")
    for index, part in enumerate(parts[:MAX_FIELDS], 1):
        field = part.strip(BLANK)
        here = at + len(part) - len(part.lstrip(BLANK))
        if field.startswith(RUA):
            good, bad = _uris(field.removeprefix(RUA))
            rua += good
            problems += [SyntaxProblem(_fault(u), octet_text(u, MAX_SHOWN), here) for u in bad]
        elif field and not FIELD.fullmatch(field):
            problems.append(SyntaxProblem("not a field", octet_text(field, MAX_SHOWN), here))
        elif not field and index < len(parts):
            problems.append(SyntaxProblem("empty field", ";", at))
        at += len(part) + 1
    if not rua and not problems:
        problems.append(SyntaxProblem("no rua", octet_text(text, MAX_SHOWN), 0))
    return TlsRptRecord(text, tuple(dict.fromkeys(rua)), tuple(problems))


def meant(text: str) -> tuple[str, ...]:
    """All addresses that a record was meant to name, also such as senders cannot read as they stand: without mailto:
    before them, with a size behind, or parted by something else than commas."""
    found: list[str | None] = []
    listing = False
    for part in _body(text).split(";"):
        field = part.strip(BLANK)
        name, sign, value = field.partition("=")
        named = bool(sign) and name.strip(BLANK).lower() == "rua"
        listing = named or (listing and not FIELD.fullmatch(field))
        if listing:
            found += [_mended(word) for word in (value if named else field).replace(",", " ").split()]
    return tuple(dict.fromkeys(uri for uri in found if uri))


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


def _body(text: str) -> str:
    """What stands behind the version: without what slipped in around the text, and before its semicolons."""
    if is_tls_rpt(text):
        return text.removeprefix(VERSION)
    bare = text.strip(AROUND)
    version = VERSION_LIKE.match(bare)
    return bare[version.end() :].replace("\\;", ";") if version else ""


def _uris(value: str) -> tuple[list[str], list[str]]:
    """The addresses of a list that can be used, and those that cannot."""
    good: list[str] = []
    bad: list[str] = []
    for item in value.split(",")[:MAX_URIS]:
        uri = item.strip(BLANK)
        if is_address(uri):
            good.append(uri)
        else:
            bad.append(uri)
    return good, bad


def _fault(uri: str) -> str:
    if not uri:
        return "an empty place"
    sized = size(uri)
    return "a size, which DMARC had" if sized and is_address(uri[: sized.start()]) else "neither mailto nor https"


def _mended(word: str) -> str | None:
    """The address that a word was meant to be."""
    uri = word.strip("<>\"'")
    uri = uri[: sized.start()] if (sized := size(uri)) else uri
    if uri.lower().startswith("mailto://"):
        uri = f"mailto:{uri[len('mailto://') :]}"
    elif "@" in uri and not uri.lower().startswith(("mailto:", "http:", "https:")):
        uri = f"mailto:{uri}"
    return uri if is_address(uri) else None
