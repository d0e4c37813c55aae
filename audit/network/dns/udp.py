"""DNS over UDP: connected sockets on random ports, and random ids (RFC 5452).

Whoever wants to forge a reply must guess both, and the kernel drops what comes from anybody but the server. To a server
somewhere in the world each question has a socket of its own. Nobody can forge the address of a resolver on this machine
from outside of it, so the questions to it share a few sockets, which are replaced after some hundred questions.
Sockets are read as soon as the kernel says that something came, and until nothing is left.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator

from audit.model.probe import Question
from audit.network.dial import OutOfSockets, datagram_socket
from audit.network.dns import wire
from audit.network.dns.ears import Ears
from audit.network.options import Endpoint

STRAYS_BORNE = 200  # datagrams on one socket that answer nothing; then somebody floods it, and it is closed
QUESTIONS_A_SOCKET = 200  # of those that are shared
READ_AT_ONCE = 64  # datagrams; then others have their turn
LARGEST = 65535
RECEIVE_BUFFER = 1 << 20  # octets, where many replies may come at the same moment
IDS_DRAWN = 2048


class Ids:
    """Numbers of 16 bits from the kernel's generator, drawn many at a time: those of `random` can be foretold."""

    def __init__(self) -> None:
        self._drawn: Iterator[int] = iter(())

    def draw(self) -> int:
        number = next(self._drawn, None)
        if number is None:
            self._drawn = iter(memoryview(os.urandom(2 * IDS_DRAWN)).cast("H"))
            number = next(self._drawn)
        return number


class Attempt:
    """One datagram to one server. `heard` gets the reply, or None when its host says that nobody listens there."""

    __slots__ = ("asked", "channel", "edns", "heard", "ident", "question", "server")

    def __init__(
        self,
        server: Endpoint,
        asked: wire.Asking,
        question: Question,
        heard: Callable[[Attempt, bytes | None], None],
        *,
        edns: bool,
    ) -> None:
        self.server, self.asked, self.question, self.heard, self.edns = server, asked, question, heard, edns
        self.channel: Channel | None = None
        self.ident = 0

    def withdraw(self) -> None:
        """Listen no longer."""
        if self.channel is not None:
            self.channel.leave(self)


class Channel:
    """A connected socket, and the attempts that wait on it. After `uses` of them it takes no more, and is closed when
    the last has ended."""

    __slots__ = ("_ears", "_loop", "_pending", "_socket", "_strays", "_uses")

    def __init__(self, server: Endpoint, uses: int, ids: Ids, ears: Ears) -> None:
        self._loop, self._ears = asyncio.get_running_loop(), ears
        self._socket = datagram_socket(server, ids.draw)
        self._pending: dict[int, Attempt] = {}
        self._uses, self._strays = uses, 0
        if uses > 1:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        try:
            ears.listen(self._socket.fileno(), self._read)
        except OutOfSockets:
            self._socket.close()
            raise

    @property
    def is_spent(self) -> bool:
        return self._uses <= 0

    def send(self, attempt: Attempt, ids: Ids) -> None:
        """Send an attempt's packet, under an id that no other attempt has here.

        Raises:
            OSError: there is no way to the server.
        """
        ident = ids.draw()
        while ident in self._pending:
            ident = ids.draw()
        self._uses -= 1
        try:
            self._transmit(wire.query(attempt.asked, attempt.question, ident, edns=attempt.edns))
        except OSError:
            self._rest()
            raise
        attempt.ident, attempt.channel = ident, self
        self._pending[ident] = attempt

    def _transmit(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except BlockingIOError:
            pass  # the kernel has no room for it: as good as lost on the way
        except ConnectionRefusedError:  # that is said of the datagrams before this one
            self._refused()
            if self._socket.fileno() < 0:
                raise
            self._socket.send(packet)

    def leave(self, attempt: Attempt) -> None:
        if self._pending.pop(attempt.ident, None) is not None:
            attempt.channel = None
        if self._uses <= 0:
            self._rest()

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._ears.forget(self._socket.fileno())
            self._socket.close()
        self._uses = 0

    def _rest(self) -> None:
        if self.is_spent and not self._pending:
            self.close()

    def _read(self) -> None:
        receive = self._socket.recv
        for _ in range(READ_AT_ONCE):
            try:
                packet = receive(LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                if self._socket.fileno() >= 0:
                    self._refused()
                return
            self._received(packet)
            if self._socket.fileno() < 0:
                return

    def _received(self, packet: bytes) -> None:
        ident = packet[0] << 8 | packet[1] if len(packet) > 1 else -1
        attempt = self._pending.get(ident)
        if attempt is not None and wire.matches(packet, ident, attempt.asked):
            self.leave(attempt)
            attempt.heard(attempt, packet)
            return
        self._strays += 1
        if self._strays > STRAYS_BORNE:
            self._pending.clear()  # they are asked again elsewhere, when their time has come
            self.close()

    def _refused(self) -> None:
        """The server's host says that nobody listens there, and does not say to which datagram."""
        attempts = list(self._pending.values())
        self._pending.clear()
        self._rest()
        for attempt in attempts:
            attempt.channel = None
            self._loop.call_soon(attempt.heard, attempt, None)


class Sockets:
    """All UDP sockets of a resolver. `shared` is how many of them all questions to one resolver share that may share;
    with 0, each has a socket of its own."""

    def __init__(self, shared: int) -> None:
        self._shared = shared
        self._ids = Ids()
        self._ears = Ears()
        self._pools: dict[Endpoint, list[Channel | None]] = {}

    def send(self, attempt: Attempt, *, pooled: bool) -> None:
        """Send an attempt's packet.

        Raises:
            OSError: there is no way to the server.
            OutOfSockets: this machine has none left.
        """
        channel = (
            self._of_pool(attempt.server)
            if pooled and self._shared
            else Channel(attempt.server, 1, self._ids, self._ears)
        )
        channel.send(attempt, self._ids)

    def close(self) -> None:
        for pool in self._pools.values():
            for channel in pool:
                if channel is not None:
                    channel.close()
        self._pools.clear()
        self._ears.close()

    def _of_pool(self, server: Endpoint) -> Channel:
        pool = self._pools.setdefault(server, [None] * self._shared)
        at = self._ids.draw() % self._shared
        channel = pool[at]
        if channel is None or channel.is_spent:
            channel = pool[at] = Channel(server, QUESTIONS_A_SOCKET, self._ids, self._ears)
        return channel
