"""Whether SPF records let a stranger send (RFC 7208 sections 4.6, 5.1 and 11): a client that no term names.

A stranger walks the terms as any client does, and stops where they stop him: at a term that covers everybody, at an
`all`, or at a permerror that nobody can pass. Networks that together are a whole family of addresses cover everybody
of that family, whether they are written out, or a prefix length of nought on a host that has an address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import Answer, Question
from audit.protocol.spf.terms import COUNTED, MACRO, SpfNode, asked_by, evaluated
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, Term

MAX_LOOKUPS, MAX_VOIDS, MAX_HOSTS = 10, 2, 10  # section 4.6.4
MAX_DEPTH = 12
MAX_CHECKS = 64  # of large networks: nobody needs more to let everybody send
LARGE = 16  # a prefix length: smaller networks do not make a family whole
TERMS_SHOWN = 8
BUDGET = Unknown("budget")
Network = IPv4Network | IPv6Network


class _End(Enum):
    """How a record ends for a stranger."""

    MATCH = "pass"
    OTHER = "no pass"
    FURTHER = "nothing matched"


class _Permerror(Exception):
    """Nobody gets further who has not been let send before."""


@dataclass(slots=True)
class _Walk:
    """The way of a client of one family of addresses."""

    version: int  # 4 or 6
    nodes: Mapping[str, Fact[SpfNode]]
    looked_up: Mapping[Question, Fact[Answer]]
    lookups: int = 0
    voids: int = 0
    passed: dict[Network, str] = field(default_factory=dict)  # networks that may send, and the terms that say so
    refused: list[Network] = field(default_factory=list)
    checks: int = 0
    everybody: tuple[str, ...] = ()  # the terms that let all send who come to them

    def record(self, name: str, above: frozenset[str]) -> _End:
        """Walk a record.

        Raises:
            Unestablished: it cannot be seen how it goes on.
            _Permerror: it cannot be evaluated.
        """
        node = need(self.nodes.get(name, BUDGET))
        if node.record is None or node.record.problems or name in above or len(above) > MAX_DEPTH:
            raise _Permerror
        for term in evaluated(node.record):
            end = self._term(name, term, above | {name})
            if end is not _End.FURTHER:
                return end
        redirect = node.record.redirect
        if redirect is None:
            return _End.FURTHER
        self._count()
        if redirect.macro:
            raise Unestablished(MACRO)
        return self.record(canonical(redirect.value), above | {name})

    def _term(self, name: str, term: Term, above: frozenset[str]) -> _End:
        if term.name in COUNTED:
            self._count()
        if term.name == "include":
            return self._include(term, above)
        if term.name == "all" or self._there(name, term):
            return self._matched(term, (term.text,))
        networks = self._networks(name, term)
        for network in networks:
            self._named(network, term)
        covering = self._covering(term) if any(n.prefixlen <= LARGE for n in networks) else ()
        return self._matched(term, covering) if covering else _End.FURTHER

    def _matched(self, term: Term, terms: tuple[str, ...]) -> _End:
        if term.qualifier is not Qualifier.PASS:
            return _End.OTHER
        self.everybody = terms
        return _End.MATCH

    def _named(self, network: Network, term: Term) -> None:
        if term.qualifier is Qualifier.PASS:
            self.passed.setdefault(network, term.text)
        else:
            self.refused.append(network)

    def _covering(self, term: Term) -> tuple[str, ...]:
        """The terms whose networks are, with this one's, the whole family, but for a few that were refused before."""
        self.checks += 1
        if self.checks > MAX_CHECKS:
            return ()
        if term.qualifier is not Qualifier.PASS:
            return (term.text,) if _is_whole(self.refused) else ()
        if not _is_whole(self.passed) or _addresses(self.refused) * 2 >= _all_addresses(self.version):
            return ()
        single = [n for n in self.passed if n.prefixlen == 0]
        most = single[:1] or sorted(self.passed, key=lambda n: n.prefixlen)[:TERMS_SHOWN]
        return tuple(dict.fromkeys(self.passed[n] for n in most))

    def _include(self, term: Term, above: frozenset[str]) -> _End:
        """What an include lets pass, it matches; all else goes on behind it (section 5.2)."""
        if term.macro or not term.target:
            raise Unestablished(MACRO)
        passed, refused = dict(self.passed), list(self.refused)
        end = self.record(canonical(term.target), above)
        new = [n for n in self.passed if n not in passed]
        self.refused = refused
        if term.qualifier is not Qualifier.PASS:
            self.passed, self.refused = passed, [*refused, *new]
        if end is not _End.MATCH:
            return _End.FURTHER
        return self._matched(term, self.everybody)

    def _there(self, name: str, term: Term) -> bool:
        """Whether a term matches whoever comes: an `exists` of a name that is there. What finds nothing counts."""
        if term.name not in ("a", "mx", "exists") or term.macro:
            return False
        records = self._found(name, term)
        if not records:
            self.voids += 1
            if self.voids > MAX_VOIDS:
                raise _Permerror
        if term.name == "mx" and len(records) > MAX_HOSTS:
            raise _Permerror
        return term.name == "exists" and bool(records)

    def _found(self, name: str, term: Term) -> tuple[str, ...]:
        """What a client of this family has looked up for a term: A records or AAAA records."""
        questions = asked_by(name, term)
        asked = questions[-1] if self.version == 6 else questions[0]
        return need(self.looked_up.get(asked, BUDGET)).records

    def _networks(self, name: str, term: Term) -> tuple[Network, ...]:
        if term.network:
            network = ipaddress.ip_network(term.network)
            return (network,) if network.version == self.version else ()
        if term.macro or term.name not in ("a", "mx"):
            return ()
        length = term.cidr4 if self.version == 4 else term.cidr6
        if term.name == "a":
            suffix = "" if length is None else f"/{length}"
            return tuple(ipaddress.ip_network(f"{a}{suffix}", strict=False) for a in self._found(name, term))
        hosts = [r for r in self._found(name, term) if r.split()[-1] != "."]  # their addresses are not looked up
        return (ipaddress.ip_network("0.0.0.0/0" if self.version == 4 else "::/0"),) if hosts and length == 0 else ()

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise _Permerror


def everybody(
    root: SpfNode, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]]
) -> Fact[tuple[str, ...]]:
    """The terms that let a stranger send, by IPv4 or by IPv6; none when there are none. What is not seen matters only
    where a stranger comes to it."""
    holes: list[Unknown] = []
    for version in (4, 6):
        walk = _Walk(version, nodes, looked_up)
        try:
            end = walk.record(root.name, frozenset())
        except _Permerror:
            continue
        except Unestablished as cut_short:
            holes.append(cut_short.unknown)
        else:
            if end is _End.MATCH:
                return Known(walk.everybody)
    return holes[0] if holes else Known(())


def _is_whole(networks: Collection[Network]) -> bool:
    """Whether networks of one family are together all of it."""
    if not networks or _addresses(networks) < 2 ** next(iter(networks)).max_prefixlen:
        return False
    ipv4 = [n for n in networks if isinstance(n, IPv4Network)]
    ipv6 = [n for n in networks if isinstance(n, IPv6Network)]
    collapsed: list[Network] = [*ipaddress.collapse_addresses(ipv4), *ipaddress.collapse_addresses(ipv6)]
    return any(n.prefixlen == 0 for n in collapsed)


def _addresses(networks: Iterable[Network]) -> int:
    return sum(n.num_addresses for n in networks)


def _all_addresses(version: int) -> int:
    return 1 << (32 if version == 4 else 128)
