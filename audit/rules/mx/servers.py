"""Rules on the addresses of mail hosts, one by one: each is a server of its own."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.mx.hosts import AddressUse
from audit.protocol.smtp import Contact, Ipv6Reach, Reach
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung


@rule(
    "MX-PRIVATE",
    severity=Severity.HIGH,
    reference="RFC 6890",
    message="{host} has the address {address}, which is not public ({use})",
    supersedes=("MX-REACH", "MX-IPV6-REACH"),
)
def mx_private(server: Server, address: AddressUse) -> Verdict:
    """A mail server has an address that the internet does not reach.

    ## Why it matters
    Senders outside your network cannot deliver to it, and some will try another machine of theirs that has the address.
    ## What to do
    Publish the public address of the mail server. Keep internal addresses in an internal view of the zone.
    """
    if address.special is None:
        return ok()
    return fail(host=server.host, address=server.address, use=address.special)


@rule(
    "MX-REACH",
    severity={"all": Severity.CRITICAL, "some": Severity.MEDIUM},
    reference="RFC 5321 section 4.5.4.1",
    message="{host} does not accept connections at {address} ({outcome})",
)
def mx_reach(server: Server, contact: Contact, reach: Reach) -> Verdict:
    """A mail server does not accept connections.

    ## Why it matters
    When no server of the domain accepts connections, no mail arrives; when one of several does not, mail is delayed.
    ## What to do
    Let the internet connect to the server's SMTP port, or remove the address or the MX record.
    """
    if contact.reached:
        return ok()
    return fail(rung(reach.any, "some", "all"), host=server.host, address=server.address, outcome=str(contact.outcome))


@rule(
    "MX-IPV6-REACH",
    severity=Severity.HIGH,
    reference="RFC 5321 section 5.2, RFC 6724 section 2.1",
    message="{host} accepts connections by IPv4 but not at its IPv6 address {address} ({outcome})",
    supersedes=("MX-REACH",),
)
def mx_ipv6_reach(server: Server, reach: Ipv6Reach) -> Verdict:
    """A mail server has an IPv6 address and does not accept connections there.

    ## Why it matters
    Many senders try IPv6 first. Each waits until its patience ends before it turns to IPv4, and some never do.
    ## What to do
    Let the internet connect to the SMTP port at the IPv6 address, or remove the AAAA record.
    """
    if reach.contact is None:
        return not_applicable()
    contact = need(reach.contact)
    if contact.reached:
        return ok()
    if not need(reach.ipv4):
        return not_applicable()  # by no way: MX-REACH says so
    return fail(host=server.host, address=server.address, outcome=str(contact.outcome))
