"""One inquiry put to the world, apart from any run: what a command needs that has no list and no report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from audit.gather.recorder import Recorder
from audit.model.fact import Fact
from audit.network.client import Network
from audit.network.options import NetworkOptions
from audit.protocol.drive import Drive, FaultHook
from audit.protocol.inquiry import Work

T = TypeVar("T")


def _clock() -> datetime:
    return datetime.now(UTC)


async def asked(
    work: Work[T], options: NetworkOptions, seconds: float, fault: FaultHook, now: Callable[[], datetime] = _clock
) -> Fact[T]:
    """What becomes of an inquiry within so many seconds; what is open when time is over is unknown."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[Fact[T]] = loop.create_future()
    network = Network(options, now=now, on_fault=fault)
    timer = loop.call_later(seconds, network.give_up)
    try:
        Drive(network, fault).begin(work, lambda fact, _: end.set_result(fact))
        return await end
    finally:
        timer.cancel()
        end.cancel()  # after an interruption nobody waits
        await network.close()


async def asked_on_record(
    work: Work[T], options: NetworkOptions, seconds: float, fault: FaultHook
) -> tuple[Fact[T], Recorder]:
    """The same, and all that was said."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[Fact[T]] = loop.create_future()
    network = Network(options, now=lambda: datetime.now(UTC), on_fault=fault)
    recorder = Recorder(network)
    timer = loop.call_later(seconds, recorder.expire)
    try:
        Drive(recorder, fault).begin(work, lambda fact, _: end.set_result(fact))
        return await end, recorder
    finally:
        timer.cancel()
        recorder.forget()  # after an interruption nobody waits
        await network.close()
