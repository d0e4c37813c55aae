"""The driver: one walk over the network, evidence or a table, told apart by who answers."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.protocol.drive import Drive, Trace, replay
from audit.protocol.inquiry import (
    Inquiry,
    Reading,
    Steps,
    Work,
    ask,
    attempt,
    every,
    inquiry,
    lookup,
    records,
    settle,
    together,
)

HOLE = Unknown("test.hole")


def question(name: str, rdtype: str = "A") -> Question:
    return Question(name=name, rdtype=rdtype)


def seen(probe: Probe[Any]) -> Answer:
    """Every name has an address, but `dead`."""
    assert isinstance(probe, Question)
    if probe.name == "dead":
        return Answer(status=DnsStatus.SERVFAIL)
    return Answer(status=DnsStatus.NOERROR, records=("192.0.2.1",))


def run(work: Inquiry[Any] | Steps[Any], fault: Callable[[BaseException], None] | None = None) -> Fact[Any]:
    return replay(work, seen, fault)[0]


class Later:
    """A world that answers when it is told to, in any order."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Probe[Any], Callable[[Any], None]]] = []

    def __call__(self, probe: Probe[Any], done: Callable[[Any], None]) -> None:
        self.waiting.append((probe, done))

    def answer(self, at: int = 0) -> None:
        probe, done = self.waiting.pop(at)
        done(seen(probe))


@inquiry
def address(name: str) -> Steps[str]:
    """The first address of a name."""
    return (yield from records(question(name)))[0]


@inquiry
def crash(kind: type[Exception]) -> Steps[str]:
    """A fault of ours, after a question."""
    yield from ask(question("a"))
    raise kind


@inquiry
def pair(one: str, other: str) -> Steps[tuple[Fact[str], ...]]:
    """Two addresses, each as a fact."""
    return (yield from attempt((address(one), address(other))))


# ---- forks --------------------------------------------------------------------------------------------------------


def test_branches_end_as_facts_in_order() -> None:
    fact = run(attempt((address("a"), address("dead"), address("b"))))
    assert fact == Known((Known("192.0.2.1"), Unknown("dns.servfail", (question("dead"),)), Known("192.0.2.1")))


def test_no_branches_are_no_facts() -> None:
    assert run(attempt(())) == Known(())


def test_branches_don_t_wait_for_each_other() -> None:
    """While one branch waits for its first answer the other goes through all its steps."""
    world, ends = Later(), []

    def long() -> Steps[int]:
        for step in range(3):
            yield from ask(question(f"long{step}"))
        return 3

    Drive(world).begin(attempt((address("slow"), long())), lambda fact, trace: ends.append((fact, list(trace))))
    assert [p.key for p, _ in world.waiting] == ["dns slow A", "dns long0 A"]
    for step in range(3):
        assert world.waiting[1][0] == question(f"long{step}")
        world.answer(1)
    assert not ends
    world.answer()
    (fact, trace) = ends[0]
    assert fact == Known((Known("192.0.2.1"), Known(3)))
    assert trace == [question("slow"), *(question(f"long{i}") for i in range(3))]  # the order of arrival leaves no mark


@pytest.mark.parametrize(("names", "expected"), [(("a", "b"), ("192.0.2.1",) * 2), (("a", "dead"), None)])
def test_every_needs_all(names: tuple[str, ...], expected: tuple[str, ...] | None) -> None:
    fact = run(every(address(n) for n in names))
    assert fact == (Known(expected) if expected else Unknown("dns.servfail", (question("dead"),)))


def test_together_takes_works_of_different_kinds() -> None:
    fact = run(together(address("a"), pair("a", "dead")))
    assert isinstance(fact, Known)
    text, facts = fact.value
    assert text == "192.0.2.1"
    assert [type(f) for f in facts] == [Known, Unknown]


def test_settle_gives_the_hole_instead_of_raising() -> None:
    assert run(settle(address("dead"))) == Known(Unknown("dns.servfail", (question("dead"),)))
    assert run(settle(address("a"))) == Known(Known("192.0.2.1"))


def test_what_is_raised_in_a_work_ends_only_that_work() -> None:
    def raising() -> Steps[int]:
        yield from ask(question("a"))
        raise Unestablished(HOLE)

    assert run(attempt((raising(), address("b")))) == Known((HOLE, Known("192.0.2.1")))


def test_single_probes_end_as_facts_side_by_side() -> None:
    fact = run(attempt(lookup(question(name)) for name in ("a", "dead")))
    assert fact == Known((Known(seen(question("a"))), Unknown("dns.servfail", (question("dead"),))))


def test_single_probes_wait_for_nobody_else() -> None:
    world, ends = Later(), []
    works: list[Work[Any]] = [lookup(question("slow")), address("a"), lookup(question("b"))]
    Drive(world).begin(attempt(works), lambda fact, trace: ends.append((fact, list(trace))))
    assert [probe.key for probe, _ in world.waiting] == ["dns slow A", "dns a A", "dns b A"]
    for at in (2, 0, 0):
        assert not ends
        world.answer(at)
    (fact, trace) = ends[0]
    assert fact == Known((Known(seen(question("slow"))), Known("192.0.2.1"), Known(seen(question("b")))))
    assert trace == [question("slow"), question("a"), question("b")]


