"""A mail server that greets, offers STARTTLS and says goodbye, or fails in one chosen way (RFC 5321, RFC 3207).

It takes no mail. TLS runs in memory over the same stream, so that a handshake that breaks ends the conversation and
nothing else.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from audit.lab.pki import Credentials

CHUNK = 16384
LINE = 2048  # octets; a longer line ends the conversation
FATAL_HANDSHAKE_FAILURE = bytes.fromhex("15 03 03 00 02 02 28")  # RFC 8446 section 6


class Behaviour(StrEnum):
    """How a server behaves."""

    POLITE = "polite"
    NO_STARTTLS = "no_starttls"
    TLS_REFUSED = "tls_refused"  # 220 to STARTTLS, then a fatal alert to the ClientHello
    TLS_GARBAGE = "tls_garbage"  # 220 to STARTTLS, then plain text instead of TLS
    DEFERS = "defers"  # 450 at the greeting
    REJECTS = "rejects"  # 554 at the greeting


GREETINGS = {
    Behaviour.DEFERS: "450 4.3.2 {host} is busy, try again later",
    Behaviour.REJECTS: "554 5.7.1 {host} accepts no mail from your address",
}
REPLIES = {
    "HELO": "250 {host}",
    "NOOP": "250 2.0.0 OK",
    "RSET": "250 2.0.0 OK",
    "MAIL": "550 5.7.1 This host of the lab takes no mail",
}


class _Plain:
    """A stream as it is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def receive(self) -> bytes:
        return await self.reader.read(CHUNK)

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()


class _Tls:
    """The same stream under TLS, the server's side."""

    def __init__(self, below: _Plain, context: SSL.Context) -> None:
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


@dataclass(frozen=True, slots=True)
class MailServer:
    """One mail host. `context` is what it brings to a handshake."""

    host: str
    behaviour: Behaviour
    context: SSL.Context

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session, from the greeting to QUIT."""
        plain = _Plain(reader, writer)
        greeting = GREETINGS.get(self.behaviour)
        await _say(plain, (greeting or "220 {host} ESMTP ready").format(host=self.host))
        if greeting:
            await self._turn_away(plain)
        elif await self._commands(plain, offers_tls=self.behaviour is not Behaviour.NO_STARTTLS):
            await self._upgrade(plain)

    async def _turn_away(self, stream: _Plain) -> None:
        """After a refusal at the greeting every command but QUIT is out of order (RFC 5321 section 3.1)."""
        lines = _Lines(stream)
        while (line := await lines.next()) is not None:
            if _verb(line) == "QUIT":
                await _say(stream, f"221 2.0.0 {self.host} closes")
                return
            await _say(stream, "503 5.5.1 Bad sequence of commands")

    async def _commands(self, stream: _Plain | _Tls, *, offers_tls: bool) -> bool:
        """Answer commands until the client leaves; true when it asked for TLS instead."""
        lines = _Lines(stream)
        while (line := await lines.next()) is not None:
            verb = _verb(line)
            if verb == "STARTTLS" and offers_tls:
                await _say(stream, "220 2.0.0 Ready to start TLS")
                return True
            if verb == "QUIT":
                await _say(stream, f"221 2.0.0 {self.host} closes")
                return False
            if verb == "EHLO":
                offered = ["PIPELINING", "SIZE 10240000", *(["STARTTLS"] if offers_tls else []), "8BITMIME"]
                await _say(stream, *(f"250-{word}" for word in (self.host, *offered)), "250 ENHANCEDSTATUSCODES")
            else:
                await _say(stream, REPLIES.get(verb, "502 5.5.2 Not implemented").format(host=self.host))
        return False

    async def _upgrade(self, plain: _Plain) -> None:
        if self.behaviour is Behaviour.TLS_GARBAGE:
            await _say(plain, "454 4.7.0 TLS is not available after all")
        elif self.behaviour is Behaviour.TLS_REFUSED:
            await plain.receive()
            await plain.send(FATAL_HANDSHAKE_FAILURE)
        else:
            tls = _Tls(plain, self.context)
            if await tls.handshake():
                with suppress(SSL.Error):  # a client may break TLS off at any point
                    await self._commands(tls, offers_tls=False)
                await tls.farewell()


class _Lines:
    """The commands that come over a stream."""

    def __init__(self, stream: _Plain | _Tls) -> None:
        self.stream, self.waiting = stream, b""

    async def next(self) -> str | None:
        """The next line without its end; nothing when the client left or the line grows too long."""
        while b"\n" not in self.waiting:
            if len(self.waiting) > LINE:
                return None
            octets = await self.stream.receive()
            if not octets:
                return None
            self.waiting += octets
        line, _, self.waiting = self.waiting.partition(b"\n")
        return line.decode("ascii", "replace").strip()


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


async def _say(stream: _Plain | _Tls, *lines: str) -> None:
    await stream.send("".join(f"{line}\r\n" for line in lines).encode())


def _verb(line: str) -> str:
    return line.partition(" ")[0].upper()
