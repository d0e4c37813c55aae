"""The two families of addresses, and how much of one networks hold. A good part of each is no client's on the internet:
it is private, multicast, or not given out for use (RFC 6890, RFC 4291 section 2.4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from audit.syntax.addresses import GLOBAL_IPV6, NO_CLIENT_IPV4, NO_CLIENT_IPV6
from audit.syntax.span import Span, extent, size

NO_CLIENT = {4: tuple(map(Span.of, NO_CLIENT_IPV4)), 6: tuple(map(Span.of, NO_CLIENT_IPV6))}
NOBODYS = {version: extent(spans) for version, spans in NO_CLIENT.items()}
WHOLE = {4: Span(4, 0, 0), 6: Span(6, 0, 0)}
GLOBAL = Span.of(GLOBAL_IPV6)
MOST = 0.8  # of a family: with less none is whole, whatever no client has


def is_whole(spans: Collection[Span]) -> bool:
    """Whether networks of one family are together all of it, but for what no client on the internet has."""
    version = next(iter(spans)).version if spans else 4
    return addresses(spans) >= MOST * all_addresses(version) and not lacking(spans, version)


def lacking(spans: Collection[Span], version: int) -> int:
    """How many addresses networks lack to be all of a family, but for what no client on the internet has."""
    return size(WHOLE[version]) - extent((*spans, *NO_CLIENT[version]))


def addresses(spans: Iterable[Span]) -> int:
    """How many addresses of clients networks hold; those of networks that overlap count each time."""
    return sum(map(_clients, spans))


def clients(spans: Collection[Span]) -> int:
    """How many clients on the internet may have an address in networks of one family, each counted once."""
    version = next(iter(spans)).version if spans else 4
    return extent((*spans, *NO_CLIENT[version])) - NOBODYS[version]


CLIENTS = {version: clients((whole,)) for version, whole in WHOLE.items()}
VAST = {version: count >> 8 for version, count in CLIENTS.items()}  # one in 256 addresses that clients may have
NEARLY_ALL = {version: count * 9 // 10 for version, count in CLIENTS.items()}


def _clients(span: Span) -> int:
    if span.version == 4:
        return size(span)
    shift = span.bits - min(span.length, GLOBAL.length)
    return min(size(span), size(GLOBAL)) if span.first >> shift == GLOBAL.first >> shift else 0


def all_addresses(version: int) -> int:
    """How many addresses of clients a family has, or a little more."""
    return 1 << (32 if version == 4 else 125)
