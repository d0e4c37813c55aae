"""Whether SPF records let a stranger send (RFC 7208 sections 4.6, 5.1 and 11): a client that no term names, with a
reverse name of its own.

A stranger walks the terms as any client does, and stops where they stop him: at a term that covers everybody, at an
`all`, or at a permerror that nobody can pass. Networks that together are a whole family of addresses, but for those
that no client on the internet has (private, multicast, not assigned for use), cover everybody of that family, whether
they are written out, or made by a short prefix length on a host that has an address.

A macro makes names out of the client and of what it says (section 7). A name that is made of domains alone is the same
for all, and is looked up. Of the names that are made of addresses, those of a sample are: a client of each family whose
address nobody has. Where it may not send, not everybody may; where it may, the zone that is asked says yes to whoever
comes. What a sender takes part in, by its words or its reverse names, no sample can stand for: where such a name might
let a stranger pass, nothing is certain.

An error holds strangers off, until somebody mends it. So what is given to paste is walked as if that were done already.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import Answer, Question
from audit.protocol.spf.families import Network, addresses, all_addresses, is_whole
from audit.protocol.spf.terms import (
    AROUND,
    COUNTED,
    MACRO,
    SpfNode,
    around_hosts,
    asked_by,
    evaluated,
    expanded,
    read,
    sample_name,
)
from audit.syntax import spf_macro
from audit.syntax.names import canonical
from audit.syntax.spf import Modifier, Qualifier, Term

MAX_LOOKUPS, MAX_VOIDS, MAX_HOSTS = 10, 2, 10  # section 4.6.4
MAX_DEPTH = 12
MAX_CHECKS = 64  # of large networks: nobody needs more to let everybody send
LARGE = 16  # a prefix length: smaller networks do not make a family whole
TERMS_SHOWN = 8
ADDRESS = frozenset("ip")  # macros that a client's address fills in: their names are of that client alone
BUDGET = Unknown("budget")


class _End(Enum):
    """How a record ends for a stranger."""

    MATCH = "pass"
    OTHER = "no pass"
    FURTHER = "nothing matched"


class Sight(Enum):
    """How a record is walked: as receivers do; as if its errors were mended; and then past what was not asked, too."""

    AS_IT_IS = "as it is"
    MENDED = "mended"
    SEEN = "mended, as far as it is seen"


class _Permerror(Exception):
    """Nobody gets further who has not been let send before."""


@dataclass(slots=True)
class _Walk:
    """The way of a client of one family of addresses."""

    version: int  # 4 or 6
    root: str
    nodes: Mapping[str, Fact[SpfNode]]
    looked_up: Mapping[Question, Fact[Answer]]
    sight: Sight
    lookups: int = 0
    voids: int = 0
    unseen_voids: int = 0  # lookups of names that macros make, which may find nothing
    perhaps: bool = False  # a macro before may let the client pass
    refusable: bool = False  # a macro before may keep the client from passing
    depth: int = 0  # of includes
    spared: bool = False  # a macro in an include may end that early, so that an error behind it is not met
    wanted: dict[Question, None] = field(default_factory=dict)  # of the sample, and not looked up
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
        fact = self._node(name) or BUDGET
        if isinstance(fact, Unknown) and self.sight is Sight.SEEN:
            return _End.FURTHER
        node = need(fact)
        if node.record is None or node.record.problems or name in above or len(above) > MAX_DEPTH:
            self._error()
        if node.record is None or name in above or len(above) > MAX_DEPTH:
            return _End.FURTHER
        for term in evaluated(node.record):
            end = self._term(name, term, above | {name})
            if end is not _End.FURTHER:
                return end
        redirect = node.record.redirect
        if redirect is None:
            return _End.FURTHER
        self._count()
        target = self._target(name, redirect, redirect.value)
        return self._hidden(redirect) if target is None else self.record(target, above | {name})

    def _term(self, name: str, term: Term, above: frozenset[str]) -> _End:
        if term.name in COUNTED:
            self._count()
        if term.name == "include":
            return self._include(name, term, above)
        term = self._of_sample(name, expanded(term, name, self.root))
        if term.macro:
            return self._made(term)
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
            return (term.text,) if is_whole(self.refused) else ()
        if not is_whole(self.passed) or addresses(self.refused) * 2 >= all_addresses(self.version):
            return ()
        single = [n for n in self.passed if n.prefixlen == 0]
        most = single[:1] or sorted(self.passed, key=lambda n: n.prefixlen)[:TERMS_SHOWN]
        return tuple(dict.fromkeys(self.passed[n] for n in most))

    def _include(self, name: str, term: Term, above: frozenset[str]) -> _End:
        """What an include lets pass, it matches; all else goes on behind it (section 5.2)."""
        target = self._target(name, term, term.target or "")
        if target is None:
            return self._hidden(term)
        passed, refused = dict(self.passed), list(self.refused)
        perhaps, refusable, self.perhaps = self.perhaps, self.refusable, False
        passing = term.qualifier is Qualifier.PASS
        self.depth += 1
        try:
            end = self.record(target, above)
        finally:
            self.depth -= 1
            below, self.perhaps = self.perhaps, perhaps or (self.perhaps and passing)
        new = [n for n in self.passed if n not in passed]
        self.refused = refused
        if not passing:
            self.passed, self.refused = passed, [*refused, *new]
        self.refusable = refusable or (below and not passing) or (self.refusable and end is _End.MATCH)
        return self._matched(term, self.everybody) if end is _End.MATCH else _End.FURTHER

    def _target(self, name: str, term: Term | Modifier, spec: str) -> str | None:
        """The name of the record that a term leads to; None where a mail decides it, or nobody has looked there."""
        if not term.macro:
            return canonical(spec)
        target = sample_name(spec, name, self.root, self.version)
        return target if target and self._node(target) else None

    def _of_sample(self, name: str, term: Term) -> Term:
        """A term with the name that its macros make of the sample, where that has been looked up."""
        target = sample_name(term.target, name, self.root, self.version) if term.macro and term.target else None
        made = replace(term, target=target, macro=False) if target else term
        return made if made.name == "ptr" or (target and self._answer(name, made)) else term

    def _node(self, name: str) -> Fact[SpfNode] | None:
        """What stands at a name; None where nobody asked, and then it is wanted for the sample."""
        fact = self.nodes.get(name)
        if fact is None:
            self.wanted[Question(name=name, rdtype="TXT")] = None
        return fact

    def _answer(self, name: str, term: Term) -> Fact[Answer] | None:
        """What a client of this family finds for a term, A records or AAAA records; None where nobody asked."""
        questions = asked_by(name, term)
        asked = questions[-1] if self.version == 6 else questions[0]
        fact = self.looked_up.get(asked)
        if fact is None:
            self.wanted[asked] = None
        return fact

    def _hidden(self, term: Term | Modifier) -> _End:
        """A record whose name a mail decides: there is no telling what comes of it."""
        if self.sight is not Sight.SEEN or not _of_address(term):
            raise Unestablished(MACRO)
        return _End.FURTHER

    def _made(self, term: Term) -> _End:
        """A term that looks up a name that a mail decides: it may match or find nothing. What is given to paste with
        the effect that is there may keep it where each client has a name of its own."""
        self.spared = self.spared or self.depth > 0
        if term.name != "ptr":
            self.unseen_voids += 1
        if self.sight is not Sight.SEEN or not _of_address(term):
            self.perhaps = self.perhaps or term.qualifier is Qualifier.PASS
        if self.sight is Sight.AS_IT_IS or not _of_address(term):
            self.refusable = self.refusable or term.qualifier is not Qualifier.PASS
        return _End.FURTHER

    def _there(self, name: str, term: Term) -> bool:
        """Whether a term matches whoever comes: an `exists` of a name that is there. What finds nothing counts."""
        if term.name not in ("a", "mx", "exists"):
            return False
        records = self._found(name, term)
        if not records:
            self.voids += 1
            if self.voids > MAX_VOIDS:
                self._error()
        if term.name == "mx" and len(records) > MAX_HOSTS:
            self._error()
        return term.name == "exists" and bool(records)

    def _found(self, name: str, term: Term) -> tuple[str, ...]:
        fact = self._answer(name, term) or BUDGET
        return () if isinstance(fact, Unknown) and self.sight is Sight.SEEN else need(fact).records

    def _networks(self, name: str, term: Term) -> tuple[Network, ...]:
        if term.network:
            network = ipaddress.ip_network(term.network)
            return (network,) if network.version == self.version else ()
        if term.name not in ("a", "mx"):
            return ()
        length = term.cidr4 if self.version == 4 else term.cidr6
        if term.name == "a":
            suffix = "" if length is None else f"/{length}"
            return tuple(ipaddress.ip_network(f"{a}{suffix}", strict=False) for a in self._found(name, term))
        hosts = [r for r in self._found(name, term) if r.split()[-1] != "."]
        if hosts and length == 0:
            return (ipaddress.ip_network("0.0.0.0/0" if self.version == 4 else "::/0"),)
        return tuple(self._around_hosts(hosts, length)) if length is not None and length <= AROUND else ()

    def _around_hosts(self, hosts: Iterable[str], length: int) -> Iterator[Network]:
        """The networks around the hosts of an `mx`, which are looked up where they are so wide."""
        for question in around_hosts(hosts, self.version):
            fact = self.looked_up.get(question) or BUDGET
            if not (isinstance(fact, Unknown) and self.sight is Sight.SEEN):
                yield from (ipaddress.ip_network(f"{a}/{length}", strict=False) for a in need(fact).records)

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            self._error()

    def _error(self) -> None:
        """What is a permerror for whoever comes so far."""
        if self.sight is Sight.AS_IT_IS:
            raise _Permerror

    def outcome(self) -> Fact[tuple[str, ...]]:
        """The terms that let the stranger pass; none when he does not."""
        try:
            end = self.record(self.root, frozenset())
        except _Permerror:
            return MACRO if self.perhaps or self.spared else Known(())
        except Unestablished as cut_short:
            return cut_short.unknown
        if end is not _End.MATCH:
            return MACRO if self.perhaps else Known(())
        stopped = self.sight is Sight.AS_IT_IS and self.unseen_voids and self.voids + self.unseen_voids > MAX_VOIDS
        return MACRO if self.refusable or stopped else Known(self.everybody)


def everybody(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
    sight: Sight = Sight.AS_IT_IS,
) -> Fact[tuple[str, ...]]:
    """The terms that let a stranger send, by IPv4 or by IPv6; none when there are none. What is not seen matters only
    where a stranger comes to it."""
    return _together(tuple(w.outcome() for w in _walks(root, nodes, looked_up, sampled, sight)))


def wanted_of_sample(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
) -> tuple[Question, ...]:
    """What is still to be asked for a sample of strangers, to tell whether everybody may send. Nothing, where one of
    them is stopped whatever it finds, or the other passes without."""
    if not any("%" in text for f in nodes.values() if isinstance(f, Known) for text in f.value.found):
        return ()
    walks = _walks(root, nodes, looked_up, sampled, Sight.AS_IT_IS)
    going = [(walk, end) for walk, end in zip(walks, (w.outcome() for w in walks), strict=True) if end != Known(())]
    if any(isinstance(end, Known) and not walk.wanted for walk, end in going):
        return ()
    if not going:  # an error may hold strangers off: what is given without it must not let them in
        going = [(walk, walk.outcome()) for walk in _walks(root, nodes, looked_up, sampled, Sight.MENDED)]
    return tuple(dict.fromkeys(q for walk, _ in going for q in walk.wanted))


def _walks(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
    sight: Sight,
) -> tuple[_Walk, _Walk]:
    made = {q.name: _read(q.name, fact) for q, fact in sampled.items() if q.rdtype == "TXT"}
    seen, answers = {**made, **nodes}, {**sampled, **looked_up}
    return _Walk(4, root.name, seen, answers, sight), _Walk(6, root.name, seen, answers, sight)


def _read(name: str, fact: Fact[Answer]) -> Fact[SpfNode]:
    return fact if isinstance(fact, Unknown) else Known(read(name, fact.value))


def _together(outcomes: tuple[Fact[tuple[str, ...]], ...]) -> Fact[tuple[str, ...]]:
    known = [each.value for each in outcomes if isinstance(each, Known)]
    opened = next((terms for terms in known if terms), None)
    if opened is not None:
        return Known(opened)
    hole = next((each for each in outcomes if isinstance(each, Unknown)), None)
    return hole or Known(())


def _of_address(term: Term | Modifier) -> bool:
    """Whether each client is led to a name of its own, by a macro that its address fills in."""
    text = (term.target or "") if isinstance(term, Term) else term.value
    return bool(spf_macro.asked_for(spf_macro.pieces(text)) & ADDRESS)
