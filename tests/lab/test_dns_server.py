"""The lab's resolver over real sockets of loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import pytest

from audit.lab.dns_server import DnsServer, open_dns, open_server
from audit.lab.listeners import Listeners
from audit.lab.recursion import answer
from audit.lab.signing import SignedZones
from audit.lab.zone import parse

T = TypeVar("T")
TEXT = "v" * 1500
LINES = (
    ". SOA ns.lab.example h.lab.example 1 1 1 1 1",
    f'long.example TXT "{TEXT}"',
    f'medium.example TXT "{TEXT[:900]}"',
    "mute.example SILENT",
)
ZONES = SignedZones(parse(LINES), datetime(2026, 11, 24, 12, tzinfo=UTC))


def served(work: Callable[[str, int], Awaitable[T]]) -> T:
    async def main() -> T:
        listeners = Listeners()
        try:
            return await work(*await open_dns(ZONES, listeners))
        finally:
            await listeners.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "payload", "cut"),
    [
        ("long.example", 4096, True),
        ("long.example", 1232, True),
        ("medium.example", 1232, False),
        ("medium.example", 600, True),
        ("medium.example", 0, True),
    ],
)
def test_what_does_not_fit_is_cut_over_udp_and_whole_over_tcp(name: str, payload: int, cut: bool) -> None:
    query = dns.message.make_query(name, "TXT", use_edns=0 if payload else False, payload=payload)

    async def both(where: str, port: int) -> tuple[dns.message.Message, dns.message.Message]:
        by_udp = await dns.asyncquery.udp(query, where, port=port, timeout=5)
        by_tcp = await dns.asyncquery.tcp(query, where, port=port, timeout=5)
        return by_udp, by_tcp

    by_udp, by_tcp = served(both)
    assert bool(by_udp.flags & dns.flags.TC) is cut
    assert (not by_udp.answer) is cut
    assert by_tcp.answer
    assert not by_tcp.flags & dns.flags.TC


@pytest.mark.parametrize(
    ("edns", "by_udp", "replies"), [(True, True, False), (False, True, True), (True, False, True), (False, False, True)]
)
def test_before_a_firewall_that_knows_nothing_of_edns(*, edns: bool, by_udp: bool, replies: bool) -> None:
    query = dns.message.make_query("medium.example", "TXT", use_edns=0 if edns else False).to_wire()
    server = DnsServer(partial(answer, ZONES), edns=False)
    assert (server.reply(query, by_udp=by_udp) is not None) is replies


def test_several_questions_over_one_connection() -> None:
    async def twice(where: str, port: int) -> list[int]:
        reader, writer = await asyncio.open_connection(where, port)
        try:
            ids = []
            for name in ("long.example", "medium.example"):
                query = dns.message.make_query(name, "TXT")
                wire = query.to_wire()
                writer.write(len(wire).to_bytes(2, "big") + wire)
                size = int.from_bytes(await reader.readexactly(2), "big")
                reply = dns.message.from_wire(await reader.readexactly(size))
                ids.append(reply.id - query.id)
            return ids
        finally:
            writer.close()
            await writer.wait_closed()

    assert served(twice) == [0, 0]


@pytest.mark.parametrize("name", ["mute.example", "www.mute.example"])
def test_a_silent_zone_is_silent_on_the_wire(name: str) -> None:
    async def ask(where: str, port: int) -> None:
        await dns.asyncquery.udp(dns.message.make_query(name, "A"), where, port=port, timeout=0.2)

    with pytest.raises(dns.exception.Timeout):
        served(ask)


@pytest.mark.parametrize("wire", [b"", b"\0", b"\xff" * 40])
def test_what_is_no_question_gets_no_reply(wire: bytes) -> None:
    assert DnsServer(partial(answer, ZONES)).reply(wire, by_udp=True) is None


def test_a_reply_is_not_answered() -> None:
    response = dns.message.make_response(dns.message.make_query("long.example", "TXT"))
    assert DnsServer(partial(answer, ZONES)).reply(response.to_wire(), by_udp=True) is None


def test_a_server_without_tcp_refuses_connections() -> None:
    async def main() -> None:
        listeners = Listeners()
        try:
            where, port = await open_server(partial(answer, ZONES), listeners, by_tcp=False)
            query = dns.message.make_query("medium.example", "TXT", use_edns=0, payload=1232)
            assert (await dns.asyncquery.udp(query, where, port=port, timeout=5)).answer
            with pytest.raises(ConnectionRefusedError):
                await dns.asyncquery.tcp(query, where, port=port, timeout=5)
        finally:
            await listeners.close()

    asyncio.run(main())
