"""The way that a receiver takes through SPF records (RFC 7208 sections 4.6.2 and 4.6.4): term by term, from left to
right, until one matches.

So a limit is not reached by every sender. What a record costs at worst is paid by a client that nothing matches; a
sender that is named before the eleventh lookup never meets the limit, and one that is named behind it always does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from audit.model.fact import Count, Fact, Known, Unknown, any_of
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.spf.cost import MAX_DEPTH
from audit.protocol.spf.terms import COUNTED, MACRO, MAX_HOSTS, SpfNode, asked_by, branches, evaluated
from audit.protocol.spf.tree import SpfTree
from audit.syntax.names import canonical
from audit.syntax.spf import Modifier, Qualifier, Term

ENOUGH = 10  # void lookups beyond which no number matters
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """A term of the domain's own record: what it costs, and what those before it have cost a client that reaches it."""

    term: Term | Modifier
    before: Count
    cost: Count

    def behind(self, allowed: int) -> bool:
        """Whether it is certain that a receiver stops before it, or within it."""
        return self.cost.at_least > 0 and self.before.at_least + self.cost.at_least > allowed

    def within(self, allowed: int) -> bool:
        """Whether the limit is met in the midst of what it includes, so that a part of it still works."""
        return self.before.at_least < allowed and self.cost.at_least > 1 and self.behind(allowed)


def own_terms(tree: SpfTree) -> tuple[OwnTerm, ...]:
    """The terms of the domain's own record, in the order in which a receiver comes to them."""
    record = tree.root.record
    if record is None:
        return ()
    terms: list[Term | Modifier] = list(evaluated(record))
    if record.redirect and not record.all:
        terms.append(record.redirect)
    below = dict(tree.costs)
    before, found = Count(), []
    for term in terms:
        counted = term.name in COUNTED or term.name == "redirect"
        cost = below.get(term.text, Count(1)) if counted else Count()
        found.append(OwnTerm(term, before, cost))
        before += cost
    return tuple(found)


def out_of_reach(tree: SpfTree, allowed: int) -> tuple[OwnTerm, ...]:
    """The terms whose senders get permerror, all or in part: from the one on that holds the lookup too many."""
    terms = own_terms(tree)
    first = next((i for i, t in enumerate(terms) if t.behind(allowed)), len(terms))
    return tuple(t for t in terms[first:] if t.term.name != "all")


def voids_for_everybody(tree: SpfTree) -> int:
    """How many lookups find nothing before any term that could match: no sender is spared these."""
    return _Entry(tree.by_name(), dict(tree.looked_up)).of(tree.root.name, 0)[0]


class _Entry:
    """What every client meets, whoever it is, each record walked once."""

    def __init__(self, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]]) -> None:
        self._nodes, self._looked_up = nodes, looked_up
        self._memo: dict[str, tuple[int, bool]] = {}

    def of(self, name: str, depth: int) -> tuple[int, bool]:
        """The void lookups, and whether the walk goes on behind the record: nothing in it matched."""
        if name not in self._memo:
            self._memo[name] = 0, False  # for one that leads back to itself
            self._memo[name] = self._walk(name, depth)
        return self._memo[name]

    def _walk(self, name: str, depth: int) -> tuple[int, bool]:
        fact = self._nodes.get(name)
        if not isinstance(fact, Known) or fact.value.record is None or depth > MAX_DEPTH:
            return 0, False
        voids = 0
        for term in evaluated(fact.value.record):
            more, passed = self._term(name, term, depth)
            voids = min(voids + more, ENOUGH)
            if not passed:
                return voids, False
        for branch in branches(fact.value):
            if branch.redirect:
                more, passed = self.of(branch.target, depth + 1)
                return min(voids + more, ENOUGH), passed
        return voids, not fact.value.hidden

    def _term(self, name: str, term: Term, depth: int) -> tuple[int, bool]:
        if term.name == "all":  # of an included record, where only a pass matches (section 5.2)
            return 0, depth > 0 and term.qualifier is not Qualifier.PASS
        if term.name == "include" and term.target and not term.macro:
            return self.of(canonical(term.target), depth + 1)
        questions = () if term.macro else asked_by(name, term)
        answers = [self._looked_up.get(q) for q in questions]
        nothing = bool(answers) and all(isinstance(a, Known) and not a.value.records for a in answers)
        return (1, True) if nothing else (0, False)


