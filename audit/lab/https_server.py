"""A web server that shows a few pages over TLS, one to a connection (RFC 9112)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from OpenSSL import SSL

from audit.lab.pki import CertificateFault
from audit.lab.streams import Plain, Tls

REQUEST = 8192  # octets; a longer one ends the conversation
END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a path shows."""

    status: str = "200 OK"
    content_type: str | None = "text/plain"
    location: str | None = None
    body: bytes = b""

    @property
    def octets(self) -> bytes:
        fields = (("Content-Type", self.content_type), ("Location", self.location))
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in fields if value is not None)]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close"]
        return "\r\n".join(lines).encode("ascii") + END + self.body


NOT_FOUND = Page(status="404 Not Found", body=b"There is no such page in the lab.\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHost:
    """A host that listens on port 443 of its addresses; `pages` by path."""

    name: str
    addresses: tuple[str, ...]
    pages: Mapping[str, Page] = field(default_factory=dict)
    certificate: CertificateFault = CertificateFault.NONE


@dataclass(frozen=True, slots=True)
class WebServer:
    """One web host. `context` is what it brings to a handshake."""

    pages: Mapping[str, Page]
    context: SSL.Context

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its reply."""
        tls = Tls(Plain(reader, writer), self.context)
        if not await tls.handshake():
            return
        with suppress(SSL.Error):  # a client may break TLS off at any point
            request = b""
            while END not in request and len(request) <= REQUEST:
                octets = await tls.receive()
                if not octets:
                    return
                request += octets
            await tls.send(self.reply(request).octets)
            await tls.farewell()

    def reply(self, request: bytes) -> Page:
        """The page for a request."""
        method, _, rest = request.partition(b" ")
        if method != b"GET" or END not in request:
            return Page(status="400 Bad Request")
        return self.pages.get(rest.partition(b" ")[0].decode("ascii", "replace"), NOT_FOUND)
