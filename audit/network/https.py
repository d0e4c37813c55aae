"""A GET over HTTPS (RFC 9110, RFC 9112) at one address that was judged before, as RFC 8461 section 3.3 asks.

`requests` speaks HTTP, and nothing else of it is used: no redirect, proxy, cookie, password file or environment. It is
handed a connection that already stands, so it cannot dial, nor resolve a name. The handshake verifies nothing: whether
the certificates are good is judged later, from what was sent. A server that drips, floods, or sends a gigabyte or a
bomb meets one deadline for the whole fetch and one limit on all that it may send; nothing is ever unpacked.

`requests` blocks, so each fetch runs in a thread of a small pool. Whoever gives up shuts the connection down, which
ends its thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from audit.model.probe import FetchOutcome, Header, HttpsFetch, HttpsGet, TlsShown
from audit.network.dial import NO_ROUTE, connect
from audit.network.gate import Rooms
from audit.network.options import Endpoint, NetworkOptions
from audit.network.pipe import Flooded
from audit.network.tls import HANDSHAKE_OCTETS, RECORD_TYPES, TlsEngine, TlsFailure, server_name
from audit.syntax.escape import octet_text, octets

KEPT = ("content-type", "content-encoding", "content-length", "location")
VALUES_KEPT = 3  # of one name
SPARE = 256 * 1024  # octets beside the body: handshake, header, the lengths of chunks
CHUNK = 16 * 1024
DETAIL = 200
PER_ADDRESS = 2
ASKED_FOR = {
    "User-Agent": "mxaudit",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class Https:
    """Fetches, a bounded number at a time, two of them at one address."""

    def __init__(self, options: NetworkOptions) -> None:
        self._limits = options.https_limits
        self._pool = ThreadPoolExecutor(options.https_concurrency, "https")
        self._all = asyncio.Semaphore(options.https_concurrency)
        self._addresses = Rooms(PER_ADDRESS)

    async def fetch(self, get: HttpsGet, endpoint: Endpoint) -> HttpsFetch:
        """Fetch from an endpoint that may be dialled. Never raises on anything that the server does."""
        async with self._addresses.enter(get.address), self._all:
            began = time.monotonic()
            came = await self._fetched(get, endpoint, began + self._limits.total)
            return replace(came, elapsed_ms=round((time.monotonic() - began) * 1000, 1))

    def close(self) -> None:
        """Wait for the threads, whose connections are shut down by then."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _fetched(self, get: HttpsGet, endpoint: Endpoint, deadline: float) -> HttpsFetch:
        try:
            async with asyncio.timeout(min(self._limits.connect, self._limits.total)):
                sock = await connect(endpoint)
        except OSError as error:  # TimeoutError is one
            return HttpsFetch(outcome=_unconnected(error))
        wire = _Wire(sock, deadline, get.limit + SPARE)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _exchange, get, wire)
        except asyncio.CancelledError:
            wire.abandon()
            raise


# ---- in a thread --------------------------------------------------------------------------------------------------


class _Wire:
    """A connection with a deadline and a limit on what it may bring."""

    def __init__(self, sock: socket.socket, deadline: float, limit: int) -> None:
        self._sock, self._deadline, self._left = sock, deadline, limit

    def receive(self) -> bytes:
        """The next octets; none at the end.

        Raises:
            TimeoutError: time is over.
            OSError: the connection broke.
            Flooded: more came than the limit.
        """
        self._sock.settimeout(self._time())
        data = self._sock.recv(CHUNK)
        self._left -= len(data)
        if self._left < 0:
            raise Flooded
        return data

    def send(self, data: bytes) -> None:
        self._sock.settimeout(self._time())
        with contextlib.suppress(ConnectionError):  # what the server still said is read, or its silence
            self._sock.sendall(data)

    def abandon(self) -> None:
        """Nobody waits any more: whoever reads sees the end."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._sock.close()

    def _time(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Stream:
    """TLS over a wire, in the part of a socket that http.client takes. It remembers why it broke."""

    def __init__(self, wire: _Wire, host: str) -> None:
        self._wire = wire
        self._engine = TlsEngine(wire, server_name(host))
        self.failure: Exception | None = None
        self.ended = False
        self.shown: TlsShown | None = None
        self.note: str | None = None

    def shake_hands(self) -> None:
        """As any of the wire's failures, or TlsFailure."""
        received = 0
        while not self._engine.step():
            data = self._wire.receive()
            if not data:
                raise ConnectionAbortedError(f"after {received} octets")
            if not received and data[0] not in RECORD_TYPES:
                raise TlsFailure(f"not TLS: {octets(data[:DETAIL], 100)}")
            received += len(data)
            if received > HANDSHAKE_OCTETS:
                raise Flooded
            self._engine.feed(data)
        self.shown, sent = self._engine.shown()
        if sent != len(self.shown.chain):
            self.note = f"{sent} certificates sent, {len(self.shown.chain)} kept"

    def sendall(self, data: bytes) -> None:
        self._engine.send(data)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def settimeout(self, _: object) -> None:
        """The wire keeps the time."""

    def close(self) -> None:
        """What reads from it goes on, as with a socket; the wire is closed when all is over."""

    def read(self, most: int) -> bytes:
        try:
            while (text := self._engine.read(most)) is None:
                data = self._wire.receive()
                if not data:
                    self.ended = True
                    return b""
                self._engine.feed(data)
        except (OSError, Flooded, TlsFailure) as failure:
            self.failure = failure
            raise OSError("the stream broke") from failure
        self.ended = not text
        return text


