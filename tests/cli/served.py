"""Zone text, served on loopback for as long as it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from audit.lab.dns_server import open_dns
from audit.lab.listeners import Listeners
from audit.lab.signing import SignedZones
from audit.lab.zone import parse
from tests.cli.command import NOW, beside, endpoint

ROOT = ". SOA a.root.example. admin.root.example. 1 1800 900 604800 86400"


@asynccontextmanager
async def _serving(text: str) -> AsyncIterator[str]:
    listeners = Listeners()
    try:
        zones = SignedZones(parse((ROOT, *text.splitlines())), NOW)
        yield endpoint(*await open_dns(zones, listeners))
    finally:
        await listeners.close()


@contextmanager
def served(text: str) -> Iterator[str]:
    """The address and port of a resolver that knows these records, `owner TYPE data` a line, every name absolute."""
    with beside(_serving(text)) as nameserver:
        yield nameserver
