"""A part of a run that a command of its own gathers, such as a job of a build server that knows nothing of the others.

First the domains are parted, and no mail server is visited. When the evidence of all these parts is merged, everybody
knows which servers there are, and parts them in the same way: each part is visited by another command. What they found
is merged with what was known before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from audit.gather.domain import Target
from audit.model.evidence import Row
from audit.pipeline.config import RunConfig
from audit.pipeline.gathering import Around
from audit.pipeline.many.elsewhere import Remembered, server_of, visiting_only
from audit.pipeline.many.fair import in_turns, shared_out
from audit.pipeline.many.shards import Server, Shard, parted
from audit.pipeline.store import Evidence
from audit.protocol.drive import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`rows` are those of the part whose line of the list is not among the given ones; `count` is how many there are
    without these."""

    rows: Callable[[Collection[int]], Iterable[Target | Row]]
    count: int
    config: RunConfig
    around: Around


def of_list(rows: Collection[Target | Row], shard: Shard, config: RunConfig) -> Part:
    """The domains of a part; rows that are no domain belong to the first. Their mail servers are not visited."""

    def mine() -> Iterator[Target | Row]:
        return (row for row in rows if (shard.has(row.domain) if isinstance(row, Target) else shard.number == 1))

    count = sum(1 for _ in mine())
    return Part(rows=lambda _: mine(), count=count, config=shared_out(config, shard.of), around=_unvisited)


def of_servers(evidence: Evidence, shard: Shard, config: RunConfig) -> Part:
    """The mail servers of a part of all that evidence names, for the domains that name one of them."""

    def named() -> Iterator[frozenset[Server]]:
        return (frozenset(map(server_of, record.visits)) for record in evidence.listed())

    servers = parted((server for some in named() for server in some), shard.of)[shard.number - 1]
    remembered = Remembered(servers, (evidence,))
    return Part(
        rows=remembered.rows,
        count=sum(not servers.isdisjoint(some) for some in named()),
        config=in_turns(shared_out(config, shard.of), shard.of),
        around=remembered.world,
    )


def _unvisited(_: Target, network: World) -> World:
    return visiting_only((), network)
