"""One inquiry put to the DNS, apart from any run: what a command needs that has no list and no report."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TypeVar

from audit.model.fact import Fact
from audit.network.client import Network
from audit.network.options import NetworkOptions
from audit.protocol.drive import Drive, FaultHook
from audit.protocol.inquiry import Work

T = TypeVar("T")


async def asked(work: Work[T], options: NetworkOptions, seconds: float, fault: FaultHook) -> Fact[T]:
    """What becomes of an inquiry within so many seconds; what is open when time is over is unknown."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[Fact[T]] = loop.create_future()
    network = Network(options, now=lambda: datetime.now(UTC), on_fault=fault)
    timer = loop.call_later(seconds, network.give_up)
    try:
        Drive(network, fault).begin(work, lambda fact, _: end.set_result(fact))
        return await end
    finally:
        timer.cancel()
        end.cancel()  # after an interruption nobody waits
        await network.close()
