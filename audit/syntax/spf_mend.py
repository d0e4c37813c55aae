"""What people write when they mean an SPF record: texts that nearly are one, and terms that nearly can be read.

A receiver guesses nothing (RFC 7208 sections 4.5 and 4.6), so this is for advice alone. A guess is given only when the
record that it leads to can be read from end to end.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.syntax.escape import octet_text
from audit.syntax.spf import MECHANISMS, VERSION, SpfRecord, is_spf
from audit.syntax.spf_edit import readable

HEAD = 40
SHOWN = 80
MAX_MENDED = 4096  # a record longer than this is not to be mended by pasting
LIKE_VERSION = re.compile(r"v?[ \t]?[=:-]?[ \t]?spf[ \t]?1(?![0-9])[ \t;:,]?", re.IGNORECASE)
OTHER_VERSION = re.compile(r"v=spf[0-9.]{0,4}(?=[ \t]|$)", re.IGNORECASE)
BEFORE = "\xef\xbb\xbf\xa0\xc2 \t\r\n\"'`"  # a byte order mark, hard spaces and quotes, octet by octet
DASHES = (
    "\xe2\x80\x90",
    "\xe2\x80\x91",
    "\xe2\x80\x92",
    "\xe2\x80\x93",
    "\xe2\x80\x94",
    "\xe2\x88\x92",
    "\x96",
    "\x97",
)
AROUND = "\"'`;,\\"
GLUED = re.compile(r"(?<=[a-z0-9])(?=[+~?-]?(?:include:|ip4:|ip6:|exists:|redirect=)|[~?-]all\Z)", re.IGNORECASE)
FAMILY = re.compile(r"([+~?-]?)(?:ip|ipv4|ipv6|ip4|ip6)[:=](.{1,60})", re.IGNORECASE)
LEADING_ZERO = re.compile(r"/0+(?=[0-9])")
NO_VALUE = re.compile(r"[+~?-]?(?:include|exists|a|mx|ip4|ip6|ptr|redirect|exp)[:=]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NearRecord:
    """A text that is no SPF record but was meant to be one. `shown` is escaped and cut."""

    shown: str
    fault: str
    meant: str | None  # the record, where that is clear


def nearly(text: str) -> NearRecord | None:
    """Why a TXT record is no SPF record although it looks like one; None when it is one, or looks like none."""
    if is_spf(text) or text[:5].lower() == "spf2.":
        return None
    head = text.lstrip(BEFORE)
    fault = "something stands before the version" if head != text and is_spf(head) else _version_fault(head[:HEAD])
    if fault is None:
        return None
    return NearRecord(octet_text(text, SHOWN), fault, _meant(head))


def mended(record: SpfRecord) -> str | None:
    """The record that a person meant who wrote one that cannot be read; None when that is not clear."""
    if len(record.text) > MAX_MENDED:
        return None
    text = record.text
    for dash in DASHES:
        text = text.replace(dash, "-")
    words = [piece for word in re.split(r"[ \t\r\n,;]+", text[len(VERSION) :]) for piece in _pieces(word)]
    return readable(" ".join((VERSION, *_whole(words))))


def _version_fault(head: str) -> str | None:
    if head[: len(VERSION)].lower() == VERSION and not head[len(VERSION)].isdigit():
        return "no space follows the version"
    if OTHER_VERSION.match(head):
        return "the version is not v=spf1"
    return "the version is misspelt" if LIKE_VERSION.match(head) else None


def _meant(head: str) -> str | None:
    """The record behind a version that is nearly right."""
    found = OTHER_VERSION.match(head) or LIKE_VERSION.match(head)
    if not found or len(head) > MAX_MENDED:
        return None
    rest = head[found.end() :].strip(BEFORE)
    return readable(f"{VERSION} {rest}") if rest else None


def _pieces(word: str) -> Iterator[str]:
    """The terms that one word was meant to be."""
    for piece in GLUED.split(word.strip(AROUND)):
        if piece:
            yield _term(piece)


def _term(word: str) -> str:
    family = FAMILY.fullmatch(word)
    sign, value = (family[1], family[2]) if family else ("", word)
    network = _network(LEADING_ZERO.sub("/", value))
    if network:
        return f"{sign}{network}"
    name = word.lstrip("+~?-").rstrip(".:")
    return word.rstrip(".:") if name.lower() == "all" else word


def _network(value: str) -> str | None:
    """An address or a network with the mechanism that it belongs to."""
    try:
        ip = ipaddress.ip_interface(value)
    except ValueError:
        return None
    return None if "%" in value else f"ip{ip.version}:{value}"


def _whole(words: list[str]) -> Iterator[str]:
    """The words, those joined that a space has torn: `include: a.example`."""
    waiting = ""
    for word in words:
        if NO_VALUE.fullmatch(word):
            waiting = word
        else:
            yield waiting + word
            waiting = ""


def meant_as_mechanism(name: str, value: str) -> str | None:
    """The mechanism that an unknown modifier was meant to be: `include=a.example`."""
    if name not in MECHANISMS or name == "all":
        return None
    term = f"{name}:{value}"
    return term if readable(f"{VERSION} {term}") else None
