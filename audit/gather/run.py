"""Gather what holds for the whole run: the vantage and the health of the blocklists, before any domain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.gather.recorder import Recorder
from audit.model.fact import Fact
from audit.model.subject import Run
from audit.protocol.drive import Drive, FaultHook, World
from audit.protocol.survey import Plan, Survey, survey
from audit.protocol.vantage import RunMoment


async def gather_run(
    *,
    world: World,
    constants: Mapping[type, Any],
    plan: Plan,
    observed_at: datetime,
    seconds: float,
    fault: FaultHook | None = None,
) -> tuple[Recorder, Fact[Survey]]:
    """Look at ourselves, and at the lists, for `seconds` at most. Returns what was recorded and the survey."""
    recorder = Recorder(world)
    loop = asyncio.get_running_loop()
    end: asyncio.Future[Fact[Survey]] = loop.create_future()
    scope = {**constants, RunMoment: RunMoment(observed_at)}
    timer = loop.call_later(seconds, recorder.expire)
    Drive(recorder, fault).begin(survey(Run(), scope, plan), lambda fact, _: end.set_result(fact))
    try:
        return recorder, await end
    finally:
        timer.cancel()
        recorder.forget()  # after a cancellation `end` must not be set
