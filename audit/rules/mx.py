"""Rules on MX records and the addresses behind them (RFC 5321 section 5.1, RFC 7505)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain, Host, Server
from audit.protocol.mx import AddressUse, HostAddresses, MailClass, MailFamilies, MailHosts
from audit.protocol.smtp import Contact, Reach
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung

BY_PREFERENCE = {"first": Severity.HIGH, "later": Severity.MEDIUM}


@rule(
    "MX-MISSING",
    severity={"mail": Severity.HIGH, "implicit": Severity.MEDIUM},
    reference="RFC 5321 section 5.1",
    message="{domain} has no MX record; senders fall back to its own address",
)
def mx_missing(domain: Domain, mail: MailHosts, options: DomainOptions) -> Verdict:
    """The domain takes mail at its own address because it has no MX record.

    ## Why it matters
    The fallback is a relic: web servers get mail that nobody reads, and some senders never try it.
    ## What to do
    Publish an MX record that names your mail server. If no mail is wanted, publish a null MX: MX 0 with a single dot.
    """
    if options.parked or (not mail.exchanges and not mail.implicit):
        return not_applicable()
    if not mail.implicit:
        return ok()
    return fail("mail" if options.parked is False else "implicit", domain=domain.name)


@rule(
    "MX-NONE-NOADDR",
    severity=Severity.INFO,
    reference="RFC 5321 section 5.1",
    message="{domain} has neither MX nor address, so it takes no mail",
)
def mx_none_noaddr(domain: Domain, mail: MailHosts) -> Verdict:
    """The domain has nowhere to take mail.

    ## Why it matters
    Mail to it bounces. That is right for a domain that only exists for its name, and wrong for any other.
    ## What to do
    Publish an MX record if the domain should take mail. If not, say so with SPF "v=spf1 -all" and DMARC p=reject.
    """
    return ok() if mail.exchanges or mail.implicit else fail(domain=domain.name)


@rule(
    "MX-NULL",
    severity=Severity.INFO,
    reference="RFC 7505 section 3",
    message="{domain} says with a null MX that it takes no mail",
)
def mx_null(domain: Domain, mail: MailHosts) -> Verdict:
    """The domain says that it takes no mail.

    ## Why it matters
    Senders report at once that the address is wrong, instead of trying for days.
    ## What to do
    Nothing, if no mail is wanted. A domain that sends no mail either should publish "v=spf1 -all" and DMARC p=reject.
    """
    return fail(domain=domain.name) if mail.null else ok()


@rule(
    "MX-NULL-MIXED",
    severity=Severity.HIGH,
    reference="RFC 7505 section 3",
    message="a null MX stands beside {hosts}",
)
def mx_null_mixed(mail: MailHosts) -> Verdict:
    """A null MX stands beside other MX records.

    ## Why it matters
    One record says that no mail is taken, another says where. Senders differ in which they believe.
    ## What to do
    Remove the null MX, or all the others.
    """
    has_null = any(e.host == "." for e in mail.exchanges)
    if has_null and len(mail.exchanges) > 1:
        return fail(hosts=tuple(sorted({e.host for e in mail.exchanges if e.host != "."})) or (".",))
    return ok()


@rule(
    "MX-IPLIT",
    severity=Severity.HIGH,
    reference="RFC 5321 section 5.1, RFC 1035 section 3.3.9",
    message="the MX record names an address instead of a host: {addresses}",
)
def mx_iplit(mail: MailHosts) -> Verdict:
    """An MX record holds an address.

    ## Why it matters
    An exchange is a host name. Senders look the digits up as a name, find nothing and give up.
    ## What to do
    Give the server a name with an A or AAAA record, and put that name into the MX record.
    """
    return fail(addresses=mail.literals) if mail.literals else ok()


@rule(
    "MX-DUP",
    severity=Severity.LOW,
    reference="RFC 5321 section 5.1",
    message="named by more than one MX record: {hosts}",
)
def mx_dup(mail: MailHosts) -> Verdict:
    """One host is named by several MX records.

    ## Why it matters
    The second record adds no redundancy: a sender tries the same host again.
    ## What to do
    Keep one MX record for each host.
    """
    names = [e.host for e in mail.exchanges]
    twice = tuple(sorted({n for n in names if names.count(n) > 1}))
    return fail(hosts=twice) if twice else ok()


@rule(
    "MX-IPV6-NONE",
    severity=Severity.LOW,
    reference="RFC 5321 section 5.2",
    message="no mail server of {domain} has an IPv6 address",
)
def mx_ipv6_none(domain: Domain, mail: MailClass, families: MailFamilies) -> Verdict:
    """No mail server of the domain can be reached over IPv6.

    ## Why it matters
    Senders without IPv4 cannot deliver. There are few yet, and there will be more.
    ## What to do
    Give a mail server an AAAA record, with a PTR record that matches if it also sends.
    """
    if not need(mail.takes_mail):
        return not_applicable()
    return ok() if need(families.ipv6) else fail(domain=domain.name)


@rule(
    "MX-CNAME",
    severity=Severity.MEDIUM,
    reference="RFC 2181 section 10.3, RFC 5321 section 5.1",
    message="{host} is an alias of {target}",
)
def mx_cname(host: Host, mail: MailHosts, addresses: HostAddresses) -> Verdict:
    """The host of an MX record is an alias.

    ## Why it matters
    An exchange must not be an alias. Some senders refuse it, and loops are not recognized by others.
    ## What to do
    Name the target itself in the MX record, or give the host address records of its own.
    """
    if mail.implicit:
        return not_applicable()
    if addresses.aliases:
        return fail(host=host.name, target=addresses.aliases[-1])
    need(addresses.any)
    return ok()


@rule(
    "MX-NXDOMAIN",
    severity=BY_PREFERENCE,
    reference="RFC 5321 section 5.1",
    message="{host} does not exist in the DNS",
    supersedes=("MX-NOADDR", "MX-REACH"),
)
def mx_nxdomain(host: Host, mail: MailHosts, addresses: HostAddresses) -> Verdict:
    """The host of an MX record does not exist.

    ## Why it matters
    Mail that senders try to hand to it is delayed or lost, and whoever can register the name can take the mail.
    ## What to do
    Correct the name in the MX record, or remove the record.
    """
    if need(addresses.exists):
        return ok()
    return fail(_preference(host, mail), host=host.name)


@rule(
    "MX-NOADDR",
    severity=BY_PREFERENCE,
    reference="RFC 5321 section 5.1",
    message="{host} has no address",
    supersedes=("MX-REACH",),
)
def mx_noaddr(host: Host, mail: MailHosts, addresses: HostAddresses) -> Verdict:
    """The host of an MX record has no address.

    ## Why it matters
    Senders cannot connect to it.
    ## What to do
    Publish an A and an AAAA record for the host, or remove the MX record.
    """
    return ok() if need(addresses.any) else fail(_preference(host, mail), host=host.name)


@rule(
    "MX-PRIVATE",
    severity=Severity.HIGH,
    reference="RFC 6890",
    message="{host} has the address {address}, which is not public ({use})",
    supersedes=("MX-REACH",),
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


def _preference(host: Host, mail: MailHosts) -> str:
    """Whether senders try the host first."""
    first = any(e.host == host.name and e.preference == mail.lowest for e in mail.exchanges)
    return "first" if first or mail.implicit else "later"
