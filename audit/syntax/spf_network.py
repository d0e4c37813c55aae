"""Networks as the terms `ip4` and `ip6` write them (RFC 7208 sections 5.6 and 12): `:192.0.2.0/24`, `:2001:db8::1`.

An address is written in full, as RFC 4291 section 2.2 has it for IPv6, and without a scope. Bits of it behind the
prefix length are allowed, and count for nothing.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32}")
LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")


class NetworkFault(ValueError):
    """What stands behind the name of a term is no network: why, in words."""


def network(name: str, rest: str) -> Network:
    """The network of a term, from its name in lower case and what stands behind that.

    Raises:
        NetworkFault: it is none, or of the other family.
    """
    if not rest.startswith(":") or len(rest) < 2:
        raise NetworkFault("missing address")
    address, slash, length = rest[1:].partition("/")
    try:
        ip = IPv4Address(address) if name == "ip4" else IPv6Address(_number(address) or address)
    except ValueError:
        raise NetworkFault("bad address") from None
    if "%" in address or (slash and not LENGTH.fullmatch(length)):
        raise NetworkFault("bad prefix length")
    bits = int(length) if slash else ip.max_prefixlen
    if bits > ip.max_prefixlen:
        raise NetworkFault("bad prefix length")
    return (IPv4Network if isinstance(ip, IPv4Address) else IPv6Network)((int(ip), bits), strict=False)


def _number(address: str) -> int | None:
    """The number of an IPv6 address that is written in the usual ways, read faster than the library does; None for what
    it is to read, or to refuse."""
    before, gap, behind = address.partition("::")
    first, last = (before.split(":") if before else []), (behind.split(":") if behind else [])
    missing = 8 - len(first) - len(last)
    groups = "".join((*(g.zfill(4) for g in first), "0000" * missing, *(g.zfill(4) for g in last)))
    usual = (missing > 0) == bool(gap) and "" not in first and "" not in last and HEXADECIMAL.fullmatch(groups)
    return int(groups, 16) if usual else None
