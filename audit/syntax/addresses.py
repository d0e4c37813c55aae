"""Addresses that no mail server on the public internet has (RFC 6890 and the IANA special-purpose registries).

`ipaddress.is_global` does not serve: its answers differ between Python versions, and it passes multicast, 6to4, NAT64
and site-local addresses that lead into a private network. So the table is written out here. IPv6 is judged the other
way round: only 2000::/3 is ordinary, but for the ranges named below.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
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


def special_use(address: str, allowed: tuple[str, ...] = ()) -> str | None:
    """What an address is reserved for (`private`, `loopback`, `documentation` …), or None when it is an ordinary one.

    `allowed` are CIDR ranges that count as ordinary. A text that is not a plain numeric address is `not an address`:
    names such as `2130706433` or `127.1`, which a C library would take for one, and addresses with a scope id.

    Raises:
        ValueError: an allowed range is not a CIDR range.
    """
    parsed = _parsed(address)
    if parsed is None:
        return NOT_AN_ADDRESS
    if any(parsed.version == range_.version and parsed in range_ for range_ in _ranges(allowed)):
        return None
    if isinstance(parsed, IPv4Address):
        return _first(parsed, allowed)
    if parsed in _NAT64:
        return _first(IPv4Address(int(parsed) & 0xFFFFFFFF), allowed)
    for range_, use in _IPV6:
        if parsed in range_:
            return use
    return None if parsed in GLOBAL_IPV6 else "not global unicast"


def _first(address: IPv4Address, allowed: tuple[str, ...]) -> str | None:
    if any(isinstance(range_, IPv4Network) and address in range_ for range_ in _ranges(allowed)):
        return None
    return next((use for range_, use in _IPV4 if address in range_), None)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return None if isinstance(parsed, IPv6Address) and parsed.scope_id is not None else parsed


@cache
def _ranges(allowed: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in allowed)
