"""The world, as the drivers of inquiries see it: each probe is answered exactly once, and nothing is ever raised.

What many domains share is asked once: one flight for all who wait for the same probe, and a memory of what was heard.
The memory has bounds. What fell out of it is asked again, unless a store (`known`) still has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from audit.model.evidence import Offered, Visited
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
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
from audit.network.dns.resolver import Resolver
from audit.network.frontends import Frontends, is_speaker
from audit.network.gate import Gate
from audit.network.guard import Guard
from audit.network.keys import Keys
from audit.network.memory import Memory
from audit.network.options import Endpoint, NetworkOptions, SmtpLimits
from audit.network.pace import Pace

if TYPE_CHECKING:
    from audit.network.https import Https

SMTP_PORT = 25
QUESTIONS_FEWER = 20  # in flight, after an answer that was late: it takes twenty that come soon to make up for it

Done = Callable[[Any], None]


def _ignore(*_: object) -> None:
    """Nobody listens."""


def _nothing(_: object) -> None:
    """Nothing is known."""


class Network:
    """The network as a world. It must be made, called and closed within one running event loop.

    `now` gives the time of day for `asked_at`. `trace` is told of each datagram, connection and command, `on_fault` of
    an exception of our own, whose probe is then answered as not gathered. Once `egress_blocked` is set, port 25 is no
    longer tried, but where `connect_to` says who stands in. `heard` is told what comes of each probe that is no
    question; `known` may give what it brought earlier in this run, or None.

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
        heard: Callable[[Probe[Any], Any], None] = _ignore,
    ) -> None:
        self.egress_blocked = False
        self.asked = 0
        self._options, self._now, self._trace, self._on_fault = options, now, trace, on_fault
        self._stored, self._tell = known, heard
        self._dialer = Dialer(Guard(options.allow_net), options.connect_to, only_mapped=options.only_mapped)
        self._resolver = Resolver(options, self._dialer, now, trace)
        self._pace = Pace(options)
        self._frontends = Frontends()
        self._https: Https | None = None
        self._keys = Keys(options.keys, options.paced_zones)
        self._most = options.questions_in_flight  # it is looked at for each answer
        few = min(self._most, options.dns_at_first)
        self._questions = Gate(few)
        # those that have a socket each, of which a process has a thousand or so
        self._direct = Gate(few) if options.pools else self._questions
        self._asking: set[Question] = set()
        self._answers, self._sessions = Memory(options.answers_kept), Memory(options.sessions_kept)
        self._waiting: dict[Probe[Any], list[Done]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = False

    def __call__(self, probe: Probe[Any], done: Done) -> None:
        """Answer a probe: at once when the answer is known, or there is nothing to wait for, else from the loop."""
        memory = self._answers if isinstance(probe, Question) else self._sessions
        kept = memory.get(probe)
        if kept is not None:
            done(kept)
            return
        waiting = self._waiting.get(probe)
        if waiting is not None:
            waiting.append(done)
        elif isinstance(probe, RouteCheck):
            route_found = self._route(probe)
            self._sessions.keep(probe, route_found)
            done(route_found)
        elif self._over:
            done(out_of_time(probe))
        elif isinstance(probe, Question):
            self._waiting[probe] = [done]
            self._queue(probe)
        elif (stored := self._stored(probe)) is not None:
            self._sessions.keep(probe, stored)
            done(stored)
        else:
            self._waiting[probe] = [done]
            self.asked += 1
            task = asyncio.get_running_loop().create_task(self._ask(probe))
            self._tasks.add(task)
            task.add_done_callback(partial(self._finish, probe))

    def recall(self, told: Visited | Offered) -> None:
        """Go by how we were received before this run was cut short, or think of what speaks for other names."""
        if isinstance(told, Offered):
            self._pace.note(told.hello.host, told.flight)
            return
        self._pace.note(told.visit.host, told.session)
        if is_speaker(told.visit, told.session):
            self._frontends.keep(told.visit, told.session)

    def queues(self) -> tuple[tuple[str, int], ...]:
        """The operators for whose servers most visits wait, and how many."""
        return self._pace.queues()

    def give_up(self) -> None:
        """Answer all that is outstanding, and all that will still be asked, at once as out of time."""
        self._over = True
        self._resolver.close()
        self._questions.close()
        self._direct.close()
        for task in self._tasks:
            task.cancel()
        while self._waiting:
            probe, waiting = self._waiting.popitem()
            self._answer(waiting, out_of_time(probe))

    async def close(self) -> None:
        """End what is under way, with QUIT where it may be said, and wait until every socket is closed."""
        self.give_up()
        await self._resolver.closed()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._https is not None:
            self._https.close()
        await asyncio.sleep(0)  # transports close in the loop's next turn

    def _conclude(self, probe: Probe[Any], outcome: Any) -> None:
        waiting = self._waiting.pop(probe, None)
        if waiting is not None:
            (self._answers if isinstance(probe, Question) else self._sessions).keep(probe, outcome)
            self._answer(waiting, outcome)

    @staticmethod
    def _answer(waiting: list[Done], outcome: object) -> None:
        for done in waiting:
            done(outcome)

    # ---- questions: without a task, since they are many -------------------------------------------------------------

    def _queue(self, question: Question) -> None:
        """A question waits for its turn below a blocklist's zone, at the server that it names, and for room."""
        self.asked += 1
        seconds = self._pace.turn(question.name)
        if seconds is None:
            self._enter(question)
        elif seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self._enter, question, True)
        else:
            self._enter(question, paced=True)

    def _enter(self, question: Question, paced: bool = False) -> None:
        """Ask as soon as there is room. Who kept a pace goes ahead: in a queue they would gather, and come at once."""
        if self._over:
            return
        put = partial(self._put, question)
        if question.server is None:
            self._questions.enter(put, ahead=paced)
        else:
            self._pace.enter(question.server, partial(self._direct.enter, put))

    def _put(self, question: Question) -> None:
        if self._over:
            return
        self._asking.add(question)
        try:
            asked = self._keys.put_in(question)
            self._resolver.ask(asked, partial(self._heard, question), partial(self._broke, question))
        except Exception as fault:  # noqa: BLE001 -- a fault of ours must not leave the question without an answer
            self._broke(question, fault)

    def _heard(self, question: Question, answer: Answer) -> None:
        try:
            shown = self._keys.take_out(answer)
        except Exception as fault:  # noqa: BLE001 -- as above
            self._broke(question, fault)
            return
        if question.server is None:
            self._pace_window(answer)
        self._leave(question)
        self._conclude(question, shown)

    def _pace_window(self, answer: Answer) -> None:
        """A resolver that answers soon gets more questions at a time, one that lets us wait gets fewer."""
        most, least = self._most, self._options.dns_at_first
        if most > least:
            soon = (answer.elapsed_ms or 0.0) < self._options.first_timeout * 1000
            self._questions.widen(1 if soon else -QUESTIONS_FEWER, most=most, least=least)

    def _broke(self, question: Question, fault: Exception) -> None:
        self._on_fault(fault)
        self._leave(question)
        self._conclude(question, not_gathered(question))

    def _leave(self, question: Question) -> None:
        if question not in self._asking:
            return
        self._asking.discard(question)
        if question.server is None:
            self._questions.leave()
        else:
            self._direct.leave()
            self._pace.leave(question.server)

    # ---- all else: a task each --------------------------------------------------------------------------------------

    def _finish(self, probe: Probe[Any], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            outcome = out_of_time(probe)
        elif (fault := task.exception()) is not None:
            self._on_fault(fault)
            outcome = not_gathered(probe)
        else:
            outcome = task.result()
        try:
            self._tell(probe, outcome)
        except Exception as fault:  # noqa: BLE001 -- a fault of ours must not leave the probe without an answer
            self._on_fault(fault)
        self._conclude(probe, outcome)

    async def _ask(self, probe: Probe[Any]) -> object:
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
        with self._pace.in_line(visit.host) as line:
            async with self._frontends.turn(visit) as standing:
                line.close()
                return standing or await self._held(visit, endpoint)

    async def _held(self, visit: SmtpVisit, endpoint: Endpoint) -> SmtpSession:
        """Hold a session when its turn has come; it may speak for other names from then on."""
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
        if self._https is None:
            from audit.network.https import Https  # noqa: PLC0415 -- a tenth of the start, and most fetch nothing

            self._https = Https(self._options)
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
