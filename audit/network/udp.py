"""DNS over UDP: a socket for each datagram, on a random port, with a random id (RFC 5452).

Sockets of the last attempts stay open while a question lasts, so that an answer which comes late still counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from audit.model.probe import Question
from audit.network import wire
from audit.network.dial import datagram_socket
from audit.network.options import Endpoint

OPEN_AT_ONCE = 3  # sockets of one question; with more, a few hundred silent questions would use up the process's files
STRAYS_BORNE = 200  # datagrams on one socket that answer something else; then somebody floods it, and it is closed


@dataclass(frozen=True, slots=True)
class Datagram:
    """What came for an attempt: the packet, or None when the server's host said that nobody listens there."""

    server: Endpoint
    edns: bool
    packet: bytes | None


class _Attempt(asyncio.DatagramProtocol):
    def __init__(self, server: Endpoint, edns: bool, ident: int, asked: wire.Asking, heard: Queue) -> None:
        self._server, self._edns, self._ident, self._asked, self._heard = server, edns, ident, asked, heard
        self._strays = 0
        self._over = False
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002 - asyncio's signature
        if self._over:
            return
        if wire.matches(data, self._ident, self._asked):
            self._end(data)
        else:
            self._strays += 1
            if self._strays > STRAYS_BORNE:
                self._over = True
                self.close()

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - asyncio's signature
        if not self._over:
            self._end(None)

    def _end(self, packet: bytes | None) -> None:
        self._over = True
        self._heard.put_nowait(Datagram(self._server, self._edns, packet))
        self.close()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Queue(asyncio.Queue[Datagram]):
    """At most one entry for each attempt."""


class Attempts:
    """The datagrams of one question, as an asynchronous context; all its sockets are closed at the end."""

    def __init__(self, asked: wire.Asking, question: Question) -> None:
        self._asked, self._question = asked, question
        self._heard = Queue()
        self._open: list[_Attempt] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for attempt in self._open:
            attempt.close()

    async def send(self, server: Endpoint, *, edns: bool) -> None:
        """Put the question to a server.

        Raises:
            OSError: there is no route to it.
        """
        while len(self._open) >= OPEN_AT_ONCE:
            self._open.pop(0).close()
        ident = secrets.randbelow(65536)
        attempt = _Attempt(server, edns, ident, self._asked, self._heard)
        sock = datagram_socket(server)
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: attempt, sock=sock)
        except BaseException:
            sock.close()
            raise
        attempt.transport = transport
        self._open.append(attempt)
        transport.sendto(wire.query(self._asked, self._question, ident, edns=edns))

    async def heard(self, until: float) -> Datagram | None:
        """What comes next for any attempt; None when nothing comes until then (the loop's time)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                return await self._heard.get()
        return None
