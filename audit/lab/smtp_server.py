"""A mail server that greets, offers STARTTLS and says goodbye, or fails in one chosen way (RFC 5321, RFC 3207).

It takes no mail.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from OpenSSL import SSL

from audit.lab.streams import Plain, Tls

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


@dataclass(frozen=True, slots=True)
class MailServer:
    """One mail host. `context` is what it brings to a handshake."""

    host: str
    behaviour: Behaviour
    context: SSL.Context

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session, from the greeting to QUIT."""
        plain = Plain(reader, writer)
        greeting = GREETINGS.get(self.behaviour)
        await _say(plain, (greeting or "220 {host} ESMTP ready").format(host=self.host))
        if greeting:
            await self._turn_away(plain)
        elif await self._commands(plain, offers_tls=self.behaviour is not Behaviour.NO_STARTTLS):
            await self._upgrade(plain)

    async def _turn_away(self, stream: Plain) -> None:
        """After a refusal at the greeting every command but QUIT is out of order (RFC 5321 section 3.1)."""
        lines = _Lines(stream)
        while (line := await lines.next()) is not None:
            if _verb(line) == "QUIT":
                await _say(stream, f"221 2.0.0 {self.host} closes")
                return
            await _say(stream, "503 5.5.1 Bad sequence of commands")

    async def _commands(self, stream: Plain | Tls, *, offers_tls: bool) -> bool:
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
                offered = ["PIPELINING", "SIZE 20480000", *(["STARTTLS"] if offers_tls else []), "8BITMIME", "SMTPUTF8"]
                await _say(stream, *(f"250-{word}" for word in (self.host, *offered)), "250 ENHANCEDSTATUSCODES")
            else:
                await _say(stream, REPLIES.get(verb, "502 5.5.2 Not implemented").format(host=self.host))
        return False

    async def _upgrade(self, plain: Plain) -> None:
        if self.behaviour is Behaviour.TLS_GARBAGE:
            await _say(plain, "454 4.7.0 TLS is not available after all")
        elif self.behaviour is Behaviour.TLS_REFUSED:
            await plain.receive()
            await plain.send(FATAL_HANDSHAKE_FAILURE)
        else:
            tls = Tls(plain, self.context)
            if await tls.handshake():
                with suppress(SSL.Error):  # a client may break TLS off at any point
                    await self._commands(tls, offers_tls=False)
                await tls.farewell()


class _Lines:
    """The commands that come over a stream."""

    def __init__(self, stream: Plain | Tls) -> None:
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


async def _say(stream: Plain | Tls, *lines: str) -> None:
    await stream.send("".join(f"{line}\r\n" for line in lines).encode())


def _verb(line: str) -> str:
    return line.partition(" ")[0].upper()
