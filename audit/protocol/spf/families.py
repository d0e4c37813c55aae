"""The two families of addresses, and how much of one networks hold. A good part of each is no client's on the internet:
it is private, multicast, or not given out for use (RFC 6890, RFC 4291 section 2.4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network, IPv6Network

from audit.syntax.addresses import GLOBAL_IPV6, NO_CLIENT_IPV4, NO_CLIENT_IPV6, collapsed, extent

Network = IPv4Network | IPv6Network
GLOBAL_SIZE = GLOBAL_IPV6.num_addresses
MOST = 0.8  # of a family: with less none is whole, whatever no client has


def is_whole(networks: Collection[Network]) -> bool:
    """Whether networks of one family are together all of it, but for what no client on the internet has."""
    if not networks or addresses(networks) < MOST * all_addresses(next(iter(networks)).version):
        return False
    ipv4 = [n for n in networks if isinstance(n, IPv4Network)]
    ipv6 = [n for n in networks if isinstance(n, IPv6Network)]
    whole: list[Network] = []
    whole += collapsed([*ipv4, *NO_CLIENT_IPV4]) if ipv4 else ()
    whole += collapsed([*ipv6, *NO_CLIENT_IPV6]) if ipv6 else ()
    return any(n.prefixlen == 0 for n in whole)


def addresses(networks: Iterable[Network]) -> int:
    """How many addresses of clients networks hold; those of networks that overlap count each time."""
    return sum(_clients(n) for n in networks)


def clients(networks: Iterable[Network]) -> int:
    """How many clients on the internet may have an address in networks of one family, each counted once."""
    given = tuple(networks)
    nobodys: tuple[Network, ...] = NO_CLIENT_IPV4 if given and given[0].version == 4 else NO_CLIENT_IPV6
    return extent((*given, *nobodys)) - extent(nobodys)


def size(network: Network) -> int:
    """How many addresses a network has."""
    return 1 << (network.max_prefixlen - network.prefixlen)


VAST = {  # one in 256 addresses that clients may have
    4: clients((IPv4Network("0.0.0.0/0"),)) >> 8,
    6: clients((IPv6Network("::/0"),)) >> 8,
}


def _clients(network: Network) -> int:
    if isinstance(network, IPv4Network):
        return size(network)
    return min(size(network), GLOBAL_SIZE) if network.overlaps(GLOBAL_IPV6) else 0


def all_addresses(version: int) -> int:
    """How many addresses of clients a family has, or a little more."""
    return 1 << (32 if version == 4 else 125)
