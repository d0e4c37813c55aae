"""Rules on how a zone is delegated, and to which servers (RFC 1034 section 4.2, RFC 2182)."""

from __future__ import annotations

import ipaddress

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole, need
from audit.model.report import Severity
from audit.model.subject import NameServer
from audit.protocol.zone.contents import ApexServers
from audit.protocol.zone.delegation import (
    Delegation,
    NameServerFound,
    NameServerRegistration,
    NameServers,
    ZoneCut,
)
from audit.protocol.zone.port53 import Port53
from audit.protocol.zone.service import ZoneService
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.rules.zone.mending import FEWEST, mended, too_few, without

SHOWN = 13  # name servers in a message
NETWORK_IPV4, NETWORK_IPV6 = 24, 48  # bits: what usually lies in one place


@rule(
    "NS-COUNT",
    severity=Severity.MEDIUM,
    reference="RFC 1034 section 4.1; RFC 2182 section 5",
    message="{zone} is delegated to {count} name server: {hosts}",
    supersedes=("NS-DIVERSITY",),
)
def ns_count(cut: ZoneCut, delegation: Delegation) -> Verdict:
    """The zone is delegated to fewer than two name servers.

    ## Why it matters
    While that server is down or out of reach nobody finds the domain: no mail arrives, and what the domain sends fails
    SPF, DKIM and DMARC.
    ## What to do
    Let a second server, in another network, serve the zone, and have the registrar delegate to both.
    """
    if not cut.own:
        return not_applicable()
    if len(delegation.hosts) >= FEWEST:
        return ok()
    return fail(zone=cut.apex, count=str(len(delegation.hosts)), hosts=delegation.hosts)


@rule(
    "NS-PARENT-CHILD",
    severity={"disjoint": Severity.MEDIUM, "differ": Severity.LOW},
    reference="RFC 1034 section 4.2.2",
    message="the parent delegates {zone} to {delegated}, and the zone itself names {published}",
)
def ns_parent_child(
    delegation: Delegation, own: ApexServers, servers: NameServers, table: ZoneService, port: Port53
) -> Verdict:
    """The parent delegates to other name servers than the zone names itself.

    ## Why it matters
    Some resolvers go by the one, some by the other, so that a part of the world asks servers that were given up, or
    never hears of new ones. After a move of the zone this is how the old one lives on.
    ## What to do
    Decide which servers are right, name them in the NS records of the zone, and have the registrar delegate to the
    same. The records shown are the delegation where all its servers are well, else all that serve the zone.
    """
    if not delegation.shown or own.hosts is None:
        return not_applicable()
    if set(own.hosts) == set(delegation.hosts):
        return ok()
    return fail(
        "differ" if set(own.hosts) & set(delegation.hosts) else "disjoint",
        zone=table.apex,
        delegated=_few(delegation.hosts),
        published=_few(own.hosts),
        publish=mended(servers, table, port),
    )


@rule(
    "NS-CNAME",
    severity=Severity.MEDIUM,
    reference="RFC 2181 section 10.3",
    message="{server} is an alias of {target}{left}",
)
def ns_cname(
    server: NameServer, servers: NameServers, found: NameServerFound, table: ZoneService, port: Port53
) -> Verdict:
    """The name of a name server is an alias.

    ## Why it matters
    An NS record must name a host itself. Some resolvers follow the alias, others take the server for absent.
    ## What to do
    Name the target in the NS records of the zone and at the registrar, or give the name address records of its own. A
    zone needs two servers that serve it; where fewer are left, find another first.
    """
    if not found.aliases:
        need(found.any)
        return ok()
    return fail(
        server=server.name,
        target=found.aliases[-1],
        left=too_few(servers, table, port),
        publish=without(server.name, servers, table, port),
    )


@rule(
    "NS-UNRESOLVABLE",
    severity=Severity.HIGH,
    reference="RFC 1912 section 2.8; RFC 1034 section 4.2.1",
    message="{server}, a name server of the zone, has no address{left}",
    supersedes=("NS-CNAME",),
)
def ns_unresolvable(
    server: NameServer, servers: NameServers, found: NameServerFound, table: ZoneService, port: Port53
) -> Verdict:
    """A name server of the zone has no address.

    ## Why it matters
    Nobody can ask it. The zone has one server less than it seems, and whoever can create the name can answer for the
    domain.
    ## What to do
    Correct the name, or remove it, in the NS records of the zone and at the registrar. A zone needs two servers that
    serve it; where fewer are left, find another first.
    """
    if need(found.any):
        return ok()
    return fail(
        server=server.name,
        left=too_few(servers, table, port),
        publish=without(server.name, servers, table, port),
    )


