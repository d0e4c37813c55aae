"""The name servers that a zone should have, where they follow from those that it has (RFC 2182).

There is one set, for the zone's own NS records and for its delegation alike: all in it is mended that is certain to be
wrong. Whatever finding somebody takes it from, none of the others is left or undone by it. Fewer than two servers that
are known to serve the zone are no set to publish.
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unknown, all_of
from audit.protocol.zone.delegation import NameServers
from audit.protocol.zone.port53 import Port53, is_lame
from audit.protocol.zone.service import ServerRow, Service, ZoneService
from audit.syntax import zonefile
from audit.syntax.names import as_address, canonical

FEWEST = 2  # servers of a zone (RFC 2182 section 5)
MOST = 13  # NS records; of more a part would be worse than none
TOO_FEW = "; fewer than two servers that serve the zone would be left"


def mended(servers: NameServers, table: ZoneService, port: Port53) -> tuple[str, ...]:
    """All NS records of the zone, mended; none where that leaves too few, or more than can be looked through."""
    kept = _mended(servers, table, port)
    serving = {host for row in table.rows if row.serves == Known(True) and (host := _meant(row, table.apex, port))}
    if not FEWEST <= len(kept) <= MOST or len(serving & set(kept)) < FEWEST:
        return ()
    return tuple(zonefile.line(table.apex, "NS", f"{host}.") for host in kept)


def without(host: str, servers: NameServers, table: ZoneService, port: Port53) -> tuple[str, ...]:
    """All NS records of the zone, mended, where that rids them of a name server."""
    return () if host in _mended(servers, table, port) else mended(servers, table, port)


def too_few(servers: NameServers, table: ZoneService, port: Port53) -> str:
    """In words, that no set can be made of the servers that the zone has; nothing where one can, or may be."""
    whole = table.hole is None and isinstance(servers.delegated, Known)
    return TOO_FEW if whole and len(_mended(servers, table, port)) < FEWEST else ""


def _mended(servers: NameServers, table: ZoneService, port: Port53) -> tuple[str, ...]:
    """What the parent names, where all of that is well: then nothing has to change there. Else what either names."""
    meant = {row.host: _meant(row, table.apex, port) for row in table.rows}
    delegated, published = _names(servers.delegated), _names(servers.published)
    sound = delegated and all(meant.get(host, host) == host for host in delegated)
    hosts = delegated if sound else (*delegated, *published)
    return tuple(dict.fromkeys(to for host in hosts if (to := meant.get(host, _named(host))) is not None))


def _names(told: Fact[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(map(canonical, told.value)) if isinstance(told, Known) else ()


def _named(host: str) -> str | None:
    """A name server of which no more is known than its name: an address is none, nor is the root."""
    return None if host == "." or as_address(host) else host


def _meant(row: ServerRow, apex: str, port: Port53) -> str | None:
    """The host that an NS record should name: of an alias its target, none in place of what certainly does not serve
    the zone, or is known by glue alone without lying in it."""
    if _named(row.host) is None:
        return None
    if isinstance(row.found, Unknown):
        return row.host
    found = row.found.value
    orphan = found.exists == Known(False) and not f".{row.host}".endswith(f".{apex}")
    if orphan or found.any == Known(False) or _serves_not(row, port) == Known(True):
        return None
    return found.aliases[-1] if found.aliases and found.any == Known(True) else row.host


def _serves_not(row: ServerRow, port: Port53) -> Fact[bool]:
    """Whether it is certain that a name server does not serve the zone at any public address."""
    if isinstance(row.found, Unknown):
        return row.found
    families = (f for f in (row.found.value.ipv4, row.found.value.ipv6) if isinstance(f, Unknown))
    return all_of([*(_lame(f, port) for _, f in row.services), *families])


def _lame(found: Fact[Service], port: Port53) -> Fact[bool]:
    return found if isinstance(found, Unknown) else is_lame(found.value, port)
