"""How many may send (RFC 7208 section 11): the networks that SPF records name for a client of one family, in the order
in which a receiver comes to them.

Networks that are together a whole family, but for what no client on the internet has, let everybody send of that
family. One address in 256 is less, but still so many that strangers are among them: no mail system is as large.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from heapq import nlargest

from audit.model.value import dataclass
from audit.protocol.spf.families import MOST, NEARLY_ALL, VAST, addresses, all_addresses, clients, lacking
from audit.syntax.addresses import collapsed
from audit.syntax.span import Network, Span, size
from audit.syntax.spf import SpfRecord

MAX_CHECKS = 64  # of large networks: nobody needs more to let everybody send
MAX_REFUSED = 64  # networks that are taken out of those behind them
MOST_HOSTS = 2**16  # addresses that a term may find: a message of the DNS holds fewer
SHOWN = 8
AT_LEAST = {version: MOST * all_addresses(version) for version in (4, 6)}  # of what covers a family


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
    passed: dict[Span, str] = field(default_factory=dict)
    refused: list[Span] = field(default_factory=list)
    let: list[tuple[Span, str, bool]] = field(default_factory=list)  # what passes, by which own term, if certainly
    escaped: list[Span] = field(default_factory=list)  # from an error that others meet
    checks: int = 0
    most: int = 0  # addresses of what was named, at most
    _least: dict[bool, int] = field(default_factory=dict)  # what has to be named before a family can be whole
    _taken: tuple[Span, ...] = ()  # of those that are refused, what is taken out of others
    _edges: list[int] = field(default_factory=list)  # where these begin and end, in turn

    def named(self, span: Span, text: str, own: str, *, passes: bool, certain: bool) -> None:
        """A receiver comes to a term that names a network, below a term of the domain's own."""
        self.most += size(span)
        if not passes:
            self.refused.append(span)
            return
        self.passed.setdefault(span, text)
        if not self.refused:
            self.let.append((span, own, certain))
            return
        certain = certain and len(self.refused) <= MAX_REFUSED
        left = _less(span, self.refused[:MAX_REFUSED]) if self._is_refused_in_part(span) else [span]
        self.let += [(each, own, certain) for each in left]

    def named_together(self, named: list[tuple[Span, str]], own: str, *, certain: bool) -> bool:
        """`named` for many terms that pass, each its own where it stands below no other; False where they have to be
        looked at one by one."""
        most = self.most + sum(size(span) for span, _ in named)
        if self.refused or most >= AT_LEAST[self.version]:
            return False
        self.most = most
        for span, text in named:
            self.passed.setdefault(span, text)
        self.let += [(span, own or text, certain) for span, text in named]
        return True

    def _is_refused_in_part(self, span: Span) -> bool:
        """Whether some address of a network is among those that are taken out of it."""
        taken = tuple(self.refused[:MAX_REFUSED])
        if taken != self._taken:
            self._taken = taken
            apart = map(Span.of, collapsed(span.network for span in taken))
            self._edges = [edge for each in apart for edge in (each.first, each.first + size(each))]
        at = bisect_right(self._edges, span.first)
        return at % 2 == 1 or (at < len(self._edges) and self._edges[at] < span.first + size(span))

    @property
    def may_cover(self) -> bool:
        """Whether so much was named that it may be a whole family."""
        return self.most >= AT_LEAST[self.version]

    def covering(self, text: str, *, passes: bool) -> tuple[str, ...]:
        """The terms whose networks are, with this one's, the whole family, but for a few that were refused before."""
        if self.most < self._least.get(passes, 0) or self.checks >= MAX_CHECKS:
            return ()
        self.checks += 1
        if lacks := lacking(self.passed if passes else self.refused, self.version):
            self._least[passes] = self.most + lacks
            return ()
        if not passes:
            return (text,)
        return () if addresses(self.refused) * 2 >= all_addresses(self.version) else self._largest()

    def _largest(self) -> tuple[str, ...]:
        """The terms of the largest networks that pass, wherever they stand."""
        single = [span for span in self.passed if span.length == 0]
        most = single[:1] or sorted(self.passed, key=lambda span: span.length)[:SHOWN]
        return tuple(dict.fromkeys(self.passed[span] for span in most))

    def snapshot(self) -> Crowd:
        """What was named so far, while a receiver looks at an included record."""
        return Crowd(self.version, dict(self.passed), list(self.refused), list(self.let))

    def escape(self, before: Crowd) -> None:
        """An included record ends in an error. Whom it refused before that does not come there, and goes on behind the
        include."""
        self.escaped += self.refused[len(before.refused) :]

    def leave(self, before: Crowd, *, passes: bool) -> None:
        """Behind an include: what it refuses, it does not match; what it lets pass, is as the include says."""
        new = [span for span in self.passed if span not in before.passed]
        self.refused = before.refused
        if not passes:
            self.passed, self.let = before.passed, before.let
            self.refused += new
            self._least = {}  # what was named counts otherwise from now on

    def nearly_all(self, *, certain: bool) -> tuple[str, ...]:
        """The terms by which nine in ten clients of the family may send, or more; none where fewer may."""
        least = NEARLY_ALL[self.version]
        if self.most < least:
            return ()
        return self._largest() if _clients_of([n for n, _ in self._let(certain=certain)], least) >= least else ()

    def _let(self, *, certain: bool) -> list[tuple[Span, str]]:
        """What passes for certain, or perhaps, each by a term of the domain's own."""
        let = [(span, own) for span, own, sure in self.let if sure or not certain]
        return let if certain else [*let, *((span, "") for span in self.escaped)]

    def vast(self, *, certain: bool) -> Vast:
        """Those who may send, if they are so many: those of whom it is certain, or all whom it may be."""
        if self.most < VAST[self.version]:
            return NOT_VAST
        let = self._let(certain=certain)
        count = _clients_of([span for span, _ in let], VAST[self.version])
        if count < VAST[self.version]:
            return NOT_VAST
        return Vast(_largest_own(let, self.version), **{f"ipv{self.version}": count})


