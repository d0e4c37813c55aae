"""Sockets on loopback that all close together: nothing of the lab outlives it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
LINE_LIMIT = 8192  # octets that a client may send without an end of line

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Listeners:
    """The open sockets and the conversations on them."""

    servers: list[asyncio.Server] = field(default_factory=list)
    datagrams: list[asyncio.DatagramTransport] = field(default_factory=list)
    closed: list[socket.socket] = field(default_factory=list)  # ports that are kept, so that they refuse
    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    async def open(self, conversation: Conversation, port: int = 0) -> int:
        """Listen on a port of 127.0.0.1, an ephemeral one when it is 0. Returns the port.

        Raises:
            OSError: the port is taken.
        """

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(_hold(conversation, reader, writer))
            self.talking[task] = writer
            task.add_done_callback(self.talking.pop)

        server = await asyncio.start_server(accepted, LOOPBACK, port, limit=LINE_LIMIT)
        self.servers.append(server)
        listening: int = server.sockets[0].getsockname()[1]
        return listening

    async def close(self) -> None:
        """Close every socket and end every conversation, in whatever state it is."""
        for server in self.servers:
            server.close()
        for transport in self.datagrams:
            transport.close()
        for taken in self.closed:
            taken.close()
        await asyncio.sleep(0)  # whom the loop has let in already gets a task before it is ended
        while self.talking:
            left = dict(self.talking)
            for task, writer in left.items():
                writer.transport.abort()
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()
        await asyncio.sleep(0)  # transports close in the next turn of the loop


async def _hold(conversation: Conversation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One conversation. A client that breaks off, or sends nonsense, ends it and nothing else."""
    with suppress(OSError, asyncio.IncompleteReadError, ValueError):
        try:
            await conversation(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()
