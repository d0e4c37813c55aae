"""The lab's mail servers, visited by smtplib and by hand."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from audit.lab.listeners import LOOPBACK, Listeners
from audit.lab.pki import CertificateFault, credentials, pem, root
from audit.lab.smtp_server import Behaviour, MailServer
from audit.lab.streams import tls_context

T = TypeVar("T")
NOW = datetime.now(UTC)
HOST = "mx.good.example"


class Client(smtplib.SMTP):
    """One that finds every host on loopback, and still verifies its name."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((LOOPBACK, port), timeout)


def visited(behaviour: Behaviour, visit: Callable[[int], Awaitable[T]]) -> T:
    async def main() -> T:
        listeners = Listeners()
        try:
            server = MailServer(HOST, behaviour, tls_context(credentials(HOST, CertificateFault.NONE, NOW)))
            return await visit(await listeners.open(server.converse))
        finally:
            await listeners.close()

    return asyncio.run(main())


def by_smtplib(behaviour: Behaviour, visit: Callable[[smtplib.SMTP], T]) -> T:
    def blocking(port: int) -> T:
        with Client(HOST, port, local_hostname="probe.example", timeout=5) as client:
            return visit(client)

    return visited(behaviour, lambda port: asyncio.to_thread(blocking, port))


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=pem(root(NOW.replace(microsecond=0))).decode())


def spoken(behaviour: Behaviour, *commands: bytes) -> list[str]:
    """The codes of the replies to the commands, the greeting's first; `gone` when the server closed."""

    async def talk(port: int) -> list[str]:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            codes = [await code(reader)]
            for command in commands:
                writer.write(command)
                codes.append(await code(reader))
            return codes
        finally:
            writer.close()
            await writer.wait_closed()

    return visited(behaviour, talk)


async def code(reader: asyncio.StreamReader) -> str:
    while line := await asyncio.wait_for(reader.readline(), 5):
        if line[3:4] != b"-":
            return line[:3].decode("ascii", "replace")
    return "gone"


def test_a_polite_server_goes_all_the_way() -> None:
    def visit(client: smtplib.SMTP) -> tuple[bool, str, int]:
        client.ehlo()
        client.starttls(context=trusting())
        client.ehlo()
        offered_again = client.has_extn("starttls")
        assert isinstance(client.sock, ssl.SSLSocket)
        return offered_again, client.sock.version() or "", client.quit()[0]

    assert by_smtplib(Behaviour.POLITE, visit) == (False, "TLSv1.3", 221)


@pytest.mark.parametrize(("behaviour", "offered"), [(Behaviour.POLITE, True), (Behaviour.NO_STARTTLS, False)])
def test_what_ehlo_offers(behaviour: Behaviour, offered: bool) -> None:
    def visit(client: smtplib.SMTP) -> tuple[int, bool]:
        return client.ehlo()[0], client.has_extn("starttls")

    assert by_smtplib(behaviour, visit) == (250, offered)


def test_a_refused_handshake() -> None:
    def visit(client: smtplib.SMTP) -> None:
        client.ehlo()
        client.starttls(context=trusting())

    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        by_smtplib(Behaviour.TLS_REFUSED, visit)


def test_garbage_instead_of_tls() -> None:
    def visit(client: smtplib.SMTP) -> None:
        client.ehlo()
        client.starttls(context=trusting())

    with pytest.raises(ssl.SSLError):
        by_smtplib(Behaviour.TLS_GARBAGE, visit)


@pytest.mark.parametrize(
    ("behaviour", "commands", "codes"),
    [
        (Behaviour.POLITE, [b"QUIT\r\n"], ["220", "221"]),
        (Behaviour.POLITE, [b"ehlo x\r\n", b"quit\r\n"], ["220", "250", "221"]),
        (Behaviour.POLITE, [b"HELO x\r\n", b"NOOP\r\n", b"RSET\r\n"], ["220", "250", "250", "250"]),
        (Behaviour.POLITE, [b"MAIL FROM:<>\r\n", b"VRFY x\r\n", b"\r\n"], ["220", "550", "502", "502"]),
        (Behaviour.POLITE, [b"STARTTLS\r\n", b"not tls at all, but long enough\r\n"], ["220", "220", "gone"]),
        (Behaviour.POLITE, [b"x" * 5000], ["220", "gone"]),
        (Behaviour.NO_STARTTLS, [b"STARTTLS\r\n"], ["220", "502"]),
        (Behaviour.TLS_GARBAGE, [b"STARTTLS\r\n", b""], ["220", "220", "454"]),
        (Behaviour.DEFERS, [b"EHLO x\r\n", b"QUIT\r\n"], ["450", "503", "221"]),
        (Behaviour.REJECTS, [b"EHLO x\r\n", b"QUIT\r\n"], ["554", "503", "221"]),
    ],
)
def test_replies(behaviour: Behaviour, commands: list[bytes], codes: list[str]) -> None:
    assert spoken(behaviour, *commands) == codes


@pytest.mark.parametrize("at", ["greeting", "handshake", "tls"])
def test_a_client_that_stays_does_not_hold_the_lab_up(at: str) -> None:
    """Closing ends conversations in whatever state they are: no socket and no task is left, or this test warns."""

    async def stay(port: int) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        await code(reader)
        if at != "greeting":
            writer.write(b"STARTTLS\r\n")
            await code(reader)
        if at == "tls":
            context = trusting()
            context.check_hostname = False
            await writer.start_tls(context)
            writer.write(b"EHLO x\r\n")
            assert await code(reader) == "250"
        return writer

    async def main() -> None:
        listeners = Listeners()
        server = MailServer(HOST, Behaviour.POLITE, tls_context(credentials(HOST, CertificateFault.NONE, NOW)))
        writer = await stay(await listeners.open(server.converse))
        await asyncio.wait_for(listeners.close(), 2)
        assert not listeners.talking
        writer.transport.abort()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
