"""A gate: so many at a time, in order, whether they leave at once or later."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

from audit.network.gate import Gate, Rooms
from tests.simulated import simulated


def test_so_many_go_in_at_a_time_in_order() -> None:
    gate = Gate(2)
    inside: list[int] = []
    for n in range(5):
        gate.enter(partial(inside.append, n))
    assert inside == [0, 1]
    gate.leave()
    assert inside == [0, 1, 2]
    gate.leave()
    gate.leave()
    assert inside == [0, 1, 2, 3, 4]
    assert not gate.is_empty
    gate.leave()
    gate.leave()
    assert gate.is_empty


def test_thousands_who_leave_at_once_do_not_deepen_the_stack() -> None:
    gate = Gate(1)
    gone: list[int] = []

    def pass_by(n: int) -> None:
        gone.append(n)
        gate.leave()

    gate.enter(lambda: None)
    for n in range(5000):
        gate.enter(partial(pass_by, n))
    gate.leave()
    assert gone == list(range(5000))
    assert gate.is_empty


def test_a_fault_of_one_leaves_the_gate_in_order() -> None:
    gate = Gate(1)
    went: list[str] = []

    def fail() -> None:
        went.append("a")
        raise ZeroDivisionError

    gate.enter(lambda: None)
    gate.enter(fail)
    gate.enter(lambda: went.append("b"))
    try:
        gate.leave()
    except ZeroDivisionError:
        gate.leave()
    assert went == ["a", "b"]


def test_a_gate_becomes_wider_and_narrower_within_bounds() -> None:
    gate = Gate(2)
    inside: list[int] = []
    for n in range(9):
        gate.enter(partial(inside.append, n))
    gate.widen(2, most=4, least=2)
    gate.leave()
    assert (gate.limit, len(inside)) == (4, 5)
    gate.widen(-20, most=4, least=2)
    assert gate.limit == 2
    gate.leave()
    gate.leave()
    assert len(inside) == 5  # two are still inside
    gate.leave()
    assert len(inside) == 6


def test_nobody_goes_in_after_the_end() -> None:
    gate = Gate(1)
    went: list[str] = []
    gate.enter(lambda: went.append("a"))
    gate.enter(lambda: went.append("b"))
    gate.close()
    gate.leave()
    assert went == ["a"]


def test_who_waited_elsewhere_goes_ahead() -> None:
    gate = Gate(1)
    inside: list[str] = []
    for name in ("first", "second"):
        gate.enter(partial(inside.append, name))
    gate.enter(partial(inside.append, "ahead"), ahead=True)
    gate.leave()
    gate.leave()
    assert inside == ["first", "ahead", "second"]


def test_rooms_let_a_few_in_at_each_place_and_forget_those_that_are_empty() -> None:
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def visit(rooms: Rooms, place: str, wait: float) -> None:
        async with rooms.enter(place):
            now[place] += 1
            most[place] = max(most[place], now[place])
            await asyncio.sleep(wait)
            now[place] -= 1

    async def run() -> None:
        rooms = Rooms(2)
        tasks = [asyncio.create_task(visit(rooms, place, 0.01 * n)) for n in range(5) for place in "ab"]
        await asyncio.sleep(0)
        assert len(rooms) == 2
        tasks[-1].cancel()  # one that waits
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(rooms) == 0

    simulated(run())
    assert most == {"a": 2, "b": 2}
