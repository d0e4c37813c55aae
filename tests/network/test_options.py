"""The system's nameservers, as resolv.conf(5) gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.network.options import Endpoint, NetworkOptions, system_nameservers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nameserver 192.0.2.1\nnameserver 2001:db8::53\n", (("192.0.2.1", 53), ("2001:db8::53", 53))),
        ("# nameserver 192.0.2.1\nsearch example.org\noptions edns0\n", (("127.0.0.1", 53),)),
        ("nameserver\nnameserver example.org\nnameserver 192.0.2.1 trailing\n", (("192.0.2.1", 53),)),
        ("nameserver 192.0.2.1\n" * 2, (("192.0.2.1", 53),)),
        ("".join(f"nameserver 192.0.2.{n}\n" for n in range(1, 6)), tuple((f"192.0.2.{n}", 53) for n in (1, 2, 3))),
        ("\xff\x00\n", (("127.0.0.1", 53),)),
        ("", (("127.0.0.1", 53),)),
    ],
)
def test_system_nameservers(tmp_path: Path, text: str, expected: tuple[Endpoint, ...]) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(text, "latin-1")
    assert system_nameservers(path) == expected


def test_without_a_configuration_it_is_this_machine(tmp_path: Path) -> None:
    assert system_nameservers(tmp_path / "nowhere") == (("127.0.0.1", 53),)


@pytest.mark.parametrize("ehlo", ["", "a b", "a\r\nRCPT TO:<x@y>", "stra\u00dfe.example"])
def test_what_cannot_be_said_after_ehlo(ehlo: str) -> None:
    with pytest.raises(ValueError, match="EHLO"):
        NetworkOptions(nameservers=(("127.0.0.1", 53),), ehlo=ehlo)


def test_a_nameserver_is_an_address() -> None:
    with pytest.raises(ValueError, match="localhost"):
        NetworkOptions(nameservers=(("localhost", 53),))


@pytest.mark.parametrize(
    ("servers", "given", "at_a_time"),
    [
        (("127.0.0.1",), None, 1000),
        (("127.0.0.53", "::1"), None, 1000),
        (("127.0.0.1", "192.0.2.53"), None, 200),
        (("192.0.2.53",), None, 200),
        (("127.0.0.1",), 16, 16),
        (("192.0.2.53",), 16, 16),
    ],
    ids=str,
)
def test_how_many_questions_are_in_flight(servers: tuple[str, ...], given: int | None, at_a_time: int) -> None:
    options = NetworkOptions(nameservers=tuple((s, 53) for s in servers), dns_concurrency=given)
    assert options.questions_in_flight == at_a_time


def test_where_each_question_has_a_socket_fewer_are_in_flight() -> None:
    assert NetworkOptions(nameservers=(("127.0.0.1", 53),), dns_pool=0).questions_in_flight == 200
