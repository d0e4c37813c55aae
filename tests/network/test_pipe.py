"""A connection as octets: what it brings is bounded, and each of its ends is told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from audit.network.pipe import Flooded, Pipe


class Transport(asyncio.Transport):
    """A transport of which only the end is seen."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


def play(events: Callable[[Pipe], object], waits: float = 0.05) -> tuple[bytes | type[BaseException], bool]:
    """What is received after some events, and whether the pipe is still alive."""

    async def run() -> tuple[bytes | type[BaseException], bool]:
        pipe = Pipe(limit=100)
        pipe.connection_made(Transport())
        events(pipe)
        try:
            return await pipe.receive(asyncio.get_running_loop().time() + waits), pipe.is_alive
        except (OSError, Flooded) as error:
            return type(error), pipe.is_alive

    return asyncio.run(run())


def _more_than_allowed(pipe: Pipe) -> None:
    for _ in range(50):
        pipe.data_received(b"x" * 30)


def _words_before_reset(pipe: Pipe) -> None:
    pipe.data_received(b"554 no\r\n")
    pipe.connection_lost(ConnectionResetError())


@pytest.mark.parametrize(
    ("events", "received", "alive"),
    [
        (lambda pipe: pipe.data_received(b"220 x\r\n"), b"220 x\r\n", True),
        (lambda pipe: pipe.data_received(b"x" * 100), b"x" * 100, True),
        (lambda _: None, TimeoutError, True),
        (lambda pipe: pipe.eof_received(), b"", False),
        (lambda pipe: pipe.connection_lost(None), b"", False),
        (lambda pipe: pipe.connection_lost(ConnectionResetError()), ConnectionResetError, False),
        (_words_before_reset, b"554 no\r\n", False),
        (_more_than_allowed, Flooded, False),
    ],
)
def test_what_is_received(events: Callable[[Pipe], object], received: bytes | type[BaseException], alive: bool) -> None:
    assert play(events) == (received, alive)


def test_of_a_flood_nothing_is_kept_beyond_the_limit() -> None:
    async def run() -> bytes:
        pipe = Pipe(limit=100)
        pipe.connection_made(Transport())
        _more_than_allowed(pipe)
        return pipe.take()

    assert len(asyncio.run(run())) <= 100
