"""What holds over the whole suite: `requests` never dials, and never resolves a name.

A fetch over HTTPS is handed a connection that the dialer made to an address that the guard has judged. The threads in
which `requests` runs are watched: whatever else they would open is refused on the spot, and fails the run.

A shell without job control lets what it starts in the background ignore Ctrl-C, and so would what the tests start.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

OPENING = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
FETCHING = "https_"  # how the threads of audit.network.https are named
opened: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in OPENING and threading.current_thread().name.startswith(FETCHING):
        opened.append(f"{event} {arguments[1:]}")
        raise RuntimeError(f"a fetch opens a connection of its own: {event}")


sys.addaudithook(_watch)


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was loaded stays to the end: no collection of garbage needs to look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _no_fetch_dials() -> Iterator[None]:
    yield
    assert not opened, opened
