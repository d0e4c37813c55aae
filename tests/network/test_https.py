"""What comes of a fetch, whatever the server does: in time, within bounds, and at the address that was judged."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from audit.model.probe import FetchOutcome, Header, HttpsFetch, HttpsGet
from audit.network import https as module
from audit.network.client import Network
from audit.network.options import Endpoint, HttpsLimits, NetworkOptions
from tests import conftest
from tests.network.httpsfault import BOMB, HOST, LOOPBACK, POLICY, URL, Web, web_servers
from tests.rules import pki

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECONDS = 3.0
T = TypeVar("T")
ADDRESS = "203.0.113.1"
GET = HttpsGet(url=URL, address=ADDRESS)


async def ask(network: Network, get: HttpsGet = GET) -> HttpsFetch:
    future: asyncio.Future[HttpsFetch] = asyncio.get_running_loop().create_future()
    network(get, future.set_result)
    return await future


def options_for(web: Web, seconds: float = SECONDS, **rest: Any) -> NetworkOptions:
    connect_to: dict[Endpoint, Endpoint] = {
        (f"203.0.113.{n}", 443): (LOOPBACK, port) for n, port in enumerate(web.ports.values(), 1)
    }
    limits = HttpsLimits(connect=seconds, total=seconds)
    chosen = NetworkOptions(
        nameservers=((LOOPBACK, 9),),
        connect_to=connect_to,
        allow_net=("203.0.113.0/24",),
        https_limits=limits,
        only_mapped=True,
    )
    return replace(chosen, **rest)


def fetched(
    *names: str, seconds: float = SECONDS, chain: Callable[[str], pki.Chain] = pki.good, **rest: Any
) -> tuple[HttpsFetch, Web]:
    """What the last of these servers gives."""
    get = replace(GET, address=f"203.0.113.{len(names)}")

    async def play(network: Network, web: Web) -> tuple[HttpsFetch, Web]:
        return await ask(network, get), web

    return in_web(play, *names, seconds=seconds, chain=chain, **rest)


def in_web(
    play: Callable[[Network, Web], Coroutine[Any, Any, T]],
    *names: str,
    seconds: float = SECONDS,
    chain: Callable[[str], pki.Chain] = pki.good,
    **rest: Any,
) -> T:
    async def run() -> T:
        async with web_servers(*names, chain=chain) as web:
            broken: list[BaseException] = []
            network = Network(options_for(web, seconds, **rest), lambda: NOW, on_fault=broken.append)
            try:
                return await play(network, web)
            finally:
                await network.close()
                assert not broken, broken

    return asyncio.run(run())


@pytest.mark.parametrize(
    "name", ["good", "lf", "chunked", "http10", "html", "untyped", "bom", "cr_only", "just_enough"]
)
def test_a_whole_reply_is_kept_as_it_was_sent(name: str) -> None:
    came, web = fetched(name)
    assert (came.outcome, came.status, came.asked_at) == (FetchOutcome.OK, 200, NOW)
    assert b"STSv1" in came.body
    assert came.tls is not None
    assert came.tls.chain == pki.good(HOST)
    assert came.elapsed_ms is not None
    assert len(web.read[name]) == 1


def test_what_we_say() -> None:
    _, web = fetched("good")
    lines = web.read["good"][0].decode().split("\r\n")
    assert lines[0] == "GET /.well-known/mta-sts.txt HTTP/1.1"
    assert sorted(lines[1:-2]) == [
        "Accept-Encoding: identity",
        "Accept: */*",
        "Connection: close",
        f"Host: {HOST}",
        "User-Agent: mxaudit",
    ]


@pytest.mark.parametrize(
    ("name", "status", "location"),
    [
        ("redirect", 302, "http://169.254.169.254/latest/meta-data/"),
        ("redirect_bomb", 301, "/x"),
        ("missing", 404, None),
        ("error", 500, None),
        ("busy", 429, None),
    ],
)
def test_another_status_is_a_reply_whose_body_nobody_reads(name: str, status: int, location: str | None) -> None:
    came, web = fetched(name)
    assert (came.outcome, came.status, came.body) == (FetchOutcome.OK, status, b"")
    assert came.header("location") == location
    assert len(web.read[name]) == 1


def test_what_is_packed_stays_packed() -> None:
    came, _ = fetched("bomb")
    assert came.outcome is FetchOutcome.OK
    assert came.body == BOMB
    assert came.header("content-encoding") == "gzip"


def test_header_fields_are_kept_escaped() -> None:
    came, _ = fetched("page")
    assert came.headers[0] == Header(name="content-type", value="text/html\\x1b[31m; \\xe2\\x80\\xae")


FAULTS = {
    "too_long": FetchOutcome.TOO_LONG,
    "announced": FetchOutcome.TOO_LONG,
    "endless": FetchOutcome.TOO_LONG,
    "many_fields": FetchOutcome.TOO_LONG,
    "long_line": FetchOutcome.TOO_LONG,
    "continues": FetchOutcome.TOO_LONG,
    "endless_chunks": FetchOutcome.TOO_LONG,
    "cut": FetchOutcome.CLOSED,
    "closed": FetchOutcome.CLOSED,
    "garbage": FetchOutcome.NOT_HTTP,
    "no_chunk": FetchOutcome.NOT_HTTP,
    "drip": FetchOutcome.TIMEOUT,
    "drip_header": FetchOutcome.TIMEOUT,
    "silent": FetchOutcome.TIMEOUT,
    "reset": FetchOutcome.RESET,
    "plain": FetchOutcome.TLS_FAILED,
    "plain_silent": FetchOutcome.TIMEOUT,
    "plain_closed": FetchOutcome.CLOSED,
    "alert": FetchOutcome.TLS_FAILED,
}


@pytest.mark.parametrize(("name", "outcome"), FAULTS.items())
def test_a_fault_is_told_from_the_others(name: str, outcome: FetchOutcome) -> None:
    came, web = fetched(name, seconds=0.6 if outcome is FetchOutcome.TIMEOUT else 20)
    assert came.outcome is outcome, came
    assert came.body == b""
    assert (came.tls is None) == name.startswith(("plain", "alert"))
    assert len(web.read[name]) == 1  # nobody tries again


@pytest.mark.parametrize("name", ["drip", "drip_header", "silent", "plain_silent"])
def test_the_deadline_is_for_the_whole_fetch(name: str) -> None:
    began = time.monotonic()
    fetched(name, seconds=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["endless", "bomb", "redirect_bomb", "endless_chunks", "continues", "just_enough"])
def test_no_server_takes_more_than_five_megabytes(name: str) -> None:
    fetched("good")  # what is loaded once is loaded
    tracemalloc.start()
    try:
        fetched(name, seconds=20)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(
    "chain", [pki.expired, pki.for_another_name, pki.self_signed, pki.incomplete, pki.unknown_root]
)
def test_a_bad_certificate_is_recorded_and_not_judged(chain: Callable[[str], pki.Chain]) -> None:
    came, _ = fetched("good", chain=chain)
    assert came.outcome is FetchOutcome.OK
    assert came.tls is not None
    assert came.tls.chain == chain(HOST)
    assert came.body == POLICY


def test_nobody_listens() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

    async def play(network: Network, web: Web) -> HttpsFetch:
        return await ask(network)

    came = in_web(play, connect_to={(ADDRESS, 443): (LOOPBACK, port)})
    assert came.outcome is FetchOutcome.REFUSED


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fe80::1", "::ffff:127.0.0.1"])
def test_an_internal_address_is_not_dialled(address: str) -> None:
    async def play(network: Network, web: Web) -> tuple[HttpsFetch, Web]:
        return await ask(network, replace(GET, address=address)), web

    came, web = in_web(play, "good", only_mapped=False)
    assert came.outcome is FetchOutcome.GUARD_REFUSED
    assert not web.read["good"]


@pytest.fixture
def dialled() -> Iterator[list[Any]]:
    """Every address that this process connects to."""
    seen: list[Any] = []
    listening = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            seen.append((event, arguments[1] if event == "socket.connect" else arguments[0]))

    sys.addaudithook(hook)  # for ever, so it is told to be quiet afterwards
    yield seen
    listening = False


def test_only_what_the_guard_has_judged_is_dialled(dialled: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment and the servers say: no proxy, no redirect, no name that is resolved again."""
    for name in ("http_proxy", "https_proxy", "ALL_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    names = ["good", "redirect", "redirect_bomb", "missing", "bomb", "endless", "closed", "garbage", "reset", "plain"]

    async def play(network: Network, web: Web) -> dict[str, int]:
        gets = [replace(GET, address=f"203.0.113.{n}") for n in range(1, len(names) + 1)]
        refused = [replace(GET, address=a) for a in ("127.0.0.1", "10.0.0.1", "203.0.113.99")]
        await asyncio.gather(*(ask(network, get) for get in (*gets, *refused)))
        return dict(web.ports)

    ports = in_web(play, *names, seconds=20)
    assert sorted(dialled) == sorted(("socket.connect", (LOOPBACK, port)) for port in ports.values())


def test_a_fetch_that_dialled_would_be_seen() -> None:
    """The watch over the suite works: a thread of that name cannot open anything."""
    pool = ThreadPoolExecutor(1, "https")
    with pool, socket.create_server((LOOPBACK, 0)) as server:
        refused = pool.submit(socket.create_connection, server.getsockname())
        with pytest.raises(RuntimeError, match="a fetch opens a connection"):
            refused.result()
    conftest.opened.clear()


def test_giving_up_does_not_wait_for_a_server() -> None:
    async def play(network: Network, web: Web) -> tuple[HttpsFetch, float]:
        asked = asyncio.ensure_future(ask(network))
        while not web.read["silent"]:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        network.give_up()
        await network.close()
        return await asked, time.monotonic() - began

    came, seconds = in_web(play, "silent", seconds=60)
    assert came.outcome is FetchOutcome.BUDGET
    assert seconds < 5


def test_one_address_sees_two_fetches_at_a_time() -> None:
    async def play(network: Network, web: Web) -> int:
        gets = [replace(GET, url=f"https://{n}.example/") for n in range(6)]
        asked = [asyncio.ensure_future(ask(network, get)) for get in gets]
        while len(web.read["silent"]) < module.PER_ADDRESS:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # for one more
        seen = len(web.read["silent"])
        network.give_up()
        await asyncio.gather(*asked)
        return seen

    assert in_web(play, "silent", seconds=60) == module.PER_ADDRESS