def _clients_of(spans: list[Span], least: int) -> int:
    """How many clients networks hold; 0 where they are certain to be fewer than that."""
    return clients(spans) if sum(map(size, spans)) >= least else 0


def named_at_most(records: Iterable[SpfRecord]) -> dict[int, int]:
    """How many addresses of each family records name, at most, each record counted once."""
    most = {4: 0, 6: 0}
    for record in records:
        named = Counter((t.span.version, t.span.length) for t in record.reached if t.span)
        for (version, length), count in named.items():
            most[version] += count * size(Span(version, 0, length))
        for term in record.asking:
            if term.name in ("a", "mx"):
                most[4] += MOST_HOSTS * size(Span(4, 0, 32 if term.cidr4 is None else term.cidr4))
                most[6] += MOST_HOSTS * size(Span(6, 0, 128 if term.cidr6 is None else term.cidr6))
    return most


def _largest_own(let: list[tuple[Span, str]], version: int) -> tuple[str, ...]:
    """The largest terms, as many as let so many send."""
    sizes: dict[str, int] = {}
    for span, own in let:
        sizes[own] = sizes.get(own, 0) + size(span)
    most = nlargest(SHOWN, sizes, key=sizes.__getitem__)
    shown = frozenset(most)
    large = [each for each in let if each[1] in shown]
    for count in range(1, len(most)):
        if clients([span for span, own in large if own in most[:count]]) >= VAST[version]:
            return tuple(most[:count])
    return tuple(most)


def _less(span: Span, refused: Iterable[Span]) -> list[Span]:
    """A network without what was refused of it."""
    network = span.network
    left = [network]
    for gone in (each.network for each in refused):
        if gone.overlaps(network):
            left = [part for each in left for part in _without(each, gone)]
    return list(map(Span.of, left))


def _without(network: Network, gone: Network) -> Iterable[Network]:
    if not network.overlaps(gone):
        return (network,)
    if network.prefixlen >= gone.prefixlen:
        return ()
    return network.address_exclude(gone)  # type: ignore[arg-type]
