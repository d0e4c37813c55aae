"""A submission server on loopback that says what it is told to, and keeps what it heard."""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from audit.lab.pki import CertificateFault, credentials, der, pem, root
from audit.syntax.chain import TrustStore
from tests.network.smtpfault import Line

HOST = "smtp.good.test"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COMMANDS = frozenset({"MAIL", "RCPT", "RSET", "VRFY", "EXPN", "*"})
STORE = TrustStore.of((der(root(NOW)),))


def context(fault: CertificateFault = CertificateFault.NONE) -> ssl.SSLContext:
    """What a host of the lab shows, sound or with one fault."""
    shown = credentials(HOST, fault, NOW)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        key = shown.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(b"".join(map(pem, shown.chain)) + key)
        made.load_cert_chain(path)
    return made


@dataclass
class Submission:
    """A server: `login` are its replies to AUTH and to each answer, `says` those to commands by their first word."""

    offers: tuple[str, ...] = ("AUTH PLAIN LOGIN",)
    offers_in_clear: tuple[str, ...] = ()
    starttls: bool = True
    implicit: bool = False
    fault: CertificateFault = CertificateFault.NONE
    inject: bytes = b""
    login: tuple[bytes, ...] = (b"235 2.7.0 Authentication successful\r\n",)
    says: dict[str, bytes] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    async def __call__(self, line: Line) -> None:
        line.said = self.heard
        if self.implicit:
            await line.encrypt(context(self.fault))
            await line.send(b"220 smtp.good.test ESMTP\r\n")
            await self._commands(line, self.offers)
            return
        await line.send(b"220 smtp.good.test ESMTP\r\n")
        if await self._commands(line, (*self.offers_in_clear, *(["STARTTLS"] if self.starttls else []))):
            await line.send(b"220 go ahead\r\n" + self.inject)
            await line.encrypt(context(self.fault))
            await self._commands(line, self.offers)

    async def _commands(self, line: Line, offers: tuple[str, ...]) -> bool:
        """Answer commands; true when the client wants TLS."""
        replies = iter(self.login)
        while (command := await _command(line)) is not None:
            word = command.split(" ", 1)[0].upper()
            if word == "STARTTLS":
                return True
            if word in self.says:
                await line.send(self.says[word])
                if word == "DATA" and self.says[word].startswith(b"3"):
                    await self._message(line)
            elif word == "EHLO":
                lines = "".join(f"250-{offer}\r\n" for offer in ("smtp.good.test", *offers))
                await line.send(f"{lines}250 HELP\r\n".encode())
            elif word == "QUIT":
                await line.send(b"221 bye\r\n")
            elif word == "AUTH" or (word not in COMMANDS and _is_base64(command)):
                await line.send(next(replies, b"503 no more\r\n"))
            else:
                await line.send(b"250 2.0.0 ok\r\n")
        return False

    async def _message(self, line: Line) -> None:
        while (text := (await line.reader.readline()).decode("ascii")) not in {".\r\n", ""}:
            line.said.append(f"| {text.rstrip()}")
        await line.send(self.says.get("MESSAGE", b"250 2.0.0 Ok: queued as 4ABCDEF\r\n"))


async def _command(line: Line) -> str | None:
    """The next line; None when the client has left. A line may well be empty."""
    text = (await line.reader.readline()).decode("ascii", "replace")
    if text:
        line.said.append(text.strip())
    return text.strip() if text else None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return text.isascii()
