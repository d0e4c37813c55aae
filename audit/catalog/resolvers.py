"""Public DNS resolvers, by address.

A blocklist counts its users by the address that asks. Those who ask through a public resolver cannot be counted, so
most lists (RFC 5782) refuse such resolvers, some with an answer that looks like a listing. It must be known before a
list is asked.
"""

from __future__ import annotations

import ipaddress
from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """A service that answers anybody: its name, the addresses to which questions are sent, and those of them at which
    no name is withheld."""

    name: str
    addresses: tuple[str, ...]
    unfiltered: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicResolvers:
    entries: tuple[Resolver, ...]

    def name_of(self, address: str) -> str | None:
        """The service behind an address, however the address is written; None for one that is not known."""
        wanted = _canonical(address)
        if wanted is None:
            return None
        return next((e.name for e in self.entries if any(_canonical(a) == wanted for a in e.addresses)), None)


@cache
def load_resolvers() -> PublicResolvers:
    """The public resolvers that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return PublicResolvers(entries=tables.section("resolvers", tuple[Resolver, ...]))


def _canonical(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped  # what a dual-stack socket shows of an IPv4 server
    return parsed
