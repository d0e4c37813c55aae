"""Mail servers on loopback, each with one fault: a coroutine that reads and writes. What the client said is kept."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import socket
import ssl
import struct
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
HOST = "mx.good.test"
BANNER = b"220 mx.good.test ESMTP\r\n"
OFFER = b"250-mx.good.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
SLOW = 0.2


@dataclass
class Line:
    """One connection, as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    said: list[str]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def command(self) -> str:
        """The client's next command; empty when it has left."""
        text = (await self.reader.readline()).decode("ascii").strip()
        if text:
            self.said.append(text)
        return text

    async def answer(self, *replies: bytes) -> None:
        for reply in replies:
            if not await self.command():
                return
            await self.send(reply)

    async def encrypt(self, context: ssl.SSLContext | None = None) -> None:
        await self.writer.start_tls(context or tls_context())

    async def farewell(self) -> None:
        """Answer what still comes, as any server would."""
        while command := await self.command():
            await self.send(b"221 bye\r\n" if command.upper() == "QUIT" else b"250 ok\r\n")

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Line], Awaitable[None]]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


@fault
async def good(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go ahead\r\n")
    await line.encrypt()
    await line.answer(b"250-mx.good.test\r\n250 SIZE 1000\r\n")
    await line.farewell()


@fault
async def silent(line: Line) -> None:
    await line.farewell()


@fault
async def slow_banner(line: Line) -> None:
    """A teaser, then a wait, to see whether the client speaks too soon."""
    await line.send(b"220-mx.good.test\r\n")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SLOW):
            line.said.append(f"too soon: {await line.command()}")
    await line.send(b"220 mx.good.test ESMTP\r\n")
    await line.answer(b"250 mx.good.test\r\n")
    await line.farewell()


@fault
async def drip(line: Line) -> None:
    """An octet now and then, which no time-out for a single read would ever end."""
    for octet in b"220 " + b"x" * 900:
        await line.send(bytes((octet,)))
        await asyncio.sleep(0.02)


@fault
async def drip_ehlo(line: Line) -> None:
    await line.send(BANNER)
    await line.command()
    for octet in b"250 " + b"x" * 900:
        await line.send(bytes((octet,)))
        await asyncio.sleep(0.02)


@fault
async def tarpit(line: Line) -> None:
    while True:
        await line.send(b"220-wait\r\n")
        await asyncio.sleep(0.1)


@fault
async def flood(line: Line) -> None:
    await line.send(b"220 ")
    for _ in range(4096):
        await line.send(b"A" * 65536)


@fault
async def binary(line: Line) -> None:
    await line.send(b"\xff\x00" + os.urandom(500).replace(b"\n", b"") + b"\r\n")
    await line.farewell()