class _Reader(io.RawIOBase):
    """A stream as a file."""

    def __init__(self, stream: _Stream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Connection(HTTPConnection):
    """A connection that stands already."""

    default_port: ClassVar[int] = 443  # type: ignore[misc]
    stream: _Stream

    def connect(self) -> None:
        self.sock: Any = self.stream


class _Adapter(HTTPAdapter):
    """What `requests` sends through; it knows one connection."""

    def __init__(self, stream: _Stream) -> None:
        super().__init__(max_retries=0)
        self._stream = stream

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> HTTPConnectionPool:
        pool = HTTPConnectionPool(urlsplit(request.url).hostname or "", 443)
        pool.ConnectionCls = type("_Standing", (_Connection,), {"stream": self._stream})
        return pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Certificates are judged later."""


def _exchange(get: HttpsGet, wire: _Wire) -> HttpsFetch:
    """The whole exchange, once the connection stands."""
    stream = _Stream(wire, urlsplit(get.url).hostname or "")
    try:
        stream.shake_hands()
        came = _got(get, stream)
    except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        came = _broken(stream, error)
    except (OSError, Flooded, TlsFailure) as error:
        came = _failed(error)
    finally:
        wire.close()
    return replace(came, tls=stream.shown, detail=came.detail or stream.note)


def _got(get: HttpsGet, stream: _Stream) -> HttpsFetch:
    prepared = requests.Request("GET", get.url, headers=ASKED_FOR).prepare()
    response = _Adapter(stream).send(prepared, stream=True, verify=False, timeout=None)
    raw: Any = response.raw
    headers = tuple(
        Header(name=name, value=octet_text(value, DETAIL))
        for name in KEPT
        for value in raw.headers.getlist(name)[:VALUES_KEPT]
    )
    came = HttpsFetch(outcome=FetchOutcome.OK, status=response.status_code, headers=headers)
    if response.status_code != 200:
        return came
    body = bytearray()
    announced = raw.length_remaining
    while len(body) <= get.limit and (announced is None or announced <= get.limit):
        piece = raw.read(CHUNK, decode_content=False)
        if not piece:
            return replace(came, body=bytes(body))
        body += piece
    said = f"{announced} octets announced" if announced is not None else f"more than {get.limit} octets"
    return replace(came, outcome=FetchOutcome.TOO_LONG, detail=said)


# ---- why it did not come about ------------------------------------------------------------------------------------


def _broken(stream: _Stream, error: Exception) -> HttpsFetch:
    """Why no whole reply came: the connection's reason, where it has one, else what is wrong with the reply."""
    if stream.failure is not None:
        return _failed(stream.failure)
    kinds = [type(each) for each in _causes(error)]
    if any(issubclass(kind, http.client.RemoteDisconnected) for kind in kinds):
        return HttpsFetch(outcome=FetchOutcome.CLOSED)
    if http.client.LineTooLong in kinds or http.client.HTTPException in kinds:  # more than a hundred header fields
        return HttpsFetch(outcome=FetchOutcome.TOO_LONG, detail="the header")
    unreadable = (http.client.BadStatusLine, http.client.UnknownProtocol, urllib3.exceptions.InvalidHeader)
    if any(issubclass(kind, unreadable) for kind in kinds) or not stream.ended:
        return HttpsFetch(outcome=FetchOutcome.NOT_HTTP, detail=octet_text(str(error), DETAIL))
    return HttpsFetch(outcome=FetchOutcome.CLOSED, detail="before the reply was whole")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it wraps, in whatever way."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [*each.args, each.__cause__, each.__context__, getattr(each, "reason", None)]


def _failed(error: Exception) -> HttpsFetch:
    if isinstance(error, TlsFailure):
        return HttpsFetch(outcome=FetchOutcome.TLS_FAILED, detail=str(error))
    if isinstance(error, Flooded):
        return HttpsFetch(outcome=FetchOutcome.TOO_LONG)
    if isinstance(error, TimeoutError):
        return HttpsFetch(outcome=FetchOutcome.TIMEOUT)
    if isinstance(error, ConnectionAbortedError):
        return HttpsFetch(outcome=FetchOutcome.CLOSED, detail=str(error) or None)
    return HttpsFetch(outcome=FetchOutcome.RESET)


def _unconnected(error: OSError) -> FetchOutcome:
    if isinstance(error, TimeoutError):
        return FetchOutcome.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return FetchOutcome.REFUSED
    return FetchOutcome.UNREACHABLE if error.errno in NO_ROUTE else FetchOutcome.RESET
