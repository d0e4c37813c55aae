"""Politeness: how often, and how many at once, we come to one place.

A scanner that hurries gets itself listed and measures its own bans. So one address sees one connection at a time and a
pause between two, of no even length; its neighbours in the network wait until it is left; an operator has few sessions
at a time, and one who turns us away twice is left alone for the rest of the run. All connections together begin at an
even pace. A blocklist's zone is asked at its own, and a name server that many domains share gets a few questions at a
time. Operators are told apart by the catalogue of providers, or else by the registrable domain of their hosts.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from ipaddress import ip_address, ip_network

from audit.catalog.operators import operator_of
from audit.model.hello import TlsFlight
from audit.model.probe import Reply, SmtpSession, StageName
from audit.network.gate import Gate, Rooms
from audit.network.options import NetworkOptions

TURNED_AWAY_ENOUGH = 2
JITTER = 0.25  # of a pause: that much longer at most, so that visits to many addresses don't fall into step
NETWORK = {4: 24, 6: 48}  # the prefix that neighbours share
QUEUES_TOLD = 3
POLICY = "5.7.1"  # RFC 3463: delivery not authorized, message refused


class Pace:
    def __init__(self, options: NetworkOptions) -> None:
        self._gap = options.limits.gap_between_visits
        self._sessions = asyncio.Semaphore(options.smtp_concurrency)
        self._between_visits = 1 / options.smtp_rate
        self._next_visit = 0.0
        self._operators = Rooms(options.operator_concurrency)
        self._networks = Rooms(options.network_concurrency)
        self._addresses = Rooms(1)
        self._left_at: dict[str, float] = {}  # in the order of time, as long as it makes somebody wait
        self._turned_away: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._zones = frozenset(zone.lower().strip(".") for zone in options.paced_zones)
        self._between_questions = 1 / options.list_qps if options.list_qps > 0 else 0.0
        self._next_question: dict[str, float] = {}
        self._per_server = options.server_concurrency
        self._servers: dict[str, Gate] = {}

    @asynccontextmanager
    async def visit(self, host: str, address: str) -> AsyncIterator[bool]:
        """Wait for the turn to visit an address; false when its operator is to be left alone."""
        operator = operator_of(host)
        if self._is_unwelcome(operator):
            yield False
            return
        with self.in_line(host) as line:
            async with self._addresses.enter(address):
                await self._let_time_pass(address)
                async with (
                    self._networks.enter(network_of(address)),
                    self._operators.enter(operator),
                    self._sessions,
                ):
                    if self._is_unwelcome(operator):
                        yield False
                        return
                    await self._take_turn()
                    line.close()
                    try:
                        yield True
                    finally:
                        self._note_leaving(address)

    @contextmanager
    def in_line(self, host: str) -> Iterator[ExitStack]:
        """While a visit waits for an operator, which is over at the end, or when what is given is closed."""
        operator = operator_of(host)
        self._waiting[operator] += 1
        with ExitStack() as line:
            line.callback(self._out_of_line, operator)
            yield line

    def _out_of_line(self, operator: str) -> None:
        self._waiting[operator] -= 1
        if not self._waiting[operator]:
            del self._waiting[operator]

    def queues(self) -> tuple[tuple[str, int], ...]:
        """The operators for whom most visits wait, and how many."""
        return tuple(self._waiting.most_common(QUEUES_TOLD))

    def note(self, host: str, session: SmtpSession | TlsFlight) -> None:
        """Remember how we were received."""
        if turned_away(session):
            self._turned_away[operator_of(host)] += 1

    def turn(self, name: str) -> float | None:
        """Take the next turn to ask below the zone of a blocklist: in how many seconds. Other names have none."""
        zone = self._zone(name) if self._zones and self._between_questions else None
        if zone is None:
            return None
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_question.get(zone, now))
        self._next_question[zone] = turn + self._between_questions
        return turn - now

    def enter(self, address: str, go: Callable[[], None]) -> None:
        """Go when it is our turn to ask a name server itself; `leave` when it has answered."""
        self._servers.setdefault(address, Gate(self._per_server)).enter(go)

    def leave(self, address: str) -> None:
        gate = self._servers[address]
        gate.leave()
        if gate.is_empty:
            self._servers.pop(address, None)

    def _zone(self, name: str) -> str | None:
        labels = name.lower().split(".")
        parents = (".".join(labels[at:]) for at in range(len(labels)))
        return next((parent for parent in parents if parent in self._zones), None)

    def _is_unwelcome(self, operator: str) -> bool:
        return self._turned_away[operator] >= TURNED_AWAY_ENOUGH

    def _note_leaving(self, address: str) -> None:
        now = asyncio.get_running_loop().time()
        self._left_at.pop(address, None)
        self._left_at[address] = now
        while self._left_at[first := next(iter(self._left_at))] + self._gap * (1 + JITTER) < now:
            del self._left_at[first]

    async def _let_time_pass(self, address: str) -> None:
        left_at = self._left_at.get(address)
        if left_at is not None:
            gap = self._gap * random.uniform(1, 1 + JITTER)  # noqa: S311 - nothing is to be kept secret
            await asyncio.sleep(max(0.0, left_at + gap - asyncio.get_running_loop().time()))

    async def _take_turn(self) -> None:
        """Wait until the next connection may begin, whoever it is for."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_visit)
        self._next_visit = turn + self._between_visits
        if turn > now:
            await asyncio.sleep(turn - now)


def network_of(address: str) -> str:
    """The neighbourhood of an address: its /24, or its /48 of IPv6."""
    return str(ip_network((address, NETWORK[ip_address(address).version]), strict=False))


def turned_away(session: SmtpSession | TlsFlight) -> bool:
    """Whether the operator wants nothing of us: a 421 at any time, a 554 as the greeting, or a policy against us."""
    greeting = session.at(StageName.BANNER)
    if greeting is not None and greeting.reply is not None and greeting.reply.code == 554:
        return True
    return any(stage.reply is not None and _says_go(stage.reply) for stage in session.stages)


def _says_go(reply: Reply) -> bool:
    refused = reply.code // 100 == 5 and any(line.split(" ", 1)[0] == POLICY for line in reply.lines)
    return refused or reply.code == 421