@fault
async def http_banner(line: Line) -> None:
    await line.send(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")


@fault
async def ssh_banner(line: Line) -> None:
    await line.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    await line.farewell()


@fault
async def html_banner(line: Line) -> None:
    await line.send("220 <script>alert(1)</script> \u202e\x1b[31m ESMTP\r\n".encode())
    await line.answer(b"250 mx.good.test\r\n")
    await line.farewell()


@fault
async def greet554(line: Line) -> None:
    await line.send(b"554 5.7.1 you are on a blocklist, see https://x.test/?ip=1\r\n")
    await line.farewell()


@fault
async def greet421(line: Line) -> None:
    await line.send(b"421 4.3.2 too busy\r\n")


@fault
async def greet450(line: Line) -> None:
    await line.send(b"450 4.7.1 later\r\n")
    await line.farewell()


@fault
async def close_at_once(_: Line) -> None:
    return


@fault
async def reset(line: Line) -> None:
    line.reset()


@fault
async def ehlo421(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"421 4.7.0 too many connections\r\n")


@fault
async def ehlo_closes(line: Line) -> None:
    await line.send(BANNER)
    await line.command()


@fault
async def ehlo_resets(line: Line) -> None:
    await line.send(BANNER)
    await line.command()
    line.reset()


@fault
async def ehlo502(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"502 5.5.1 what\r\n", b"250 helo ok\r\n")
    await line.farewell()


@fault
async def ehlo_helo_rejected(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"550 5.7.1 bad name\r\n", b"550 5.7.1 bad name\r\n")
    await line.farewell()


@fault
async def ehlo_huge(line: Line) -> None:
    await line.send(BANNER)
    await line.command()
    await line.send(b"".join(b"250-X-%06d %s\r\n" % (n, b"y" * 60) for n in range(100_000)) + b"250 STARTTLS\r\n")


@fault
async def ehlo_silent(line: Line) -> None:
    await line.send(BANNER)
    await line.command()
    await line.farewell()


@fault
async def tls_refused(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"454 4.7.0 TLS not available\r\n")
    await line.farewell()


@fault
async def tls_rejected(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"502 5.5.1 not here\r\n")
    await line.farewell()


@fault
async def tls_close(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")


@fault
async def tls_reset(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(1)
    line.reset()


@fault
async def tls_garbage(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(10)
    await line.send(b"this is not TLS\r\n" * 9)
    await line.reader.read()


@fault
async def tls_hang(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read()
    await asyncio.sleep(60)


@fault
async def tls_drip(line: Line) -> None:
    """The beginning of a handshake record of 16 KiB, an octet now and then."""
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(10)
    for octet in b"\x16\x03\x03\x40\x00\x02" + bytes(900):
        await line.send(bytes((octet,)))
        await asyncio.sleep(0.02)


@fault
async def tls_flood(line: Line) -> None:
    """Records that are handshake by their type, and have no end."""
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(10)
    await line.send(b"\x16\x03\x03\x40\x00\x02\x7f\xff\xff")
    while True:
        await line.send(b"\x16\x03\x03\x40\x00" * 4096)


@fault
async def tls_alert(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(10)
    await line.send(b"\x15\x03\x01\x00\x02\x02\x28")  # fatal, handshake_failure
    await line.reader.read()


@fault
async def tls_old(line: Line) -> None:
    """TLS 1.0 and nothing later."""
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.encrypt(old_tls_context())
    await line.answer(b"250 mx.good.test\r\n")
    await line.farewell()


@fault
async def tls_long_chain(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.encrypt(tls_context(surplus=14))
    await line.answer(b"250 mx.good.test\r\n")
    await line.farewell()


@fault
async def implicit(line: Line) -> None:
    """TLS from the first octet on (RFC 8314)."""
    await line.encrypt()
    await line.send(BANNER)
    await line.answer(b"250-mx.good.test\r\n250 AUTH PLAIN\r\n")
    await line.farewell()


@fault
async def tls_inject(line: Line) -> None:
    """A reply in plain text behind the 220: a careless client takes it for one that came by TLS (CVE-2011-0411)."""
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n250-evil.test\r\n250 INJECTED\r\n")
    await line.encrypt()
    await line.answer(b"250 real-after-tls\r\n")
    await line.farewell()


@fault
async def tls_inject_late(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.reader.read(10)
    await line.send(b"250-evil.test\r\n250 INJECTED\r\n")
    await line.reader.read()


@fault
async def ehlo_tls_closes(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go\r\n")
    await line.encrypt()
    await line.command()


@fault
async def starttls_stripped(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"250-mx.good.test\r\n250 XXXXXXXA\r\n")
    await line.farewell()


@fault
async def greylist(line: Line) -> None:
    """What is said of recipients does not matter to one who names none."""
    await line.send(BANNER)
    await line.answer(OFFER, b"220 go ahead\r\n")
    await line.encrypt()
    while command := await line.command():
        await line.send(b"450 4.2.0 greylisted\r\n" if command.upper().startswith("RCPT") else b"250 ok\r\n")


@fault
async def bare_lf(line: Line) -> None:
    await line.send(b"220 x\n")
    await line.answer(b"250-x\n250 SIZE\n")
    await line.farewell()


@fault
async def code_mismatch(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"250-a\r\n550-b\r\n250 SIZE\r\n")
    await line.farewell()


@fault
async def mute_quit(line: Line) -> None:
    await line.send(BANNER)
    await line.answer(b"250 mx.good.test\r\n")
    while await line.command():
        pass


@fault
async def chatty(line: Line) -> None:
    """Replies to nothing, in one segment with the greeting: they must not be taken for replies to what comes."""
    await line.send(BANNER + b"550 surplus\r\n")
    await line.answer(b"250 mx.good.test\r\n")
    await line.farewell()


@dataclass
class Mail:
    """Fault servers: the port of each, what was said to it, and how many connections it had at a time."""

    ports: dict[str, int] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    most_open: dict[str, int] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)


@asynccontextmanager
async def mail_servers(*names: str) -> AsyncIterator[Mail]:
    mail = Mail()
    tasks: set[asyncio.Task[None]] = set()
    servers: list[asyncio.Server] = []
    loop = asyncio.get_running_loop()

    async def converse(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail.open[name] += 1
        mail.most_open[name] = max(mail.most_open[name], mail.open[name])
        mail.times[name].append(time.monotonic())
        try:
            await FAULTS[name](Line(reader, writer, mail.said[name]))
        except (OSError, EOFError):
            pass
        finally:
            mail.open[name] -= 1
            writer.close()

    def accepting(name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = loop.create_task(converse(name, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return accept

    try:
        for name in names:
            mail.said[name], mail.times[name] = [], []
            mail.open[name] = mail.most_open[name] = 0
            server = await asyncio.start_server(accepting(name), LOOPBACK, 0, limit=4096)
            servers.append(server)
            mail.ports[name] = server.sockets[0].getsockname()[1]
        yield mail
    finally:
        for server in servers:
            server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@cache
def old_tls_context() -> ssl.SSLContext:
    context = tls_context.__wrapped__()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is what this is about
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@cache
def tls_context(surplus: int = 0) -> ssl.SSLContext:
    """A self-signed certificate, sent so many times more than once; the client verifies nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM) * (1 + surplus)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context.load_cert_chain(path)
    return context
