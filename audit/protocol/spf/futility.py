"""Whether an SPF record is an error before anybody can pass it (RFC 7208 sections 4.5, 4.6.4 and 5.2).

A receiver goes through the terms from left to right. What is named before the error may still pass; where nothing is,
every sender gets permerror, and the domain is as one without SPF.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.protocol.spf.terms import COUNTED, SpfNode, evaluated
from audit.protocol.spf.tree import SpfTree
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, SpfRecord, Term

MAX_LOOKUPS = 10
BUDGET = Unknown("budget")


class _End(Enum):
    """How the walk of a client that no network matches leaves a record."""

    ERROR = auto()
    PERHAPS = auto()  # somebody may pass there
    FURTHER = auto()


def futile(tree: SpfTree) -> Fact[bool]:
    """Whether it is certain that each sender of the domain gets permerror; of a domain without a record it is not."""
    if not tree.root.found:
        return Known(False)
    try:
        return Known(_Walk(tree.by_name()).record(tree.root.name) is _End.ERROR)
    except Unestablished as end:
        return end.unknown


class _Walk:
    """The walk of one client, who pays for each lookup."""

    def __init__(self, nodes: Mapping[str, Fact[SpfNode]]) -> None:
        self._nodes, self._lookups = nodes, 0

    def record(self, name: str) -> _End:
        """
        Raises:
            Unestablished: a record on the way was not seen.
        """
        fact = self._nodes.get(name, BUDGET)
        if isinstance(fact, Unknown):
            raise Unestablished(fact)
        record = fact.value.record
        if record is None or record.problems:
            return _End.ERROR
        for term in evaluated(record):
            if (end := self._term(term)) is not _End.FURTHER:
                return end
        return self._redirected(record)

    def _term(self, term: Term) -> _End:
        if term.name in COUNTED and self._over():
            return _End.ERROR
        if term.name == "include" and term.target and not term.macro:
            end = self.record(canonical(term.target))
            refuses = end is _End.PERHAPS and term.qualifier is not Qualifier.PASS
            return _End.FURTHER if refuses else end
        return _End.PERHAPS if term.qualifier is Qualifier.PASS else _End.FURTHER

    def _redirected(self, record: SpfRecord) -> _End:
        if record.redirect is None or record.all:
            return _End.FURTHER
        if self._over():
            return _End.ERROR
        return _End.PERHAPS if record.redirect.macro else self.record(canonical(record.redirect.value))

    def _over(self) -> bool:
        self._lookups += 1
        return self._lookups > MAX_LOOKUPS
