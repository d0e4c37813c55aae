"""Rules on what the name servers of a zone do when they are asked (RFC 1912 section 2.8, RFC 7766, RFC 6891)."""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unknown, first_hole, need
from audit.model.report import Severity
from audit.model.subject import NameServer, NameServerAddress
from audit.protocol.zone.delegation import NameServerFound, NameServers
from audit.protocol.zone.port53 import Port53, is_lame
from audit.protocol.zone.service import Service, Voice, ZoneService, failing_word
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.rules.zone.mending import too_few, without

ENOUGH = 2  # servers that serve the zone: with fewer it hangs by one
SHOWN = 4  # addresses in a message
ABOVE = ", where the delegation sends resolvers first"


@rule(
    "NS-ADDRESS",
    severity={"last": Severity.HIGH, "others": Severity.MEDIUM},
    reference="RFC 6890; RFC 2182 section 5",
    message="{server}, a name server of the zone, has an address that is not public: {addresses}{left}",
)
def ns_address(
    server: NameServer, found: NameServerFound, servers: NameServers, table: ZoneService, port: Port53
) -> Verdict:
    """A name server of the zone has an address that the internet does not reach.

    ## Why it matters
    Whoever asks it there waits in vain, or asks another machine in a network of his own, which may answer for the
    domain whatever it likes. Such an address is not asked, and what the other servers say counts without it.
    ## What to do
    Give the name server its public address, also in the glue at the registrar, and keep internal addresses in an
    internal view of the zone. If it is meant for inside alone, take it out of the NS records and the delegation. A zone
    needs two servers that serve it; where fewer are left, find another first.
    """
    if not found.special:
        need(found.hole or Known(None))
        return ok()
    return fail(
        _left(server.name, servers, table),
        server=server.name,
        addresses=tuple(f"{address} ({use})" for address, use in found.special[:SHOWN]),
        left=too_few(servers, table, port),
        publish=without(server.name, servers, table, port),
        causes=(cause("name_server", server.name),),
    )


@rule(
    "NS-LAME",
    severity={"last": Severity.HIGH, "others": Severity.MEDIUM},
    reference="RFC 1912 section 2.8; RFC 9499 section 7",
    message="{server} at {address} does not serve {zone}: {what}",
    supersedes=("NS-TCP", "NS-EDNS"),
)
def ns_lame(at: NameServerAddress, found: Service, servers: NameServers, table: ZoneService, port: Port53) -> Verdict:
    """A name server of the zone does not answer for it.

    ## Why it matters
    Whoever asks it first waits, or gets an error. Where no more than one other server serves the zone, the domain goes
    when that one does: no mail arrives, and what the domain sends fails SPF, DKIM and DMARC. It was asked twice, by UDP
    and by TCP.
    ## What to do
    Let the server serve the zone: load the zone, and open port 53 in the firewall. If it was given up, take it out of
    the NS records of the zone and, at the registrar, out of the delegation. Where the delegation gives another address
    than the zone, have the registrar correct the glue.
    """
    if not need(is_lame(found, port)):
        return ok()
    return fail(
        _left(at.host, servers, table),
        server=at.host,
        address=at.address,
        zone=table.apex,
        what=f"{failing_word(found)}{ABOVE if at.address in _strays(at.host, table) else ''}",
        causes=(cause("name_server", at.host),),
    )


@rule(
    "NS-TCP",
    severity=Severity.MEDIUM,
    reference="RFC 7766 section 5; RFC 9210 section 3",
    message="{server} at {address} does not answer over TCP",
)
def ns_tcp(at: NameServerAddress, found: Service, port: Port53) -> Verdict:
    """A name server answers by UDP and not by TCP.

    ## Why it matters
    What is too long for a datagram is fetched by TCP: TXT records with long DKIM keys, signed answers. Without TCP
    receivers get nothing of them. From a server that sends everybody to TCP, nobody gets anything at all.
    ## What to do
    Open port 53 for TCP on the server and in the firewall before it.
    """
    if not found.sends_to_tcp and need(found.udp).voice is not Voice.AUTHORITY:
        return not_applicable()
    if need(found.tcp).voice is Voice.AUTHORITY:
        return ok()
    need(port.tcp(at.address))
    return fail(server=at.host, address=at.address, causes=(cause("name_server", at.host),))


@rule(
    "NS-EDNS",
    severity=Severity.LOW,
    reference="RFC 6891 section 7",
    message="{server} at {address} does not answer with EDNS",
)
def ns_edns(at: NameServerAddress, found: Service) -> Verdict:
    """A name server does not know EDNS, or does not answer with it.

    ## Why it matters
    Resolvers ask with EDNS. Where that gets no answer, or one without EDNS, they ask again, more slowly; DNSSEC is not
    possible, and answers of more than 512 octets go by TCP. It was asked twice.
    ## What to do
    Bring the server's software up to date, and let no firewall drop or change DNS messages.
    """
    if found.edns is None:
        return not_applicable()
    if need(found.edns):
        return ok()
    return fail(server=at.host, address=at.address, causes=(cause("name_server", at.host),))


def _strays(host: str, table: ZoneService) -> tuple[str, ...]:
    """The addresses of a name server that only the delegation gives."""
    found = next((row.found for row in table.rows if row.host == host), None)
    return found.value.strays if isinstance(found, Known) else ()


def _left(host: str, servers: NameServers, table: ZoneService) -> Fact[str]:
    """Whether the zone hangs by one server: it matters how many others serve it. A zone is found by its delegation, so
    that others than those count only where that is not known."""
    told = servers.delegated
    others = [r for r in table.rows if r.host != host and (isinstance(told, Unknown) or r.host in told.value)]
    if sum(r.serves == Known(True) for r in others) >= ENOUGH:
        return Known("others")
    whole = isinstance(told, Known) and set(told.value) <= {r.host for r in table.rows}
    return first_hole(None if whole else table.hole, *(r.serves for r in others)) or Known("last")
