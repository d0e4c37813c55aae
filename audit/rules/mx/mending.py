"""The MX records that a domain should have, where they follow from those that it has.

Records of one name and type are published together, so that there is one proposal: the set with all in it mended that
is certain to be wrong. Whatever finding somebody takes it from, none of the others is left or undone by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.fact import Fact, Known
from audit.model.subject import Domain, Host
from audit.protocol.mx.hosts import Exchange, HostAddresses, HostTable, MailHosts
from audit.syntax import zonefile
from audit.syntax.names import as_address

NULL = Exchange(0, ".")


def mx_lines(domain: str, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """MX records to publish: one for each host, by preference and name."""
    kept: dict[str, Exchange] = {}
    for exchange in sorted(exchanges, key=lambda e: (e.preference, e.host)):
        kept.setdefault(exchange.host, exchange)
    return tuple(zonefile.line(domain, "MX", f"{e.preference} {e.host.removesuffix('.')}.") for e in kept.values())


def mended(domain: Domain, mail: MailHosts, table: HostTable) -> tuple[str, ...]:
    """All MX records of the domain, mended; none where no host would be left."""
    if mail.exchanges and all(e.host == "." for e in mail.exchanges):
        return mx_lines(domain.name, [NULL])
    return mx_lines(domain.name, _mended(mail, table))


def without(host: Host, domain: Domain, mail: MailHosts, table: HostTable) -> tuple[str, ...]:
    """All MX records of the domain, mended, where that rids them of a host."""
    return () if any(e.host == host.name for e in _mended(mail, table)) else mended(domain, mail, table)


def _mended(mail: MailHosts, table: HostTable) -> tuple[Exchange, ...]:
    found = dict(table.rows)
    named = [(e, _meant(e.host, found.get(e.host))) for e in mail.exchanges]
    kept = [(e, host) for e, host in named if host is not None]
    reached = [(e, host) for e, host in kept if e.host not in table.inward]
    # Where no host can be reached, their addresses are to be mended, not the records that name them.
    return tuple(Exchange(e.preference, host) for e, host in reached or kept)


def _meant(host: str, found: Fact[HostAddresses] | None) -> str | None:
    """The host that an exchange should name: of an alias its target, none in place of what certainly takes no mail."""
    if host == "." or as_address(host):
        return None
    if not isinstance(found, Known):
        return host
    addresses = found.value
    if addresses.any == Known(False) or addresses.exists == Known(False):
        return None
    return addresses.aliases[-1] if addresses.aliases and addresses.known else host
