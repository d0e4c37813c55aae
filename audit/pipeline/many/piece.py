"""One run in pieces, for several processes or machines: the domains first, then the mail servers that they name.

A piece is gathered like a run, in a directory with a journal of its own, which opens with the record of the whole run;
a piece whose worker dies is gone on with by another. Domains are dealt out some at a time. Which mail servers they have
is known when all are done; those are parted so that no limit of politeness spans two pieces. Domains whose servers fell
into several pieces are looked at once more with all that was seen, for what only two servers together make worth
asking.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from audit.catalog.blocklists import key_variable
from audit.gather.domain import Target
from audit.model.evidence import Digests, Row, RunEvidence, Visited
from audit.network.keys import held_keys
from audit.pipeline.config import RunConfig
from audit.pipeline.ending import EVIDENCE, ending
from audit.pipeline.garbage import seldom_collected
from audit.pipeline.gathering import Ended, Progress, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.lock import held
from audit.pipeline.many.elsewhere import Remembered
from audit.pipeline.many.shards import Server
from audit.pipeline.many.storage import Storage
from audit.pipeline.resuming import Resumed, Wanted, resume
from audit.pipeline.shelf import NONE
from audit.pipeline.store import read_evidence

STOP = "stop"  # the file that ends all pieces
LOOKS_EVERY = 1.0  # seconds between two looks for it


class KeyMissing(Exception):
    """A worker cannot ask a list of the run; the text names the variable of its environment that holds no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one worker gathers: `rows` of the list, none of whose mail servers is visited; or, of the domains that stand
    in the pieces `before`, those that name one of `servers`, which are visited.

    `again`: of these domains all pieces are remembered, those of `later` too. `config` holds no keys of blocklists: a
    worker has them in its own environment. `seen` are the sessions that the run's record names.
    """

    name: str
    storage: Storage
    config: RunConfig
    head: RunEvidence | None  # none: this piece is to make it
    digests: Digests
    list_name: str
    total: int  # rows of the list
    seen: tuple[Visited, ...] = ()
    rows: tuple[Target | Row, ...] = ()
    servers: frozenset[Server] = frozenset()
    before: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    again: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How a piece ended."""

    name: str
    interrupted: bool


def gather_piece(piece: Piece) -> Done:
    """Gather a piece, or go on with it. Work that is done is not done again.

    Raises:
        ResumeError: what is there is of another run.
        Held: somebody else works on it.
        KeyMissing: a list of the run takes a key that is not in this worker's environment.
        OSError: the disk does not take the evidence.
    """
    with piece.storage.directory(piece.name) as directory, ExitStack() as open_:
        open_.enter_context(held(directory))
        end = ending(directory)
        if end is not None and end.outcome == "complete":
            return Done(piece.name, interrupted=False)
        config = _with_keys(piece.config)
        if piece.head is not None and not (directory / EVIDENCE).exists():
            with Journal(directory) as journal:
                journal.write(piece.head, piece.seen)
        wanted = Wanted(config=config, digests=piece.digests, rows=(), told=piece.head is not None)
        resumed = resume(directory, wanted)
        if resumed is not None:
            config = config.as_of(resumed.head)
        memory = _memory(piece, open_)
        with Journal(directory, resumed.standing if resumed else None) as journal, seldom_collected():
            ended = asyncio.run(_gathered(piece, config, journal, memory, resumed))
        return Done(piece.name, ended.interrupted)


def _with_keys(config: RunConfig) -> RunConfig:
    keys = held_keys()
    for entry in config.blocklists.entries:
        if entry.key is not None and entry.key not in keys:
            raise KeyMissing(f"{entry.id} takes a key: put it into {key_variable(entry.key)} where workers run.")
    return replace(config, network=replace(config.network, keys=keys))


async def _gathered(
    piece: Piece, config: RunConfig, journal: Journal, memory: Remembered, resumed: Resumed | None
) -> Ended:
    stop = asyncio.Event()
    await _look_for_the_end(piece.storage, stop)
    looking = asyncio.create_task(_keep_looking(piece.storage, stop))
    try:
        return await gather_list(
            memory.rows(resumed.lines if resumed else NONE) if piece.before else piece.rows,
            config,
            journal,
            total=piece.total,
            list_name=piece.list_name,
            digests=piece.digests,
            watch=_nobody,
            stop=stop,
            fault=_untold,
            resumed=resumed,
            around=memory.world,
        )
    finally:
        looking.cancel()


async def _look_for_the_end(storage: Storage, stop: asyncio.Event) -> None:
    with suppress(OSError):
        if await asyncio.to_thread(storage.is_marked, STOP):
            stop.set()


async def _keep_looking(storage: Storage, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(LOOKS_EVERY)
        await _look_for_the_end(storage, stop)


def _memory(piece: Piece, open_: ExitStack) -> Remembered:
    """What the pieces before tell of the domains of a piece; each is opened when it is come to."""
    first, later = (
        (read_evidence(open_.enter_context(piece.storage.copy(name))) for name in names)
        for names in (piece.before, piece.later)
    )
    return Remembered(piece.servers, first, later, piece.again)


def _nobody(_: Progress) -> None:
    """Whoever begun the pieces tells how far they are."""


def _untold(_: BaseException) -> None:
    """The evidence says `internal.*`."""
