"""What an SPF record could do without (RFC 7208 section 4.6.4): terms that never let anybody send, or let nobody send
who may not anyway.

To leave these out takes the right to send from nobody, and fewer lookups are needed. `mx`, `ptr`, `exists` and macros
are never spared: what they come to shows only when a mail is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from audit.model.fact import Known
from audit.model.value import dataclass
from audit.protocol.spf.networks import Held, Reader
from audit.protocol.spf.terms import asked_by, evaluated
from audit.protocol.spf.tree import SpfTree
from audit.syntax import spf_edit
from audit.syntax.names import canonical
from audit.syntax.spf import Modifier, Qualifier, SpfRecord, Term


class Spare(StrEnum):
    """Why a term can go."""

    DEAD = "the name that it includes does not exist"
    NONE = "the name that it includes has no SPF record"
    VOID = "it finds nothing"
    DUPLICATE = "it stands there before"
    INCLUDED = "another include brings it"
    COVERED = "terms before it let the same addresses send"
    BEHIND = "it stands behind all"


@dataclass(frozen=True, slots=True)
class SpareTerm:
    term: Term | Modifier
    why: Spare


def spare_terms(tree: SpfTree) -> tuple[SpareTerm, ...]:
    """The terms of the domain's own record that could go, in their order."""
    return tuple(_spare(tree, tree.root.record)) if tree.root.record else ()


def spared(tree: SpfTree, *why: Spare) -> str | None:
    """The domain's own record without terms that can go for these reasons; None when there are none, and for a record
    that is too long to be pasted anyway."""
    record = tree.root.record
    if record is None or len(record.text) > spf_edit.MAX_PASTED:
        return None
    gone = [s.term for s in spare_terms(tree) if s.why in why]
    return spf_edit.without(record, gone) if gone else None


def _spare(tree: SpfTree, record: SpfRecord) -> Iterator[SpareTerm]:
    reader = Reader.of(tree)
    reached = evaluated(record)
    elsewhere = _brought(tree, record)
    seen: set[tuple[Qualifier, str]] = set()
    held = Held()
    only_passes = True  # so far: then the order does not matter
    for term in reached[: len(reached) - bool(record.all)]:
        key = term.qualifier, term.text.lstrip("+-~?").lower()
        only_passes = only_passes and term.qualifier is Qualifier.PASS
        networks = reader.term(tree.root.name, term)
        why = _useless(tree, reader, term)
        if why is None and key in seen:
            why = Spare.DUPLICATE
        elif why is None and only_passes and _plain_include(term) and _target(term) in elsewhere:
            why = Spare.INCLUDED
        elif why is None and only_passes and held.hold(networks):
            why = Spare.COVERED
        if why:
            yield SpareTerm(term, why)
        elif only_passes and networks.sure:
            held.add(networks.all)
        seen.add(key)
    yield from (SpareTerm(t, Spare.BEHIND) for t in record.terms[len(reached) :])


def _useless(tree: SpfTree, reader: Reader, term: Term) -> Spare | None:
    """Whether a term can never match."""
    if term.macro:
        return None
    if term.name == "include" and term.target:
        fact = reader.nodes.get(canonical(term.target))
        if isinstance(fact, Known) and not fact.value.found:
            return Spare.NONE if fact.value.exists else Spare.DEAD
        return None
    if term.name not in ("a", "mx", "exists"):
        return None
    answers = [reader.looked_up.get(q) for q in asked_by(tree.root.name, term)]
    nothing = all(isinstance(a, Known) and not a.value.records for a in answers)
    return Spare.VOID if nothing else None


def _brought(tree: SpfTree, record: SpfRecord) -> frozenset[str]:
    """The names that an include of the record brings at any depth, by includes that pass; none of those in circles."""
    below: dict[str, tuple[str, ...]] = {}
    for name, fact in tree.nodes:
        terms = evaluated(fact.value.record) if isinstance(fact, Known) and fact.value.record else ()
        if all(t.qualifier is Qualifier.PASS for t in terms if t.name != "all"):
            below[name] = tuple(_target(t) for t in terms if _plain_include(t))
    own = dict.fromkeys(_target(t) for t in evaluated(record) if _plain_include(t))
    return frozenset(n for top in own for n in _reach(below, top) if n != top and top not in _reach(below, n))


def _reach(below: Mapping[str, tuple[str, ...]], start: str) -> set[str]:
    met, waiting = {start}, [start]
    while waiting:
        for name in below.get(waiting.pop(), ()):
            if name not in met:
                met.add(name)
                waiting.append(name)
    return met


def _plain_include(term: Term) -> bool:
    return term.name == "include" and term.qualifier is Qualifier.PASS and not term.macro


def _target(term: Term) -> str:
    return canonical(term.target or "")
