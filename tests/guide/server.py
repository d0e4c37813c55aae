"""A submission server of the guide's lab (RFC 6409): it takes a mail from whoever logs in, and throws it away.

It knows a few accounts by name: of each the password, or the reply with which a login of it is refused.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from OpenSSL import SSL

from audit.lab.smtp_server import _Lines, _say, _verb
from audit.lab.streams import Plain, Tls

REFUSED = "535 5.7.8 Error: authentication failed: (reason unavailable)"
REPLIES = {
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "RSET": "250 2.0.0 Ok",
    "NOOP": "250 2.0.0 Ok",
    "DATA": "354 End data with <CR><LF>.<CR><LF>",
}


@dataclass(frozen=True)
class SubmissionServer:
    """One port. `accounts` are passwords by name, `refusals` replies by name; `silent` never greets."""

    host: str
    context: SSL.Context
    implicit: bool = False
    silent: bool = False
    accounts: Mapping[str, str] | None = None
    refusals: Mapping[str, str] | None = None

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain = Plain(reader, writer)
        if self.silent:
            await plain.receive()
        elif self.implicit:
            await self._encrypted(plain, greets=True)
        else:
            await _say(plain, f"220 {self.host} ESMTP")
            if await self._commands(plain, encrypted=False):
                await self._encrypted(plain, greets=False)

    async def _encrypted(self, plain: Plain, *, greets: bool) -> None:
        tls = Tls(plain, self.context)
        if await tls.handshake():
            with suppress(SSL.Error):  # a client may break TLS off at any point
                if greets:
                    await _say(tls, f"220 {self.host} ESMTP")
                await self._commands(tls, encrypted=True)
            await tls.farewell()

    async def _commands(self, stream: Plain | Tls, *, encrypted: bool) -> bool:
        """Answer commands; true when the client wants TLS."""
        lines = _Lines(stream)
        while (line := await lines.next()) is not None:
            verb = _verb(line)
            if verb == "STARTTLS":
                await _say(stream, "220 2.0.0 Ready to start TLS")
                return True
            if verb == "QUIT":
                await _say(stream, "221 2.0.0 Bye")
                return False
            if verb == "EHLO":
                offers = "AUTH PLAIN LOGIN" if encrypted else "STARTTLS"
                await _say(stream, f"250-{self.host}", "250-SIZE 20480000", f"250-{offers}", "250 8BITMIME")
            elif verb == "AUTH":
                await _say(stream, self._login(line.partition(" ")[2]))
            else:
                await _say(stream, REPLIES.get(verb, "502 5.5.2 Not implemented"))
            if verb == "DATA":
                while await lines.next() not in {".", None}:
                    pass
                await _say(stream, "250 2.0.0 Ok: queued as 4Tq7Xn2Zz9z1R")
        return False

    def _login(self, rest: str) -> str:
        """The reply to `AUTH PLAIN` with an initial response (RFC 4616)."""
        mechanism, _, response = rest.partition(" ")
        try:
            _, name, password = base64.b64decode(response, validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            return "501 5.5.2 Cannot decode the response"
        if mechanism.upper() != "PLAIN":
            return "504 5.5.4 No such mechanism"
        if name in (self.refusals or {}):
            return (self.refusals or {})[name]
        right = (self.accounts or {}).get(name) == password
        return "235 2.7.0 Authentication successful" if right else REFUSED