def test_a_fault_in_reading_a_probe_is_its_unknown_and_told() -> None:
    def broken(_: Any, __: Any) -> Fact[int]:
        raise KeyError

    faults: list[BaseException] = []
    fact = run(attempt((Reading(question("a"), broken), address("b"))), faults.append)
    assert fact == Known((Unknown("internal.KeyError"), Known("192.0.2.1")))
    assert [type(f) for f in faults] == [KeyError]


# ---- inquiries ----------------------------------------------------------------------------------------------------


def test_an_inquiry_is_its_function_and_arguments() -> None:
    assert address("a") == address("a")
    assert hash(address("a")) == hash(address("a"))
    assert address("a") != address("b")
    assert address(name="a") == address("a")
    assert pair("a", "b") != pair("b", "a")


def test_an_inquiry_is_answered_once() -> None:
    asked: list[Probe[Any]] = []

    def counted(probe: Probe[Any]) -> Answer:
        asked.append(probe)
        return seen(probe)

    fact, traced = replay(attempt((address("a"), pair("a", "b"), address("a"))), counted)
    assert asked == [question("a"), question("b")]
    assert isinstance(fact, Known)
    assert traced(address("a")) == (question("a"),)
    assert set(traced(pair("a", "b"))) == {question("a"), question("b")}
    assert len(asked) == 2


def test_two_that_wait_for_one_inquiry_both_get_it() -> None:
    world, ends = Later(), []
    Drive(world).begin(attempt((address("a"), address("a"))), lambda fact, _: ends.append(fact))
    assert len(world.waiting) == 1
    world.answer()
    assert ends == [Known((Known("192.0.2.1"), Known("192.0.2.1")))]


@inquiry
def doubled(depth: int) -> Steps[int]:
    """An inquiry that leans twice on the one below it."""
    if depth == 0:
        yield from ask(question("bottom"))
        return 1
    below = yield from every((doubled(depth - 1), doubled(depth - 1)))
    return sum(below)


def test_a_work_that_many_lean_on_is_traced_once() -> None:
    fact, traced = replay(doubled(40), seen)
    assert fact == Known(2**40)
    assert traced(doubled(40)) == (question("bottom"),)


class Found:
    """A value that can be seen to go."""


@inquiry
def finding() -> Steps[Found]:
    """Something, after questions of both kinds."""
    works: list[Work[Any]] = [address("a"), lookup(question("b"))]
    yield from attempt(works)
    return Found()


def test_what_is_done_with_leaves_nothing_for_the_collector_of_garbage() -> None:
    gc.disable()
    try:
        fact = run(attempt((finding(),)))
        assert isinstance(fact, Known)
        left = weakref.ref(fact.value[0].value)
        del fact
        assert left() is None
    finally:
        gc.enable()


@inquiry
def itself(name: str) -> Steps[str]:
    """An inquiry that needs its own answer."""
    return (yield from itself(name))


def test_an_inquiry_that_waits_for_itself_is_a_programmers_error() -> None:
    with pytest.raises(RuntimeError, match="waits for itself"):
        replay(itself("a"), seen)


# ---- faults of ours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyError, RecursionError])
def test_a_fault_in_a_protocol_is_its_unknown_and_told(kind: type[Exception]) -> None:
    faults: list[BaseException] = []
    fact = run(attempt((crash(kind), address("b"))), faults.append)
    assert fact == Known((Unknown(f"internal.{kind.__name__}"), Known("192.0.2.1")))
    assert [type(f) for f in faults] == [kind]
    assert faults[0].__traceback__ is not None


def test_a_fault_reaches_those_who_need_it_as_an_unknown() -> None:
    def needing() -> Steps[str]:
        return (yield from crash(KeyError))

    assert run(needing()) == Unknown("internal.KeyError")


# ---- depth --------------------------------------------------------------------------------------------------------


def test_five_thousand_answers_that_come_at_once_don_t_nest() -> None:
    deepest: list[int] = []

    def deep() -> Steps[int]:
        for step in range(5000):
            yield from ask(question(f"n{step}"))
            if step % 1000 == 0:
                deepest.append(_depth())
        return 5000

    ends: list[tuple[Fact[Any], Trace]] = []
    Drive(lambda probe, done: done(seen(probe))).begin(deep(), lambda *end: ends.append(end))
    assert ends[0][0] == Known(5000)
    assert len(set(deepest)) == 1


def test_five_thousand_branches_are_no_deeper_than_two() -> None:
    assert run(attempt(address(f"n{i}") for i in range(5000))) == Known((Known("192.0.2.1"),) * 5000)


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back:
        frame, depth = frame.f_back, depth + 1
    return depth
