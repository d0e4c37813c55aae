"""DNS over TCP (RFC 7766): each message is preceded by its length in two octets; one connection for one question."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable

from audit.model.probe import Question
from audit.network.dial import connect
from audit.network.dns import wire
from audit.network.options import Endpoint

CONNECTIONS_AT_ONCE = 100
LONGEST = 65535  # octets of a message

_LENGTH = struct.Struct("!H")


class WrongAnswer(ConnectionError):
    """The server answered another question."""


class Connections:
    """The connections under way, a task each: they are few, as they follow upon a truncated reply."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[bytes]] = set()
        self._room = asyncio.Semaphore(CONNECTIONS_AT_ONCE)

    def ask(
        self,
        server: Endpoint,
        asked: wire.Asking,
        question: Question,
        heard: Callable[[bytes | BaseException], None],
        *,
        edns: bool,
        until: float,
    ) -> None:
        """Ask by TCP. `heard` gets the packet, or the exception that `ask` raised; after `close`, nothing."""

        def end(task: asyncio.Task[bytes]) -> None:
            self._tasks.discard(task)
            if not task.cancelled():
                heard(task.exception() or task.result())

        asking = self._ask(server, asked, question, edns=edns, until=until)
        task = asyncio.get_running_loop().create_task(asking)
        self._tasks.add(task)
        task.add_done_callback(end)

    def close(self) -> None:
        """Give up all of them."""
        for task in self._tasks:
            task.cancel()

    async def closed(self) -> None:
        """Wait until all have ended after `close`."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(
        self, server: Endpoint, asked: wire.Asking, question: Question, *, edns: bool, until: float
    ) -> bytes:
        async with asyncio.timeout_at(until):
            await self._room.acquire()
        try:
            return await ask(server, asked, question, edns=edns, until=until)
        finally:
            self._room.release()


async def ask(server: Endpoint, asked: wire.Asking, question: Question, *, edns: bool, until: float) -> bytes:
    """The packet by which a server answers, whole.

    Raises:
        TimeoutError: it was not there at that moment of the loop's time, all steps together.
        OSError: refused, reset, closed before the end, or an answer to another question.
    """
    ident = secrets.randbelow(65536)
    packet = wire.query(asked, question, ident, edns=edns)
    async with asyncio.timeout_at(until):
        connection = await connect(server)
        try:
            await asyncio.get_running_loop().sock_sendall(connection, _LENGTH.pack(len(packet)) + packet)
            answer = await _message(connection)
        finally:
            connection.close()
    if not wire.matches(answer, ident, asked):
        raise WrongAnswer("answers another question")
    return answer


async def _message(connection: socket.socket) -> bytes:
    """The next message, as its length says: from the socket itself, since a stream for one message costs as much as
    all else that is done for it.

    Raises:
        OSError: reset, or closed before the end.
    """
    loop = asyncio.get_running_loop()
    came, wanted = bytearray(), _LENGTH.size
    while len(came) < wanted:
        more = await loop.sock_recv(connection, _LENGTH.size + LONGEST)
        if not more:
            raise ConnectionResetError("closed before the end of the answer")
        came += more
        if len(came) >= _LENGTH.size:
            wanted = _LENGTH.size + _LENGTH.unpack_from(came)[0]
    return bytes(came[_LENGTH.size : wanted])
