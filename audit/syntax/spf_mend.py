"""What people write when they mean an SPF record: texts that nearly are one, and terms that nearly can be read.

A receiver guesses nothing (RFC 7208 sections 4.5 and 4.6), so this is for advice alone. A guess is given only when the
record that it leads to can be read from end to end.

Terms that were glued are parted where each piece is a term that somebody could have meant. The grammar lets a name hold
almost any sign (section 7.1), so that `include:a.exampleinclude:b.example` can be read, but nobody ever meant such a
name. Where several cuts are left, only the DNS can tell them apart.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from itertools import islice, product

from audit.model.value import dataclass
from audit.syntax.escape import octet_text
from audit.syntax.spf import MECHANISMS, VERSION, SpfRecord, is_spf, parse
from audit.syntax.spf_edit import readable

HEAD = 40
SHOWN = 80
MAX_MENDED = 4096  # a record longer than this is not to be mended by pasting
LIKE_VERSION = re.compile(r"v?[ \t]?[=:-]?[ \t]?spf[ \t]?1(?![0-9])[ \t;:,]?", re.IGNORECASE)
OTHER_VERSION = re.compile(r"v=spf[0-9.]{0,4}(?=[ \t]|$)", re.IGNORECASE)
BEFORE = "\xef\xbb\xbf\xa0\xc2 \t\r\n\"'`"  # a byte order mark, hard spaces and quotes, octet by octet
CURLED = re.compile(  # quotes of print, in UTF-8 and in Windows-1252
    "\xe2\x80[\x98-\x9f]|\xc2[\xab\xbb]|(?<![\x80-\xff])[\x91-\x94]"
)
CURLED_FAULT = "typographic quotes (such as U+201C and U+201D) stand in it, which belong to no record"
LABEL = re.compile(r"(?:(?:@|in|txt|spf|record|value)[ \t:=]{1,4}){1,4}(?=[\"']?v=spf1(?:[ \"']|$))", re.IGNORECASE)
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
_SIGN = "[+~?-]?"
_BEGIN = r"(?:(?:include|exists|ip|ip4|ip6|ipv4|ipv6|a|mx|ptr):|(?:redirect|exp)=)"
CUT = re.compile(  # where a term may begin; one without a value only where another follows, or nothing
    rf"(?={_SIGN}{_BEGIN}|[+~?-]all|{_SIGN}(?:a|mx|ptr)(?:{_SIGN}{_BEGIN}|[+~?-]all|\Z))", re.IGNORECASE
)
MAX_CUTS = 24  # of one word
MAX_READINGS = 8
NAMING = frozenset({"redirect", "exp"})
SEPARATORS = re.compile(r"[,;]+(?![^{]*\})")  # not those of a macro
MACRO = re.compile(r"%(?:\{[^{}]*\}|[%_-])")
NAME = re.compile(r"[a-z0-9._-]+", re.IGNORECASE)
FAMILY = re.compile(r"([+~?-]?)(?:ip|ipv4|ipv6|ip4|ip6)[:=](.{1,60})", re.IGNORECASE)
LEADING_ZERO = re.compile(r"/0+(?=[0-9])")
NO_VALUE = re.compile(rf"{_BEGIN}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NearRecord:
    """A text that is no SPF record but was meant to be one. `shown` is escaped and cut."""

    shown: str
    fault: str
    readings: tuple[str, ...]  # the records that it may have been

    @property
    def meant(self) -> str | None:
        """The record, where there is no doubt."""
        return self.readings[0] if len(self.readings) == 1 else None


def nearly(text: str) -> NearRecord | None:
    """Why a TXT record is no SPF record although it looks like one; None when it is one, or looks like none."""
    if is_spf(text) or text[:5].lower() == "spf2.":
        return None
    straight = CURLED.sub("", text)
    head = _unlabelled(straight.lstrip(BEFORE)).lstrip(BEFORE)
    fault = _before(text, straight) if head != text and is_spf(head) else _version_fault(head[:HEAD])
    if fault is None:
        return None
    return NearRecord(octet_text(text, SHOWN), fault, _meant(head))


def _before(text: str, straight: str) -> str:
    """What keeps a record from being one that is right but for what stands around its version. Quotes of print are
    named, as they are shown as octets."""
    curled = text[:HEAD] != straight[:HEAD]
    return CURLED_FAULT if curled else "something stands before the version"


def _unlabelled(text: str) -> str:
    """A text without words of a zone file or a form before the record."""
    found = LABEL.match(text)
    return text[found.end() :] if found else text


def plain(record: SpfRecord) -> bool:
    """Whether a record can be read, and no term of it looks like several that were glued."""
    return not record.problems and all(map(is_name, _specs(record)))


def readings(record: SpfRecord) -> tuple[str, ...]:
    """The records that a person may have meant who wrote one that is not plain; none when there is no telling."""
    if len(record.text) > MAX_MENDED:
        return ()
    text = CURLED.sub("", record.text[len(VERSION) :])
    for dash in DASHES:
        text = text.replace(dash, "-")
    words = (piece for word in re.split(r"[ \t\r\n]+", text) for piece in _parted(word))
    ways: list[tuple[str, ...]] = []
    more = 1
    for word in _whole(words):
        ways.append(_ways(word))
        more *= len(ways[-1])
        if not 0 < more <= MAX_READINGS:
            return ()
    found = (readable(" ".join((VERSION, *way))) for way in product(*ways))
    return tuple(dict.fromkeys(each for each in found if each))


def _version_fault(head: str) -> str | None:
    if head[: len(VERSION)].lower() == VERSION and not head[len(VERSION)].isdigit():
        return "no space follows the version"
    if OTHER_VERSION.match(head):
        return "the version is not v=spf1"
    return "the version is misspelt" if LIKE_VERSION.match(head) else None


def _meant(head: str) -> tuple[str, ...]:
    """The records behind a version that is nearly right."""
    found = OTHER_VERSION.match(head) or LIKE_VERSION.match(head)
    if not found or len(head) > MAX_MENDED:
        return ()
    rest = head[found.end() :].strip(BEFORE)
    return readings(parse(f"{VERSION} {rest}")) if rest else ()


def _parted(word: str) -> Iterable[str]:
    """A word, or those that commas part."""
    return (word,) if _meant_so(word) else (p for each in SEPARATORS.split(word) if (p := each.strip(AROUND)))


def _ways(word: str) -> tuple[str, ...]:
    """The ways to read a word: as a term, or as several that were glued."""
    term = _term(word)
    if _meant_so(term):
        return (term,)
    starts = [m.start() for m in islice(CUT.finditer(word), MAX_CUTS + 1) if m.start()]
    if len(starts) > MAX_CUTS:
        return ()
    ends = [*starts, len(word)]
    ways: dict[int, tuple[str, ...]] = {len(word): ("",)}  # from a place on, to the end
    for start in reversed((0, *starts)):
        pieces = ((_term(word[start:end]), ways[end]) for end in ends if end > start and ways[end])
        found = (f"{piece} {rest}".strip() for piece, behind in pieces if _meant_so(piece) for rest in behind)
        ways[start] = tuple(islice(found, MAX_READINGS + 1))
    return ways[0]


def _meant_so(word: str) -> bool:
    """Whether a word is a term that somebody could have meant: one with a name that hosts can have."""
    return bool(word) and plain(parse(f"{VERSION} {word}"))


def _specs(record: SpfRecord) -> Iterator[str]:
    """The names to which a record leads, as it has them."""
    yield from (t.target for t in record.terms if t.target)
    yield from (m.value for m in record.modifiers if m.name in NAMING)


def is_name(spec: str) -> bool:
    """Whether a domain-spec is a host's name, but for its macros. No top label has a hyphen, but those in other scripts
    (section 4.3)."""
    literal = MACRO.sub("", spec)
    if not literal:
        return True
    if not NAME.fullmatch(literal):
        return False
    top = literal.removesuffix(".").rpartition(".")[2]
    return not top or MACRO.search(spec) is not None or "-" not in top or top.lower().startswith("xn--")


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


def _whole(words: Iterable[str]) -> Iterator[str]:
    """The words, those joined that a space has torn: `include: a.example`."""
    waiting = ""
    for word in words:
        if NO_VALUE.search(word):
            waiting += word
        else:
            yield waiting + word
            waiting = ""
    if waiting:
        yield waiting


def meant_as_mechanism(name: str, value: str) -> str | None:
    """The mechanism that an unknown modifier was meant to be: `include=a.example`."""
    if name not in MECHANISMS or name == "all":
        return None
    term = f"{name}:{value}"
    return term if _meant_so(term) else None
