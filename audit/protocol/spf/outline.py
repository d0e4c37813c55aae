"""An SPF record and all below it, as a tree: what each term costs, and whom it lets send (RFC 7208 section 4.6.4).

Costs are those of a client that nothing matches, in the order in which its receiver comes to the terms. A record that
is met again is drawn once; it costs the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.providers import Providers
from audit.model.fact import Count, Fact, Known, Unknown
from audit.model.value import dataclass
from audit.protocol.spf.cost import MAX_DEPTH, Costs
from audit.protocol.spf.networks import UNSEEN, Networks, Reader
from audit.protocol.spf.spare import Spare, spare_terms
from audit.protocol.spf.terms import COUNTED, MACRO, SpfNode, evaluated
from audit.protocol.spf.tree import SpfTree
from audit.syntax.names import canonical
from audit.syntax.spf import Modifier, Term

MAX_LINES = 400
BUDGET = Unknown("budget")
LEADING = frozenset({"include", "redirect"})


@dataclass(frozen=True, slots=True)
class TermLine:
    """A term: `lookups` with all that it includes, `total` from the beginning of the record to its end."""

    text: str
    lookups: Count
    total: Count
    provider: str | None
    networks: Networks
    remark: str | None  # what is amiss with it, or why it can go
    hole: Unknown | None  # what it leads to is not known
    below: tuple[TermLine, ...]


@dataclass(frozen=True, slots=True)
class SpfOutline:
    """The terms of a domain's own record, each with those below it. `cut`: there were more than are drawn."""

    lines: tuple[TermLine, ...]
    cut: bool


def outline(tree: SpfTree, providers: Providers, *, networks: bool = True) -> SpfOutline:
    """Draw a tree; without `networks` nobody is told whom each term lets send, which takes as long as all the rest."""
    drawing = _Drawing(tree, providers, networks=networks)
    lines = tuple(drawing.record(tree.root, Count(), frozenset()))
    return SpfOutline(lines, drawing.left <= 0)


class _Drawing:
    def __init__(self, tree: SpfTree, providers: Providers, *, networks: bool) -> None:
        self._nodes, self._reader, self._providers = tree.by_name(), Reader.of(tree) if networks else None, providers
        self._costs = Costs(self._nodes, dict(tree.looked_up))
        self._costs.of(tree.root.name, frozenset())
        self._own = {s.term.at: str(s.why) for s in spare_terms(tree)}
        self._root = tree.root.name
        self._drawn: set[str] = set()
        self.left = MAX_LINES

    def record(self, node: SpfNode, before: Count, above: frozenset[str]) -> Iterator[TermLine]:
        """The terms of a record in the order of a receiver, then those that it does not come to."""
        if node.record is None:
            return
        self._drawn.add(node.name)
        reached: list[Term | Modifier] = [*evaluated(node.record)]
        behind = node.record.terms[len(reached) :]
        if node.record.redirect and not node.record.all:
            reached.append(node.record.redirect)
        for term in reached:
            if self.left <= 0:
                return
            line = self._line(node.name, term, before, above | {node.name})
            before = line.total
            yield line
        for term in behind[: max(self.left, 0)]:
            self.left -= 1
            yield TermLine(term.text, Count(), before, None, Networks(), str(Spare.BEHIND), None, ())

    def _line(self, name: str, term: Term | Modifier, before: Count, above: frozenset[str]) -> TermLine:
        self.left -= 1
        own = Count(int(term.name in COUNTED or term.name == "redirect"))
        remark = self._own.get(term.at) if name == self._root else None
        if term.name in LEADING:
            return self._leading(term, before, above, remark)
        networks = Networks()
        if self._reader and isinstance(term, Term) and term.name != "all":
            networks = self._reader.term(name, term)
        return TermLine(term.text, own, before + own, None, networks, remark, None, ())

    def _leading(self, term: Term | Modifier, before: Count, above: frozenset[str], remark: str | None) -> TermLine:
        """A term that leads to another record."""
        target = canonical(term.value if isinstance(term, Modifier) else term.target or "")
        provider = self._providers.of_include(target)
        fact: Fact[SpfNode] = MACRO if term.macro else self._nodes.get(target, BUDGET)
        cost = Count(1) if term.macro else Count(1) + self._costs.of(target, above).lookups
        networks = UNSEEN if isinstance(fact, Unknown) or not self._reader else self._reader.record(target)
        below, fault = self._below(fact.value, before + Count(1), above) if isinstance(fact, Known) else ((), None)
        hole = fact if isinstance(fact, Unknown) else None
        known = provider.name if provider else None
        return TermLine(term.text, cost, before + cost, known, networks, remark or fault, hole, below)

    def _below(self, node: SpfNode, before: Count, above: frozenset[str]) -> tuple[tuple[TermLine, ...], str | None]:
        """The terms of a record that another leads to, or why they are not drawn."""
        if node.name in above:
            return (), "leads back here: a circle"
        if node.record is None:
            return (
                (),
                "no such name"
                if not node.exists
                else f"{len(node.found)} SPF records"
                if node.found
                else "no SPF record",
            )
        if node.name in self._drawn or len(above) > MAX_DEPTH:
            return (), "drawn above"
        fault = f"cannot be read at {node.record.problems[0].text}" if node.record.problems else None
        return tuple(self.record(node, before, above)), fault
