"""One clock for all: who is due is called, who is done is forgotten, and nobody turns an idle wheel."""

from __future__ import annotations

import asyncio
import gc
import weakref
from functools import partial

from audit.network.dns.wheel import TICK, Wheel


def test_each_is_called_once_in_its_turn_and_none_that_was_stopped() -> None:
    called: list[str] = []

    async def run() -> int:
        wheel, now = Wheel(), asyncio.get_running_loop().time()
        for seconds, name in ((0.3, "last"), (0.05, "first"), (-1.0, "past"), (0.15, "stopped")):
            alarm = wheel.at(now + seconds, partial(called.append, name))
        wheel.stop(alarm)
        wheel.stop(alarm)
        assert called == []
        while wheel.waiting:
            await asyncio.sleep(TICK)
        await asyncio.sleep(0)
        return wheel.waiting

    assert asyncio.run(run()) == 0
    assert sorted(called) == ["first", "last", "past"]
    assert called[-1] == "last"


def test_nobody_is_called_too_soon() -> None:
    async def run() -> float:
        loop = asyncio.get_running_loop()
        end: asyncio.Future[float] = loop.create_future()
        due = loop.time() + 0.12
        Wheel().at(due, lambda: end.set_result(loop.time()))
        return await end - due

    assert asyncio.run(run()) >= -0.001


def test_a_fault_in_one_holds_up_no_other() -> None:
    called: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: called.append("told"))
        wheel = Wheel()
        wheel.at(0.0, fail)
        wheel.at(0.0, partial(called.append, "called"))
        await asyncio.sleep(4 * TICK)

    asyncio.run(run())
    assert sorted(called) == ["called", "told"]


def test_who_is_stopped_is_let_go_at_once() -> None:
    class Waiting:
        def ring(self) -> None:
            """Nothing."""

    async def run() -> bool:
        wheel, waiting = Wheel(), Waiting()
        seen = weakref.ref(waiting)
        alarm = wheel.at(asyncio.get_running_loop().time() + 60, waiting.ring)
        wheel.stop(alarm)
        del waiting, alarm
        gc.collect()
        return seen() is None

    assert asyncio.run(run())


def test_the_wheel_stands_still_while_nobody_waits() -> None:
    async def run() -> bool:
        wheel = Wheel()
        wheel.stop(wheel.at(asyncio.get_running_loop().time() + 60, lambda: None))
        await asyncio.sleep(4 * TICK)
        return wheel.is_turning

    assert asyncio.run(run()) is False
