"""SPF records (RFC 7208 sections 4.5, 4.6 and 12): text to terms, with what is wrong and where.

One error anywhere makes the record a permerror, so the whole record is read before anything is asked. Terms are
separated by spaces only. A domain-spec may hold macros (section 7), which cannot be expanded without a client.

A record may be as long as a message of the DNS: 65,535 octets. Of a long one all words are read, but terms that can
change nothing are not kept: a receiver stops at the eleventh that needs the DNS (section 4.6.4), and what a term says
word for word again, it has said.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from audit.model.value import dataclass
from audit.syntax.escape import octet_text
from audit.syntax.span import Network, Span
from audit.syntax.spf_macro import EXPLAINING, LETTERS, MacroFault, Pieces, pieces
from audit.syntax.spf_network import USUAL_IPV6, NetworkFault, network, number, span

MAX_PROBLEMS = 20
VERSION = "v=spf1"
MAX_WHOLE = 4096  # octets of a record of which all terms are kept; a longer one is not to be mended by pasting
MAX_COUNTED = 64  # terms that need the DNS and are kept of a longer one, before its `all` and behind it
_CIDR = "(/(0|[1-9][0-9]{0,2}))?(//(0|[1-9][0-9]{0,2}))?"
CIDR = re.compile(_CIDR)
WORD = re.compile(r"([+?~-]?)([a-zA-Z][a-zA-Z0-9_.-]*)(=|(?=[:/])|\Z)")
ENDING = re.compile(r"(?:/[0-9]*)?(?://[0-9]*)?$")
_CASELESS = re.IGNORECASE | re.ASCII
_OCTET = "([0-9]{1,3})"
IPV4 = re.compile(rf"([+?~-]?)ip4:{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?:/([0-9]{{1,2}}))?", _CASELESS)
IPV6 = re.compile(rf"([+?~-]?)ip6:{USUAL_IPV6}(?:/([0-9]{{1,3}}))?", _CASELESS)
OCTETS = {str(n): n for n in range(256)}
SIMPLE = re.compile(  # terms that need the DNS, and can be read
    r"[+?~-]?(?:include|exists|a|mx|ptr):(?:[a-z0-9_-]{1,63}\.)+[a-z]{1,63}"
    r"|[+?~-]?(?:a|mx)(?::(?:[a-z0-9_-]{1,63}\.)+[a-z]{1,63})?/(?:3[0-2]|[12]?[0-9])",
    _CASELESS,
)
IGNORED = re.compile(r"(?!redirect=|exp=)[a-z][a-z0-9_.-]*=[!-$&-~]*", _CASELESS)
LIKE_TERM = re.compile(  # all that can be read, and some more
    r"[+?~-]?(?:(?:all|ip4|ip6|include|exists|ptr)(?![a-z0-9_.-])|(?:a|mx)(?![a-z0-9_./-]))"
    rf"|[+?~-]?(?:a|mx)(?=/){_CIDR}\Z|[a-z][a-z0-9_.-]*=",
    _CASELESS,
)
LABEL = re.compile(r"[a-zA-Z0-9-]{1,63}")
NEEDS_DOMAIN = frozenset({"include", "exists"})
MAY_HAVE_DOMAIN = frozenset({"a", "mx", "ptr"})
HAS_CIDR = frozenset({"a", "mx"})
COUNTED = NEEDS_DOMAIN | MAY_HAVE_DOMAIN  # section 4.6.4; `redirect` counts as well
MECHANISMS = COUNTED | {"all", "ip4", "ip6"}


class Qualifier(StrEnum):
    PASS = "+"
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


QUALIFIERS = {"": Qualifier.PASS} | {str(q): q for q in Qualifier}
LENGTHS = {None: 128} | {str(n): n for n in range(129)}
LENGTHS_IPV4 = {None: 32} | {str(n): n for n in range(33)}


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Something that breaks the grammar: `text` is escaped, `at` counts characters from the start of the record."""

    code: str
    text: str
    at: int


class Term(NamedTuple):  # not a dataclass: of these there may be thousands, and they are made in half the time
    """A mechanism. `target` is its domain-spec, in lower case unless it holds a macro."""

    text: str
    at: int
    qualifier: Qualifier
    name: str
    target: str | None = None
    span: Span | None = None
    cidr4: int | None = None
    cidr6: int | None = None
    macro: bool = False

    @property
    def network(self) -> Network | None:
        return self.span.network if self.span else None


