"""Networks as the terms `ip4` and `ip6` write them (RFC 7208 sections 5.6 and 12): `:192.0.2.0/24`, `:2001:db8::1`.

An address is written in full, as RFC 4291 section 2.2 has it for IPv6, and without a scope. Bits of it behind the
prefix length are allowed, and count for nothing.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from audit.syntax.span import Span

GROUPS = re.compile(r"[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,7}")
LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")


class NetworkFault(ValueError):
    """What stands behind the name of a term is no network: why, in words."""


def network(name: str, rest: str) -> Span:
    """The network of a term, from its name in lower case and what stands behind that.

    Raises:
        NetworkFault: it is none, or of the other family.
    """
    if not rest.startswith(":") or len(rest) < 2:
        raise NetworkFault("missing address")
    address, slash, length = rest[1:].partition("/")
    try:
        ip = IPv4Address(address) if name == "ip4" else IPv6Address(number(address) or address)
    except ValueError:
        raise NetworkFault("bad address") from None
    if "%" in address or (slash and not LENGTH.fullmatch(length)):
        raise NetworkFault("bad prefix length")
    bits = int(length) if slash else ip.max_prefixlen
    if bits > ip.max_prefixlen:
        raise NetworkFault("bad prefix length")
    return span(ip.version, int(ip), bits)


def span(version: int, address: int, length: int) -> Span:
    """The network around an address."""
    host = (32 if version == 4 else 128) - length
    return Span(version, address >> host << host, length)


def number(address: str) -> int | None:
    """The number of an IPv6 address that is written in the usual ways, read faster than the library does; None for what
    it is to read, or to refuse."""
    before, gap, behind = address.partition("::")
    first, last = _groups(before), _groups(behind)
    if first is None or last is None:
        return None
    missing = 8 - len(first) - len(last)
    if missing < 0 or (missing > 0) != bool(gap):
        return None
    value = 0
    for group in first:
        value = value << 16 | int(group, 16)
    value <<= 16 * missing
    for group in last:
        value = value << 16 | int(group, 16)
    return value


def _groups(text: str) -> list[str] | None:
    """The groups of digits on one side of a gap, of which there may be none; None where they are written otherwise."""
    if not text:
        return []
    return text.split(":") if GROUPS.fullmatch(text) else None
