"""One question to some servers: attempts, retries and fallbacks, until one says something or the time is over.

A server that is silent is asked again with growing patience, at the end without EDNS (RFC 6891 section 6.2.2); one that
answers FORMERR is asked again without EDNS at once; TC leads to TCP (RFC 7766). A failing server is left for the next;
after a SERVFAIL, which may pass, the question is put once more. Of many failures the most telling one is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from audit.model.probe import SPEAKING, DnsStatus, Question
from audit.network import tcp, wire
from audit.network.options import Endpoint
from audit.network.udp import Attempts, Datagram

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said in the end, by whom and how."""

    reading: wire.Reading
    server: Endpoint | None = None
    transport: str = "udp"
    edns: bool = True


def without_reply(status: DnsStatus, server: Endpoint | None = None) -> Heard:
    return Heard(reading=wire.Reading(status=status), server=server)


class Exchange:
    """`deadline` is a moment of the loop's time, `patience` the seconds that the first attempt waits. With `once` each
    server gets one datagram at most, and only the first that can be reached is asked."""

    def __init__(
        self,
        asked: wire.Asking,
        question: Question,
        servers: tuple[Endpoint, ...],
        *,
        deadline: float,
        patience: float,
        once: bool,
        sent: Callable[[str], None],
    ) -> None:
        self._asked, self._question, self._servers = asked, question, servers
        self._deadline, self._patience, self._once, self._sent = deadline, patience, once, sent
        self._spent: set[Endpoint] = set()
        self._without_edns: set[Endpoint] = set()
        self._in_vain = 0
        self._failures: list[Heard] = []

    async def run(self) -> Heard:
        """What was heard; never raises on anything that the world does."""
        if self._question.transport == "tcp":
            return await self._by_tcp_alone()
        async with Attempts(self._asked, self._question) as attempts:
            for server, edns, patience in self._plan():
                if server in self._spent:
                    continue
                if await self._send(attempts, server, edns=edns and server not in self._without_edns):
                    final = await self._listen(attempts, min(self._deadline, self._now() + patience))
                    if final is not None:
                        return final
                    if self._once and not self._failures:
                        self._failures.append(without_reply(DnsStatus.TIMEOUT, server))
                if self._is_over():
                    break
        return self._most_telling()

    def _plan(self) -> Iterator[tuple[Endpoint, bool, float]]:
        """Servers in turn; patience doubles with each round, and the last rounds go without EDNS."""
        turns = len(self._servers)
        attempt = 0
        while turns:
            yield self._servers[attempt % turns], attempt < max(2, turns), self._patience * 2 ** (attempt // turns)
            attempt += 1

    async def _send(self, attempts: Attempts, server: Endpoint, *, edns: bool) -> bool:
        self._sent(f"dns udp {server[0]} {server[1]}")
        try:
            await attempts.send(server, edns=edns)
        except OSError:
            self._give_up_on(without_reply(DnsStatus.UNREACHABLE, server))
            return False
        return True

    async def _listen(self, attempts: Attempts, until: float) -> Heard | None:
        """The end of the exchange, or None when it is time for the next attempt."""
        while (datagram := await attempts.heard(until)) is not None:
            heard = await self._heard(datagram)
            status = heard.reading.status
            if status in FINAL or heard.reading.onward is not None:
                return heard
            if status is DnsStatus.FORMERR and datagram.edns:
                self._without_edns.add(datagram.server)
                if await self._send(attempts, datagram.server, edns=False):
                    continue
                return None
            self._fail(heard)
            return None
        return None

    async def _heard(self, datagram: Datagram) -> Heard:
        if datagram.packet is None:
            return without_reply(DnsStatus.UNREACHABLE, datagram.server)
        if wire.is_truncated(datagram.packet):
            return await self._by_tcp(datagram.server, edns=datagram.edns, failing=DnsStatus.TRUNCATED)
        return self._read(datagram.packet, datagram.server, "udp", edns=datagram.edns)

    async def _by_tcp(self, server: Endpoint, *, edns: bool, failing: DnsStatus | None) -> Heard:
        """The answer by TCP. `failing` is the status when there is none; null: what happened to the connection."""
        left = len(set(self._servers) - self._spent - {server})
        until = self._now() + (self._deadline - self._now()) / (1 + left)  # leave the others their share
        self._sent(f"dns tcp {server[0]} {server[1]}")
        try:
            packet = await tcp.ask(server, self._asked, self._question, edns=edns, until=until)
        except TimeoutError:
            return without_reply(failing or DnsStatus.TIMEOUT, server)
        except OSError:
            return without_reply(failing or DnsStatus.UNREACHABLE, server)
        if wire.is_truncated(packet):
            return without_reply(DnsStatus.TRUNCATED, server)
        return self._read(packet, server, "tcp", edns=edns)

    async def _by_tcp_alone(self) -> Heard:
        for server in self._servers:
            for edns in (True, False):
                heard = await self._by_tcp(server, edns=edns, failing=None)
                if heard.reading.status in FINAL or heard.reading.onward is not None:
                    return heard
                if heard.reading.status is not DnsStatus.FORMERR:
                    break
            self._give_up_on(heard)
            if self._once:
                break
        return self._most_telling()

    def _read(self, packet: bytes, server: Endpoint, transport: str, *, edns: bool) -> Heard:
        reading = replace(wire.read(packet, self._asked, proof=self._question.dnssec), size=len(packet))
        return Heard(reading=reading, server=server, transport=transport, edns=edns)

    def _fail(self, heard: Heard) -> None:
        status = heard.reading.status
        if status in PASSING:
            self._failures.append(heard)
            self._in_vain += 1
        else:
            self._give_up_on(heard)

    def _give_up_on(self, heard: Heard) -> None:
        self._failures.append(heard)
        if heard.server is not None:
            self._spent.add(heard.server)

    def _is_over(self) -> bool:
        reached = any(f.reading.status is not DnsStatus.UNREACHABLE for f in self._failures)
        return (
            self._now() >= self._deadline
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

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
