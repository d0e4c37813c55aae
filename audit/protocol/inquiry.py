"""A protocol is a generator of probes.

Whatever must ask to reach a fact is written once, as a pure generator. One driver (`drive.py`) serves gathering,
judging, simulating and tests: they differ only in the world that answers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar, overload

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import SPEAKING, Answer, DnsStatus, Probe, Question
from audit.syntax import txt
from audit.syntax.rdata import well_formed

O = TypeVar("O")
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
P = ParamSpec("P")


class Inquiry(Generic[T]):
    """Something to find out, once for each function and arguments: `value = yield from inquiry`.

    A domain has hundreds, each made more than once: so no dataclass, which is three times as dear when it is frozen.
    """

    __slots__ = ("_hash", "arguments", "function")

    def __init__(self, function: Callable[..., Steps[T]], arguments: tuple[Hashable, ...]) -> None:
        self.function, self.arguments = function, arguments
        self._hash = hash((function, arguments))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Inquiry):
            return NotImplemented
        return self.function is other.function and self.arguments == other.arguments

    def __repr__(self) -> str:
        return f"{self.function.__qualname__}{self.arguments!r}"

    def __iter__(self) -> Steps[T]:
        fact: Fact[T] = yield self
        return fact.value if isinstance(fact, Known) else need(fact)  # hundreds pass here: no call for what is known


class Reading(Generic[T]):
    """One probe, and what is read from what comes back: a work of a single step, of which a domain has many side by
    side, so that it does without a generator of its own."""

    __slots__ = ("probe", "read")

    def __init__(self, probe: Probe[Any], read: Callable[[Any, Any], Fact[T]]) -> None:
        self.probe, self.read = probe, read

    def __iter__(self) -> Steps[T]:
        return need(self.read(self.probe, (yield self.probe)))


class Fork:
    """Branches that run independently of each other; each ends as a fact."""

    __slots__ = ("branches",)

    def __init__(self, branches: tuple[Work[Any], ...]) -> None:
        self.branches = branches


Step: TypeAlias = Probe[Any] | Inquiry[Any] | Fork
Steps: TypeAlias = Generator[Step, Any, T]
Work: TypeAlias = Inquiry[T] | Reading[T] | Steps[T]


def inquiry(function: Callable[P, Steps[T]]) -> Callable[P, Inquiry[T]]:
    """Make a generator of probes an inquiry."""

    @wraps(function)
    def identified(*args: P.args, **kwargs: P.kwargs) -> Inquiry[T]:
        return Inquiry(function, (*args, *kwargs.values()) if kwargs else args)

    return identified


# ---- the only functions that yield --------------------------------------------------------------------------------


def ask(probe: Probe[O]) -> Steps[O]:
    """What came back for a probe, whatever it is."""
    came: O = yield probe
    return came


def attempt(works: Iterable[Work[T]]) -> Steps[tuple[Fact[T], ...]]:
    """Each of these, side by side, as a fact."""
    facts: tuple[Fact[T], ...] = yield Fork(tuple(works))
    return facts


def every(works: Iterable[Work[T]]) -> Steps[tuple[T, ...]]:
    """The values of all of these, asked side by side.

    Raises:
        Unestablished: one of them is not known.
    """
    return tuple(need(fact) for fact in (yield from attempt(works)))


@overload
def together(a: Work[A], b: Work[B], /) -> Steps[tuple[A, B]]: ...
@overload
def together(a: Work[A], b: Work[B], c: Work[C], /) -> Steps[tuple[A, B, C]]: ...
def together(*works: Work[Any]) -> Steps[tuple[Any, ...]]:
    """The values of works of different kinds, asked side by side."""
    return (yield from every(works))


def settle(work: Work[T]) -> Steps[Fact[T]]:
    """The value or the hole, instead of raising."""
    if isinstance(work, Inquiry):
        fact: Fact[T] = yield work
        return fact
    if isinstance(work, Reading):
        return work.read(work.probe, (yield work.probe))
    try:
        return Known((yield from work))
    except Unestablished as end:
        return end.unknown


# ---- reading answers ----------------------------------------------------------------------------------------------

REASONS = {
    DnsStatus.TRUNCATED: "dns.tcp_failed",
    DnsStatus.REWRITTEN: "vantage.rewriting",
    DnsStatus.BUDGET: "budget",
    DnsStatus.GUARD_REFUSED: "net.guard_refused",
    DnsStatus.NOT_GATHERED: "not_gathered",
}


def silence(question: Question, answer: Answer) -> Unknown:
    """Why an answer says nothing about its name."""
    return Unknown(REASONS.get(answer.status, f"dns.{answer.status}"), (question,))


def heard(question: Question, got: Answer) -> Fact[Answer]:
    """An answer, if it says something about the name, in records that have the form of their type."""
    if got.status not in SPEAKING:
        return silence(question, got)
    if got.records and not all(well_formed(question.rdtype, r) for r in got.records):
        return Unknown("dns.malformed", (question,))
    return Known(got)


def answer(question: Question) -> Reading[Answer]:
    """An answer that says something about the name.

    Raises:
        Unestablished: no such answer was to be had.
    """
    return Reading(question, heard)


def in_circle(question: Question, got: Answer) -> bool:
    """Whether the aliases of a name were seen to lead in a circle: nobody finds a record there. Of a chain that was
    only too long to be followed nothing is known."""
    if got.status is not DnsStatus.CNAME_CHAIN:
        return False
    names = (question.name, *got.aliases)
    return len(set(names)) < len(names)


def heard_out(question: Question, got: Answer) -> Fact[Answer]:
    """An answer that says something about the name, or a circle of aliases, at which no record is."""
    if got.status is DnsStatus.CNAME_CHAIN and in_circle(question, got):
        return Known(got)
    return heard(question, got)


def lookup(question: Question) -> Reading[Answer]:
    """An answer that says something about the name, or a circle of aliases, at which no record is.

    Raises:
        Unestablished: no such answer was to be had.
    """
    return Reading(question, heard_out)


def records(question: Question) -> Steps[tuple[str, ...]]:
    """The records of an answer; none means that there are none."""
    return (yield from answer(question)).records


def texts(name: str) -> Steps[tuple[str, ...]]:
    """The TXT records at a name, each joined from its strings without separators (RFC 7208 section 3.3)."""
    return tuple(txt.joined(r) for r in (yield from lookup(Question(name=name, rdtype="TXT"))).records)
