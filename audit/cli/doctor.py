"""`mxaudit doctor`: what can be seen from here, and what to do where something cannot."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import rich_click as click

from audit.cli.job import Telling
from audit.cli.options import asking, asking_of, telling
from audit.cli.settings import configuration
from audit.gather.run import gather_run
from audit.model.report import Sight, State
from audit.network.client import Network
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.gate import Exit
from audit.protocol.inquiry import FaultHook
from audit.protocol.survey import Plan
from audit.rules.summary.sights import sights

MARKS = {State.GOOD: "ok", State.WARNING: "note", State.BAD: "BAD", State.UNKNOWN: "?", State.NOT_APPLICABLE: "-"}


@click.command()
@asking
@telling
def doctor(**options: Any) -> None:
    """Look at our own vantage: the resolver, port 25, IPv6, the clock. Exit 3 when something is bad."""
    config = configuration(asking_of(options), rows=0)
    seen = asyncio.run(_look(config, Telling.of(options).fault))
    for sight in seen:
        click.echo(f"{MARKS[sight.state]:<5} {sight.text}")
        if sight.advice:
            click.echo(f"      {sight.advice}")
    sys.exit(Exit.INCOMPLETE if any(s.state is State.BAD for s in seen) else Exit.OK)


async def _look(config: RunConfig, fault: FaultHook) -> tuple[Sight, ...]:
    network = Network(config.network, now=config.clock, on_fault=fault)
    try:
        _, run = await gather_run(
            world=network,
            constants=constants.for_run(config.settings, config.blocklists),
            plan=Plan.of(config.settings),
            observed_at=config.clock(),
            seconds=config.run_seconds,
            fault=fault,
        )
    finally:
        await network.close()
    return sights(constants.seen_from(run), config.settings)
