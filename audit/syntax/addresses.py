"""Addresses that no mail server on the public internet has (RFC 6890 and the IANA special-purpose registries).

`ipaddress.is_global` does not serve: its answers differ between Python versions, and it passes multicast, 6to4, NAT64
and site-local addresses that lead into a private network. So the table is written out here. IPv6 is judged the other
way round: only 2000::/3 is ordinary, but for the ranges named below.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeVar

from audit.syntax.span import Network, Span, size

N = TypeVar("N", bound=Network)
NOT_AN_ADDRESS = "not an address"

_IPV4 = tuple(
    (IPv4Network(range_), use)
    for range_, use in (
        ("168.63.129.16/32", "cloud metadata"),  # Azure's wire server
        ("169.254.169.254/32", "cloud metadata"),
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_IPV6 = tuple(
    (IPv6Network(range_), use)
    for range_, use in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard-only"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is the last 32 bits
GLOBAL_IPV6 = IPv6Network("2000::/3")
NO_CLIENT_IPV4 = tuple(range_ for range_, _ in _IPV4)  # networks from which no mail comes over the internet
NO_CLIENT_IPV6 = (
    *GLOBAL_IPV6.supernet(new_prefix=0).address_exclude(GLOBAL_IPV6),
    *(range_ for range_, _ in _IPV6 if range_.subnet_of(GLOBAL_IPV6)),
)


@lru_cache(maxsize=1024)  # domains share hosts, and protocols read their addresses again
def special_use(address: str, allowed: tuple[str, ...] = ()) -> str | None:
    """What an address is reserved for (`private`, `loopback`, `documentation` …), or None when it is an ordinary one.

    `allowed` are CIDR ranges that count as ordinary. A text that is not a plain numeric address is `not an address`:
    names such as `2130706433` or `127.1`, which a C library would take for one, and addresses with a scope id.

    Raises:
        ValueError: an allowed range is not a CIDR range.
    """
    parsed = _parsed(address)
    return NOT_AN_ADDRESS if parsed is None else use_of(int(parsed), parsed.version, allowed)


def use_of(value: int, version: int, allowed: tuple[str, ...] = ()) -> str | None:
    """`special_use` of the address that a number stands for."""
    ordinary = _ranges(allowed, version)
    use = (_UNMIXED_IPV4 if version == 4 else _UNMIXED_IPV6).use(value)
    if use is _EMBEDDED:
        use = _UNMIXED_IPV4.use(value & 0xFFFFFFFF)
        if use and _in_one(value & 0xFFFFFFFF, _ranges(allowed, 4)):
            return None
    return None if use and _in_one(value, ordinary) else use


def collapsed(networks: Iterable[N]) -> tuple[N, ...]:
    """Networks of one family in order, without those that others hold, and halves that stand together as a whole."""
    given = {(int(network.network_address), network.prefixlen): network for network in networks}
    if not given:
        return ()
    one = next(iter(given.values()))
    left: list[tuple[int, int]] = []
    end = 0  # of what is there so far
    for first, length in sorted(given):
        size = 1 << (one.max_prefixlen - length)
        if first < end:
            continue
        end = first + size
        here = first, length
        while left and left[-1] == (here[0] - size, here[1]) and not left[-1][0] & size:
            here = left.pop()[0], here[1] - 1
            size *= 2
        left.append(here)
    return tuple(given.get(each) or type(one)(each) for each in left)


def use_of_all(span: Span, allowed: tuple[str, ...] = ()) -> str | None:
    """What all of a network is reserved for; None where some of it is ordinary."""
    table = _UNMIXED_IPV4 if span.version == 4 else _UNMIXED_IPV6
    if table.use(span.first) is None:  # by far the most
        return None
    use = use_of(span.first, span.version, allowed)
    return use if use and use == use_of(span.first + size(span) - 1, span.version, allowed) else None


class _Unmixed:
    """A table of ranges, of which the first that holds an address counts, as ranges that don't overlap."""

    def __init__(self, ranges: Sequence[tuple[Network, str]], other: str | None) -> None:
        ends = {edge for range_, _ in ranges for edge in (_first(range_), _first(range_) + range_.num_addresses)}
        self._starts = sorted({0} | ends)
        self._uses = [next((use for r, use in ranges if _holds(r, start)), other) for start in self._starts]

    def use(self, value: int) -> str | None:
        return self._uses[bisect_right(self._starts, value) - 1] or None


def _first(range_: Network) -> int:
    return int(range_.network_address)


def _holds(range_: Network, value: int) -> bool:
    host = range_.max_prefixlen - range_.prefixlen
    return value >> host == _first(range_) >> host


def _in_one(value: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(value >> host == leading for leading, host in ranges)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return None if isinstance(parsed, IPv6Address) and parsed.scope_id is not None else parsed


@cache
def _ranges(allowed: tuple[str, ...], version: int) -> tuple[tuple[int, int], ...]:
    """The leading bits of each range of a family, and how many others its addresses have."""
    spans = [Span.of(ip_network(text)) for text in allowed]
    return tuple((s.first >> (s.bits - s.length), s.bits - s.length) for s in spans if s.version == version)


_EMBEDDED = "an IPv4 address"
_UNMIXED_IPV4 = _Unmixed(_IPV4, None)
_UNMIXED_IPV6 = _Unmixed(((_NAT64, _EMBEDDED), *_IPV6, (GLOBAL_IPV6, "")), "not global unicast")
