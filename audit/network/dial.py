"""The dialer: the one seam through which connections leave, so that lab and tests can stand in for the internet.

Only numeric addresses are dialled, those that were judged: no name is resolved a second time between the judgement and
the connection, and the peer's address is compared once more when the connection stands.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address, ip_address

from audit.network.guard import Guard
from audit.network.options import Endpoint

NO_ROUTE = frozenset(
    {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EHOSTDOWN,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.EACCES,
        errno.EPERM,
        errno.EINVAL,
    }
)
OUT_OF_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PORT_DRAWS = 8
LOWEST_PORT = 1024
JUDGED_KEPT = 4096  # places to connect to


class OutOfSockets(RuntimeError):
    """This machine gives no more sockets, which says nothing about the one at the other end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that must not be dialled, and why."""

    reason: str


class Dialer:
    """Says where to connect.

    Raises:
        ValueError: `connect_to` holds what is not a numeric address.
    """

    def __init__(self, guard: Guard, connect_to: Mapping[Endpoint, Endpoint], *, only_mapped: bool) -> None:
        self._guard = guard
        self._connect_to = {_canonical(asked): _canonical(real) for asked, real in connect_to.items()}
        self._only_mapped = only_mapped
        self._judged: dict[Endpoint, Endpoint | Refusal] = {}

    def resolve(self, address: str, port: int) -> Endpoint | Refusal:
        """Where to connect for an address and port that the world named.

        The address itself is judged, also when the user said where it really listens. What was judged stays so.
        """
        known = self._judged.get((address, port))
        if known is None:
            if len(self._judged) >= JUDGED_KEPT:
                self._judged.clear()
            known = self._judged[address, port] = self._judge(address, port)
        return known

    def _judge(self, address: str, port: int) -> Endpoint | Refusal:
        reason = self._guard.refusal(address)
        if reason is not None:
            return Refusal(reason)
        mapped = self._connect_to.get(_canonical((address, port)))
        if mapped is None and self._only_mapped:
            return Refusal("not mapped")
        return mapped or (address, port)

    def is_mapped(self, address: str, port: int) -> bool:
        return _canonical((address, port)) in self._connect_to

    def families_mapped(self) -> frozenset[int]:
        """The versions (4, 6) of the addresses for which somebody stands in."""
        return frozenset(ip_address(address).version for address, _ in self._connect_to)


async def connect(endpoint: Endpoint) -> socket.socket:
    """A TCP connection to a numeric address.

    Raises:
        OSError: it was refused, or there is no route.
        ValueError: it is a name, which would be resolved again.
        OutOfSockets: this machine has none left.
    """
    judged = ip_address(endpoint[0])
    sock = _socket(endpoint, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, endpoint)
        if ip_address(sock.getpeername()[0]) != judged:
            raise ConnectionAbortedError(errno.ECONNABORTED, "connected to another address")
    except BaseException:
        sock.close()
        raise
    return sock


def datagram_socket(endpoint: Endpoint, draw: Callable[[], int] | None = None) -> socket.socket:
    """A connected UDP socket on a random port: the kernel then drops what comes from anybody else. `draw` gives random
    numbers of 16 bits, faster than the kernel is asked for each.

    Raises:
        OSError: there is no route.
        ValueError: it is a name, which would be resolved again.
        OutOfSockets: this machine has none left.
    """
    _numeric(endpoint[0])
    sock = _socket(endpoint, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        _bind_randomly(sock, draw or partial(secrets.randbits, 16))
        sock.connect(endpoint)
    except BaseException:
        sock.close()
        raise
    return sock


def _socket(endpoint: Endpoint, kind: socket.SocketKind) -> socket.socket:
    try:
        return socket.socket(socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET, kind)
    except OSError as error:
        if error.errno in OUT_OF_SOCKETS:
            raise OutOfSockets(str(error)) from error
        raise


@lru_cache(maxsize=1024)
def _numeric(address: str) -> IPv4Address | IPv6Address:
    """An address.

    Raises:
        ValueError: it is a name.
    """
    return ip_address(address)


def _bind_randomly(sock: socket.socket, draw: Callable[[], int]) -> None:
    """Draw from all ports above the privileged ones: the kernel's own range is smaller, and easier to guess."""
    for _ in range(PORT_DRAWS):
        port = draw()
        if port < LOWEST_PORT:
            continue  # no remainder is taken: it would draw some ports more often
        try:
            sock.bind(("", port))
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
        else:
            return
    sock.bind(("", 0))


def _canonical(endpoint: Endpoint) -> Endpoint:
    return str(ip_address(endpoint[0])), endpoint[1]