@rule(
    "NS-TAKEOVER",
    severity=Severity.CRITICAL,
    reference="RFC 1912 section 2.8; RFC 2308 section 2.1",
    message="{server} {lies} {registrable}, which its registry does not know: who registers it answers for the zone"
    "{left}",
    supersedes=("NS-UNRESOLVABLE", "NS-CNAME"),
)
def ns_takeover(
    server: NameServer, servers: NameServers, found: NameServerRegistration, table: ZoneService, port: Port53
) -> Verdict:
    """A name server of the zone lies in a domain that nobody has registered.

    ## Why it matters
    Anybody can register that domain, and from then on gives answers for this one: where its mail goes, who may send in
    its name, which certificates are issued.
    ## What to do
    Have the registrar take the name server out of the delegation now, and remove it from the NS records of the zone. A
    zone needs two servers that serve it; where fewer are left, find another as soon as this one is gone.
    """
    if need(found.registered):
        return ok()
    registrable = found.domain or server.name
    return fail(
        server=server.name,
        lies="lies in" if registry_domain(server.name) == registrable else "leads to",
        registrable=registrable,
        left=too_few(servers, table, port),
        publish=without(server.name, servers, table, port),
        causes=(cause("domain", registrable),),
    )


@rule(
    "NS-DIVERSITY",
    severity=Severity.LOW,
    reference="RFC 2182 section 3.1",
    message="all name servers of {zone} are in {network}",
)
def ns_diversity(table: ZoneService) -> Verdict:
    """All name servers of the zone are in one network.

    ## Why it matters
    A fault of that network, or of the way to it, takes the whole domain away. Addresses are counted by /24, those of
    IPv6 by /48. A network that is announced from many places (anycast) bears more than it seems, but one wrong route
    hits all of it.
    ## What to do
    Let a server in another network, best with another operator, serve the zone as well.
    """
    if not table.rows and table.hole is None:
        return not_applicable()
    for bits, ipv6 in ((NETWORK_IPV4, False), (NETWORK_IPV6, True)):
        networks = _networks(table, bits, ipv6=ipv6)
        if len(networks) > 1:
            return ok()
        need(_hole_of(table))
        if networks:
            return fail(zone=table.apex, network=networks[0])
    return not_applicable()


@rule(
    "NS-IPV6",
    severity=Severity.INFO,
    reference="RFC 3901 section 4; RFC 9386",
    message="no name server of {zone} has an IPv6 address",
)
def ns_ipv6(table: ZoneService) -> Verdict:
    """No name server of the zone can be reached over IPv6.

    ## Why it matters
    Resolvers without IPv4 do not find the domain. There are few yet, and there will be more.
    ## What to do
    Give a name server an AAAA record, and glue with it where it lies within the zone.
    """
    if not table.rows and table.hole is None:
        return not_applicable()
    rows = (Known(r.found.value.public_ipv6) if isinstance(r.found, Known) else r.found for r in table.rows)
    each = [f if isinstance(f, Unknown) else _some(f.value) for f in rows]
    return ok() if need(any_of([*each, *([table.hole] if table.hole else [])])) else fail(zone=table.apex)


def _few(hosts: tuple[str, ...]) -> tuple[str, ...]:
    more = len(hosts) - SHOWN
    return (*hosts[:SHOWN], f"{more} more") if more > 0 else hosts


def _some(family: Fact[tuple[str, ...]]) -> Fact[bool]:
    return family if isinstance(family, Unknown) else Known(bool(family.value))


def _networks(table: ZoneService, bits: int, *, ipv6: bool) -> tuple[str, ...]:
    """The networks in which the servers have addresses of a family."""
    found = (r.found.value for r in table.rows if isinstance(r.found, Known))
    families = (f.public_ipv6 if ipv6 else f.public_ipv4 for f in found)
    addresses = (a for f in families if isinstance(f, Known) for a in f.value)
    return tuple(sorted({str(ipaddress.ip_network(f"{a}/{bits}", strict=False)) for a in addresses}))


def _hole_of(table: ZoneService) -> Fact[None]:
    """Where a server may have an address that is not known."""
    facts = (r.found for r in table.rows)
    found = (f.value for f in facts if isinstance(f, Known))
    holes = first_hole(*(r.found for r in table.rows), *(f.hole for f in found))
    return table.hole or holes or Known(None)
