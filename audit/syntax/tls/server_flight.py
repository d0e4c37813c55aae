"""What a server says in clear to a ClientHello (RFC 5246 section 7.4, RFC 8446 section 4.1.3).

Up to TLS 1.2 its whole first flight is plain: ServerHello, the certificates, the parameters of the key exchange,
ServerHelloDone. Of TLS 1.3 it is the ServerHello or HelloRetryRequest alone, which says version, suite and group. Only
a flight that is complete means that the server takes the offer: some stop half-way with an alert.

Everything is bounded, and nothing that a server sends raises: what cannot be read ends the reading as `malformed`.
"""

from __future__ import annotations

from enum import StrEnum

from audit.model.value import dataclass
from audit.syntax.tls.codes import TLS12, TLS13, alert_name
from audit.syntax.tls.suites import suite_name

MOST_OCTETS = 128 * 1024
MOST_RECORD = 16384 + 2048  # RFC 5246 section 6.2.3
CERTIFICATES_KEPT, CHAIN_OCTETS = 10, 64 * 1024
HEADER = 5
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
SERVER_HELLO, CERTIFICATE, KEY_EXCHANGE, HELLO_DONE = 2, 11, 12, 14
FATAL, CLOSE_NOTIFY = 2, 0
SUPPORTED_VERSIONS, KEY_SHARE, RENEGOTIATION_INFO = 43, 51, 0xFF01
NAMED_CURVE = 3
ELLIPTIC, FINITE = ("TLS_ECDHE_", "TLS_ECDH_anon_"), ("TLS_DHE_", "TLS_DH_anon_")
SNIPPET = 48


class End(StrEnum):
    """How a flight ended."""

    COMPLETE = "complete"
    ALERT = "alert"
    NOT_TLS = "not_tls"
    MALFORMED = "malformed"
    TOO_LONG = "too_long"


@dataclass(slots=True)
class ServerFlight:
    """What was read so far; `end` is null until nothing more is to be read. Numbers are those of the registries."""

    version: int | None = None
    suite: int | None = None
    group: int | None = None
    dh_bits: int | None = None  # the size of the prime of a Diffie-Hellman exchange without a named group
    scheme: int | None = None
    compression: int | None = None
    renegotiation_info: bool = False
    chain: tuple[bytes, ...] = ()
    alert: str | None = None
    snippet: bytes = b""  # the beginning of what is not TLS
    end: End | None = None


class _Broken(Exception):
    """A message ends before it should. Within this module only."""


