"""The world, as the drivers of inquiries see it: each probe is answered exactly once, and nothing is ever raised.

What many domains share is asked once: one cache, and one flight for all who wait for the same probe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import (
    FetchOutcome,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Probe,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)
from audit.model.unasked import not_gathered, out_of_time
from audit.network import hello as hellos
from audit.network import route, smtp
from audit.network.dial import Dialer, Refusal
from audit.network.frontends import Frontends
from audit.network.guard import Guard
from audit.network.https import Https
from audit.network.keys import Keys
from audit.network.options import NetworkOptions, SmtpLimits
from audit.network.pace import Pace
from audit.network.resolver import Resolver

SMTP_PORT = 25

Done = Callable[[Any], None]


def _ignore(_: object) -> None:
    """Nobody listens."""


def _nothing(_: object) -> None:
    """Nothing is known."""


class Network:
    """The network as a world. It must be made, called and closed within one running event loop.

    `now` gives the time of day for `asked_at`. `trace` is told of each datagram, connection and command, `on_fault` of
    an exception of our own, whose probe is then answered as not gathered. Once `egress_blocked` is set, port 25 is no
    longer tried, but where `connect_to` says who stands in. `known` is asked first, for what came of a probe in an
    earlier part of the run; None where nobody asked.

    Raises:
        ValueError: a range, address or name in the options is none.
    """

    def __init__(
        self,
        options: NetworkOptions,
        now: Callable[[], datetime],
        *,
        trace: Callable[[str], None] = _ignore,
        on_fault: Callable[[BaseException], None] = _ignore,
        known: Callable[[Probe[Any]], Any | None] = _nothing,
    ) -> None:
        self._recall = known
        self.egress_blocked = False
        self.asked = 0
        self._options, self._now, self._trace, self._on_fault = options, now, trace, on_fault
        self._dialer = Dialer(Guard(options.allow_net), options.connect_to, only_mapped=options.only_mapped)
        self._resolver = Resolver(options, self._dialer, now, trace)
        self._pace = Pace(options)
        self._frontends = Frontends()
        self._https = Https(options)
        self._keys = Keys(options.keys, options.paced_zones)
        self._questions = asyncio.Semaphore(options.dns_concurrency)
        self._known: dict[Probe[Any], Any] = {}
        self._waiting: dict[Probe[Any], list[Done]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = False

    def __call__(self, probe: Probe[Any], done: Done) -> None:
        """Answer a probe: at once when the answer is known, else later, from the event loop."""
        if probe in self._known:
            done(self._known[probe])
        elif probe in self._waiting:
            self._waiting[probe].append(done)
        elif isinstance(probe, RouteCheck):
            self._known[probe] = self._route(probe)
            done(self._known[probe])
        elif (outcome := self._recall(probe)) is not None:
            self._known[probe] = outcome
            done(outcome)
        elif self._over:
            done(out_of_time(probe))
        else:
            self._waiting[probe] = [done]
            task = asyncio.get_running_loop().create_task(self._ask(probe))
            self._tasks.add(task)
            task.add_done_callback(partial(self._finish, probe))

    def give_up(self) -> None:
        """Answer all that is outstanding, and all that will still be asked, at once as out of time."""
        self._over = True
        for task in self._tasks:
            task.cancel()
        while self._waiting:
            probe, waiting = self._waiting.popitem()
            self._answer(waiting, out_of_time(probe))

    async def close(self) -> None:
        """End what is under way, with QUIT where it may be said, and wait until every socket is closed."""
        self.give_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._https.close()
        await asyncio.sleep(0)  # transports close in the loop's next turn

    def _finish(self, probe: Probe[Any], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            outcome = out_of_time(probe)
        elif (fault := task.exception()) is not None:
            self._on_fault(fault)
            outcome = not_gathered(probe)
        else:
            outcome = task.result()
        if probe in self._waiting:
            self._known[probe] = outcome
            self._answer(self._waiting.pop(probe), outcome)

    @staticmethod
    def _answer(waiting: list[Done], outcome: object) -> None:
        for done in waiting:
            done(outcome)

    async def _ask(self, probe: Probe[Any]) -> object:
        self.asked += 1
        if isinstance(probe, Question):
            await self._pace.question(probe.name)
            async with self._pace.server(probe.server), self._questions:
                return self._keys.take_out(await self._resolver.answer(self._keys.put_in(probe)))
        if isinstance(probe, SmtpVisit):
            return await self._visit(probe)
        if isinstance(probe, TlsHello):
            return await self._offer(probe)
        if isinstance(probe, HttpsGet):
            return await self._get(probe)
        raise TypeError(f"no client asks {type(probe).__name__}")

    async def _visit(self, visit: SmtpVisit) -> SmtpSession:
        asked_at = self._now()
        endpoint = self._dialer.resolve(visit.address, visit.port)
        if isinstance(endpoint, Refusal):
            return _untried(Outcome.GUARD_REFUSED, asked_at, endpoint.reason)
        if self._is_blocked(visit):
            return _untried(Outcome.EGRESS_BLOCKED, asked_at)
        async with self._frontends.turn(visit) as standing:
            if standing is not None:
                return standing
            async with self._pace.visit(visit.host, visit.address) as welcome:
                asked_at = self._now()
                if not welcome:
                    return _untried(Outcome.PAUSED, asked_at)
                if self._is_blocked(visit):  # learned while it waited for its turn
                    return _untried(Outcome.EGRESS_BLOCKED, asked_at)
                session = await smtp.hold(visit, endpoint, self._options.ehlo, self._limits(visit), self._trace)
                self._pace.note(visit.host, session)
            session = replace(session, asked_at=asked_at)
            self._frontends.keep(visit, session)
        return session

    async def _offer(self, hello: TlsHello) -> TlsFlight:
        """Make an offer of TLS, as one visit among the others."""
        endpoint = self._dialer.resolve(hello.address, hello.port)
        if isinstance(endpoint, Refusal):
            return _unmade(Outcome.GUARD_REFUSED, self._now(), endpoint.reason)
        async with self._pace.visit(hello.host, hello.address) as welcome:
            asked_at = self._now()
            if not welcome:
                return _unmade(Outcome.PAUSED, asked_at)
            if self._is_blocked(hello):
                return _unmade(Outcome.EGRESS_BLOCKED, asked_at)
            flight = await hellos.offer(hello, endpoint, self._options.ehlo, self._options.limits, self._trace)
            self._pace.note(hello.host, flight)
        return replace(flight, asked_at=asked_at)

    async def _get(self, get: HttpsGet) -> HttpsFetch:
        asked_at = self._now()
        endpoint = self._dialer.resolve(get.address, get.port)
        if isinstance(endpoint, Refusal):
            return HttpsFetch(outcome=FetchOutcome.GUARD_REFUSED, detail=endpoint.reason, asked_at=asked_at)
        self._trace(f"https {get.address} {get.port} get")
        return replace(await self._https.fetch(get, endpoint), asked_at=asked_at)

    def _is_blocked(self, visit: SmtpVisit | TlsHello) -> bool:
        return self.egress_blocked and visit.port == SMTP_PORT and not self._dialer.is_mapped(visit.address, visit.port)

    def _limits(self, visit: SmtpVisit) -> SmtpLimits:
        """Those of its session: only where senders hand mail over is a stapled response of use."""
        limits = self._options.limits
        return limits if visit.port == self._options.smtp_port else replace(limits, stapling=False)

    def _route(self, check: RouteCheck) -> Route:
        available = route.available(check.family, self._dialer, only_mapped=self._options.only_mapped)
        return Route(available=available, asked_at=self._now())


def _untried(outcome: Outcome, asked_at: datetime | None = None, detail: str | None = None) -> SmtpSession:
    return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=outcome, detail=detail),), asked_at=asked_at)


def _unmade(outcome: Outcome, asked_at: datetime, detail: str | None = None) -> TlsFlight:
    return TlsFlight(stages=_untried(outcome, detail=detail).stages, asked_at=asked_at)
