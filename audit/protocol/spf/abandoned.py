"""Names in an SPF record that are not there any more, and that anybody may register (RFC 7208 section 11).

Whoever registers the domain of a dead include publishes what he likes there, and all that it names may send for the
domain that includes it. The same holds for the host of an `a`, `mx` or `exists` term, and for mail hosts of an `mx`.

Of a record whose name macros make (section 7) the domain is certain where it is the same for clients of both families;
the name of a sample of them tells whether it is there. Of what a sender has a say in, nothing is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.registration import Registration, registration
from audit.protocol.spf.terms import MACRO, SAMPLE, SpfNode, around, branches, questions, read, sample_name
from audit.protocol.spf.tree import SpfTree, spf_tree
from audit.syntax.spf import Qualifier, SpfRecord

MAX_DOMAINS = 3  # of which the registry is asked
BUDGET = Unknown("budget")
PASS = Qualifier.PASS

_Made: TypeAlias = tuple[str | None, Fact[Answer]]  # the domain of a name that macros make, and what is there


@dataclass(frozen=True, slots=True)
class SpfAbandoned:
    """Domains that the record leads to: each with the name that stands in it, and whether anybody may register it."""

    free: tuple[tuple[str, Fact[bool]], ...]
    hole: Unknown | None  # where it could not be seen what names there are
    missing: tuple[tuple[str, str], ...] = ()  # of a name that stands there, what does not exist: it, or its target

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are certain to be free."""
        return tuple(name for name, free in self.free if free == Known(True))

    @property
    def taken(self) -> Fact[tuple[str, ...]]:
        """The same, for which one suffices; unknown where there may be some."""
        if self.names:
            return Known(self.names)
        return first_hole(*(free for _, free in self.free), self.hole) or Known(())

    @property
    def told(self) -> tuple[str, ...]:
        """The same, each with the name to be registered where that is another."""
        missing = dict(self.missing)
        return tuple(
            name if missing[name] == name else f"{missing[name]} (to which {name} leads)" for name in self.names
        )


@inquiry
def spf_abandoned(domain: Domain) -> Steps[SpfAbandoned]:
    """Ask the registries of names that do not exist."""
    tree = yield from spf_tree(domain)
    passing = _passing(tree)
    missing = _denied(tree, passing)
    made = tuple(_made(tree, passing))
    missing |= {name: name for name in _in_vain(made) if name not in missing}
    by_domain: dict[str | None, str] = {}
    for name, end in missing.items():
        by_domain.setdefault(registry_domain(end), name)
    asked = tuple(name for at, name in by_domain.items() if at not in (None, registry_domain(domain.name)))
    found = yield from attempt(registration(missing[name]) for name in asked[:MAX_DOMAINS])
    free = [(name, _free(fact)) for name, fact in zip(asked, found, strict=False)]
    free += [(name, BUDGET) for name in asked[MAX_DOMAINS:]]
    return SpfAbandoned(tuple(free), _hole(tree, passing, made), tuple((name, missing[name]) for name in asked))


@dataclass(frozen=True, slots=True)
class _Passing:
    """What passes lead to: records by their names, and what is looked up. Of all else it does not matter whose it is:
    he lets nobody send by it."""

    records: Mapping[str, Fact[SpfNode]]
    questions: frozenset[Question]


def _passing(tree: SpfTree) -> _Passing:
    nodes, answers = tree.by_name(), dict(tree.looked_up)
    met: dict[str, Fact[SpfNode]] = {tree.root.name: Known(tree.root)}
    asked: set[Question] = set()
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        let = _less(node)
        asked.update((*questions(let, tree.root.name), *around(let, tree.root.name, answers)))
        for branch in branches(let):
            fact = nodes.get(branch.target, BUDGET)
            if branch.target not in met and isinstance(fact, Known):
                waiting.append(fact.value)
            met.setdefault(branch.target, fact)
    return _Passing(met, frozenset(asked))


def _less(node: SpfNode) -> SpfNode:
    """A record with those of its terms alone that pass."""
    record = node.record
    if record is None or all(t.qualifier is PASS for t in (*record.reached, *record.asking)):
        return node
    reached, asking = (tuple(t for t in each if t.qualifier is PASS) for each in (record.reached, record.asking))
    return replace(node, record=replace(record, reached=reached, asking=asking))


def _denied(tree: SpfTree, passing: _Passing) -> dict[str, str]:
    """The names that lead to what the DNS says does not exist, in the order in which they are met, and what that is."""
    found = ((n, f.value) for n, f in tree.nodes if n in passing.records and isinstance(f, Known))
    nodes = ((n, node.target or n) for n, node in found if not node.exists)
    asked = ((q, f.value) for q, f in tree.looked_up if q in passing.questions and isinstance(f, Known))
    gone = ((q, got) for q, got in asked if got.status is DnsStatus.NXDOMAIN)
    hosts = ((q.name, answer.aliases[-1] if answer.aliases else q.name) for q, answer in gone)
    return dict((*nodes, *hosts))


def _free(fact: Fact[Registration]) -> Fact[bool]:
    return fact if isinstance(fact, Unknown) else fact.value.free


def _hole(tree: SpfTree, passing: _Passing, made: Iterable[_Made]) -> Unknown | None:
    looked_up = (f for q, f in tree.looked_up if q in passing.questions)
    return first_hole(*passing.records.values(), *looked_up, *(f for _, f in made))


def made_in_vain(tree: SpfTree) -> tuple[str, ...]:
    """The domains of names that macros make for a sample of clients, and that the DNS says do not exist."""
    return _in_vain(_made(tree, _passing(tree)))


def _in_vain(made: Iterable[_Made]) -> tuple[str, ...]:
    gone = (d for d, f in made if isinstance(f, Known) and f.value.status is DnsStatus.NXDOMAIN)
    return tuple(dict.fromkeys(d for d in gone if d is not None))


def _made(tree: SpfTree, passing: _Passing) -> Iterator[_Made]:
    """What the names say that macros of records lead to, and those that come behind: each with its domain."""
    by_name = {q.name: f for q, f in tree.sampled if q.rdtype == "TXT"}
    below = [read(name, f.value) for name, f in by_name.items() if isinstance(f, Known)]
    reached = [f.value for f in passing.records.values() if isinstance(f, Known)]
    for node in (*reached, *below):
        for spec in _specs(node.record) if node.record else ():
            names = [sample_name(spec, node.name, tree.root.name, version) for version in SAMPLE]
            domains = {registry_domain(name) if name else None for name in names}
            found = next((by_name[name] for name in names if name in by_name), MACRO)
            yield (domains.pop(), found) if len(domains) == 1 and None not in names else (None, MACRO)
    for node in below:
        yield from _behind(tree, node)


def _specs(record: SpfRecord) -> Iterator[str]:
    """The names with macros at which a record looks for others that are to pass."""
    led = (t for t in record.asking if t.name == "include" and t.macro and t.qualifier is PASS)
    yield from (t.target for t in led if t.target)
    if record.redirect and record.redirect.macro and not record.all:
        yield record.redirect.value


def _behind(tree: SpfTree, node: SpfNode) -> Iterator[_Made]:
    """What a record says that stands at a name made by macros."""
    answers = {q.name: f for q, f in (*tree.looked_up, *tree.sampled)}
    led = [b.target for b in branches(node) if b.target not in tree.by_name()]
    for name in (*led, *(q.name for q in questions(node, tree.root.name))):
        yield registry_domain(name), answers.get(name, MACRO)
