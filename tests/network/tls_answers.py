"""A mail server that shakes hands in its first session, and answers offers of TLS made by hand as it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from audit.model.hello import Offer
from audit.syntax.tls.client_hello import client_hello
from tests.network.smtpfault import LOOPBACK, Fault, Line
from tests.network.submission import Submission
from tests.syntax.tls import flights

REFUSED = flights.alert(40)
RANDOM = slice(11, 43)  # of a ClientHello in its record
SESSION_LENGTH, SESSION = 43, slice(44, 76)


@dataclass
class Answering:
    """`answers` to offers; all others are refused. With a `first` server, that one holds the first session of all;
    `greets` is what the later ones are greeted with, unless somebody else is there `instead`."""

    answers: Mapping[Offer, bytes]
    first: Submission | None = None
    instead: Fault | None = None
    host: str = "smtp.good.test"
    implicit: bool = False
    silent: bool = False
    greets: bytes = b"220 smtp.good.test ESMTP\r\n"
    rset: bytes = b"250 2.0.0 ok\r\n"
    heard: list[str] = field(default_factory=list)  # in clear, of all sessions but the first
    offers: list[Offer] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    together: bool = False  # whether two sessions were open at the same time
    sessions: int = 0  # that there were; set to 0, the next is a first one again
    _open: int = 0

    async def __call__(self, line: Line) -> None:
        self.sessions += 1
        self.together = self.together or self._open > 0
        self._open += 1
        try:
            if self.first is not None and self.sessions == 1:
                await self.first(line)
            elif self.instead is not None:
                await self.instead(line)
            else:
                self.times.append(time.monotonic())
                await self._offered(line)
        finally:
            self._open -= 1

    async def _offered(self, line: Line) -> None:
        line.said = self.heard
        if not self.implicit and not await self._begins_tls(line):
            return
        offer = await self._offer(line)
        if offer is not None:
            self.offers.append(offer)
            if not self.silent:
                await line.send(self.answers.get(offer, REFUSED))
        while await line.reader.read(4096):
            pass

    async def _begins_tls(self, line: Line) -> bool:
        await line.send(self.greets)
        while command := await line.command():
            if command == "STARTTLS":
                await line.send(b"220 go ahead\r\n")
                return True
            if command.startswith("EHLO"):
                await line.send(b"250-smtp.good.test\r\n250 STARTTLS\r\n")
            else:
                await line.send(self.rset if command == "RSET" else b"221 bye\r\n")
        return False

    async def _offer(self, line: Line) -> Offer | None:
        """Which offer it is that comes: two are told apart by all that is not left to chance."""
        head = await line.reader.readexactly(5)
        octets = bytearray(head + await line.reader.readexactly(int.from_bytes(head[3:])))
        octets[RANDOM] = bytes(32)
        if octets[SESSION_LENGTH] == 32:
            octets[SESSION] = bytes(32)
        named = {client_hello(offer, name, bytes(64)): offer for offer in Offer for name in (None, self.host)}
        return named.get(bytes(octets))


@asynccontextmanager
async def listening(server: Answering) -> AsyncIterator[int]:
    """The server on a port of loopback."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server(Line(reader, writer, []))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, LOOPBACK, 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]
