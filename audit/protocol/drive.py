"""The driver: it runs protocols against a world that answers.

It is callbacks, without a loop, a task or a clock, so a world that answers at once makes it a replay. Each inquiry is
run once, and what it found serves all that need it. Branches end as facts, so nothing is ever thrown into a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Probe
from audit.protocol.inquiry import Fork, Inquiry, Reading, Steps, Work

T = TypeVar("T")

World: TypeAlias = Callable[[Probe[Any], Callable[[Any], None]], None]
Seen: TypeAlias = Callable[[Probe[Any]], Any]  # a world that answers at once
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


class Drive:
    """Runs works against one world. Its memo is one domain's, so that each domain's evidence is whole. Where all was
    `seen` before, nobody is called back, and the world is not asked."""

    __slots__ = ("_fault", "_memo", "seen", "world")

    def __init__(self, world: World, fault: FaultHook | None = None, seen: Seen | None = None) -> None:
        self.world = world
        self.seen = seen
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
        waiting, self._waiting = self._waiting, None  # nor does it hold those who lean on it
        if waiting:
            for each in waiting:
                each(fact)


class _Reader(_Begun):
    """One probe under way."""

    __slots__ = ("_read",)

    def __init__(self, drive: Drive, reading: Reading[Any]) -> None:
        super().__init__(drive)
        self._read = reading.read
        self.asked.append(reading.probe)
        if drive.seen is not None:
            self._receive(drive.seen(reading.probe))
        else:
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
        self._drive, self._waiting, self.fact, self.asked = drive, None, None, []  # as above, but there are hundreds
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
        send, seen = self._steps.send, self._drive.seen
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
                if seen is not None:
                    value = seen(step)
                    continue
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
        facts = tuple([branch.fact for branch in branches])
        if all(facts):  # what has ended has one, and each counts as true
            return facts
        open_ = [branch for branch in branches if branch.fact is None]
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
    work: Work[T], seen: Seen, fault: FaultHook | None = None
) -> tuple[Fact[T], Callable[[Inquiry[Any]], tuple[Probe[Any], ...]]]:
    """Run against answers that are already there.

    Returns the fact, and a function that tells on which probes an inquiry rests.
    """
    drive = Drive(lambda probe, done: done(seen(probe)), fault, seen)
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
