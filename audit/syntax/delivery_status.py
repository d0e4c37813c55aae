"""The part of a bounce that is for machines: `message/delivery-status` (RFC 3464, RFC 6533) and its kin.

Groups of fields, parted by empty lines: the first is about the mail and the server that reports, each other about one
recipient: Final-Recipient, Action (failed, delayed, delivered, relayed, expanded), Status, Remote-MTA, Diagnostic-Code.
A value may have its kind before it: `rfc822; a@b.example`, `smtp; 550 …`, `dns; mx.b.example`. A report of a complaint
(`message/feedback-report`, RFC 5965) is one such group. Some servers part the groups wrongly, or leave fields out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.syntax.mail import MAX_TEXT, Headers, read_headers

MAX_RECIPIENTS = 200
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
STATUS = re.compile(r"(?<![0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9]|\.[0-9])")
_KIND = re.compile(r"[A-Za-z0-9-]{1,40}\s{0,8};\s{0,80}")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,252})")
_UNICODE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_ADDRESS = re.compile(r"<?([^\s<>]{1,320}@[^\s<>;,]{1,255})>?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientStatus:
    """What is reported of one recipient. Unknown things are ""; `said` is Diagnostic-Code without its kind."""

    address: str
    original: str
    action: str
    status: str
    remote: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """A whole report: `reporter` is the server that gave the mail up; `cut`: there were more than 200 recipients."""

    reporter: str
    envelope_id: str
    recipients: tuple[RecipientStatus, ...]
    cut: bool


def read_delivery_status(text: str) -> DeliveryStatus:
    """Read the text of a delivery-status part."""
    reporter = envelope = ""
    found: list[RecipientStatus] = []
    cut = False
    for group in _groups(text):
        reporter = reporter or host(group.get("reporting-mta"))
        envelope = envelope or group.get("original-envelope-id")[:300]
        address = address_of(group.get("final-recipient")) or address_of(group.get("original-recipient"))
        if not address:
            continue
        if len(found) == MAX_RECIPIENTS:
            cut = True
            break
        found.append(_recipient(address, group))
    return DeliveryStatus(reporter=reporter, envelope_id=envelope, recipients=tuple(found), cut=cut)


def _recipient(address: str, group: Headers) -> RecipientStatus:
    action = group.get("action").split(" ")[0].split("(")[0].lower()
    status = STATUS.search(group.get("status")[:100])
    diagnostic = group.get("diagnostic-code")
    return RecipientStatus(
        address=address,
        original=address_of(group.get("original-recipient")),
        action=action if action in ACTIONS else "",
        status=status[1] if status else "",
        remote=host(group.get("remote-mta")),
        said=_KIND.sub("", diagnostic, count=1) if _KIND.match(diagnostic) else diagnostic,
    )


def _groups(text: str) -> Iterator[Headers]:
    """The groups of fields; a second Final-Recipient opens a group of its own, where no empty line parts them."""
    for block in re.split(r"\n[ \t]*\n", text[:MAX_TEXT]):
        lines, seen = list[str](), False
        for line in block.split("\n"):
            opens = line[:16].lower().startswith("final-recipient:")
            if opens and seen:
                yield read_headers("\n".join(lines).encode("utf-8", "replace"))
                lines = []
            seen = seen or opens
            lines.append(line)
        yield read_headers("\n".join(lines).encode("utf-8", "replace"))


def read_feedback(text: str) -> Headers:
    """The fields of a feedback report."""
    return read_headers(text.strip("\n").partition("\n\n")[0].encode("utf-8", "replace"))


def address_of(value: str) -> str:
    """The address of a field such as `rfc822; <a@b.example>`, "" where there is none."""
    bare = _KIND.sub("", value, count=1) if _KIND.match(value) else value
    found = _ADDRESS.search(_UNICODE.sub(_character, bare)[:1000])
    return found[1].strip("'\"").rstrip(".") if found else ""


def host(value: str) -> str:
    """The host of a field such as `dns; mx.b.example. (192.0.2.1)`, in lower case, "" where there is none."""
    found = _HOST.match(_KIND.sub("", value, count=1).strip() if _KIND.match(value) else value.strip())
    return found[0].rstrip(".:").lower() if found else ""


def _character(found: re.Match[str]) -> str:
    value = int(found[1], 16)
    return chr(value) if value < 0x110000 and not 0xD800 <= value < 0xE000 else found[0]
