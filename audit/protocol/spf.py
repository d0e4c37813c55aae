"""SPF (RFC 7208): a domain's record, and all that it includes.

A receiver stops with permerror after ten terms that need the DNS (section 4.6.4) and should after two that find
nothing. The tree is read once, level by level, for the worst case: a client that no term matches. Each name is asked
once, however often it is included; its cost counts each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.model.fact import Count, Fact, Known, Unestablished, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, together
from audit.syntax import spf as syntax
from audit.syntax import txt
from audit.syntax.names import canonical

MAX_QUESTIONS = 60
MAX_DEPTH = 12
ENOUGH = 1000  # a cost beyond any limit: cycles and fans of fans need no exact number
COUNTED = frozenset({"include", "a", "mx", "ptr", "exists"})
VOIDABLE = frozenset({"a", "mx", "exists"})
BUDGET = Unknown("budget")
MACRO = Unknown("spf.macro")


@dataclass(frozen=True, slots=True)
class SpfNode:
    """What stands at one name. `record` is None when there is not exactly one SPF record."""

    name: str
    exists: bool
    found: tuple[str, ...]  # the SPF records at the name
    record: syntax.SpfRecord | None


@dataclass(frozen=True, slots=True)
class SpfBranch:
    """A term that leads to another record."""

    source: str
    term: str
    target: str
    redirect: bool


@dataclass(frozen=True, slots=True)
class SpfTree:
    """A domain's SPF record with everything below it."""

    root: SpfNode
    nodes: tuple[tuple[str, Fact[SpfNode]], ...]  # below the root, in the order in which a receiver meets them
    branches: tuple[SpfBranch, ...]
    looked_up: tuple[tuple[Question, Fact[Answer]], ...]  # what `a`, `mx` and `exists` terms name
    lookups: Count
    costs: tuple[tuple[str, Count], ...]  # what each include or redirect of the domain's own record costs, with itself
    voids: Count
    void_terms: tuple[str, ...]
    loop: Fact[tuple[str, ...]]  # the names of a cycle; empty when there is none

    def node(self, name: str) -> Fact[SpfNode]:
        return Known(self.root) if name == self.root.name else dict(self.nodes).get(name, BUDGET)


@dataclass(frozen=True, slots=True)
class SpfRecordFound:
    """The SPF records at the domain itself: one question's worth."""

    found: tuple[str, ...]
    record: syntax.SpfRecord | None


@dataclass(frozen=True, slots=True)
class SpfDefault:
    """What happens to a client that nothing matches: the effective `all` (section 5.1, 4.7)."""

    qualifier: syntax.Qualifier | None  # None: no record, or neither `all` nor redirect in it, so neutral
    at: str  # the name whose record decides


@inquiry
def spf_record(domain: Domain) -> Steps[SpfRecordFound]:
    """Read the SPF record of a domain."""
    node = yield from _node(domain.name)
    return SpfRecordFound(node.found, node.record)


@inquiry
def spf_tree(domain: Domain) -> Steps[SpfTree]:
    """Read the SPF record of a domain and, level by level, those that it includes."""
    root = yield from _node(domain.name)
    nodes: dict[str, Fact[SpfNode]] = {root.name: Known(root)}
    looked_up: dict[Question, Fact[Answer]] = {}
    branches: dict[SpfBranch, None] = {}
    left = MAX_QUESTIONS
    level: tuple[str, ...] = (root.name,)
    while level:
        here = [n.value for n in (nodes[name] for name in level) if isinstance(n, Known)]
        found = [b for node in here for b in _branches(node)]
        branches.update(dict.fromkeys(found))
        questions = [q for node in here for q in _questions(node) if q not in looked_up]
        targets = [b.target for b in found if b.target not in nodes]
        level, wanted = tuple(dict.fromkeys(targets)), tuple(dict.fromkeys(questions))
        for name in level[left:]:
            nodes[name] = BUDGET
        level = level[:left]
        left -= len(level)
        for question in wanted[left:]:
            looked_up[question] = BUDGET
        wanted = wanted[:left]
        left -= len(wanted)
        below, answers = yield from together(attempt(_node(n) for n in level), attempt(answer(q) for q in wanted))
        nodes.update(zip(level, below, strict=True))
        looked_up.update(zip(wanted, answers, strict=True))
    return _tree(root, nodes, tuple(branches), looked_up)


@inquiry
def spf_default(domain: Domain) -> Steps[SpfDefault]:
    """Follow redirects to the record whose `all` decides."""
    name = domain.name
    for _ in range(MAX_DEPTH):
        node = yield from _node(name)
        if node.record is None:
            return SpfDefault(None, name)
        if node.record.all:
            return SpfDefault(node.record.all.qualifier, name)
        redirect = node.record.redirect
        if redirect is None:
            return SpfDefault(None, name)
        if redirect.macro:
            raise Unestablished(MACRO)
        name = canonical(redirect.value)
    return SpfDefault(None, name)


