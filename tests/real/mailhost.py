"""A mail host whose TLS is `openssl s_server`, an implementation that is none of ours.

`s_server` knows no STARTTLS (`-starttls` is an option of `s_client`), so the plain part of SMTP is spoken here, and
from then on octets pass through unread. What `s_server` decrypts comes out of its standard output, and what is put into
its standard input it encrypts: by that way EHLO and QUIT are answered within TLS.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization

from audit.lab.pki import Credentials, pem
from tests.real.daemons import Daemons, listens

PORT = 25
OFFERED = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 52428800")
IDLE = 20.0  # seconds; no test is as slow
CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a host takes mail, and where its TLS is done."""

    smtp: str
    engine: str


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class MailHost:
    """One host. `heard` are the commands that were said to it, in plain text and within TLS."""

    def __init__(self, name: str, at: Addresses, credentials: Credentials, directory: Path, daemons: Daemons) -> None:
        self.name, self.at = name, at
        self.heard: list[str] = []
        self._lock = threading.Lock()  # s_server serves one after the other, and so do we
        self._process = daemons.spawn(name, _command(at.engine, _files(name, credentials, directory)), talks=True)
        daemons.wait(name, self._process, listens(at.engine, PORT))
        host = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                host._serve(self.request)

        self._server = _Listener((at.smtp, PORT), Handler)
        self._threads = (
            threading.Thread(target=self._server.serve_forever, args=(0.05,)),
            threading.Thread(target=self._answer),
        )

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._process.terminate()  # its output ends, and so does the thread that reads it
        for thread in self._threads:
            thread.join()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(IDLE)
        try:
            client.sendall(f"220 {self.name} ESMTP\r\n".encode())
            while line := _line(client):
                verb = self._note(line)
                if verb == "STARTTLS":
                    with self._lock, socket.create_connection((self.at.engine, PORT), timeout=IDLE) as engine:
                        client.sendall(b"220 Go ahead\r\n")
                        _splice(client, engine)
                    return
                client.sendall(self._reply(verb, "STARTTLS"))
                if verb == "QUIT":
                    return
        except OSError:
            return  # whoever called has hung up

    def _answer(self) -> None:
        """Answer within TLS, until the engine ends."""
        received, sent = self._process.stdout, self._process.stdin
        assert received is not None
        assert sent is not None
        with contextlib.suppress(BrokenPipeError):  # it was ended while we answered
            while line := received.readline():
                sent.write(self._reply(self._note(line)))

    def _note(self, line: bytes) -> str:
        verb = line.split(b" ")[0].strip().decode("ascii", "replace").upper()
        self.heard.append(verb)
        return verb

    def _reply(self, verb: str, *offered: str) -> bytes:
        lines = "".join(f"250-{word}\r\n" for word in (self.name, *offered, *OFFERED))
        replies = {"EHLO": f"{lines}250 SMTPUTF8\r\n", "QUIT": "221 Bye\r\n"}
        return replies.get(verb, "500 Unknown\r\n").encode()


def _command(engine: str, files: tuple[Path, Path, Path]) -> tuple[str, ...]:
    leaf, key, above = (str(file) for file in files)
    chain = ("-cert_chain", above) if files[2].stat().st_size else ()
    return ("openssl", "s_server", "-quiet", "-accept", f"{engine}:{PORT}", "-cert", leaf, "-key", key, *chain)


def _files(name: str, credentials: Credentials, directory: Path) -> tuple[Path, Path, Path]:
    leaf, key, above = (directory / f"{name}.{kind}.pem" for kind in ("leaf", "key", "above"))
    leaf.write_bytes(pem(credentials.chain[0]))
    above.write_bytes(b"".join(map(pem, credentials.chain[1:])))
    key.write_bytes(
        credentials.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return leaf, key, above


def _line(client: socket.socket) -> bytes:
    """A line, octet by octet: nothing that follows it is taken."""
    found = b""
    while not found.endswith(b"\n"):
        octet = client.recv(1)
        if not octet or len(found) > 1000:
            return b""
        found += octet
    return found


def _splice(client: socket.socket, engine: socket.socket) -> None:
    """Carry octets both ways until both sides have ended."""
    back = threading.Thread(target=_carry, args=(engine, client))
    back.start()
    _carry(client, engine)
    back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def judged_by_openssl(host: MailHost, ca_file: Path) -> str:
    """What `openssl s_client` says of a host's certificate."""
    done = subprocess.run(
        (
            *("openssl", "s_client", "-starttls", "smtp", "-brief", "-connect", f"{host.at.smtp}:{PORT}"),
            *("-servername", host.name, "-verify_hostname", host.name, "-CAfile", str(ca_file)),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stderr
