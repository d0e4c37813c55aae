"""The part of a bounce that people are to read: who was not reached, and what was said of it.

Each server has its own words, but the lines are alike: an address, alone or before a colon, and behind it what the
other server said, until the next address or the copy of the mail. What is behind that line is another's text, and no
word on the cause. Where one address is named twice, what has a code of three digits counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.catalog.bounces import Bounces
from audit.syntax.delivery_status import MAX_RECIPIENTS

MAX_NOTICE = 64 * 1024  # characters
MAX_LINES = 1500
MAX_LINE = 1000
MAX_SAID = 1200
REPLY = re.compile(
    r"(?:^[\s<-]{0,12}|[:>'\"#()]\s{0,4}|<-- |\b(?:was|said|says|returned|replied),?\s{1,4})"
    r"(?P<reply>[45][0-9]{2}(?:[ -]|;\s)\S)",
    re.IGNORECASE | re.MULTILINE,
)
_NEXT = re.compile(r"\n\s*\n|\n\s{0,8}(?:<<<|<--|--- )")
_TWICE = re.compile(r"([245][0-9]{2}) (?=\1[ -])")
_HOST = re.compile(
    r"(?:(?<!at )\bhost:?|\bby|connect to|\bserver|talking to|remote-mta:)\s{1,4}[<(\[]?"
    r"(?P<host>[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z0-9-]{1,62})",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"^\s{0,8}message-id:\s{0,8}<([^<>\s]{1,300})>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a notice tells of one recipient; `said` has no code where none was said."""

    address: str
    said: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that was read. `ended`: the copy of the mail follows, so that the notice is whole."""

    text: str
    recipients: tuple[Told, ...]
    message_id: str
    ended: bool
    cut: bool

    def of(self, address: str) -> Told | None:
        """What is told of an address, upper and lower case being the same."""
        return next((t for t in self.recipients if t.address.lower() == address.lower()), None)


def read_notice(text: str, known: Bounces, *, torn: bool = False) -> Notice:
    """Read the text of a notice, without any part that is the mail itself. Of a `torn` one the last line is lost."""
    text = text[: text.rfind("\n") + 1] if torn else text
    cut = len(text) > MAX_NOTICE or text.count("\n") > MAX_LINES
    lines = [line[:MAX_LINE] for line in text[:MAX_NOTICE].split("\n", MAX_LINES)[:MAX_LINES]]
    end = next((i for i, line in enumerate(lines) if i and known.held_by("copy", line)), len(lines))
    copied = _MESSAGE_ID.search("\n".join(lines[end:]))
    notice = [line for line in lines[:end] if not known.held_by("noise", line)]
    whole = "\n".join(notice)
    regions: dict[str, list[str]] = {}
    for address, region in _regions(notice, known):
        if address.lower() not in regions and len(regions) == MAX_RECIPIENTS:
            cut = True
            break
        regions.setdefault(address.lower(), [address]).append(region)
    alone = len(regions) == 1
    return Notice(
        text=whole,
        recipients=tuple(_told(found[0], found[1:], whole if alone else "") for found in regions.values()),
        message_id=copied[1] if copied else "",
        ended=end < len(lines),
        cut=cut,
    )


def said_in(text: str) -> str:
    """The reply that a text quotes, "" where it quotes none."""
    found = REPLY.search(text)
    return _TWICE.sub("", _first(text[found.start("reply") :]), count=1) if found else ""


def host_in(text: str) -> str:
    found = _HOST.search(text)
    return found["host"].lower() if found else ""


def _regions(lines: list[str], known: Bounces) -> Iterator[tuple[str, str]]:
    """Each address that a line names, with the rest of the line and the lines behind it."""
    address, region = "", list[str]()
    for line in lines:
        found = known.held_by("recipient", line)
        if found is None:
            region.append(line)
            continue
        if address:
            yield address, "\n".join(region)
        address, region = found["address"].rstrip("."), [line[found.end() :]]
    if address:
        yield address, "\n".join(region)


def _told(address: str, regions: list[str], whole: str) -> Told:
    """What is told of one: a reply in one of its regions, then one in the whole, then the words behind the address."""
    quoted = [said for said in map(said_in, regions) if said] or [said_in(whole)]
    said = quoted[0] or _first("\n".join(r.strip(" .") for r in regions if r.strip(" .\n")), 3)
    hosts = (host_in(text) for text in (*regions, whole))
    return Told(address=address, said=said, host=next(filter(None, hosts), ""))


def _first(text: str, paragraphs: int = 1) -> str:
    """The first paragraphs of a text, one line each for what was one."""
    at = 0
    for _ in range(paragraphs):
        found = _NEXT.search(text, at + 1)
        if found is None:
            at = len(text)
            break
        at = found.start()
    return "\n".join(line.strip() for line in text[:at][:MAX_SAID].split("\n") if line.strip())