def evaluated(record: syntax.SpfRecord) -> tuple[syntax.Term, ...]:
    """The terms that a receiver can come to: those up to the first `all`."""
    ends = next((i for i, t in enumerate(record.terms) if t.name == "all"), len(record.terms))
    return record.terms[: ends + 1]


def _node(name: str) -> Steps[SpfNode]:
    got = yield from answer(Question(name=name, rdtype="TXT"))
    found = tuple(t for t in map(txt.joined, got.records) if syntax.is_spf(t))
    record = syntax.parse(found[0]) if len(found) == 1 else None
    return SpfNode(name, got.status is not DnsStatus.NXDOMAIN, found, record)


def _branches(node: SpfNode) -> Iterator[SpfBranch]:
    if node.record is None:
        return
    for term in evaluated(node.record):
        if term.name == "include" and term.target and not term.macro:
            yield SpfBranch(node.name, term.text, canonical(term.target), redirect=False)
    redirect = node.record.redirect
    if redirect and not redirect.macro and not node.record.all and redirect.value:
        yield SpfBranch(node.name, redirect.text, canonical(redirect.value), redirect=True)


def _questions(node: SpfNode) -> Iterator[Question]:
    for term in evaluated(node.record) if node.record else ():
        if not term.macro:
            yield from _asked_by(node.name, term)


def _asked_by(name: str, term: syntax.Term) -> tuple[Question, ...]:
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


def _tree(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    branches: tuple[SpfBranch, ...],
    looked_up: Mapping[Question, Fact[Answer]],
) -> SpfTree:
    costs = _Costs(nodes, looked_up)
    lookups, voids = costs.of(root.name, frozenset())
    below = tuple((n, f) for n, f in nodes.items() if n != root.name)
    return SpfTree(
        root,
        below,
        branches,
        tuple(looked_up.items()),
        lookups,
        tuple((b.term, Count(1) + costs.of(b.target, frozenset({root.name}))[0]) for b in _branches(root)),
        voids,
        tuple(costs.void_terms),
        _loop(root.name, nodes, branches),
    )


class _Costs:
    """What evaluating a record costs, each name computed once."""

    def __init__(self, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]]) -> None:
        self._nodes, self._looked_up = nodes, looked_up
        self._memo: dict[str, tuple[Count, Count]] = {}
        self.void_terms: dict[str, None] = {}

    def of(self, name: str, above: frozenset[str]) -> tuple[Count, Count]:
        """Lookups and void lookups of a record and those below it. A cycle adds nothing: it is a failure of its own."""
        if name in above or len(above) > MAX_DEPTH:
            return Count(), Count()
        if name not in self._memo:
            self._memo[name] = self._cost(name, above | {name})
        return self._memo[name]

    def _cost(self, name: str, above: frozenset[str]) -> tuple[Count, Count]:
        fact = self._nodes.get(name, BUDGET)
        if isinstance(fact, Unknown):
            return Count(0, fact), Count(0, fact)
        node = fact.value
        if node.record is None:
            return Count(), Count()
        lookups, voids = Count(sum(t.name in COUNTED for t in evaluated(node.record))), Count()
        for term in evaluated(node.record):
            if term.name in VOIDABLE or (term.name == "include" and term.macro):
                voids += self._void(name, term)
        for branch in _branches(node):
            below = self.of(branch.target, above)
            lookups, voids = lookups + below[0], voids + below[1]
        redirect = node.record.redirect
        if redirect and not node.record.all:
            lookups += Count(1)
            voids += Count(0, MACRO if redirect.macro else None)
        return Count(min(lookups.at_least, ENOUGH), lookups.hole), Count(min(voids.at_least, ENOUGH), voids.hole)

    def _void(self, name: str, term: syntax.Term) -> Count:
        if term.macro:
            return Count(0, MACRO)
        facts = [self._looked_up.get(q, BUDGET) for q in _asked_by(name, term)]
        if any(isinstance(f, Known) and f.value.records for f in facts):
            return Count()
        hole = next((f for f in facts if isinstance(f, Unknown)), None)
        if hole:
            return Count(0, hole)
        self.void_terms[f"{term.text} ({name})"] = None
        return Count(1)


def _loop(root: str, nodes: Mapping[str, Fact[SpfNode]], branches: tuple[SpfBranch, ...]) -> Fact[tuple[str, ...]]:
    """A cycle of includes or redirects that a receiver runs into, found depth first."""
    below: dict[str, list[str]] = {}
    for branch in branches:
        below.setdefault(branch.source, []).append(branch.target)
    done: set[str] = set()

    def search(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for target in below.get(name, ()):
            if cycle := search(target, (*path, name)):
                return cycle
        done.add(name)
        return ()

    if cycle := search(root, ()):
        return Known(cycle)
    return next((f for f in nodes.values() if isinstance(f, Unknown)), None) or Known(())
