"""How many may send (RFC 7208 section 11): the networks that SPF records name for a client of one family, in the order
in which a receiver comes to them.

Networks that are together a whole family, but for what no client on the internet has, let everybody send of that
family. One address in 256 is less, but still so many that strangers are among them: no mail system is as large.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from audit.protocol.spf.families import MOST, VAST, Network, addresses, all_addresses, clients, is_whole, size
from audit.syntax.addresses import collapsed

MAX_CHECKS = 64  # of large networks: nobody needs more to let everybody send
MAX_REFUSED = 64  # networks that are taken out of those behind them
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Vast:
    """The terms of a domain's own by which so many may send that strangers are among them, and how many of each family
    of which there are as many; nothing where there are none."""

    terms: tuple[str, ...] = ()
    ipv4: int = 0
    ipv6: int = 0

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def words(self) -> str:
        """How many they are."""
        ipv4 = [f"{self.ipv4} IPv4 addresses"] if self.ipv4 else []
        ipv6 = [f"2^{self.ipv6.bit_length() - 1} IPv6 addresses"] if self.ipv6 else []
        return " and ".join((*ipv4, *ipv6))


NOT_VAST = Vast()


@dataclass(slots=True)
class Crowd:
    """Networks of one family: those that may send, with the terms that say so, and those that are refused before."""

    version: int
    passed: dict[Network, str] = field(default_factory=dict)
    refused: list[Network] = field(default_factory=list)
    let: list[tuple[Network, str, bool]] = field(default_factory=list)  # what passes, by which own term, if certainly
    escaped: list[Network] = field(default_factory=list)  # from an error that others meet
    checks: int = 0
    most: int = 0  # addresses of what was named, at most
    _taken: tuple[Network, ...] = ()  # of those that are refused, what is taken out of others
    _edges: list[int] = field(default_factory=list)  # where these begin and end, in turn

    def named(self, network: Network, text: str, own: str, *, passes: bool, certain: bool) -> None:
        """A receiver comes to a term that names a network, below a term of the domain's own."""
        self.most += size(network)
        if not passes:
            self.refused.append(network)
            return
        self.passed.setdefault(network, text)
        if not self.refused:
            self.let.append((network, own, certain))
            return
        certain = certain and len(self.refused) <= MAX_REFUSED
        left = _less(network, self.refused[:MAX_REFUSED]) if self._is_refused_in_part(network) else [network]
        self.let += [(each, own, certain) for each in left]

    def _is_refused_in_part(self, network: Network) -> bool:
        """Whether some address of a network is among those that are taken out of it."""
        taken = tuple(self.refused[:MAX_REFUSED])
        if taken != self._taken:
            self._taken = taken
            self._edges = [edge for n in collapsed(taken) for edge in (_first(n), _first(n) + size(n))]
        at = bisect_right(self._edges, _first(network))
        return at % 2 == 1 or (at < len(self._edges) and self._edges[at] < _first(network) + size(network))

    def covering(self, text: str, *, passes: bool) -> tuple[str, ...]:
        """The terms whose networks are, with this one's, the whole family, but for a few that were refused before."""
        if self.most < MOST * all_addresses(self.version):
            return ()
        self.checks += 1
        if self.checks > MAX_CHECKS:
            return ()
        if not passes:
            return (text,) if is_whole(self.refused) else ()
        if not is_whole(self.passed) or addresses(self.refused) * 2 >= all_addresses(self.version):
            return ()
        single = [n for n in self.passed if n.prefixlen == 0]
        most = single[:1] or sorted(self.passed, key=lambda n: n.prefixlen)[:SHOWN]
        return tuple(dict.fromkeys(self.passed[n] for n in most))

    def snapshot(self) -> Crowd:
        """What was named so far, while a receiver looks at an included record."""
        return Crowd(self.version, dict(self.passed), list(self.refused), list(self.let))

    def escape(self, before: Crowd) -> None:
        """An included record ends in an error. Whom it refused before that does not come there, and goes on behind the
        include."""
        self.escaped += self.refused[len(before.refused) :]

    def leave(self, before: Crowd, *, passes: bool) -> None:
        """Behind an include: what it refuses, it does not match; what it lets pass, is as the include says."""
        new = [network for network in self.passed if network not in before.passed]
        self.refused = before.refused
        if not passes:
            self.passed, self.let = before.passed, before.let
            self.refused += new

    def vast(self, *, certain: bool) -> Vast:
        """Those who may send, if they are so many: those of whom it is certain, or all whom it may be."""
        if self.most < VAST[self.version]:
            return NOT_VAST
        let = [(network, own) for network, own, sure in self.let if sure or not certain]
        let += [(network, "") for network in self.escaped if not certain]
        if sum(size(n) for n, _ in let) < VAST[self.version]:
            return NOT_VAST
        count = clients(n for n, _ in let)
        if count < VAST[self.version]:
            return NOT_VAST
        by_term: dict[str, list[Network]] = {}
        for network, own in let:
            by_term.setdefault(own, []).append(network)
        return Vast(_largest(by_term, self.version), **{f"ipv{self.version}": count})


def _largest(by_term: dict[str, list[Network]], version: int) -> tuple[str, ...]:
    """The largest terms, as many as let so many send."""
    most = sorted(by_term, key=lambda own: -sum(map(size, by_term[own])))[:SHOWN]
    for count in range(1, len(most)):
        if clients(n for own in most[:count] for n in by_term[own]) >= VAST[version]:
            return tuple(most[:count])
    return tuple(most)


def _first(network: Network) -> int:
    return int(network.network_address)


def _less(network: Network, refused: Iterable[Network]) -> list[Network]:
    """A network without what was refused of it."""
    left = [network]
    for gone in refused:
        if gone.overlaps(network):
            left = [part for each in left for part in _without(each, gone)]
    return left


def _without(network: Network, gone: Network) -> Iterable[Network]:
    if not network.overlaps(gone):
        return (network,)
    if network.prefixlen >= gone.prefixlen:
        return ()
    return network.address_exclude(gone)  # type: ignore[arg-type]
