"""Looking again until a change is everywhere, and telling on standard error what moves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import rich_click as click

from audit.cli.messages import waiting
from audit.desk.propagation.lifetime import told
from audit.desk.propagation.session import judged
from audit.desk.propagation.verdict import CopyState, Propagation, ServerState
from audit.gather.propagation import look
from audit.model.propagation import PropagationRound, PropagationSession
from audit.network.options import NetworkOptions
from audit.protocol.drive import FaultHook
from audit.report.words import plural
from audit.syntax.escape import visible

KEPT = 100  # rounds: the first, which tells the ends of the old copies, and the last of the others

Look = Callable[[PropagationSession], PropagationRound]
Clock = Callable[[], datetime]


def clock(given: datetime | None) -> Clock:
    """The time of day; with a time given, from there on."""
    if given is None:
        return lambda: datetime.now(UTC)
    began, since = given, time.monotonic()
    return lambda: datetime.fromtimestamp(began.timestamp() + time.monotonic() - since, UTC)


def looking(options: NetworkOptions, seconds: float, now: Clock, fault: FaultHook) -> Look:
    """How one look is taken."""
    return lambda session: asyncio.run(look(session, options, seconds, now, fault))


def looked(session: PropagationSession, one: PropagationRound) -> PropagationSession:
    """The session with one round more; of many, some between the first and the last are let go."""
    rounds = (*session.rounds, one)
    return replace(session, rounds=rounds if len(rounds) <= KEPT else (rounds[0], *rounds[-KEPT + 1 :]))


def watched(
    session: PropagationSession,
    take: Look,
    *,
    every: float,
    patience: float | None,
    sleep: Callable[[float], None] = time.sleep,
    passed: Callable[[], float] = time.monotonic,
) -> tuple[PropagationSession, bool]:
    """Look again and again, until time changes nothing any more or patience is over; and whether the user ended it.

    What moves is told on standard error, a line for each change.
    """
    began, before = passed(), ""
    try:
        while True:
            found = judged(session)
            line = standing(found)
            if line != before:
                click.echo(f"{session.rounds[-1].at:%H:%M:%S} UTC  {line}", err=True)
                before = line
            if not found.waits or (patience is not None and passed() - began + every > patience):
                return session, False
            with waiting(f"Looking again in {every:g} s; Ctrl-C ends it."):
                sleep(every)
                session = looked(session, take(session))
    except KeyboardInterrupt:
        return session, True


def standing(found: Propagation) -> str:
    """Where it stands, in a line."""
    servers = sum(s.state is ServerState.CURRENT for s in found.servers)
    copies = sum(c.state is CopyState.CURRENT for c in found.copies)
    words = [
        f"{servers} of {plural(len(found.servers), 'server')}, {copies} of {plural(len(found.copies), 'resolver')}",
    ]
    if found.safe_after is not None and found.waits:
        words.append(f"safe after {told(found.safe_after)}")
    others = (f"{visible(c.resolver or c.address, 40)}: {c.state.replace('_', ' ')}" for c in found.copies)
    late = [words for c, words in zip(found.copies, others, strict=True) if c.state is not CopyState.CURRENT]
    return "; ".join([*words, *late])
