"""Resolvers that pass on what another says, with a change: what lies between a stub and the truth."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeAlias

import dns.asyncquery
import dns.flags
import dns.message
import dns.rdatatype

SECONDS = 5.0
PROOFS = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}

Change: TypeAlias = Callable[[dns.message.Message], None]


def claim(reply: dns.message.Message) -> None:
    """Say of everything that it was validated."""
    reply.flags |= dns.flags.AD


def disclaim(reply: dns.message.Message) -> None:
    """Say of nothing that it was validated."""
    reply.flags &= ~dns.flags.AD


def strip(reply: dns.message.Message) -> None:
    """Leave signatures and proofs out, as old forwarders do."""
    disclaim(reply)
    reply.answer[:] = [rrset for rrset in reply.answer if rrset.rdtype not in PROOFS]
    reply.authority[:] = [rrset for rrset in reply.authority if rrset.rdtype not in PROOFS]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], Any]) -> None:
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        task = asyncio.get_running_loop().create_task(self._reply(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._transport.sendto(await self._answer(data), addr)


async def _answered(upstream: str, change: Change, room: int, wire: bytes) -> bytes:
    """What the resolver behind says, changed; over UDP what is too long is only a header with TC set."""
    query = dns.message.from_wire(wire)
    reply = await dns.asyncquery.tcp(query, upstream, timeout=SECONDS)
    change(reply)
    whole = reply.to_wire(max_size=65535)
    if len(whole) <= room:
        return whole
    cut = dns.message.make_response(query, recursion_available=True)
    cut.flags |= dns.flags.TC
    return cut.to_wire()


@asynccontextmanager
async def forwarding(address: str, upstream: str, change: Change) -> AsyncIterator[tuple[str, int]]:
    """A forwarder at a port of an address, in this loop."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        reply = await _answered(upstream, change, 65535, await reader.readexactly(size))
        writer.write(struct.pack("!H", len(reply)) + reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(converse, address, 0)
    port: int = server.sockets[0].getsockname()[1]
    answer = partial(_answered, upstream, change, 1232)
    made = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(answer), local_addr=(address, port)
    )
    try:
        yield address, port
    finally:
        made[0].close()
        server.close()
        await server.wait_closed()
