"""Names in an SPF record that are not there any more, and that anybody may register (RFC 7208 section 11).

Whoever registers the domain of a dead include publishes what he likes there, and all that it names may send for the
domain that includes it. The same holds for the host of an `a`, `mx` or `exists` term.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import DnsStatus
from audit.model.subject import Domain
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.registration import Registration, registration
from audit.protocol.spf.tree import SpfTree, spf_tree

MAX_DOMAINS = 3  # of which the registry is asked
BUDGET = Unknown("budget")


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
    missing = _denied(tree)
    by_domain: dict[str | None, str] = {}
    for name, end in missing.items():
        by_domain.setdefault(registry_domain(end), name)
    asked = tuple(name for at, name in by_domain.items() if at not in (None, registry_domain(domain.name)))
    found = yield from attempt(registration(missing[name]) for name in asked[:MAX_DOMAINS])
    free = [(name, _free(fact)) for name, fact in zip(asked, found, strict=False)]
    free += [(name, BUDGET) for name in asked[MAX_DOMAINS:]]
    return SpfAbandoned(tuple(free), _hole(tree), tuple((name, missing[name]) for name in asked))


def _denied(tree: SpfTree) -> dict[str, str]:
    """The names that lead to what the DNS says does not exist, in the order in which they are met, and what that is."""
    nodes = ((n, f.value.target or n) for n, f in tree.nodes if isinstance(f, Known) and not f.value.exists)
    gone = ((q, f.value) for q, f in tree.looked_up if isinstance(f, Known) and f.value.status is DnsStatus.NXDOMAIN)
    hosts = ((q.name, answer.aliases[-1] if answer.aliases else q.name) for q, answer in gone)
    return dict((*nodes, *hosts))


def _free(fact: Fact[Registration]) -> Fact[bool]:
    return fact if isinstance(fact, Unknown) else fact.value.free


def _hole(tree: SpfTree) -> Unknown | None:
    return first_hole(*(f for _, f in tree.nodes), *(f for _, f in tree.looked_up), tree.hidden)
