"""Gather a list: the run's own survey first, then the domains, a bounded number at a time.

No domain's fault stops another. A domain that is done is on disk. After Ctrl-C no new one is begun, and those in flight
have a few seconds; what is cut short becomes a row that says so. A run that is resumed begins with what it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any, Literal

from audit import __version__, contract
from audit.gather.domain import GatheringFailed, Target, gather_domain
from audit.gather.recorder import Recorder
from audit.gather.run import gather_run
from audit.model.evidence import Digests, Row, RunEvidence
from audit.model.fact import Fact, Known
from audit.model.probe import Probe
from audit.model.subject import Run
from audit.model.unasked import not_gathered
from audit.network.client import Network
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.journal import INTERRUPTED, Journal
from audit.pipeline.resuming import Resumed, nameservers
from audit.pipeline.shelf import NONE
from audit.protocol.drive import FaultHook, World, replay
from audit.protocol.survey import Plan, Survey, survey
from audit.protocol.vantage import RunMoment

WINDOW = 1000  # targets that change places with one another
GRACE = 5.0  # seconds for the domains in flight when the run is to end: whoever stops us often kills us after ten


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting`: the operators for whose servers most visits wait, and how many."""

    done: int
    total: int
    last: str
    waiting: tuple[tuple[str, int], ...] = ()


Watcher = Callable[[Progress], None]
Around = Callable[[Target, World], World]


def as_it_is(_: Target, network: World) -> World:
    """The world that a domain's survey asks, where it is the network and nothing else."""
    return network


@dataclass(frozen=True, slots=True)
class Ended:
    """How gathering ended."""

    rows: int
    interrupted: bool


async def gather_list(
    rows: Iterable[Target | Row],
    config: RunConfig,
    writer: Journal,
    *,
    total: int,
    list_name: str,
    digests: Digests,
    watch: Watcher,
    stop: asyncio.Event,
    fault: FaultHook,
    resumed: Resumed | None = None,
    around: Around = as_it_is,
) -> Ended:
    """Gather all rows of a list, `total` of them, into a writer. Set `stop` to end early: what is done stays, the rest
    is named. `around` gives the world that a domain's survey asks, made of the network.

    Raises:
        OSError: the disk does not take the evidence.
    """
    network = Network(config.network, now=config.clock, on_fault=fault, known=writer.known, heard=writer.keep)
    plan = Plan.of(config.settings)
    try:
        if resumed is not None:
            for shared in writer.known.telling():
                network.recall(shared)
        if resumed is not None and resumed.head is not None:
            run = _seen_before(resumed.head, config, plan, writer.known, fault)
        else:
            run = await _seen_now(
                network, config, plan, writer, total=total, list_name=list_name, digests=digests, stop=stop, fault=fault
            )
        given = constants.for_domains(config.settings, config.blocklists, config.profile, config.extra_ca, run)
        network.egress_blocked = constants.seen_from(run).port25 == Known(False)
        crew = _Crew(
            network=network,
            around=around,
            config=config,
            writer=writer,
            plan=plan,
            given=given,
            total=total,
            watch=watch,
            fault=fault,
        )
        ended = await crew.work(rows, stop, resumed.lines if resumed else NONE)
        writer.end("interrupted" if ended.interrupted else "complete")
        return ended
    finally:
        await network.close()


async def _seen_now(
    network: Network,
    config: RunConfig,
    plan: Plan,
    writer: Journal,
    *,
    total: int,
    list_name: str,
    digests: Digests,
    stop: asyncio.Event,
    fault: FaultHook,
) -> Fact[Survey]:
    """Survey the run itself, and open the evidence with what came of that."""
    begun = config.clock()
    giving_up = asyncio.create_task(_give_up_on(stop, network))
    try:
        recorder, run = await gather_run(
            world=network,
            constants=constants.for_run(config.settings, config.blocklists),
            plan=plan,
            observed_at=begun,
            seconds=config.run_seconds,
            fault=fault,
        )
    finally:
        giving_up.cancel()
    writer.write(_head(config, recorder, begun, rows=total, list_name=list_name, digests=digests), recorder.visits)
    return run


def _head(
    config: RunConfig, recorder: Recorder, begun: datetime, *, rows: int, list_name: str, digests: Digests
) -> RunEvidence:
    """What the evidence opens with."""
    return RunEvidence(
        tool=__version__,
        list_name=list_name,
        observed_at=begun,
        nameservers=nameservers(config),
        settings=config.settings,
        digests=digests,
        extra_ca=config.extra_ca,
        answers=recorder.answers,
        visits=tuple(v.visit for v in recorder.visits),
        routes=recorder.routes,
        rows=rows,
    )


