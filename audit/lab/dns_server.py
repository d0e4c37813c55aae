"""DNS servers, each on one port of 127.0.0.1, over UDP and TCP (RFC 1035 section 4.2, RFC 6891, RFC 7766)."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import dns.exception
import dns.flags
import dns.message

from audit.lab.listeners import LOOPBACK, Listeners
from audit.lab.recursion import answer, response
from audit.lab.signing import SignedZones

PLAIN_SIZE = 512  # octets of a reply over UDP without EDNS
EDNS_SIZE = 1232  # octets that cross every path unfragmented
ATTEMPTS = 20  # a port that is free over UDP may be taken over TCP

Respond: TypeAlias = Callable[[dns.message.Message], dns.message.Message | None]


@dataclass(slots=True)
class DnsServer(asyncio.DatagramProtocol):
    """Replies as it is told to; what is not a DNS message gets no reply. Without `edns` what speaks of EDNS by UDP is
    lost on the way, as by a firewall that knows nothing of it."""

    respond: Respond
    edns: bool = True
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport  # asyncio's own class does not inherit from DatagramTransport before Python 3.12

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        reply = self.reply(data, by_udp=True)
        if reply is not None and self.transport is not None:
            self.transport.sendto(reply, addr)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One TCP connection: messages with their length before them, until the client leaves."""
        while True:
            (size,) = struct.unpack("!H", await reader.readexactly(2))
            reply = self.reply(await reader.readexactly(size), by_udp=False)
            if reply is not None:
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()

    def reply(self, wire: bytes, *, by_udp: bool) -> bytes | None:
        """The wire form of the reply; over UDP one that does not fit is only a header with TC set."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR or (by_udp and query.edns >= 0 and not self.edns):
            return None
        made = self.respond(query)
        if made is None:
            return None
        whole = made.to_wire(max_size=65535)
        room = min(max(PLAIN_SIZE, query.payload), EDNS_SIZE) if query.edns >= 0 else PLAIN_SIZE
        if not by_udp or len(whole) <= room:
            return whole
        cut = response(query, recursive=bool(made.flags & dns.flags.RA))
        cut.flags |= dns.flags.TC | made.flags & dns.flags.AA
        return cut.to_wire()


async def open_dns(signed: SignedZones, listeners: Listeners) -> tuple[str, int]:
    """A recursive resolver. Returns the address.

    Raises:
        OSError: no port was free over both transports.
    """
    return await open_server(partial(answer, signed), listeners)


async def open_server(
    respond: Respond, listeners: Listeners, *, by_tcp: bool = True, edns: bool = True
) -> tuple[str, int]:
    """Listen on one port over both transports; without `by_tcp` connections are refused, without `edns` datagrams that
    speak of it are lost. Returns the address.

    Raises:
        OSError: no port was free over both.
    """
    loop = asyncio.get_running_loop()
    for _ in range(ATTEMPTS):
        transport, server = await loop.create_datagram_endpoint(
            partial(DnsServer, respond, edns), local_addr=(LOOPBACK, 0)
        )
        port: int = transport.get_extra_info("sockname")[1]
        try:
            if by_tcp:
                await listeners.open(server.converse, port)
            else:
                listeners.closed.append(_taken(port))
        except OSError:
            transport.close()
            continue
        listeners.datagrams.append(transport)
        return LOOPBACK, port
    raise OSError(errno.EADDRINUSE, "no port is free over both UDP and TCP")


def _taken(port: int) -> socket.socket:
    """A port at which nobody listens, nor ever will."""
    sock = socket.socket()
    try:
        sock.bind((LOOPBACK, port))
    except OSError:
        sock.close()
        raise
    return sock
