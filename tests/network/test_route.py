"""Routes: a lab gives the same on each machine, and else the kernel is asked without a packet."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from audit.network import route
from audit.network.dial import Dialer
from audit.network.guard import Guard
from audit.network.options import Endpoint

IPV4: dict[Endpoint, Endpoint] = {("203.0.113.1", 25): ("127.0.0.1", 2525)}
IPV6: dict[Endpoint, Endpoint] = {("2001:db8::1", 25): ("127.0.0.1", 2525)}


class Kernel:
    """A socket whose source address is as told; null: there is no route."""

    source: str | None = None

    def __init__(self, *_: Any) -> None:
        """As socket.socket."""

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def connect(self, _: Endpoint) -> None:
        if self.source is None:
            raise OSError(101, "Network is unreachable")

    def getsockname(self) -> tuple[str, int]:
        return str(self.source), 0


@pytest.mark.parametrize(
    ("family", "mapped", "only_mapped", "expected"),
    [
        ("ipv4", IPV4, True, True),
        ("ipv6", IPV4, True, False),
        ("ipv4", IPV6, True, False),
        ("ipv6", IPV6, True, True),
        ("ipv6", IPV6, False, True),
        ("ipv4", {}, True, False),
    ],
)
def test_where_somebody_stands_in(
    family: str, mapped: dict[Endpoint, Endpoint], only_mapped: bool, expected: bool
) -> None:
    assert (
        route.available(family, Dialer(Guard(), mapped, only_mapped=only_mapped), only_mapped=only_mapped) is expected
    )


@pytest.mark.parametrize(
    ("family", "source", "expected"),
    [
        ("ipv4", "192.168.1.2", True),
        ("ipv4", "8.8.4.4", True),
        ("ipv4", "127.0.0.1", False),
        ("ipv4", "169.254.3.4", False),
        ("ipv4", None, False),
        ("ipv6", "2a00:1450::1", True),
        ("ipv6", "fd00::1", False),
        ("ipv6", "fe80::1%eth0", False),
        ("ipv6", "::1", False),
        ("ipv6", None, False),
    ],
)
def test_the_source_address_tells(
    monkeypatch: pytest.MonkeyPatch, family: str, source: str | None, expected: bool
) -> None:
    monkeypatch.setattr(Kernel, "source", source)
    monkeypatch.setattr(socket, "socket", Kernel)
    assert route.available(family, Dialer(Guard(), {}, only_mapped=False), only_mapped=False) is expected


@pytest.mark.parametrize(("source", "literal"), [("192.168.1.2", "[192.168.1.2]"), (None, "[127.0.0.1]")])
def test_without_a_name_we_greet_with_our_address(
    monkeypatch: pytest.MonkeyPatch, source: str | None, literal: str
) -> None:
    monkeypatch.setattr(Kernel, "source", source)
    monkeypatch.setattr(socket, "socket", Kernel)
    assert route.own_literal() == literal
