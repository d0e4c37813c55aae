"""Whether SPF records let a stranger send (RFC 7208 sections 4.6, 5.1 and 11): a client that no term names, with a
reverse name of its own; and whether so many may send that strangers are among them.

A stranger walks the terms as any client does, and stops where they stop him: at a term that covers everybody, at an
`all`, or at a permerror that nobody can pass. Networks that together are a whole family of addresses, but for those
that no client on the internet has (private, multicast, not assigned for use), cover everybody of that family, whether
they are written out, or made by a short prefix length on a host that has an address. Nine in ten of a family's clients
are as good as everybody.

Of names that macros make of a client's address, those of a sample are looked up. Where the sample may not send, not
everybody may; where it may, the zone that is asked says yes to whoever comes. What a sender takes part in no sample can
stand for: where such a name might let a stranger pass, nothing is certain.

An error holds strangers off, until somebody mends it. So what is given to paste is walked as if that were done already.
The limit of two void lookups is one that receivers only should have (section 4.6.4), so it does not hold off all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.spf.crowd import NOT_VAST, Crowd, Vast, named_at_most
from audit.protocol.spf.families import VAST, all_addresses
from audit.protocol.spf.sight import BUDGET, Mode, Sight, of_address
from audit.protocol.spf.terms import COUNTED, MACRO, MAX_HOSTS, SpfNode, evaluated, read
from audit.syntax.span import Span
from audit.syntax.spf import Modifier, Qualifier, SpfRecord, Term

MAX_LOOKUPS, MAX_VOIDS = 10, 2  # section 4.6.4
MAX_DEPTH = 12
MAX_TERMS = 10_000  # where errors are taken for mended, no limit of receivers ends a fan of includes
LARGE = 16  # a prefix length: smaller networks do not make a family whole


@dataclass(frozen=True, slots=True)
class Strangers:
    """The terms that let everybody send, none where there are none; and whether very many may send."""

    everybody: Fact[tuple[str, ...]]
    vast: Fact[Vast]


class _End(Enum):
    """How a record ends for a stranger."""

    MATCH = "pass"
    OTHER = "no pass"
    FURTHER = "nothing matched"


class _Permerror(Exception):
    """Nobody gets further who has not been let send before."""


class _Walk:
    """The way of a client of one family of addresses."""

    def __init__(self, sight: Sight, *, few: bool) -> None:
        self.sight, self.crowd = sight, Crowd(sight.version)
        self._few = few  # addresses are named: networks that let nobody pass whom no term names need no look
        self._mended = sight.mode in (Mode.MENDED, Mode.SEEN)
        self._patient = sight.mode is Mode.PATIENT
        self._terms = self._lookups = self._voids = 0
        self._unseen_voids = 0  # lookups of names that macros make, which may find nothing
        self._perhaps = False  # a macro before may let the client pass
        self._refusable = False  # a macro before may keep the client from passing
        self._depth = 0  # of includes
        self._spared = False  # a macro in an include may end that early, so that an error behind it is not met
        self._own = ""  # the term of the domain's own, or of a record that it redirects to, that the walk is at
        self._everybody: tuple[str, ...] = ()  # the terms that let all send who come to them

    def strangers(self) -> Strangers:
        """Whom the records let send."""
        everybody = self._walked()
        return Strangers(self._or_nearly(everybody), self._vast(everybody))

    def _or_nearly(self, everybody: Fact[tuple[str, ...]]) -> Fact[tuple[str, ...]]:
        """Nine in ten are as good as everybody: who wants to pass finds an address among them."""
        if isinstance(everybody, Known) and everybody.value:
            return everybody
        if certain := self.crowd.nearly_all(certain=True):
            return Known(certain)
        if isinstance(everybody, Known) and self.crowd.nearly_all(certain=False):
            return MACRO if self._refusable or self._unseen_voids else BUDGET
        return everybody

    def _walked(self) -> Fact[tuple[str, ...]]:
        """The terms that let the stranger pass; none when he does not."""
        try:
            end = self._record(self.sight.root, frozenset())
        except _Permerror:
            return MACRO if self._perhaps or self._spared else Known(())
        except Unestablished as cut_short:
            return cut_short.unknown
        if end is not _End.MATCH:
            return MACRO if self._perhaps else Known(())
        return MACRO if self._stoppable() else Known(self._everybody)

    def _vast(self, everybody: Fact[tuple[str, ...]]) -> Fact[Vast]:
        if isinstance(everybody, Known) and everybody.value:
            version = self.sight.version
            return Known(Vast(everybody.value, **{f"ipv{version}": all_addresses(version)}))
        if certain := self.crowd.vast(certain=True):
            return Known(certain)
        if isinstance(everybody, Unknown):
            return everybody
        if self.crowd.vast(certain=False):
            return MACRO if self._refusable or self._unseen_voids else BUDGET
        return Known(NOT_VAST)

    def _stoppable(self) -> bool:
        """Whether a macro before may keep the client from coming here: by a match, or as it finds nothing."""
        in_vain = self._unseen_voids and self._voids + self._unseen_voids > MAX_VOIDS
        return self._refusable or bool(in_vain and not self._mended and not self._patient)

    def _record(self, name: str, above: frozenset[str]) -> _End:
        """Walk a record.

        Raises:
            Unestablished: it cannot be seen how it goes on.
            _Permerror: it cannot be evaluated.
        """
        node = self.sight.node(name)
        if node is None:
            return _End.FURTHER
        circular = name in above or len(above) > MAX_DEPTH
        if node.record is None or node.record.problems or circular:
            self._error()
        if node.record is None or circular:
            return _End.FURTHER
        here = above | {name}
        passed_over = self._few or self._named_together(node.record)
        for term in _deciding(node.record) if passed_over else evaluated(node.record):
            end = self._term(name, term, here)
            if end is not _End.FURTHER:
                return end
        redirect = node.record.redirect
        if redirect is None:
            return _End.FURTHER
        self._count()
        target = self.sight.target(name, redirect, redirect.value)
        return self._hidden(redirect) if target is None else self._record(target, here)

    def _term(self, name: str, term: Term, above: frozenset[str]) -> _End:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise Unestablished(BUDGET)
        if not self._depth:
            self._own = term.text
        span = term.span
        if span is not None:
            return self._named(term, span) if span.version == self.sight.version else _End.FURTHER
        if term.name in COUNTED:
            self._count()
        if term.name == "include":
            return self._include(name, term, above)
        term = self.sight.of_sample(name, term)
        if term.macro:
            return self._made(term)
        if term.name == "all" or self._there(name, term):
            return self._matched(term, (term.text,))
        return self._named(term, *map(Span.of, self.sight.around(name, term)))

    def _named_together(self, record: SpfRecord) -> bool:
        """Whether a record holds nothing but networks that pass, too few to cover everybody: these count in one go."""
        named = [t for t in record.reached if t.span]
        if record.asking or any(t.qualifier is not Qualifier.PASS for t in named):
            return False
        here = [(t.span, t.text) for t in named if t.span and t.span.version == self.sight.version]
        own = self._own if self._depth else ""
        together = self.crowd.named_together(here, own, certain=not self._stoppable())
        self._terms += len(named) * together
        return together

    def _named(self, term: Term, *spans: Span) -> _End:
        """What comes of the networks that a term names."""
        passes, large, certain = term.qualifier is Qualifier.PASS, False, not self._stoppable()
        for span in spans:
            self.crowd.named(span, term.text, self._own, passes=passes, certain=certain)
            large = large or (span.length <= LARGE and self.crowd.may_cover)
        covering = self.crowd.covering(term.text, passes=passes) if large else ()
        return self._matched(term, covering) if covering else _End.FURTHER

    def _matched(self, term: Term, terms: tuple[str, ...]) -> _End:
        if term.qualifier is not Qualifier.PASS:
            return _End.OTHER
        self._everybody = terms
        return _End.MATCH

    def _include(self, name: str, term: Term, above: frozenset[str]) -> _End:
        """What an include lets pass, it matches; all else goes on behind it (section 5.2)."""
        target = self.sight.target(name, term, term.target or "")
        if target is None:
            return self._hidden(term)
        before = self.crowd.snapshot()
        perhaps, refusable, self._perhaps = self._perhaps, self._refusable, False
        passes = term.qualifier is Qualifier.PASS
        self._depth += 1
        try:
            end = self._record(target, above)
        except _Permerror:
            self.crowd.escape(before)
            raise
        finally:
            self._depth -= 1
            below, self._perhaps = self._perhaps, perhaps or (self._perhaps and passes)
            self.crowd.leave(before, passes=passes)
        self._refusable = refusable or (below and not passes) or (self._refusable and end is _End.MATCH)
        return self._matched(term, self._everybody) if end is _End.MATCH else _End.FURTHER

    def _hidden(self, term: Term | Modifier) -> _End:
        """A record whose name a mail decides: there is no telling what comes of it."""
        if not self.sight.passes_over or not of_address(term):
            raise Unestablished(MACRO)
        return _End.FURTHER

    def _made(self, term: Term) -> _End:
        """A term that looks up a name that a mail decides: it may match or find nothing. What is given to paste with
        the effect that is there may keep it where each client has a name of its own."""
        self._spared = self._spared or self._depth > 0
        if term.name != "ptr":
            self._unseen_voids += 1
        if not self.sight.passes_over or not of_address(term):
            self._perhaps = self._perhaps or term.qualifier is Qualifier.PASS
        if not self._mended or not of_address(term):
            self._refusable = self._refusable or term.qualifier is not Qualifier.PASS
        return _End.FURTHER

    def _there(self, name: str, term: Term) -> bool:
        """Whether a term matches whoever comes: an `exists` of a name that is there. What finds nothing counts."""
        if term.name not in ("a", "mx", "exists"):
            return False
        records = self.sight.found(name, term)
        if not records:
            self._voids += 1
            if self._voids > MAX_VOIDS and not self._patient:
                self._error()
        if term.name == "mx" and len(records) > MAX_HOSTS:
            self._error()
        return term.name == "exists" and bool(records)

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            self._error()

    def _error(self) -> None:
        """What is a permerror for whoever comes so far."""
        if not self._mended:
            raise _Permerror


def strangers(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
    mode: Mode = Mode.AS_IT_IS,
) -> Strangers:
    """Whom records let send, by IPv4 or by IPv6. What is not seen matters only where a stranger comes to it."""
    of_each = tuple(walk.strangers() for walk in _walks(root, nodes, looked_up, sampled, mode))
    known = [each.everybody.value for each in of_each if isinstance(each.everybody, Known)]
    vast = [each.vast.value for each in of_each if isinstance(each.vast, Known) and each.vast.value]
    terms = dict.fromkeys(term for each in vast for term in each.terms)
    together = Vast(tuple(terms), sum(v.ipv4 for v in vast), sum(v.ipv6 for v in vast))
    everybody = next((Known(terms) for terms in known if terms), None)
    return Strangers(
        everybody or first_hole(*(each.everybody for each in of_each)) or Known(()),
        Known(together) if together else first_hole(*(each.vast for each in of_each)) or Known(NOT_VAST),
    )


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
    given = root, nodes, looked_up, sampled
    walked = [(walk, walk.strangers().everybody) for walk in _walks(*given, Mode.AS_IT_IS)]
    going = [(walk, end) for walk, end in walked if end != Known(())]
    if any(isinstance(end, Known) and not walk.sight.wanted for walk, end in going):
        return ()
    if not going:  # an error may hold strangers off: what is given without it must not let them in
        going = [(walk, walk.strangers().everybody) for walk in _walks(*given, Mode.MENDED)]
    return tuple(dict.fromkeys(question for walk, _ in going for question in walk.sight.wanted))


def _walks(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
    mode: Mode,
) -> tuple[_Walk, ...]:
    made = {q.name: _read(q.name, fact) for q, fact in sampled.items() if q.rdtype == "TXT"}
    seen, answers = {**made, **nodes}, {**sampled, **looked_up}
    most = named_at_most(f.value.record for f in seen.values() if isinstance(f, Known) and f.value.record)
    return tuple(
        _Walk(Sight(version, root.name, seen, answers, mode), few=most[version] < VAST[version]) for version in (4, 6)
    )


def _deciding(record: SpfRecord) -> tuple[Term, ...]:
    """The terms of a record that a receiver comes to, without the networks that stand there themselves."""
    return (*record.asking, record.all) if record.all else record.asking


def _read(name: str, fact: Fact[Answer]) -> Fact[SpfNode]:
    return fact if isinstance(fact, Unknown) else Known(read(name, fact.value))
