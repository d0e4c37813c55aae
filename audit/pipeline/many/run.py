"""The whole of a run in pieces: deal them out, see that each is done, and put together what they found."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from audit.gather.domain import Target
from audit.model.evidence import Digests, Row, RunEvidence, Visited
from audit.pipeline.config import RunConfig
from audit.pipeline.gathering import Ended, Watcher
from audit.pipeline.many.assembly import put_together
from audit.pipeline.many.counting import Counting
from audit.pipeline.many.elsewhere import server_of
from audit.pipeline.many.executor import Executor
from audit.pipeline.many.fair import in_turns, shared_out
from audit.pipeline.many.piece import STOP, Piece, gather_piece
from audit.pipeline.many.shards import Server, parted
from audit.pipeline.many.storage import Storage
from audit.pipeline.store import read_evidence

PIECES, RUN, REST = "pieces", "run", "rest"
DOMAINS_A_PIECE = 400
MOST_PARTS = 16  # of mail servers, which share what all connections together may do in a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """How a run is done in pieces. `even`: there are as many pieces as hands, and not many small ones: processes of one
    machine don't come and go, and what domains share is asked once in a piece."""

    executor: Executor
    storage: Storage
    even: bool

    def gather(
        self,
        rows: Sequence[Target | Row],
        config: RunConfig,
        directory: Path,
        *,
        list_name: str,
        digests: Digests,
        watch: Watcher,
    ) -> Ended:
        """Gather a list into a directory. What is there of its pieces is gone on with.

        Raises:
            ResumeError: they are of another run.
            WorkersDied: a piece cannot be done.
            OSError: a disk does not take the evidence.
        """
        self.storage.clear(STOP)
        bare = Piece(
            name=RUN,
            storage=self.storage,
            config=_without_keys(shared_out(config, self.executor.hands)),
            head=None,
            digests=digests,
            list_name=list_name,
            total=len(rows),
        )
        with _stopping(self.storage):
            gather_piece(bare)
            head, seen = self._head(len(rows))
            common = replace(bare, head=head, seen=seen)
            first, stopped = self._domains(common, rows, watch)
            later: tuple[str, ...] = ()
            if config.settings.smtp and not stopped:
                later, stopped = self._servers(replace(common, before=first), watch)
            put_together(directory, self.storage, head=head, seen=seen, first=first, later=later, interrupted=stopped)
        if not stopped:
            self.storage.clear()
        return Ended(len(rows), stopped)

    def _head(self, rows: int) -> tuple[RunEvidence, tuple[Visited, ...]]:
        """The record of the run, and the sessions that it names."""
        with self.storage.copy(RUN) as place:
            evidence = read_evidence(place)
            visits = evidence.head.visits
            sessions = tuple(
                Visited(visit=v, session=session) for v in visits if (session := evidence.sessions.get(v)) is not None
            )
            return replace(evidence.head, rows=rows), sessions

    def _domains(self, common: Piece, rows: Sequence[Target | Row], watch: Watcher) -> tuple[tuple[str, ...], bool]:
        """Have all rows gathered, without mail servers: the names of the pieces, and whether they were stopped."""
        size = max(-(-len(rows) // self.executor.hands) if self.even else DOMAINS_A_PIECE, 1)
        pieces = [
            replace(common, name=f"domains-{at:08}", rows=tuple(rows[at : at + size]))
            for at in range(0, len(rows), size)
        ]
        sizes = {piece.name: len(piece.rows) for piece in pieces}
        return tuple(sizes), self._done(pieces, sizes, watch)

    def _done(self, pieces: Sequence[Piece], sizes: Mapping[str, int], watch: Watcher) -> bool:
        """Have pieces done; whether any was stopped."""
        stopped = False
        with Counting(self.storage, sizes, watch) as counting:
            for end in self.executor.run(gather_piece, pieces):
                stopped |= end.interrupted
                counting.ended(end.name, interrupted=end.interrupted)
        return stopped

    def _servers(self, common: Piece, watch: Watcher) -> tuple[tuple[str, ...], bool]:
        """Have the mail servers visited that the domains name."""
        of_domain = dict(self._named(common.before))
        servers = frozenset(server for some in of_domain.values() for server in some)
        hands = min(self.executor.hands, MOST_PARTS)
        parts = [part for part in parted(servers, hands) if part]
        pieces = [
            replace(common, name=f"servers-{at:02}", servers=part, config=in_turns(common.config, len(parts)))
            for at, part in enumerate(parts)
        ]
        sizes = {
            piece.name: sum(not some.isdisjoint(part) for some in of_domain.values())
            for piece, part in zip(pieces, parts, strict=True)
        }
        stopped = self._done(pieces, sizes, watch)
        names = tuple(piece.name for piece in pieces)
        again = frozenset(d for d, some in of_domain.items() if sum(not some.isdisjoint(part) for part in parts) > 1)
        if stopped or not again:
            return names, stopped
        rest = replace(common, name=REST, servers=servers, later=names, again=again)
        return (*names, REST), gather_piece(rest).interrupted

    def _named(self, pieces: Sequence[str]) -> Iterator[tuple[str, frozenset[Server]]]:
        """The mail servers of each domain."""
        for name in pieces:
            with self.storage.copy(name) as place:
                for record in read_evidence(place).listed():
                    if record.visits:
                        yield record.domain, frozenset(map(server_of, record.visits))


def _without_keys(config: RunConfig) -> RunConfig:
    return replace(config, network=replace(config.network, keys={}))


@contextmanager
def _stopping(storage: Storage) -> Iterator[None]:
    """The first SIGINT, SIGTERM or SIGHUP ends all pieces, which keep what is done; the second ends this process."""
    before: dict[int, Any] = {}

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, before[number])
        storage.mark(STOP)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for caught, handler in before.items():
            signal.signal(caught, handler)
