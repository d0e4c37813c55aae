"""Which networks SPF records let send (RFC 7208 section 5), as far as their text and the looked-up addresses tell.

Networks are what a record comes to in the end, so they tell whether a term adds anything to those before it, and how
many addresses a domain lets send. What depends on the mail (macros), on reverse DNS (`ptr`), or on hosts that are not
looked up (`mx`) has no networks: then the list is not whole.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias, TypeVar

from audit.model.fact import Fact, Known
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.spf.cost import MAX_DEPTH
from audit.protocol.spf.terms import SpfNode, asked_by, evaluated
from audit.protocol.spf.tree import SpfTree
from audit.syntax.addresses import collapsed
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, Term

Network: TypeAlias = IPv4Network | IPv6Network
N = TypeVar("N", IPv4Network, IPv6Network)
MAX_REFUSED = 16  # networks of a record that are taken out of those behind them


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks, those of a family in order. `whole`: they are exact, and no others may send; `sure`: all of these may,
    as nothing stands before them that takes away who knows what, or ends the evaluation with an error."""

    ipv4: tuple[IPv4Network, ...] = ()
    ipv6: tuple[IPv6Network, ...] = ()
    whole: bool = True
    sure: bool = True

    @staticmethod
    def of(networks: Iterable[Network], *, whole: bool = True, sure: bool = True) -> Networks:
        """The networks without those that others hold."""
        given = tuple(networks)
        return Networks(
            collapsed(n for n in given if isinstance(n, IPv4Network)),
            collapsed(n for n in given if isinstance(n, IPv6Network)),
            whole,
            sure,
        )

    @property
    def all(self) -> tuple[Network, ...]:
        return (*self.ipv4, *self.ipv6)


def _single(network: Network) -> Networks:
    return Networks((network,)) if isinstance(network, IPv4Network) else Networks(ipv6=(network,))


NOTHING = Networks()
UNCOUNTED = Networks(whole=False)  # what a mail or hosts decide that are not looked up
UNSEEN = Networks(whole=False, sure=False)  # what is not known, or in error


class Held:
    """Networks that are there already. A network lies in one of them if it does when cut to the length of one."""

    __slots__ = ("_by_length",)

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], set[int]] = {}  # family and prefix length: the leading bits

    def add(self, networks: Iterable[Network]) -> None:
        for each in networks:
            self._by_length.setdefault((each.version, each.prefixlen), set()).add(_leading(each, each.prefixlen))

    def hold(self, other: Networks) -> bool:
        """Whether all that the other networks stand for is certain to lie in these."""
        return other.whole and bool(other.all) and all(map(self._holds, other.all))

    def _holds(self, network: Network) -> bool:
        return any(
            family == network.version and length <= network.prefixlen and _leading(network, length) in leading
            for (family, length), leading in self._by_length.items()
        )


def _leading(network: Network, length: int) -> int:
    return int(network.network_address) >> (network.max_prefixlen - length)


def _less(networks: Iterable[Network], refused: Iterable[Network]) -> list[Network]:
    """Networks without what lies in others."""
    left = list(networks)
    for gone in refused:
        left = [each for network in left for each in _without(network, gone)]
    return left


def _without(network: Network, gone: Network) -> Iterable[Network]:
    if isinstance(network, IPv4Network) and isinstance(gone, IPv4Network):
        return _outside(network, gone)
    if isinstance(network, IPv6Network) and isinstance(gone, IPv6Network):
        return _outside(network, gone)
    return (network,)


def _outside(network: N, gone: N) -> Iterable[N]:
    if not network.overlaps(gone):
        return (network,)
    return network.address_exclude(gone) if network.prefixlen < gone.prefixlen else ()


@dataclass(slots=True)
class Reader:
    """Reads networks off a tree, each record once."""

    nodes: Mapping[str, Fact[SpfNode]]
    looked_up: Mapping[Question, Fact[Answer]]
    _memo: dict[str, Networks] = field(default_factory=dict)

    @staticmethod
    def of(tree: SpfTree) -> Reader:
        """A reader of what a tree leads to; what leads back to its root lets nobody send, as that is a permerror."""
        return Reader(tree.by_name(), dict(tree.looked_up), {tree.root.name: UNSEEN})

    def record(self, name: str, depth: int = 0) -> Networks:
        """The networks that the record at a name lets send."""
        if name not in self._memo:
            self._memo[name] = UNSEEN  # for one that leads back to itself
            self._memo[name] = self._record(name, depth)
        return self._memo[name]

    def term(self, name: str, term: Term, depth: int = 0) -> Networks:
        """The networks that one term of the record at a name stands for, whatever it says of them."""
        if network := term.network:
            return _single(network)
        if term.macro or term.name in ("mx", "ptr", "exists", "all"):
            return UNSEEN if term.name == "include" else UNCOUNTED
        if term.name == "include" and term.target:
            return self.record(canonical(term.target), depth + 1)
        return self._addresses(name, term)

    def _record(self, name: str, depth: int) -> Networks:
        fact = self.nodes.get(name)
        if not isinstance(fact, Known) or fact.value.record is None or depth > MAX_DEPTH:
            return UNSEEN
        record = fact.value.record
        whole = sure = not record.problems
        found: list[Network] = []
        refused: list[Network] = []  # by a term before
        taken = False  # whether a term before may have taken away what is not known here
        for term in evaluated(record):
            if term.name == "all" and term.qualifier is not Qualifier.PASS:
                break
            part = self.term(name, term, depth)
            if term.qualifier is not Qualifier.PASS:
                refused += part.all[: MAX_REFUSED + 1]
                taken = taken or not (part.whole and part.sure) or len(refused) > MAX_REFUSED
                whole = whole and not taken
                continue
            found += part.all if taken else _less(part.all, refused)
            whole, sure = whole and part.whole, sure and part.sure and not taken
        redirect = record.redirect
        if redirect and not record.all:
            below = UNSEEN if redirect.macro else self.record(canonical(redirect.value), depth + 1)
            found += below.all if taken else _less(below.all, refused)
            whole, sure = whole and below.whole, sure and below.sure and not taken
        return Networks.of(found, whole=whole, sure=sure)

    def _addresses(self, name: str, term: Term) -> Networks:
        found: list[Network] = []
        whole = True
        for question in asked_by(name, term):
            fact = self.looked_up.get(question)
            if not isinstance(fact, Known):
                whole = False
                continue
            prefix = term.cidr6 if question.rdtype == "AAAA" else term.cidr4
            suffix = "" if prefix is None else f"/{prefix}"
            found += (ipaddress.ip_network(f"{r}{suffix}", strict=False) for r in fact.value.records)
        return Networks.of(found, whole=whole)