@dataclass(frozen=True, slots=True)
class Modifier:
    text: str
    at: int
    name: str
    value: str
    macro: bool


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record. Its terms begin with those that a receiver comes to: `reached`, to the first `all`, which decides.
    `asking` are those of them that need the DNS: few, where a record names thousands of networks."""

    text: str
    terms: tuple[Term, ...]
    modifiers: tuple[Modifier, ...]
    problems: tuple[SyntaxProblem, ...]
    reached: tuple[Term, ...]
    asking: tuple[Term, ...]
    all: Term | None
    redirect: Modifier | None
    lookups: int  # terms that need the DNS among those that can be reached, also where not all are kept


class _Bad(Exception):
    """A fault in one term: its code."""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (section 4.5): the version, then a space or the end."""
    start = text[: len(VERSION) + 1].lower()
    return start in (VERSION, f"{VERSION} ")


def parse(text: str) -> SpfRecord:
    """Read a record that `is_spf`. What cannot be read is a problem, and the rest is read all the same."""
    reading = _Reading(whole=len(text) <= MAX_WHOLE)
    at = len(VERSION)
    for word in text[at:].split(" "):
        if word:
            reading.take(word, at)
        at += len(word) + 1
    return reading.record(text)


class _Reading:
    """What was read so far. Unless the `whole` is kept, words that change nothing are passed over."""

    __slots__ = (
        "_behind",
        "_ends",
        "_faulty",
        "_kept",
        "_lookups",
        "_met",
        "_modifiers",
        "_problems",
        "_reached",
        "_stay",
        "_whole",
    )

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._reached: list[Term] = []
        self._behind: list[Term] = []
        self._modifiers: list[Modifier] = []
        self._problems: list[SyntaxProblem] = []
        self._ends: Term | None = None
        self._met: dict[str, bool] = {}  # words that can be read, and whether they need the DNS
        self._stay: set[str] = set()  # words of the terms that need the DNS and are kept
        self._faulty: set[str] = set()
        self._kept = [0, 0]  # terms that need the DNS, before `all` and behind it
        self._lookups = 0

    def take(self, word: str, at: int) -> None:
        if not self._whole and self._passed(word):
            return
        try:
            read = _read(word, at)
            if isinstance(read, Modifier):
                self._modifier(read)
            else:
                self._term(read)
        except _Bad as fault:
            self._faulty.add(word)
            if len(self._problems) < MAX_PROBLEMS:
                self._problems.append(SyntaxProblem(str(fault), octet_text(word, 100), at))

    def _passed(self, word: str) -> bool:
        """Whether a word of a long record needs no further look: it was read before, is one more of a kind of which
        there are enough and that can be read, or one fault too many."""
        counted = self._met.get(word)
        if counted is None:
            counted = self._full() and SIMPLE.fullmatch(word) is not None
            more = len(self._modifiers) >= MAX_COUNTED and IGNORED.fullmatch(word) is not None
            many = len(self._problems) >= MAX_PROBLEMS
            wrong = many and (word in self._faulty or not LIKE_TERM.match(word))
            if not (counted or more or wrong):
                return False
        elif counted and (not self._full() or self._is_repeat(word)):
            return False
        self._lookups += counted and self._ends is None
        return True

    def _is_repeat(self, word: str) -> bool:
        """Whether a term that is kept stands there again, and none does so far behind the kept ones."""
        return self._ends is None and word in self._stay

    def _full(self) -> bool:
        return self._kept[self._ends is not None] >= MAX_COUNTED

    def _modifier(self, modifier: Modifier) -> None:
        if modifier.name not in ("redirect", "exp"):
            self._met[modifier.text] = False
        elif any(m.name == modifier.name for m in self._modifiers):
            raise _Bad(f"second {modifier.name}")
        self._modifiers.append(modifier)

    def _term(self, term: Term) -> None:
        counted = self._met[term.text] = term.name in COUNTED
        if counted:
            self._lookups += self._ends is None
            if not self._whole and self._full():
                if not self._is_repeat(term.text):
                    return
                self._stay.clear()  # one is enough to tell
            else:
                self._stay.add(term.text)
            self._kept[self._ends is not None] += 1
        (self._behind if self._ends else self._reached).append(term)
        if term.name == "all" and self._ends is None:
            self._ends = term

    def record(self, text: str) -> SpfRecord:
        reached = tuple(self._reached)
        return SpfRecord(
            text,
            (*reached, *self._behind) if self._behind else reached,
            tuple(self._modifiers),
            tuple(self._problems),
            reached,
            tuple(t for t in reached if t.span is None and t.name != "all"),
            self._ends,
            next((m for m in self._modifiers if m.name == "redirect"), None),
            self._lookups,
        )


