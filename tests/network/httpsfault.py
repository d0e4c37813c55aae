"""Web servers on loopback, good ones and ones with a fault, all with certificates of the tests' own authority.

A server is what it says after it has read a request: octets, or a coroutine that writes. Those in PLAIN speak before
TLS, or instead of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives import serialization

from tests.rules import pki

LOOPBACK = "127.0.0.1"
HOST = "mta-sts.story.example"
URL = f"https://{HOST}/.well-known/mta-sts.txt"
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx.story.example\r\nmax_age: 604800\r\n"
Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(body: bytes = POLICY, status: str = "200 OK", kind: str | None = "text/plain", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65_536)
        await writer.drain()
        await asyncio.sleep(0)


async def _many_fields(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n")


async def _continues(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)


async def _endless_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1\r\nx\r\n" * 1000)
        await writer.drain()
        await asyncio.sleep(0)


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


BOMB = gzip.compress(b"x" * 50_000_000)  # 50 KB
SERVERS: Mapping[str, bytes | Talk] = {
    "good": reply(),
    "lf": reply(POLICY.replace(b"\r\n", b"\n")),
    "chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (POLICY[:20], POLICY[20:]))
    + b"0\r\n\r\n",
    "http10": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + POLICY,
    "redirect": reply(b"", "302 Found", None, "Location: http://169.254.169.254/latest/meta-data/"),
    "redirect_bomb": reply(BOMB, "301 Moved", "text/html", "Location: /x", "Content-Encoding: gzip"),
    "missing": reply(b"not here", "404 Not Found", "text/html"),
    "error": reply(b"", "500 Internal Server Error"),
    "busy": reply(b"", "429 Too Many Requests", None, "Retry-After: 60"),
    "html": reply(kind="text/html"),
    "untyped": reply(kind=None),
    "gzip": reply(gzip.compress(POLICY), "200 OK", "text/plain", "Content-Encoding: gzip"),
    "bomb": reply(BOMB, "200 OK", "text/plain", "Content-Encoding: gzip"),
    "bom": reply(b"\xef\xbb\xbf" + POLICY),
    "cr_only": reply(POLICY.replace(b"\r\n", b"\r")),
    "no_mx": reply(b"version: STSv1\nmode: enforce\nmax_age: 604800\n"),
    "long_age": reply(POLICY.replace(b"604800", b"1" + b"0" * 30)),
    "page": reply(
        b"<html><script>alert(1)</script>\x1b[31m</html>",
        "200 OK",
        "text/html\x1b[31m; \u202e".encode().decode("latin-1"),
    ),
    "just_enough": reply(POLICY + b"x: y\r\n" * ((65_536 - len(POLICY)) // 6)),
    "too_long": reply(b"x" * 65_537),
    "announced": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1073741824\r\n\r\nxx",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n\r\nversion: STSv1\r\n",
    "closed": b"",
    "garbage": b"\x00\xffSSH-2.0-OpenSSH_9.2\r\n\r\n",
    "long_line": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "no_chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "drip": _drip,
    "drip_header": _drip_header,
    "endless": _endless,
    "many_fields": _many_fields,
    "continues": _continues,
    "endless_chunks": _endless_chunks,
    "silent": _silent,
    "reset": _reset,
}
PLAIN: Mapping[str, bytes | Talk] = {
    "plain": reply(),
    "plain_silent": _silent,
    "plain_closed": b"",
    "alert": b"\x15\x03\x03\x00\x02\x02\x28",
}


@dataclass
class Web:
    """The ports of the servers, and the requests that they read."""

    ports: dict[str, int] = field(default_factory=dict)
    read: dict[str, list[bytes]] = field(default_factory=dict)


@asynccontextmanager
async def web_servers(*names: str, chain: Callable[[str], pki.Chain] = pki.good) -> AsyncIterator[Web]:
    """Servers that listen on loopback."""
    web = Web()
    tasks: set[asyncio.Task[None]] = set()
    servers: list[asyncio.Server] = []

    async def talk(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if name in SERVERS:
                web.read[name].append(await reader.readuntil(b"\r\n\r\n"))
            else:
                web.read[name].append(await reader.read(3))
            says = SERVERS[name] if name in SERVERS else PLAIN[name]
            if callable(says):
                await says(reader, writer)
            else:
                writer.write(says)
                await writer.drain()
        writer.close()

    def accepting(name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(talk(name, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return accept

    try:
        for name in names:
            web.read[name] = []
            secure = context(chain) if name in SERVERS else None
            server = await asyncio.start_server(accepting(name), LOOPBACK, 0, ssl=secure)
            servers.append(server)
            web.ports[name] = server.sockets[0].getsockname()[1]
        yield web
    finally:
        for server in servers:
            server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@cache
def context(chain: Callable[[str], pki.Chain] = pki.good) -> ssl.SSLContext:
    """A server's context with a chain for HOST, whose leaf has the key of that name."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = pki.key("mail.elsewhere.example" if chain is pki.for_another_name else HOST)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(b"".join(ssl.DER_cert_to_PEM_cert(der).encode() for der in chain(HOST)) + secret)
        made.load_cert_chain(path)
    return made
