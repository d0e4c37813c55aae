"""`mxaudit doctor`: what can be seen from here, and what to do where something cannot."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import rich_click as click

from audit.catalog.blocklists import key_variable, load_blocklists
from audit.cli.job import Telling
from audit.cli.messages import folded
from audit.cli.options import asking, asking_of, telling
from audit.cli.settings import configuration
from audit.gather.run import gather_run
from audit.model.report import Sight, State
from audit.network.client import Network
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.exits import Exit
from audit.protocol.drive import FaultHook
from audit.protocol.survey import Plan
from audit.report import words
from audit.rules.summary.anchors import zone_anchors
from audit.rules.summary.sights import sights
from audit.syntax.escape import visible

MARKS = {State.GOOD: "ok", State.WARNING: "note", State.BAD: "BAD", State.UNKNOWN: "?", State.NOT_APPLICABLE: "-"}

SHOWN = 500  # characters of a sentence


@click.command()
@asking
@telling
def doctor(**options: Any) -> None:
    """Look at our own vantage: the resolver, port 25, IPv6, the clock. Exit 3 when something is bad."""
    config = configuration(asking_of(options), rows=0)
    seen = asyncio.run(_look(config, Telling.of(options).fault))
    for sight in seen:
        _tell(sight.state, sight.text, sight.advice)
    for anchors in zone_anchors(config.settings):
        _tell(State.NOT_APPLICABLE, visible(words.anchored(anchors), SHOWN), None)
    for lists, variable in _keyless(config):
        left = f"Blocklists left out, since they take a key: {', '.join(lists)}."
        _tell(State.NOT_APPLICABLE, left, f"Put the key into {variable} to ask them.")
    sys.exit(Exit.INCOMPLETE if any(s.state is State.BAD for s in seen) else Exit.OK)


def _tell(state: State, text: str, advice: str | None) -> None:
    click.echo(folded(text, f"{MARKS[state]:<5} "))
    if advice:
        click.echo(folded(advice, " " * 6))


def _keyless(config: RunConfig) -> Iterator[tuple[tuple[str, ...], str]]:
    """The blocklists that take a key which is not there, and where to put it."""
    lists = load_blocklists()
    for key in lists.keys:
        if key not in config.network.keys:
            yield tuple(e.id for e in lists.entries if e.key == key), key_variable(key)


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
