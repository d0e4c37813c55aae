"""Networks as the terms `ip4` and `ip6` write them (RFC 7208 sections 5.6 and 12): `:192.0.2.0/24`, `:2001:db8::1`.

An address is written in full, as RFC 4291 section 2.2 has it for IPv6, and without a scope. Bits of it behind the
prefix length are allowed, and count for nothing.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from audit.syntax.span import Span

_GROUP = "[0-9a-fA-F]{1,4}"
_GROUPS = f"({_GROUP}(?::{_GROUP}){{0,6}})?"
USUAL_IPV6 = f"(?:{_GROUPS}::{_GROUPS}|({_GROUP}(?::{_GROUP}){{7}}))"  # ways to write an address that are read faster
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
        ip = IPv4Address(address) if name == "ip4" else IPv6Address(address)
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


def number(before: str | None, behind: str | None, whole: str | None) -> int | None:
    """The number of an IPv6 address, from its groups of digits before and behind a gap, or from all eight. None where
    the gap would stand for nothing."""
    if whole:
        return _joined(0, whole.split(":"))
    first = before.split(":") if before else []
    last = behind.split(":") if behind else []
    missing = 8 - len(first) - len(last)
    return _joined(_joined(0, first) << 16 * missing, last) if missing > 0 else None


def _joined(value: int, groups: list[str]) -> int:
    for group in groups:
        value = value << 16 | int(group, 16)
    return value
