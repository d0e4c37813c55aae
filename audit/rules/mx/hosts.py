"""Rules on the hosts that MX records name (RFC 5321 section 5.1)."""

from __future__ import annotations

from audit.catalog.suffixes import registry_domain
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain, Host
from audit.protocol.mx.hosts import HostAddresses, HostTable, MailHosts
from audit.protocol.mx.origin import HostRegistration
from audit.rules.mx.mending import without
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule

BY_PREFERENCE = {"first": Severity.HIGH, "later": Severity.MEDIUM}


@rule(
    "MX-CNAME",
    severity=Severity.MEDIUM,
    reference="RFC 2181 section 10.3, RFC 5321 section 5.1",
    message="{host} is an alias of {target}{circle}",
)
def mx_cname(domain: Domain, host: Host, mail: MailHosts, addresses: HostAddresses, table: HostTable) -> Verdict:
    """The host of an MX record is an alias.

    ## Why it matters
    An exchange must not be an alias. Some senders refuse it, and loops are not recognized by others. Where aliases lead
    in a circle, no sender finds a server.
    ## What to do
    Name the target itself in the MX record, or give the host address records of its own.
    """
    if mail.implicit:
        return not_applicable()
    if not addresses.aliases:
        need(addresses.any)
        return ok()
    return fail(
        host=host.name,
        target=addresses.aliases[0 if addresses.circle else -1],
        circle=", in a circle that leads to no server" if addresses.circle else "",
        publish=without(host, domain, mail, table),
    )


@rule(
    "MX-NXDOMAIN",
    severity=BY_PREFERENCE,
    reference="RFC 5321 section 5.1",
    message="{host} does not exist in the DNS",
    supersedes=("MX-NOADDR", "MX-REACH"),
)
def mx_nxdomain(domain: Domain, host: Host, mail: MailHosts, addresses: HostAddresses, table: HostTable) -> Verdict:
    """The host of an MX record does not exist.

    ## Why it matters
    Mail that senders try to hand to it is delayed or lost, and whoever can register the name can take the mail.
    ## What to do
    Correct the name in the MX record, or remove the record.
    """
    if need(addresses.exists):
        return ok()
    return fail(_preference(host, mail), host=host.name, publish=without(host, domain, mail, table))


@rule(
    "MX-TAKEOVER",
    severity=Severity.CRITICAL,
    reference="RFC 5321 section 5.1; RFC 2308 section 2.1",
    message="{host} {lies} {registrable}, which its registry does not know: whoever registers it takes the mail",
    supersedes=("MX-NXDOMAIN",),
)
def mx_takeover(domain: Domain, host: Host, mail: MailHosts, found: HostRegistration, table: HostTable) -> Verdict:
    """An MX record names a host in a domain that nobody has registered.

    ## Why it matters
    Anybody can register the domain, and from then on gets the mail that senders hand to this host: passwords to be
    reset, invoices, proofs of control for certificates.
    ## What to do
    Remove the MX record now. If the name is a slip of the pen, correct it; if the domain was yours, register it again.
    """
    if need(found.registered):
        return ok()
    registrable = found.domain or host.name
    return fail(
        host=host.name,
        lies="lies in" if registry_domain(host.name) == registrable else "leads to",
        registrable=registrable,
        publish=without(host, domain, mail, table),
        causes=(cause("domain", registrable),),
    )


@rule(
    "MX-NOADDR",
    severity=BY_PREFERENCE,
    reference="RFC 5321 section 5.1",
    message="{host} has no address",
    supersedes=("MX-REACH",),
)
def mx_noaddr(domain: Domain, host: Host, mail: MailHosts, addresses: HostAddresses, table: HostTable) -> Verdict:
    """The host of an MX record has no address.

    ## Why it matters
    Senders cannot connect to it.
    ## What to do
    Publish an A and an AAAA record for the host, or remove the MX record.
    """
    if need(addresses.any):
        return ok()
    return fail(_preference(host, mail), host=host.name, publish=without(host, domain, mail, table))


def _preference(host: Host, mail: MailHosts) -> str:
    """Whether senders try the host first."""
    first = any(e.host == host.name and e.preference == mail.lowest for e in mail.exchanges)
    return "first" if first or mail.implicit else "later"
