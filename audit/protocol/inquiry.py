"""A protocol is a generator of probes.

Whatever must ask to reach a fact is written once, as a pure generator. One driver serves gathering, judging, simulating
and tests: they differ only in the world that answers. The driver is callbacks, without a loop, a task or a clock, so a
world that answers at once makes it a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar, cast, overload

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.syntax import txt
from audit.syntax.rdata import well_formed

O = TypeVar("O")
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[T]):
    """Something to find out, once for each function and arguments: `value = yield from inquiry`."""

    function: Callable[..., Steps[T]]
    arguments: tuple[Hashable, ...]
    _hash: int = field(init=False, repr=False, compare=False)  # catalogues among the arguments make it dear

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.function, self.arguments)))

    def __hash__(self) -> int:
        return self._hash

    def __iter__(self) -> Steps[T]:
        return need(cast("Fact[T]", (yield self)))


@dataclass(frozen=True, slots=True)
class Fork:
    """Branches that run independently of each other; each ends as a fact."""

    branches: tuple[Work[Any], ...]


Step: TypeAlias = Probe[Any] | Inquiry[Any] | Fork
Steps: TypeAlias = Generator[Step, Any, T]
Work: TypeAlias = Inquiry[T] | Steps[T]
Trace: TypeAlias = dict[Probe[Any], None]
World: TypeAlias = Callable[[Probe[Any], Callable[[Any], None]], None]
Done: TypeAlias = Callable[[Fact[Any], Trace], None]
FaultHook: TypeAlias = Callable[[BaseException], None]


def inquiry(function: Callable[P, Steps[T]]) -> Callable[P, Inquiry[T]]:
    """Make a generator of probes an inquiry."""

    @wraps(function)
    def identified(*args: P.args, **kwargs: P.kwargs) -> Inquiry[T]:
        return Inquiry(function, (*args, *kwargs.values()))

    return identified


# ---- the only functions that yield --------------------------------------------------------------------------------


def ask(probe: Probe[O]) -> Steps[O]:
    """What came back for a probe, whatever it is."""
    return cast("O", (yield probe))


def attempt(works: Iterable[Work[T]]) -> Steps[tuple[Fact[T], ...]]:
    """Each of these, side by side, as a fact."""
    return cast("tuple[Fact[T], ...]", (yield Fork(tuple(works))))


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
    if not got.speaks:
        return silence(question, got)
    if not all(well_formed(question.rdtype, r) for r in got.records):
        return Unknown("dns.malformed", (question,))
    return Known(got)


def answer(question: Question) -> Steps[Answer]:
    """An answer that says something about the name.

    Raises:
        Unestablished: no such answer was to be had.
    """
    return need(heard(question, (yield from ask(question))))


def in_circle(question: Question, got: Answer) -> bool:
    """Whether the aliases of a name were seen to lead in a circle: nobody finds a record there. Of a chain that was
    only too long to be followed nothing is known."""
    names = (question.name, *got.aliases)
    return got.status is DnsStatus.CNAME_CHAIN and len(set(names)) < len(names)


def heard_out(question: Question, got: Answer) -> Fact[Answer]:
    """An answer that says something about the name, or a circle of aliases, at which no record is."""
    return Known(got) if in_circle(question, got) else heard(question, got)


def lookup(question: Question) -> Steps[Answer]:
    """An answer that says something about the name, or a circle of aliases, at which no record is.

    Raises:
        Unestablished: no such answer was to be had.
    """
    return need(heard_out(question, (yield from ask(question))))


def records(question: Question) -> Steps[tuple[str, ...]]:
    """The records of an answer; none means that there are none."""
    return (yield from answer(question)).records


def texts(name: str) -> Steps[tuple[str, ...]]:
    """The TXT records at a name, each joined from its strings without separators (RFC 7208 section 3.3)."""
    return tuple(txt.joined(r) for r in (yield from lookup(Question(name=name, rdtype="TXT"))).records)


# ---- the driver ---------------------------------------------------------------------------------------------------


class Drive:
    """Runs works against one world. Its memo is one domain's, so that each domain's evidence is whole."""

    __slots__ = ("_fault", "_memo", "_world")

    def __init__(self, world: World, fault: FaultHook | None = None) -> None:
        self._world = world
        self._fault = fault
        self._memo: dict[Inquiry[Any], tuple[Fact[Any], Trace] | list[Done]] = {}

    def begin(self, work: Work[Any], done: Done) -> None:
        """Run a work; `done` gets its fact and the probes that it rests on, once."""
        if not isinstance(work, Inquiry):
            _Stepper(self, work, done).resume(None)
            return
        seen = self._memo.get(work)
        if isinstance(seen, list):
            seen.append(done)
        elif seen is not None:
            done(*seen)
        else:
            waiting = [done]
            self._memo[work] = waiting

            def ended(fact: Fact[Any], trace: Trace) -> None:
                self._memo[work] = fact, trace
                for each in waiting:
                    each(fact, trace)

            _Stepper(self, work.function(*work.arguments), ended).resume(None)

    def put(self, step: Step, stepper: _Stepper) -> None:
        if isinstance(step, Probe):
            stepper.trace[step] = None
            self._world(step, stepper.receive)
        elif isinstance(step, Inquiry):
            self.begin(step, stepper.receive_fact)
        else:
            self._fork(step.branches, stepper)

    def crashed(self, error: BaseException) -> Unknown:
        if self._fault:
            self._fault(error)
        return Unknown(f"internal.{type(error).__name__}")

    def _fork(self, branches: tuple[Work[Any], ...], stepper: _Stepper) -> None:
        facts: list[Any] = [None] * len(branches)
        traces: list[Trace] = [{} for _ in branches]
        left = len(branches)
        if not left:
            stepper.receive(())

        def place(index: int) -> Done:
            def done(fact: Fact[Any], trace: Trace) -> None:
                nonlocal left
                facts[index], traces[index] = fact, trace
                left -= 1
                if not left:
                    for each in traces:
                        stepper.trace.update(each)
                    stepper.receive(tuple(facts))

            return done

        for index, branch in enumerate(branches):
            self.begin(branch, place(index))


_NOTHING: Any = object()


class _Stepper:
    """One generator under way."""

    __slots__ = ("_done", "_drive", "_reply", "_steps", "_suspended", "trace")

    def __init__(self, drive: Drive, steps: Steps[Any], done: Done) -> None:
        self._drive, self._steps, self._done = drive, steps, done
        self._reply, self._suspended = _NOTHING, False
        self.trace: Trace = {}

    def receive(self, value: Any) -> None:
        if self._suspended:
            self._suspended = False
            self.resume(value)
        else:  # answered at once: the loop in resume goes on, so that the stack does not grow
            self._reply = value

    def receive_fact(self, fact: Fact[Any], trace: Trace) -> None:
        self.trace.update(trace)
        self.receive(fact)

    def resume(self, value: Any) -> None:
        fact: Fact[Any]
        while True:
            try:
                step = self._steps.send(value)
            except StopIteration as end:
                fact = Known(end.value)
                break
            except Unestablished as end:
                fact = end.unknown
                break
            except Exception as error:  # noqa: BLE001 -- a fault of ours in one protocol is that protocol's unknown
                fact = self._drive.crashed(error)
                break
            self._reply = _NOTHING
            self._drive.put(step, self)
            if self._reply is _NOTHING:
                self._suspended = True
                return
            value = self._reply
        self._done(fact, self.trace)


def replay(
    work: Work[T], seen: Callable[[Probe[Any]], Any], fault: FaultHook | None = None
) -> tuple[Fact[T], Callable[[Inquiry[Any]], tuple[Probe[Any], ...]]]:
    """Run against answers that are already there.

    Returns the fact, and a function that tells on which probes an inquiry rests.
    """
    drive = Drive(lambda probe, done: done(seen(probe)), fault)

    def run(each: Work[Any]) -> tuple[Fact[Any], Trace]:
        ends: list[tuple[Fact[Any], Trace]] = []
        drive.begin(each, lambda fact, trace: ends.append((fact, trace)))
        if not ends:
            raise RuntimeError(f"{each} waits for itself")
        return ends[0]

    return run(work)[0], lambda each: tuple(run(each)[1])
