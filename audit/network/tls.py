"""TLS (RFC 8446, after STARTTLS of RFC 3207) by an engine in memory: each octet passes through our hands.

The handshake verifies nothing and takes old versions and ciphers, to learn what the server shows; whether that is good
is judged later, from the certificates as they were sent. None of the engine's failures says that there is no TLS.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Protocol

from OpenSSL import SSL, crypto

from audit.model.probe import Outcome, TlsShown
from audit.network.pipe import Flooded, Pipe
from audit.syntax.escape import octets

HANDSHAKE_OCTETS = 128 * 1024
CERTIFICATES_KEPT, CHAIN_OCTETS = 10, 64 * 1024
RECORD_TYPES = frozenset({0x14, 0x15, 0x16})  # change_cipher_spec, alert, handshake
STAPLED_OCTETS = 16 * 1024  # what is longer is cut, so that it cannot be read: it was sent, and says nothing
CHUNK = 64 * 1024
DETAIL = 200


@cache
def context() -> SSL.Context:
    """Learn all, judge later: no verification, versions from TLS 1.0, and every cipher but those without a key."""
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    made.set_verify(SSL.VERIFY_NONE)
    made.set_min_proto_version(SSL.TLS1_VERSION)
    made.set_cipher_list(b"ALL:!aNULL:!eNULL:@SECLEVEL=0")
    made.set_options(SSL.OP_LEGACY_SERVER_CONNECT | SSL.OP_IGNORE_UNEXPECTED_EOF | SSL.OP_NO_TICKET)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.set_ocsp_client_callback(_keep)
    return made


def _keep(connection: SSL.Connection, stapled: bytes, _: object) -> bool:
    """Keep what is stapled, and shake hands whatever it is; nothing stapled is no octet."""
    connection.set_app_data(stapled[:STAPLED_OCTETS])
    return True


class TlsFailure(Exception):
    """The engine gave up; the text is OpenSSL's. Within this package only."""


class Sink(Protocol):
    """Where the engine's octets go."""

    def send(self, data: bytes) -> None:
        raise NotImplementedError


class TlsEngine:
    """TLS in memory: octets from the server are fed in, plain text is read, and what it says itself goes to a sink.

    With `stapling` the server is asked for an OCSP response. OpenSSL gives up at octets that are none, so it is asked
    only where that is wanted.
    """

    def __init__(self, sink: Sink, name: str | None, *, stapling: bool = False) -> None:
        self._sink = sink
        self._engine = SSL.Connection(context(), None)
        self._engine.set_connect_state()
        if stapling:
            self._engine.request_ocsp()
        if name is not None:
            self._engine.set_tlsext_host_name(name.encode("ascii"))

    def step(self) -> bool:
        """Carry the handshake on; whether it is done.

        Raises:
            TlsFailure: it cannot be done.
        """
        try:
            self._engine.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise TlsFailure(_text(error)) from None
        finally:
            self._flush()  # also the alert by which we say that it failed
        return True

    def feed(self, data: bytes) -> None:
        while data:
            data = data[self._engine.bio_write(data) :]

    def send(self, data: bytes) -> None:
        with contextlib.suppress(SSL.Error):  # the next reply will be missing, and say why
            self._engine.sendall(data)
        self._flush()

    def read(self, most: int = CHUNK) -> bytes | None:
        """Plain text, so many octets at most; none at the end of the stream, and null while more octets are wanted.

        Raises:
            TlsFailure: what came is not TLS as agreed, or an alert.
        """
        try:
            return self._engine.recv(most)
        except SSL.WantReadError:
            return None
        except SSL.ZeroReturnError:
            return b""
        except SSL.Error as error:
            raise TlsFailure(_text(error)) from None

    def say_goodbye(self) -> None:
        with contextlib.suppress(SSL.Error):
            self._engine.shutdown()
        self._flush()

    def shown(self) -> tuple[TlsShown, int]:
        """What the server showed, and how many certificates it sent. Only bytes: parsing them may fail, and waits."""
        sent = self._engine.get_peer_cert_chain() or []
        chain: list[bytes] = []
        for certificate in sent[:CERTIFICATES_KEPT]:
            chain.append(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate))
            if sum(map(len, chain)) > CHAIN_OCTETS:
                chain.pop()
                break
        shown = TlsShown(
            version=self._engine.get_protocol_version_name(),
            cipher=self._engine.get_cipher_name() or "",
            bits=self._engine.get_cipher_bits() or 0,
            group=self._engine.get_group_name(),
            chain=tuple(chain),
            stapled=self._engine.get_app_data() or None,
        )
        return shown, len(sent)

    def _flush(self) -> None:
        with contextlib.suppress(SSL.Error):
            while data := self._engine.bio_read(CHUNK):
                self._sink.send(data)


class TlsChannel(TlsEngine):
    """TLS over a pipe; plain text goes in and comes out once the handshake is done."""

    def __init__(self, pipe: Pipe, name: str | None, *, stapling: bool = False) -> None:
        super().__init__(pipe, name, stapling=stapling)
        self._pipe = pipe

    async def receive(self, until: float) -> bytes:
        """As Pipe.receive.

        Raises:
            TlsFailure: what came is not TLS as agreed, or an alert.
        """
        while (text := self.read()) is None:
            data = await self._pipe.receive(until)
            if not data:
                return b""
            self.feed(data)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """How it ended; channel and shown are there when it is `ok`."""

    outcome: Outcome
    detail: str | None = None
    channel: TlsChannel | None = None
    shown: TlsShown | None = None


async def handshake(pipe: Pipe, host: str, until: float, *, stapling: bool = False) -> Handshake:
    """Shake hands, right after the 220 to STARTTLS was taken from the pipe. `host` is sent as SNI unless an address."""
    channel = TlsChannel(pipe, server_name(host), stapling=stapling)
    received = 0
    try:
        while not channel.step():
            data = await pipe.receive(until)
            if not data:
                return Handshake(outcome=Outcome.CLOSED, detail=f"after {received} octets")
            if not received and data[0] not in RECORD_TYPES:
                return Handshake(outcome=Outcome.NOT_TLS, detail=octets(data[: 2 * DETAIL], DETAIL))
            received += len(data)
            if received > HANDSHAKE_OCTETS:
                return Handshake(outcome=Outcome.TOO_LONG, detail=f"{received} octets")
            channel.feed(data)
    except TlsFailure as failure:
        return Handshake(outcome=Outcome.TLS_FAILED, detail=str(failure))
    except TimeoutError:
        return Handshake(outcome=Outcome.TIMEOUT, detail=f"after {received} octets")
    except Flooded:
        return Handshake(outcome=Outcome.TOO_LONG)
    except OSError:
        return Handshake(outcome=Outcome.RESET, detail=f"after {received} octets")
    shown, sent = channel.shown()
    detail = None if sent == len(shown.chain) else f"{sent} certificates sent, {len(shown.chain)} kept"
    return Handshake(outcome=Outcome.OK, detail=detail, channel=channel, shown=shown)


def server_name(host: str) -> str | None:
    """The name for SNI (RFC 6066 section 3): without final dot, never an address."""
    name = host.rstrip(".")
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return name if name and name.isascii() else None
    return None


def _text(error: SSL.Error) -> str:
    """OpenSSL's reasons: a list of (library, function, reason), or (number, text) of a system call, or nothing."""
    reasons = error.args[0] if error.args else None
    if isinstance(reasons, list) and reasons:
        text = "; ".join(str(reason[-1]) for reason in reasons)
    else:
        text = str(error.args[-1]) if error.args else "closed by the server"
    return octets(text.encode("utf-8", "backslashreplace"), DETAIL)
