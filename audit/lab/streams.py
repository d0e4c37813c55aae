"""Streams of octets, plain and under TLS.

TLS runs in memory over the plain stream, so that a handshake that breaks ends the conversation and nothing else.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from audit.lab.pki import Credentials

CHUNK = 16384


class Plain:
    """A stream as it is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def receive(self) -> bytes:
        return await self.reader.read(CHUNK)

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()


class Tls:
    """The same stream under TLS, the server's side."""

    def __init__(self, below: Plain, context: SSL.Context) -> None:
        self.below = below
        self.engine = SSL.Connection(context, None)
        self.engine.set_accept_state()

    async def handshake(self) -> bool:
        """Whether it came about."""
        while True:
            try:
                self.engine.do_handshake()
            except SSL.WantReadError:
                if not await self._fed():
                    return False
            except SSL.Error:
                await self._flush()
                return False
            else:
                await self._flush()
                return True

    async def receive(self) -> bytes:
        while True:
            try:
                return self.engine.recv(CHUNK)
            except SSL.WantReadError:
                if not await self._fed():
                    return b""
            except SSL.Error:
                return b""

    async def send(self, octets: bytes) -> None:
        self.engine.sendall(octets)
        await self._flush()

    async def farewell(self) -> None:
        """Say close_notify."""
        with suppress(SSL.Error):
            self.engine.shutdown()
        await self._flush()

    async def _fed(self) -> bool:
        await self._flush()
        octets = await self.below.receive()
        if octets:
            self.engine.bio_write(octets)
        return bool(octets)

    async def _flush(self) -> None:
        with suppress(SSL.WantReadError):
            while True:
                await self.below.send(self.engine.bio_read(CHUNK))


def tls_context(credentials: Credentials) -> SSL.Context:
    """What a host brings to a handshake. One group is allowed, so that every OpenSSL agrees on the same."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    loading: Any = context  # the stubs that some install beside pyOpenSSL know only its own, deprecated, key types
    loading.use_privatekey(credentials.key)
    loading.use_certificate(credentials.chain[0])
    for above in credentials.chain[1:]:
        loading.add_extra_chain_cert(above)
    loading.set_tmp_ecdh(ec.SECP256R1())
    return context