def _seen_before(
    head: RunEvidence, config: RunConfig, plan: Plan, known: Callable[[Probe[Any]], Any | None], fault: FaultHook
) -> Fact[Survey]:
    """The survey of the run as it was when the run began: its record is asked instead of the network."""
    told: dict[Probe[Any], Any] = {a.question: a.answer for a in head.answers}
    told.update({r.check: r.route for r in head.routes})
    scope = {**constants.for_run(head.settings, config.blocklists), RunMoment: RunMoment(head.observed_at)}
    run, _ = replay(survey(Run(), scope, plan), lambda p: told.get(p) or known(p) or not_gathered(p), fault)
    return run


async def _give_up_on(stop: asyncio.Event, network: Network) -> None:
    await stop.wait()
    network.give_up()


class _Crew:
    """The domains in flight."""

    def __init__(
        self,
        *,
        network: Network,
        around: Around,
        config: RunConfig,
        writer: Journal,
        plan: Plan,
        given: Mapping[type, Any],
        total: int,
        watch: Watcher,
        fault: FaultHook,
    ) -> None:
        self._network, self._around, self._config, self._writer = network, around, config, writer
        self._plan, self._given, self._watch, self._fault = plan, given, watch, fault
        self._done, self._total = 0, total

    async def work(self, rows: Iterable[Target | Row], stop: asyncio.Event, done: Collection[int]) -> Ended:
        """Work on all rows but those whose line of the list is done."""
        self._done = len(done)
        waiting = scattered(self._targets(row for row in rows if row.input.line not in done))
        left: dict[asyncio.Task[None], Target] = {}
        stopped = asyncio.ensure_future(stop.wait())
        try:
            for target in waiting:
                await self._room(left, stopped)
                if stop.is_set():
                    waiting = chain((target,), waiting)
                    break
                left[asyncio.create_task(self._one(target))] = target
            while left and not stop.is_set():
                await self._finished(left, stopped)
            if left:
                await asyncio.wait(left, timeout=GRACE)
        finally:  # also when the disk fails: nobody is left to write behind our back
            stopped.cancel()
            for task in left:
                task.cancel()
            ended = await asyncio.gather(*left, return_exceptions=True)
        for end in ended:
            if isinstance(end, Exception):  # not a domain that was cut short, but a disk that failed meanwhile
                raise end
        cut = chain((t for t, e in zip(left.values(), ended, strict=True) if e is not None), waiting)
        return Ended(self._total, interrupted=self._cut_short(cut) > 0)

    def _targets(self, rows: Iterable[Target | Row]) -> Iterator[Target]:
        """The domains among rows; what is none is written down on the way."""
        for row in rows:
            if isinstance(row, Target):
                yield self._reminded(row)
            else:
                self._writer.write(row)
                self._done += 1

    def _reminded(self, target: Target) -> Target:
        """With what earlier runs saw of the domain."""
        history = self._config.history
        return replace(target, sightings=history.of(target.domain)) if history else target

    async def _room(self, left: dict[asyncio.Task[None], Target], stopped: asyncio.Future[Literal[True]]) -> None:
        while len(left) >= self._config.concurrency and not stopped.done():
            await self._finished(left, stopped)

    async def _finished(self, left: dict[asyncio.Task[None], Target], stopped: asyncio.Future[Literal[True]]) -> None:
        futures: set[asyncio.Future[Any]] = {*left, stopped}
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        for task in [t for t in left if t.done()]:
            del left[task]
            task.result()  # a disk that fails ends the run

    async def _one(self, target: Target) -> None:
        try:
            gathered = await gather_domain(
                target,
                world=self._around(target, self._network),
                constants=self._given,
                plan=self._plan,
                observed_at=self._config.clock(),
                seconds=self._config.domain_seconds,
                fault=self._fault,
            )
        except GatheringFailed as end:
            self._writer.write(_failed(target, str(end), "A fault of mxaudit's own ended the audit of this domain."))
        else:
            self._writer.write(gathered.evidence, gathered.shared)
        self._done += 1
        self._watch(Progress(self._done, self._total, target.domain, self._network.queues()))

    def _cut_short(self, targets: Iterable[Target]) -> int:
        """Name the domains that are not done; how many they are."""
        named = 0
        for target in targets:
            self._writer.write(_failed(target, INTERRUPTED, "The run was interrupted before this domain was done."))
            named += 1
        return named


def scattered(targets: Iterable[Target]) -> Iterator[Target]:
    """The targets in the order in which they are begun: lists are sorted by customer or by provider more often than
    not, and one operator would get them all at once. The order hangs on the names alone; the report has the list's."""
    coming = iter(targets)
    while window := list(islice(coming, WINDOW)):
        yield from sorted(window, key=lambda target: contract.sha256(target.domain.encode()))


def _failed(target: Target, reason: str, message: str) -> Row:
    return Row(
        input=target.input, status="failed", domain=target.domain, reason=reason, message=message, suggestion=None
    )
