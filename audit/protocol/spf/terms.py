"""The terms of SPF records, as a receiver comes to them (RFC 7208 section 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from audit.model.fact import Unknown
from audit.model.probe import Question
from audit.syntax import spf as syntax
from audit.syntax import spf_macro
from audit.syntax.names import canonical

MACRO = Unknown("spf.macro")
COUNTED = frozenset({"include", "a", "mx", "ptr", "exists"})  # section 4.6.4; `redirect` counts as well
OF_DOMAINS = frozenset("do")  # macros that are the same for all mail of a domain


@dataclass(frozen=True, slots=True)
class SpfNode:
    """What stands at one name. `record` is None when there is not exactly one SPF record."""

    name: str
    exists: bool  # or, of an alias, its target does
    found: tuple[str, ...]  # the SPF records at the name
    record: syntax.SpfRecord | None
    target: str = ""  # where the name leads, when it is an alias

    @property
    def hidden(self) -> bool:
        """Whether the record leads to names that only a receiver can make, from the mail at hand (section 7)."""
        if self.record is None:
            return False
        redirect = self.record.redirect
        led = any(t.name == "include" and t.macro for t in evaluated(self.record))
        return led or bool(redirect and redirect.macro and not self.record.all)


@dataclass(frozen=True, slots=True)
class SpfBranch:
    """A term that leads to another record."""

    source: str
    term: str
    target: str
    redirect: bool


def evaluated(record: syntax.SpfRecord) -> tuple[syntax.Term, ...]:
    """The terms that a receiver can come to: those up to the first `all`."""
    ends = next((i for i, t in enumerate(record.terms) if t.name == "all"), len(record.terms))
    return record.terms[: ends + 1]


def branches(node: SpfNode) -> Iterator[SpfBranch]:
    """The terms of a record that lead to others."""
    if node.record is None:
        return
    for term in evaluated(node.record):
        if term.name == "include" and term.target and not term.macro:
            yield SpfBranch(node.name, term.text, canonical(term.target), redirect=False)
    redirect = node.record.redirect
    if redirect and not redirect.macro and not node.record.all and redirect.value:
        yield SpfBranch(node.name, redirect.text, canonical(redirect.value), redirect=True)


def questions(node: SpfNode, root: str) -> Iterator[Question]:
    """What a receiver asks for the terms of a record, in mail of the domain whose record is the root."""
    for term in evaluated(node.record) if node.record else ():
        made = expanded(term, node.name, root)
        if not made.macro:
            yield from asked_by(node.name, made)


def expanded(term: syntax.Term, name: str, root: str) -> syntax.Term:
    """A term of the record at a name, without macros where these are made of domains alone, whoever sends: `%{d}` is
    that of the record, `%{o}` that of the mail (section 7.2). Names that no message can carry are left as they are."""
    if not term.macro or term.target is None or term.name not in ("a", "mx", "exists", "ptr"):
        return term
    spec = spf_macro.pieces(term.target)
    if not spf_macro.asked_for(spec) <= OF_DOMAINS:
        return term
    target = canonical(spf_macro.name(spec, {"d": name, "o": root}))
    if not all(syntax.LABEL.fullmatch(label.replace("_", "-")) for label in target.split(".")):
        return term
    return replace(term, target=target, macro=False)


def asked_by(name: str, term: syntax.Term) -> tuple[Question, ...]:
    """What a receiver asks for a term, as far as it tells whether the term finds nothing."""
    target = canonical(term.target) if term.target else name
    match term.name:
        case "a":
            return Question(name=target, rdtype="A"), Question(name=target, rdtype="AAAA")
        case "mx":
            return (Question(name=target, rdtype="MX"),)
        case "exists":
            return (Question(name=target, rdtype="A"),)
    return ()
