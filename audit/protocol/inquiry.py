"""A protocol is a generator of probes.

Whatever must ask to reach a fact is written once, as a pure generator. One driver serves gathering, judging, simulating
and tests: they differ only in the world that answers. The driver is callbacks, without a loop, a task or a clock, so a
world that answers at once makes it a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
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
        return need(cast("Fact[T]", (yield self)))


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
World: TypeAlias = Callable[[Probe[Any], Callable[[Any], None]], None]
FaultHook: TypeAlias = Callable[[BaseException], None]


class Trace:
    """What a work asked, itself and by the works that it leaned on: read out only where somebody wants to know."""

    __slots__ = ("_parts",)

    def __init__(self, parts: list[Probe[Any] | _Begun]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[Probe[Any]]:
        """The probes, each once, in the order in which a single walk would come by them."""
        met: dict[Probe[Any], None] = {}
        read: set[int] = set()  # many works lean on the same one
        left = [iter(self._parts)]
        while left:
            part = next(left[-1], None)
            if part is None:
                left.pop()
            elif not isinstance(part, _Begun):
                met[part] = None
            elif id(part) not in read:
                read.add(id(part))
                left.append(iter(part.asked))
        return iter(met)


Done: TypeAlias = Callable[[Fact[Any], Trace], None]


def inquiry(function: Callable[P, Steps[T]]) -> Callable[P, Inquiry[T]]:
    """Make a generator of probes an inquiry."""

    @wraps(function)
    def identified(*args: P.args, **kwargs: P.kwargs) -> Inquiry[T]:
        return Inquiry(function, (*args, *kwargs.values()) if kwargs else args)

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
    if isinstance(work, Inquiry):
        return cast("Fact[T]", (yield work))
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
    if not got.speaks:
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
    return Known(got) if in_circle(question, got) else heard(question, got)


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


# ---- the driver ---------------------------------------------------------------------------------------------------


class Drive:
    """Runs works against one world. Its memo is one domain's, so that each domain's evidence is whole."""

    __slots__ = ("_fault", "_memo", "world")

    def __init__(self, world: World, fault: FaultHook | None = None) -> None:
        self.world = world
        self._fault = fault
        self._memo: dict[Inquiry[Any], _Begun] = {}

    def begin(self, work: Work[Any], done: Done) -> None:
        """Run a work; `done` gets its fact and the probes that it rests on, once."""
        begun = self.started(work)
        if begun.fact is not None:
            done(begun.fact, Trace(begun.asked))
        else:
            begun.tell(lambda fact: done(fact, Trace(begun.asked)))

    def started(self, work: Work[Any]) -> _Begun:
        """A work as far as it goes without waiting. An inquiry is run once."""
        if isinstance(work, Inquiry):
            known = self._memo.get(work)
            if known is not None:
                return known
            stepper = self._memo[work] = _Stepper(self, work.function(*work.arguments))
        elif isinstance(work, Reading):
            return _Reader(self, work)
        else:
            stepper = _Stepper(self, work)
        stepper.resume(None)
        return stepper

    def crashed(self, error: BaseException) -> Unknown:
        if self._fault:
            self._fault(error)
        return Unknown(f"internal.{type(error).__name__}")


_NOTHING: Any = object()


class _Begun:
    """A work under way; `fact` is how it ended."""

    __slots__ = ("_drive", "_waiting", "asked", "fact")

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._waiting: list[Callable[[Fact[Any]], None]] | None = None
        self.fact: Fact[Any] | None = None
        self.asked: list[Probe[Any] | _Begun] = []

    def tell(self, somebody: Callable[[Fact[Any]], None]) -> None:
        """Somebody waits for the end."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(somebody)

    def _end(self, fact: Fact[Any]) -> None:
        self.fact = fact
        del self._drive  # the memo is the drive's: what is done with leaves no circle to collect
        for each in self._waiting or ():
            each(fact)


class _Reader(_Begun):
    """One probe under way."""

    __slots__ = ("_read",)

    def __init__(self, drive: Drive, reading: Reading[Any]) -> None:
        super().__init__(drive)
        self._read = reading.read
        self.asked.append(reading.probe)
        drive.world(reading.probe, self._receive)

    def _receive(self, came: Any) -> None:
        try:
            fact = self._read(self.asked[0], came)
        except Exception as error:  # noqa: BLE001 -- as for a generator
            fact = self._drive.crashed(error)
        self._end(fact)


class _Stepper(_Begun):
    """One generator under way. What is there at once is taken at once, so that the stack does not grow with the
    answers, and nobody is called back who need not wait."""

    __slots__ = ("_reply", "_steps", "_suspended")

    def __init__(self, drive: Drive, steps: Steps[Any]) -> None:
        super().__init__(drive)
        self._steps = steps
        self._reply, self._suspended = _NOTHING, False

    def receive(self, value: Any) -> None:
        if self._suspended:
            self._suspended = False
            self.resume(value)
        else:  # answered at once: the loop in resume goes on
            self._reply = value

    def resume(self, value: Any) -> None:
        fact: Fact[Any]
        send = self._steps.send
        while True:
            try:
                step = send(value)
            except StopIteration as end:
                fact = Known(end.value)
                break
            except Unestablished as end:
                fact = end.unknown
                break
            except Exception as error:  # noqa: BLE001 -- a fault of ours in one protocol is that protocol's unknown
                fact = self._drive.crashed(error)
                break
            if isinstance(step, Inquiry):
                value = self._of_inquiry(step)
            elif isinstance(step, Fork):
                value = self._of_fork(step)
            else:
                self.asked.append(step)
                self._reply = _NOTHING
                self._drive.world(step, self.receive)
                value = self._reply
            if value is _NOTHING:
                self._suspended = True
                return
        del self._steps
        self._end(fact)

    def _of_inquiry(self, wanted: Inquiry[Any]) -> Any:
        other = self._drive.started(wanted)
        self.asked.append(other)
        if other.fact is not None:
            return other.fact
        other.tell(self.receive)
        return _NOTHING

    def _of_fork(self, fork: Fork) -> Any:
        branches = [self._drive.started(branch) for branch in fork.branches]
        self.asked += branches
        open_ = [branch for branch in branches if branch.fact is None]
        if not open_:
            return tuple([branch.fact for branch in branches])
        left = len(open_)

        def ended(_: Fact[Any]) -> None:
            nonlocal left
            left -= 1
            if not left:
                self.receive(tuple([branch.fact for branch in branches]))

        for branch in open_:
            branch.tell(ended)
        return _NOTHING


def replay(
    work: Work[T], seen: Callable[[Probe[Any]], Any], fault: FaultHook | None = None
) -> tuple[Fact[T], Callable[[Inquiry[Any]], tuple[Probe[Any], ...]]]:
    """Run against answers that are already there.

    Returns the fact, and a function that tells on which probes an inquiry rests.
    """
    drive = Drive(lambda probe, done: done(seen(probe)), fault)
    read: dict[Inquiry[Any], tuple[Probe[Any], ...]] = {}

    def run(each: Work[Any]) -> tuple[Fact[Any], Trace]:
        ends: list[tuple[Fact[Any], Trace]] = []
        drive.begin(each, lambda fact, trace: ends.append((fact, trace)))
        if not ends:
            raise RuntimeError(f"{each} waits for itself")
        return ends[0]

    def traced(each: Inquiry[Any]) -> tuple[Probe[Any], ...]:
        if each not in read:
            read[each] = tuple(run(each)[1])
        return read[each]

    return run(work)[0], traced