def _read(word: str, at: int) -> Term | Modifier:
    if plain := _plain(word, at):
        return plain
    if not word.isascii() or not word.isprintable():
        raise _Bad("character that is not printable ASCII")
    found = WORD.match(word)
    if found is None:
        raise _Bad("unknown mechanism")
    sign, name, equals = found[1], found[2].lower(), found[3]
    if equals:
        if sign:
            raise _Bad("qualifier on a modifier")
        return _modifier(word, at, name, word[found.end() :])
    if name not in MECHANISMS:
        raise _Bad("unknown mechanism")
    qualifier, rest = QUALIFIERS[sign], word[found.end() :]
    if name in ("ip4", "ip6"):
        return Term(word, at, qualifier, name, None, _network(name, rest))
    if name == "all":
        if rest:
            raise _Bad("all takes no value")
        return Term(word, at, qualifier, name)
    return _looking_up(word, at, qualifier, name, rest)


def _plain(word: str, at: int) -> Term | None:
    """A term that names a network in the usual way, of which a record may have thousands; None for all others."""
    if found := IPV4.fullmatch(word):
        sign, a, b, c, d, length = found.groups()
        try:
            first = OCTETS[a] << 24 | OCTETS[b] << 16 | OCTETS[c] << 8 | OCTETS[d]
            return Term(word, at, QUALIFIERS[sign], "ip4", None, span(4, first, LENGTHS_IPV4[length]))
        except KeyError:
            return None
    if found := IPV6.fullmatch(word):
        sign, *groups, length = found.groups()
        value = number(*groups)
        if value is not None and length in LENGTHS:
            return Term(word, at, QUALIFIERS[sign], "ip6", None, span(6, value, LENGTHS[length]))
    return None


def _modifier(word: str, at: int, name: str, value: str) -> Modifier:
    known = name in ("redirect", "exp")
    spec = _macros(value, LETTERS if known else EXPLAINING)
    if known and not value:
        raise _Bad("missing domain")
    if known:
        _domain_spec(spec)
    return Modifier(word, at, name, value, _has_macro(spec))


def _looking_up(word: str, at: int, qualifier: Qualifier, name: str, rest: str) -> Term:
    """A term that needs the DNS."""
    target, cidr = _split_cidr(name, rest)
    if target is None and name in NEEDS_DOMAIN:
        raise _Bad("missing domain")
    cidr4, cidr6 = _prefixes(cidr) if cidr else (None, None)
    macro = False
    if target is not None:
        spec = _macros(target, LETTERS)
        _domain_spec(spec)
        macro = _has_macro(spec)
    shown = target if macro or target is None else target.lower()
    return Term(word, at, qualifier, name, shown, None, cidr4, cidr6, macro)


def _split_cidr(name: str, rest: str) -> tuple[str | None, str]:
    """The domain-spec and the prefix lengths behind it. A slash inside braces belongs to a macro."""
    if not rest.startswith(":"):
        if rest and name not in HAS_CIDR:
            raise _Bad("unexpected prefix length")
        return None, rest
    spec, cidr = rest[1:], ""
    if name in HAS_CIDR and "/" in spec:
        found = ENDING.search(spec)
        if found and found.group():
            spec, cidr = spec[: found.start()], found.group()
    if not spec:
        raise _Bad("missing domain")
    return spec, cidr


def _prefixes(cidr: str) -> tuple[int | None, int | None]:
    found = CIDR.fullmatch(cidr)
    if not found:
        raise _Bad("bad prefix length")
    four, six = (int(found[2]) if found[2] else None), (int(found[4]) if found[4] else None)
    if (four or 0) > 32 or (six or 0) > 128:
        raise _Bad("bad prefix length")
    return four, six


def _network(name: str, rest: str) -> Span:
    try:
        return network(name, rest)
    except NetworkFault as fault:
        raise _Bad(str(fault)) from None


def _macros(text: str, letters: frozenset[str]) -> Pieces:
    try:
        return pieces(text, letters)
    except MacroFault as fault:
        raise _Bad(str(fault)) from None


def _has_macro(spec: Pieces) -> bool:
    return any(not isinstance(piece, str) for piece in spec)


def _domain_spec(spec: Pieces) -> None:
    """Section 7.1: it ends in a macro, or in a dot and a top label. Of names without macros all labels are looked at,
    which section 4.8 leaves open."""
    last = spec[-1]
    if not isinstance(last, str):
        return
    labels = last.removesuffix(".").split(".")
    top = labels[-1]
    if len(labels) < 2 or not LABEL.fullmatch(top) or top.isdigit() or top.startswith("-") or top.endswith("-"):
        raise _Bad("not a domain")
    if len(spec) == 1 and any(not label or len(label) > 63 for label in labels):
        raise _Bad("not a domain")
