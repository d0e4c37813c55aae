"""Routes: whether packets of an address family can leave this machine, learned without sending one.

A UDP socket that is connected to a public address has a source address if, and only if, the kernel has a route.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from audit.network.dial import Dialer

# a.root-servers.net; connecting a UDP socket sends nothing
SOMEWHERE = {"ipv4": ("198.41.0.4", 53), "ipv6": ("2001:503:ba3e::2:30", 53)}
VERSION = {"ipv4": 4, "ipv6": 6}
FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
GLOBAL_IPV6 = IPv6Network("2000::/3")


def available(family: str, dialer: Dialer, *, only_mapped: bool) -> bool:
    """Whether addresses of a family (`ipv4`, `ipv6`) can be dialled from here.

    Where somebody stands in for such addresses they can; a lab that allows nothing else gives the same on each machine.
    """
    if VERSION[family] in dialer.families_mapped():
        return True
    return False if only_mapped else _routed(family)


def own_literal() -> str:
    """This machine's address as EHLO takes it (RFC 5321 section 4.1.3); loopback's where there is no route."""
    return f"[{_source('ipv4') or '127.0.0.1'}]"


def _routed(family: str) -> bool:
    source = _source(family)
    if source is None:
        return False
    if source.version == 6:
        return source in GLOBAL_IPV6  # a unique local address leads nowhere; IPv4's private ones have a translator
    return not (source.is_loopback or source.is_link_local or source.is_unspecified)


def _source(family: str) -> IPv4Address | IPv6Address | None:
    """The address that packets of a family would leave from."""
    try:
        with socket.socket(FAMILY[family], socket.SOCK_DGRAM) as sock:
            sock.connect(SOMEWHERE[family])
            return ip_address(sock.getsockname()[0].partition("%")[0])
    except OSError:
        return None
