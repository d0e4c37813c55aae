"""The dialer: what the world names is judged, and goes where the user says it listens."""

from __future__ import annotations

import asyncio
import socket

import pytest

from audit.network.dial import Dialer, Refusal, connect, datagram_socket
from audit.network.guard import Guard
from audit.network.options import Endpoint

LAB = ("203.0.113.0/24", "2001:db8:25::/64")
CONNECT_TO: dict[Endpoint, Endpoint] = {
    ("203.0.113.1", 25): ("127.0.0.1", 2525),
    ("2001:db8:25:0::1", 25): ("127.0.0.1", 2526),
    ("10.0.0.1", 25): ("127.0.0.1", 2527),
}


@pytest.mark.parametrize(
    ("address", "port", "only_mapped", "expected"),
    [
        ("203.0.113.1", 25, False, ("127.0.0.1", 2525)),
        ("203.0.113.1", 26, False, ("203.0.113.1", 26)),
        ("2001:db8:25::1", 25, True, ("127.0.0.1", 2526)),
        ("8.8.8.8", 25, False, ("8.8.8.8", 25)),
        ("8.8.8.8", 25, True, Refusal("not mapped")),
        ("203.0.113.1", 26, True, Refusal("not mapped")),
        ("10.0.0.1", 25, False, Refusal("private")),  # mapped or not: the address itself is judged
        ("127.0.0.1", 2525, False, Refusal("loopback")),
    ],
)
def test_where_to(address: str, port: int, only_mapped: bool, expected: Endpoint | Refusal) -> None:
    assert Dialer(Guard(LAB), CONNECT_TO, only_mapped=only_mapped).resolve(address, port) == expected


def test_who_stands_in() -> None:
    dialer = Dialer(Guard(LAB), CONNECT_TO, only_mapped=True)
    assert dialer.is_mapped("2001:0db8:0025::1", 25)
    assert not dialer.is_mapped("203.0.113.1", 26)
    assert dialer.families_mapped() == {4, 6}


def test_datagrams_leave_from_ports_that_nobody_can_foretell() -> None:
    ports = []
    for _ in range(40):
        with datagram_socket(("127.0.0.1", 9)) as sock:
            assert sock.getpeername() == ("127.0.0.1", 9)
            ports.append(sock.getsockname()[1])
    assert len(set(ports)) >= 38
    assert max(ports) - min(ports) > 20_000  # from the whole range; a run of neighbours would not do
    assert min(ports) >= 1024


def test_a_connection_is_with_the_address_that_was_judged() -> None:
    async def run() -> Endpoint:
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint: Endpoint = server.getsockname()
            with await connect(endpoint) as sock:
                assert sock.getpeername() == endpoint
            return endpoint

    assert asyncio.run(run())[0] == "127.0.0.1"


def test_a_name_is_never_dialled() -> None:
    with pytest.raises(ValueError):
        asyncio.run(connect(("localhost", 9)))
    with pytest.raises(ValueError):
        datagram_socket(("localhost", 9))
    with pytest.raises(ValueError):
        Dialer(Guard(), {("8.8.8.8", 25): ("localhost", 25)}, only_mapped=False)