class _Cursor:
    """Reads numbers and vectors from the front.

    Raises:
        _Broken: there is not so much left.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise _Broken
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """A vector whose length takes so many octets."""
        return self.take(self.number(size))


class FlightReader:
    """`feed` it octets until `flight.end` is set, or there are none any more."""

    def __init__(self) -> None:
        self.flight = ServerFlight()
        self._seen = 0
        self._records, self._messages = bytearray(), bytearray()

    def feed(self, data: bytes) -> None:
        """Add octets that came from the server. How they were cut into pieces changes nothing."""
        if self._ended():
            return
        self._seen += len(data)
        self._records += data
        try:
            while not self._ended() and self._record():
                pass
        except _Broken:
            self.flight.end = End.MALFORMED
        if not self._ended() and self._seen > MOST_OCTETS:
            self.flight.end = End.TOO_LONG

    def _ended(self) -> bool:
        return self.flight.end is not None

    def _record(self) -> bool:
        """Take a record; whether there was a whole one."""
        if self._records and not CHANGE_CIPHER_SPEC <= self._records[0] <= APPLICATION:
            return self._no_tls()
        if len(self._records) < HEADER:
            return False
        kind, size = self._records[0], int.from_bytes(self._records[3:HEADER], "big")
        if self._records[1] != 3:
            return self._no_tls()
        if size > MOST_RECORD:
            self.flight.end = End.MALFORMED
            return False
        if len(self._records) < HEADER + size:
            return False
        fragment = bytes(self._records[HEADER : HEADER + size])
        del self._records[: HEADER + size]
        if kind == ALERT:
            self._alert(fragment)
        elif kind == HANDSHAKE:
            self._messages += fragment
            self._handshake()
        else:
            self.flight.end = End.MALFORMED  # what is encrypted, before any key could be agreed upon
        return True

    def _no_tls(self) -> bool:
        self.flight.end, self.flight.snippet = End.NOT_TLS, bytes(self._records[:SNIPPET])
        return False

    def _alert(self, fragment: bytes) -> None:
        cursor = _Cursor(fragment)
        level, code = cursor.number(1), cursor.number(1)
        self.flight.alert = alert_name(code)
        if level == FATAL or code == CLOSE_NOTIFY:
            self.flight.end = End.ALERT

    def _handshake(self) -> None:
        while not self._ended() and len(self._messages) >= 4:
            kind, size = self._messages[0], int.from_bytes(self._messages[1:4], "big")
            if size > MOST_OCTETS:
                self.flight.end = End.TOO_LONG
            if len(self._messages) < 4 + size:
                return
            cursor = _Cursor(bytes(self._messages[4 : 4 + size]))
            del self._messages[: 4 + size]
            self._message(kind, cursor)

    def _message(self, kind: int, cursor: _Cursor) -> None:
        """Take a message. Those that are neither read here nor the first are passed over."""
        if (kind == SERVER_HELLO) is (self.flight.version is not None):
            raise _Broken  # nothing comes before a ServerHello, and it comes once
        if kind == SERVER_HELLO:
            self._server_hello(cursor)
        elif kind == CERTIFICATE:
            self._certificate(cursor)
        elif kind == KEY_EXCHANGE:
            self._key_exchange(cursor)
        elif kind == HELLO_DONE:
            self.flight.end = End.COMPLETE

    def _server_hello(self, cursor: _Cursor) -> None:
        flight = self.flight
        flight.version = cursor.number(2)
        cursor.take(32)  # random; of a HelloRetryRequest a fixed one, which is as good an answer
        cursor.vector(1)
        flight.suite = cursor.number(2)
        flight.compression = cursor.number(1)
        extensions = _Cursor(cursor.vector(2) if cursor.left else b"")
        while extensions.left:
            kind, data = extensions.number(2), _Cursor(extensions.vector(2))
            if kind == SUPPORTED_VERSIONS:
                flight.version = data.number(2)
            elif kind == KEY_SHARE:
                flight.group = data.number(2)
            elif kind == RENEGOTIATION_INFO:
                flight.renegotiation_info = True
        if flight.version >= TLS13:
            flight.end = End.COMPLETE

    def _certificate(self, cursor: _Cursor) -> None:
        sent, size = _Cursor(cursor.vector(3)), 0
        kept: list[bytes] = []
        while sent.left:
            der = sent.vector(3)
            size += len(der)
            if len(kept) < CERTIFICATES_KEPT and size <= CHAIN_OCTETS:
                kept.append(der)
        self.flight.chain = tuple(kept)

    def _key_exchange(self, cursor: _Cursor) -> None:
        """A named curve, or prime, generator and public value (RFC 5246 section 7.4.3, RFC 8422 section 5.4)."""
        name = suite_name(self.flight.suite or 0)
        if name.startswith(ELLIPTIC):
            if cursor.number(1) != NAMED_CURVE:
                return
            self.flight.group = cursor.number(2)
            cursor.vector(1)
        elif not name.startswith(FINITE):
            return  # a short RSA key of an EXPORT suite, or what was not offered
        else:
            self.flight.dh_bits = int.from_bytes(cursor.vector(2), "big").bit_length()
            cursor.vector(2)
            cursor.vector(2)
        if self.flight.version == TLS12 and cursor.left:
            self.flight.scheme = cursor.number(2)
