"""One question to some servers: attempts, retries and fallbacks, until one says something or the time is over.

A server that is silent is asked again with growing patience, at the end without EDNS (RFC 6891 section 6.2.2); one that
answers FORMERR is asked again without EDNS at once; TC leads to TCP (RFC 7766). A failing server is left for the next;
after a SERVFAIL, which may pass, the question is put once more. Of many failures the most telling one is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from audit.model.probe import SPEAKING, DnsStatus, Question
from audit.network.dns import reading, wire
from audit.network.dns.tcp import Connections
from audit.network.dns.udp import Attempt, Sockets
from audit.network.dns.wheel import Alarm, Wheel
from audit.network.options import Endpoint

NONE: frozenset[Endpoint] = frozenset()
OPEN_AT_ONCE = 3  # attempts of one question; with more, a few hundred silent questions would use up all sockets
PASSING = frozenset({DnsStatus.SERVFAIL, DnsStatus.BOGUS, DnsStatus.MALFORMED})  # worth a second question
REPLIES_IN_VAIN = 2
FINAL = SPEAKING | {DnsStatus.CNAME_CHAIN}
_TELLING = (
    DnsStatus.BOGUS,
    DnsStatus.SERVFAIL,
    DnsStatus.TRUNCATED,
    DnsStatus.REFUSED,
    DnsStatus.NOTIMP,
    DnsStatus.FORMERR,
    DnsStatus.OTHER_RCODE,
    DnsStatus.LAME,
    DnsStatus.MALFORMED,
    DnsStatus.TIMEOUT,
    DnsStatus.UNREACHABLE,
)


@dataclass(slots=True, kw_only=True)
class Heard:
    """What was said in the end, by whom and how."""

    reading: reading.Reading
    server: Endpoint | None = None
    transport: str = "udp"
    edns: bool = True


def without_reply(status: DnsStatus, server: Endpoint | None = None) -> Heard:
    return Heard(reading=reading.Reading(status=status), server=server)


@dataclass(frozen=True, slots=True)
class Means:
    """What exchanges share. `sent` is told of each datagram and connection."""

    sockets: Sockets
    connections: Connections
    wheel: Wheel
    sent: Callable[[str], None]


class Exchange:
    """A question under way.

    `deadline` is a moment of the loop's time, `patience` the seconds that the first attempt waits. With `once` each
    server gets one datagram at most, and only the first that can be reached is asked. `done` gets what was heard, or
    `failed` a fault of our own: one of them, once, perhaps before `begin` returns.
    """

    __slots__ = (
        "_alarm",
        "_asked",
        "_attempts",
        "_by_tcp",
        "_deadline",
        "_done",
        "_ended",
        "_failed",
        "_failures",
        "_in_vain",
        "_loop",
        "_means",
        "_once",
        "_patience",
        "_plan",
        "_pooled",
        "_question",
        "_server",
        "_servers",
        "_spent",
        "_unread",
        "_until",
        "_without_edns",
    )

    def __init__(
        self,
        asked: wire.Asking,
        question: Question,
        servers: tuple[Endpoint, ...],
        *,
        deadline: float,
        patience: float,
        once: bool,
        means: Means,
        done: Callable[[Heard], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._asked, self._question, self._servers = asked, question, servers
        self._deadline, self._patience, self._once = deadline, patience, once
        self._means, self._done, self._failed = means, done, failed
        self._loop = asyncio.get_running_loop()
        self._attempts: list[Attempt] = []
        self._unread: tuple[tuple[Attempt, bytes | None], ...] = ()  # what came while a connection is under way
        self._spent: frozenset[Endpoint] = NONE
        self._without_edns: frozenset[Endpoint] = NONE
        self._failures: tuple[Heard, ...] = ()
        self._in_vain = 0
        self._by_tcp = self._ended = False
        self._alarm: Alarm | None = None
        self._until = 0.0
        self._server: Endpoint | None = None  # that of the last attempt
        self._pooled = question.server is None
        self._plan = self._planned_by_tcp() if question.transport == "tcp" else self._planned()

    def begin(self) -> None:
        self._go_on(self._connect_next if self._question.transport == "tcp" else self._send_next)

    # ---- each step gives what was heard in the end, or None: then it goes on from the loop ----

    def _go_on(self, step: Callable[..., Heard | None], *said: Any) -> None:
        if self._ended:
            return
        try:
            end = step(*said)
        except Exception as fault:  # noqa: BLE001 -- a fault of ours must not leave the question without an end
            self.drop()
            self._failed(fault)
            return
        if end is not None:
            self.drop()
            self._done(end)

    def _send_next(self) -> Heard | None:
        """Attempts in turn, up to the first that is sent and not yet answered."""
        for server, edns, patience in self._plan:
            if server in self._spent:
                continue
            if self._send(server, edns=edns and server not in self._without_edns):
                self._server = server
                self._until = min(self._deadline, self._loop.time() + patience)
                return self._listen()
            if self._is_over():
                break
        return self._most_telling()

    def _planned(self) -> Iterator[tuple[Endpoint, bool, float]]:
        """Servers in turn; patience doubles with each round, and the last rounds go without EDNS."""
        turns = len(self._servers)
        with_edns = max(2, turns)
        attempt = 0
        while turns:
            yield self._servers[attempt % turns], attempt < with_edns, self._patience * 2 ** (attempt // turns)
            attempt += 1

    def _send(self, server: Endpoint, *, edns: bool) -> bool:
        self._means.sent(f"dns udp {server[0]} {server[1]}")
        while len(self._attempts) >= OPEN_AT_ONCE:
            self._attempts.pop(0).withdraw()
        attempt = Attempt(server, self._asked, self._question, self._arrived, edns=edns)
        try:
            self._means.sockets.send(attempt, pooled=self._pooled)
        except OSError:
            self._give_up_on(without_reply(DnsStatus.UNREACHABLE, server))
            return False
        self._attempts.append(attempt)
        return True

    def _arrived(self, attempt: Attempt, packet: bytes | None) -> None:
        if self._by_tcp:
            self._unread += ((attempt, packet),)
        else:
            self._go_on(self._take, attempt, packet)

    def _listen(self) -> Heard | None:
        """Read what has come already, then wait."""
        while self._unread and not self._by_tcp:
            first, *rest = self._unread
            self._unread = tuple(rest)
            end = self._take(*first)
            if end is not None or self._alarm is not None:
                return end
        if not self._by_tcp:
            self._wait()
        return None

    def _wait(self) -> None:
        self._alarm = self._means.wheel.at(self._until, self._rang)

    def _rang(self) -> None:
        self._alarm = None
        self._go_on(self._missed)

    def _take(self, attempt: Attempt, packet: bytes | None) -> Heard | None:
        """Look at what came for an attempt."""
        if packet is None:
            return self._judge(without_reply(DnsStatus.UNREACHABLE, attempt.server), edns=attempt.edns)
        if wire.is_truncated(packet):
            self._silence_alarm()
            self._connect(attempt.server, edns=attempt.edns, failing=DnsStatus.TRUNCATED)
            return None
        return self._judge(self._read(packet, attempt.server, "udp", edns=attempt.edns), edns=attempt.edns)

    def _judge(self, heard: Heard, *, edns: bool) -> Heard | None:
        status = heard.reading.status
        if status in FINAL or heard.reading.onward is not None:
            return heard
        if status is DnsStatus.FORMERR and edns and heard.server is not None:
            self._without_edns |= {heard.server}
            if self._send(heard.server, edns=False):
                return None
        else:
            self._fail(heard)
        return self._missed()

    def _missed(self) -> Heard | None:
        """The attempt came to nothing."""
        self._silence_alarm()
        if self._once and not self._failures:
            self._failures = (without_reply(DnsStatus.TIMEOUT, self._server),)
        return self._most_telling() if self._is_over() else self._send_next()

    def _silence_alarm(self) -> None:
        if self._alarm is not None:
            self._means.wheel.stop(self._alarm)
            self._alarm = None

    # ---- by TCP -----------------------------------------------------------------------------------------------------

    def _connect(self, server: Endpoint, *, edns: bool, failing: DnsStatus | None) -> None:
        """Ask by TCP. `failing` is the status when there is no answer; null: what happened to the connection."""
        now = self._loop.time()
        left = len(set(self._servers) - self._spent - {server})
        until = now + (self._deadline - now) / (1 + left)  # leave the others their share
        self._means.sent(f"dns tcp {server[0]} {server[1]}")
        self._by_tcp = True

        def heard(came: bytes | BaseException) -> None:
            self._by_tcp = False
            self._go_on(partial(self._take_by_tcp, came, server, edns=edns, failing=failing))

        self._means.connections.ask(server, self._asked, self._question, heard, edns=edns, until=until)

    def _take_by_tcp(
        self, came: bytes | BaseException, server: Endpoint, *, edns: bool, failing: DnsStatus | None
    ) -> Heard | None:
        if isinstance(came, TimeoutError):
            heard = without_reply(failing or DnsStatus.TIMEOUT, server)
        elif isinstance(came, OSError):
            heard = without_reply(failing or DnsStatus.UNREACHABLE, server)
        elif isinstance(came, BaseException):
            raise came
        elif wire.is_truncated(came):
            heard = without_reply(DnsStatus.TRUNCATED, server)
        else:
            heard = self._read(came, server, "tcp", edns=edns)
        if failing is None:
            return self._judge_alone(heard, edns=edns)
        end = self._judge(heard, edns=edns)
        return end if end is not None or self._alarm is not None or self._by_tcp else self._listen()

    def _connect_next(self) -> Heard | None:
        """For a question that goes by TCP alone."""
        for server, edns, _ in self._plan:
            if server not in self._spent and (edns or server in self._without_edns):
                self._connect(server, edns=edns, failing=None)
                return None
        return self._most_telling()

    def _planned_by_tcp(self) -> Iterator[tuple[Endpoint, bool, float]]:
        for server in self._servers:
            yield server, True, 0.0
            yield server, False, 0.0

    def _judge_alone(self, heard: Heard, *, edns: bool) -> Heard | None:
        status = heard.reading.status
        if status in FINAL or heard.reading.onward is not None:
            return heard
        if status is DnsStatus.FORMERR and edns and heard.server is not None:
            self._without_edns |= {heard.server}
            return self._connect_next()
        self._give_up_on(heard)
        return self._most_telling() if self._once else self._connect_next()

    # ---- what it comes to -------------------------------------------------------------------------------------------

    def _read(self, packet: bytes, server: Endpoint, transport: str, *, edns: bool) -> Heard:
        said = reading.read(packet, self._asked, proof=self._question.dnssec)
        said.size = len(packet)
        return Heard(reading=said, server=server, transport=transport, edns=edns)

    def _fail(self, heard: Heard) -> None:
        if heard.reading.status in PASSING:
            self._failures += (heard,)
            self._in_vain += 1
        else:
            self._give_up_on(heard)

    def _give_up_on(self, heard: Heard) -> None:
        self._failures += (heard,)
        if heard.server is not None:
            self._spent |= {heard.server}

    def _is_over(self) -> bool:
        reached = any(f.reading.status is not DnsStatus.UNREACHABLE for f in self._failures)
        return (
            self._loop.time() >= self._deadline
            or self._spent >= set(self._servers)
            or self._in_vain >= REPLIES_IN_VAIN
            or (self._once and reached)
        )

    def _most_telling(self) -> Heard:
        """A reply before silence, silence before a refusal by the host: some server may still have been coming."""
        heard = [*self._failures]
        if self._spent < set(self._servers) or not heard:
            heard.append(without_reply(DnsStatus.TIMEOUT))
        return min(heard, key=lambda h: _TELLING.index(h.reading.status))

    def drop(self) -> None:
        """End without a word."""
        self._ended = True
        self._silence_alarm()
        for attempt in self._attempts:
            attempt.withdraw()
        self._attempts.clear()
        self._unread = ()
