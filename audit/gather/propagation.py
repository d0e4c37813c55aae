"""One look at how far a change has come: each server and each resolver is asked, and what they say is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from audit.desk.propagation.session import questions_of
from audit.gather.recorder import Recorder
from audit.model.propagation import PropagationRound, PropagationSession
from audit.network.client import Network
from audit.network.options import NetworkOptions
from audit.protocol.drive import Drive, FaultHook


async def look(
    session: PropagationSession, options: NetworkOptions, seconds: float, now: Callable[[], datetime], fault: FaultHook
) -> PropagationRound:
    """Ask all, within so many seconds; what is open when time is over is written down as not asked."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[None] = loop.create_future()
    network = Network(options, now=now, on_fault=fault)
    recorder = Recorder(network)
    timer = loop.call_later(seconds, recorder.expire)

    def done(_: Any, __: Any) -> None:
        if not end.done():
            end.set_result(None)

    try:
        Drive(recorder, fault).begin(questions_of(session), done)
        await end
    finally:
        timer.cancel()
        recorder.forget()
        await network.close()
    return PropagationRound(at=now(), answers=recorder.answers, routes=recorder.routes)
