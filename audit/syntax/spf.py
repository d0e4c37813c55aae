"""SPF records (RFC 7208 sections 4.5, 4.6 and 12): text to terms, with what is wrong and where.

One error anywhere makes the record a permerror, so the whole record is read before anything is asked. Terms are
separated by spaces only. A domain-spec may hold macros (section 7), which cannot be expanded without a client.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from audit.syntax.escape import octet_text
from audit.syntax.spf_macro import EXPLAINING, LETTERS, MacroFault, Pieces, pieces

MAX_PROBLEMS = 20
VERSION = "v=spf1"
CIDR = re.compile(r"(/(0|[1-9][0-9]{0,2}))?(//(0|[1-9][0-9]{0,2}))?")
MODIFIER = re.compile(r"([a-zA-Z][a-zA-Z0-9_.-]*)=(.*)", re.DOTALL)
MECHANISM = re.compile(r"([a-zA-Z][a-zA-Z0-9_.-]*)([:/].*)?", re.DOTALL)
LABEL = re.compile(r"[a-zA-Z0-9-]{1,63}")
NEEDS_DOMAIN = frozenset({"include", "exists"})
MAY_HAVE_DOMAIN = frozenset({"a", "mx", "ptr"})
HAS_CIDR = frozenset({"a", "mx"})
MECHANISMS = frozenset({"all", "ip4", "ip6", *NEEDS_DOMAIN, *MAY_HAVE_DOMAIN})


class Qualifier(StrEnum):
    PASS = "+"
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Something that breaks the grammar: `text` is escaped, `at` counts characters from the start of the record."""

    code: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism. `target` is its domain-spec, in lower case unless it holds a macro; `network` an address range."""

    text: str
    at: int
    qualifier: Qualifier
    name: str
    target: str | None = None
    network: str | None = None
    cidr4: int | None = None
    cidr6: int | None = None
    macro: bool = False


@dataclass(frozen=True, slots=True)
class Modifier:
    text: str
    at: int
    name: str
    value: str
    macro: bool


@dataclass(frozen=True, slots=True)
class SpfRecord:
    text: str
    terms: tuple[Term, ...]
    modifiers: tuple[Modifier, ...]
    problems: tuple[SyntaxProblem, ...]

    @property
    def redirect(self) -> Modifier | None:
        return next((m for m in self.modifiers if m.name == "redirect"), None)

    @property
    def all(self) -> Term | None:
        """The `all` that decides: the first."""
        return next((t for t in self.terms if t.name == "all"), None)


class _Bad(Exception):
    """A fault in one term: its code."""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (section 4.5): the version, then a space or the end."""
    start = text[: len(VERSION) + 1].lower()
    return start in (VERSION, f"{VERSION} ")


def parse(text: str) -> SpfRecord:
    """Read a record that `is_spf`. What cannot be read is a problem, and the rest is read all the same."""
    terms: list[Term] = []
    modifiers: list[Modifier] = []
    problems: list[SyntaxProblem] = []
    at = len(VERSION)
    for word in text[at:].split(" "):
        if word:
            try:
                read = _read(word, at)
                if isinstance(read, Term):
                    terms.append(read)
                else:
                    _once(read, modifiers)
                    modifiers.append(read)
            except _Bad as fault:
                problems.append(SyntaxProblem(str(fault), octet_text(word, 100), at))
        at += len(word) + 1
    return SpfRecord(text, tuple(terms), tuple(modifiers), tuple(problems[:MAX_PROBLEMS]))


def _read(word: str, at: int) -> Term | Modifier:
    if not word.isascii() or not word.isprintable():
        raise _Bad("character that is not printable ASCII")
    modifier = MODIFIER.fullmatch(word)
    if modifier:
        return _modifier(word, at, modifier[1].lower(), modifier[2])
    qualifier = Qualifier(word[0]) if word[0] in "+-~?" else Qualifier.PASS
    body = word[1:] if word[0] in "+-~?" else word
    if MODIFIER.fullmatch(body):
        raise _Bad("qualifier on a modifier")
    mechanism = MECHANISM.fullmatch(body)
    name = mechanism[1].lower() if mechanism else ""
    if name not in MECHANISMS:
        raise _Bad("unknown mechanism")
    return _mechanism(Term(word, at, qualifier, name), (mechanism[2] or "") if mechanism else "")


def _modifier(word: str, at: int, name: str, value: str) -> Modifier:
    known = name in ("redirect", "exp")
    spec = _macros(value, LETTERS if known else EXPLAINING)
    if known and not value:
        raise _Bad("missing domain")
    if known:
        _domain_spec(spec)
    return Modifier(word, at, name, value, _has_macro(spec))


def _once(modifier: Modifier, seen: list[Modifier]) -> None:
    if modifier.name in ("redirect", "exp") and any(m.name == modifier.name for m in seen):
        raise _Bad(f"second {modifier.name}")


def _mechanism(term: Term, rest: str) -> Term:
    if term.name == "all":
        if rest:
            raise _Bad("all takes no value")
        return term
    if term.name in ("ip4", "ip6"):
        return _network(term, rest)
    target, cidr = _split_cidr(term.name, rest)
    if target is None and term.name in NEEDS_DOMAIN:
        raise _Bad("missing domain")
    cidr4, cidr6 = _prefixes(cidr)
    macro = False
    if target is not None:
        spec = _macros(target, LETTERS)
        _domain_spec(spec)
        macro = _has_macro(spec)
    shown = target if macro or target is None else target.lower()
    return Term(term.text, term.at, term.qualifier, term.name, shown, None, cidr4, cidr6, macro)


def _split_cidr(name: str, rest: str) -> tuple[str | None, str]:
    """The domain-spec and the prefix lengths behind it. A slash inside braces belongs to a macro."""
    if not rest.startswith(":"):
        if rest and name not in HAS_CIDR:
            raise _Bad("unexpected prefix length")
        return None, rest
    spec, cidr = rest[1:], ""
    if name in HAS_CIDR:
        found = re.search(r"(?:/[0-9]*)?(?://[0-9]*)?$", spec)
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


def _network(term: Term, rest: str) -> Term:
    if not rest.startswith(":") or len(rest) < 2:
        raise _Bad("missing address")
    address, slash, length = rest[1:].partition("/")
    try:
        ip = ipaddress.IPv4Address(address) if term.name == "ip4" else ipaddress.IPv6Address(address)
    except ValueError:
        raise _Bad("bad address") from None
    if "%" in address or (slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", length)):
        raise _Bad("bad prefix length")
    if slash and int(length) > ip.max_prefixlen:
        raise _Bad("bad prefix length")
    network = ipaddress.ip_network(f"{ip}/{length or ip.max_prefixlen}", strict=False)
    return Term(term.text, term.at, term.qualifier, term.name, None, str(network))


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
