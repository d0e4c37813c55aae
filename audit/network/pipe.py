"""A connection as octets, with one limit on all that it may bring and a total deadline for each wait.

Time-outs for each read would never end a server that sends an octet now and then, and asyncio's streams hide what came
before TLS began; so the protocol is our own.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

SESSION_OCTETS = 256 * 1024


class Flooded(Exception):
    """More came than a session may bring. Within this package only."""


class Channel(Protocol):
    """What SMTP is spoken over: the plain connection, or TLS on it."""

    def send(self, data: bytes) -> None:
        raise NotImplementedError

    async def receive(self, until: float) -> bytes:
        raise NotImplementedError


class Pipe(asyncio.Protocol):
    def __init__(self, limit: int = SESSION_OCTETS) -> None:
        self._left = limit
        self._buffer = bytearray()
        self._ended = False
        self.has_heard = False  # whether anything has come at all
        self._failure: Exception | None = None
        self._wake = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the server can still be spoken to, as far as we know."""
        return self._transport is not None and not self._ended and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # what a connection's protocol is given

    def data_received(self, data: bytes) -> None:
        self.has_heard = True
        self._left -= len(data)
        if self._left < 0:
            self._failure = Flooded()
            self.close()
        else:
            self._buffer += data
        self._wake.set()

    def eof_received(self) -> None:
        self._ended = True
        self._wake.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = self._failure or exc
        self._wake.set()

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def receive(self, until: float) -> bytes:
        """The next octets, at least one; none at the end of the stream.

        Raises:
            TimeoutError: nothing came until then (the loop's time).
            OSError: the connection broke.
            Flooded: more came than the limit.
        """
        async with asyncio.timeout_at(until):
            while not self._buffer and not self._ended and self._failure is None:
                self._wake.clear()
                await self._wake.wait()
        if isinstance(self._failure, Flooded):
            raise self._failure
        if not self._buffer and self._failure is not None:
            raise self._failure
        return self.take()

    def take(self) -> bytes:
        """What has come and was not yet received."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def close(self) -> None:
        """Close, without waiting for what a server does not read."""
        if self._transport is not None:
            self._transport.abort()