def too_many_hosts(tree: SpfTree) -> tuple[tuple[tuple[str, int], ...], Fact[bool]]:
    """The names whose `mx` term leads to more than ten hosts, with their number; and whether there are any."""
    answers = dict(tree.looked_up)
    found: dict[str, int] = {}
    seen: list[Fact[bool]] = [f for _, f in tree.nodes if isinstance(f, Unknown)]
    for name, term in _all_terms(tree):
        if term.name == "mx" and term.macro:
            seen.append(MACRO)
        for question in asked_by(name, term) if term.name == "mx" and not term.macro else ():
            fact = answers.get(question, BUDGET)
            if isinstance(fact, Unknown):
                seen.append(fact)
            elif len(fact.value.records) > MAX_HOSTS:
                found[question.name] = len(fact.value.records)
    if tree.hidden:
        seen.append(tree.hidden)
    return tuple(found.items()), Known(True) if found else any_of(seen)


def permerrors_below(tree: SpfTree) -> tuple[tuple[str, str], ...]:
    """The names to which a record leads that are a permerror for whoever comes there, and why (sections 4.5, 4.6.4,
    5.2). Those without a record are not among them."""
    found: list[tuple[str, str]] = []
    for name, fact in tree.nodes:
        if isinstance(fact, Known) and len(fact.value.found) > 1:
            found.append((name, f"{len(fact.value.found)} SPF records stand there"))
        elif isinstance(fact, Known) and fact.value.record is not None and fact.value.record.problems:
            problem = fact.value.record.problems[0]
            found.append((name, f"its record cannot be read at {problem.text} ({problem.code})"))
    hosts, _ = too_many_hosts(tree)
    return (*found, *((name, f"it has {count} MX hosts, of {MAX_HOSTS} at most") for name, count in hosts))


def reached_twice(tree: SpfTree) -> tuple[str, ...]:
    """The names that are included more than once, each by the topmost of those that bring it."""
    nodes = tree.by_name()
    sources: dict[str, Counter[str]] = {}
    for name, fact in nodes.items():
        if isinstance(fact, Known):
            for branch in branches(fact.value):
                sources.setdefault(branch.target, Counter())[name] += 1
    return tuple(target for target, by in sources.items() if by.total() > 1 and target != tree.root.name)


def _all_terms(tree: SpfTree) -> Iterator[tuple[str, Term]]:
    """Each term that a receiver may come to, with the name of its record."""
    for name, fact in tree.by_name().items():
        if isinstance(fact, Known) and fact.value.record:
            for term in evaluated(fact.value.record):
                yield name, term


def own_policy(tree: SpfTree) -> tuple[tuple[tuple[str, Term], ...], Unknown | None]:
    """The terms of the domain's own record and of those that it redirects to, each with the name of its record; and the
    hole where the way goes out of sight."""
    nodes, found, name = tree.by_name(), list[tuple[str, Term]](), tree.root.name
    for _ in range(MAX_DEPTH):
        fact = nodes.get(name, BUDGET)
        if isinstance(fact, Unknown):
            return tuple(found), fact
        record = fact.value.record
        if record is None:
            break
        found += [(name, t) for t in evaluated(record)]
        redirect = record.redirect if record.all is None else None
        if redirect is None:
            break
        if redirect.macro:
            return tuple(found), MACRO
        name = canonical(redirect.value)
    return tuple(found), None
