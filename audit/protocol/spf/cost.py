"""What evaluating SPF records costs (RFC 7208 section 4.6.4), where they lead in circles, and whom they let send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.model.fact import Count, Fact, Known, Unknown
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.spf.terms import MACRO, SpfBranch, SpfNode, asked_by, branches, evaluated
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, Term

MAX_DEPTH = 12
ENOUGH = 1000  # a cost beyond any limit: cycles and fans of fans need no exact number
VOIDABLE = frozenset({"a", "mx", "exists"})
BUDGET = Unknown("budget")
NONE = Count()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a record and those below it cost. A term is void when it finds nothing for either family of addresses; one
    client asks for its own family alone, and so has its own number."""

    lookups: Count = NONE
    voids: Count = NONE
    voids_ipv4: Count = NONE
    voids_ipv6: Count = NONE

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.lookups + other.lookups,
            self.voids + other.voids,
            self.voids_ipv4 + other.voids_ipv4,
            self.voids_ipv6 + other.voids_ipv6,
        )

    def capped(self) -> Cost:
        """No number beyond any limit: a fan of fans needs no exact one."""
        return Cost(*(Count(min(c.at_least, ENOUGH), c.hole) for c in self._counts()))

    def _counts(self) -> tuple[Count, Count, Count, Count]:
        return self.lookups, self.voids, self.voids_ipv4, self.voids_ipv6


class Costs:
    """What evaluating a record costs, each name computed once."""

    def __init__(self, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]]) -> None:
        self._nodes, self._looked_up = nodes, looked_up
        self._memo: dict[str, Cost] = {}
        self.void_terms: dict[str, None] = {}
        self.half_void_terms: dict[str, None] = {}  # they find something for one family of addresses only

    def of(self, name: str, above: frozenset[str]) -> Cost:
        """The cost of a record and those below it. A cycle adds nothing: it is a failure of its own."""
        if name in above or len(above) > MAX_DEPTH:
            return Cost()
        if name not in self._memo:
            self._memo[name] = self._cost(name, above | {name}).capped()
        return self._memo[name]

    def _cost(self, name: str, above: frozenset[str]) -> Cost:
        fact = self._nodes.get(name, BUDGET)
        if isinstance(fact, Unknown):
            return _unseen_cost(0, fact, lookups=fact)
        node = fact.value
        if node.record is None:
            return Cost()
        cost = Cost(Count(node.record.lookups))
        for term in node.record.asking:
            if term.name in VOIDABLE or (term.name == "include" and term.macro):
                cost += self._void(name, term)
        for branch in branches(node):
            cost += self.of(branch.target, above)
        redirect = node.record.redirect
        if redirect and not node.record.all:
            cost += _unseen_cost(1, MACRO if redirect.macro else None)
        return cost

    def _void(self, name: str, term: Term) -> Cost:
        if term.macro:
            return _unseen_cost(0, MACRO)
        facts = [self._looked_up.get(q, BUDGET) for q in asked_by(name, term)]
        ipv4, ipv6 = _finds_nothing(facts[0]), _finds_nothing(facts[-1])
        if Count(1) in (ipv4, ipv6):
            terms = self.void_terms if ipv4 == ipv6 else self.half_void_terms
            terms[f"{term.text} ({name})"] = None
        both = _both(ipv4, ipv6)
        return Cost(NONE, both, ipv4, ipv6)


def _finds_nothing(fact: Fact[Answer]) -> Count:
    if isinstance(fact, Unknown):
        return Count(0, fact)
    return NONE if fact.value.records else Count(1)


def _both(one: Count, other: Count) -> Count:
    """One if both are; none as soon as one is not."""
    if NONE in (one, other):
        return NONE
    return Count(min(one.at_least, other.at_least), one.hole or other.hole)


def _unseen_cost(count: int, hole: Unknown | None, *, lookups: Unknown | None = None) -> Cost:
    """The cost of a term of which it cannot be seen what it finds."""
    voids = Count(0, hole)
    return Cost(Count(count, lookups), voids, voids, voids)


def loop(root: str, nodes: Mapping[str, Fact[SpfNode]], branches: tuple[SpfBranch, ...]) -> Fact[tuple[str, ...]]:
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
    return _unseen(nodes) or Known(())


def passing(root: SpfNode, nodes: Mapping[str, Fact[SpfNode]], *, includes: bool) -> Iterator[tuple[str, Term]]:
    """The terms with result pass, each with the name of its record, that a receiver comes to: through redirects, and
    where wanted through includes that pass."""
    waiting, met = [root], {root.name}
    while waiting:
        node = waiting.pop()
        terms = evaluated(node.record) if node.record else ()
        yield from ((node.name, t) for t in terms if t.qualifier is Qualifier.PASS and t.name != "include")
        refused = {canonical(t.target) for t in terms if t.qualifier is not Qualifier.PASS and t.target}
        for branch in branches(node):
            below = nodes.get(branch.target, BUDGET)
            wanted = branch.redirect or (includes and branch.target not in refused)
            if wanted and branch.target not in met and isinstance(below, Known):
                met.add(branch.target)
                waiting.append(below.value)


def _unseen(nodes: Mapping[str, Fact[SpfNode]]) -> Unknown | None:
    """The hole where a record was not read, or leads to where only a receiver can look."""
    for fact in nodes.values():
        if isinstance(fact, Unknown):
            return fact
    return MACRO if any(isinstance(f, Known) and f.value.hidden for f in nodes.values()) else None
