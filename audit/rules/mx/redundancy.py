"""Rules on what a domain's mail hosts are together: how many ways in there are, and whose."""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mx.hosts import HostAddresses, HostTable, MailClass, MailHosts
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

SEEN: Fact[None] = Known(None)


@rule(
    "MX-SINGLE",
    severity=Severity.INFO,
    reference="RFC 5321 section 5.1",
    message="all mail goes to one server, {host}",
)
def mx_single(mail: MailClass, hosts: MailHosts, table: HostTable, providers: Providers) -> Verdict:
    """All mail of the domain goes to one server at one address.

    ## Why it matters
    While that server is down, mail waits with its senders. They try for some days, so that nothing is lost at once.
    ## What to do
    Add a second server that treats mail as the first does. A forgotten second server takes more spam than mail.
    """
    if not need(mail.takes_mail) or not table.rows or any(providers.of_mx(h) for h, _ in table.rows):
        return not_applicable()
    if len(table.rows) > 1 or len(hosts.hosts) > 1:
        return ok()
    host, found = table.rows[0]
    addresses = need(found)
    families = (addresses.ipv4, addresses.ipv6)
    if need(any_of(f if isinstance(f, Unknown) else Known(len(f.value) > 1) for f in families)):
        return ok()
    return fail(host=host) if addresses.known else not_applicable()


@rule(
    "MX-DUP-ADDR",
    severity=Severity.INFO,
    reference="RFC 5321 section 5.1",
    message="mail hosts that are one and the same machine: {hosts}",
)
def mx_dup_addr(table: HostTable) -> Verdict:
    """Several mail hosts have the same addresses.

    ## Why it matters
    They look like several ways in and are one: when it fails, all fail.
    ## What to do
    Point one of the names at another machine, or keep a single MX record.
    """
    if len(table.rows) < 2:
        return not_applicable()
    groups: dict[tuple[str, ...], list[str]] = {}
    for host, found in table.rows:
        if addresses := _all_addresses(found.value) if isinstance(found, Known) else ():
            groups.setdefault(addresses, []).append(host)
    same = tuple(" = ".join(hosts) for hosts in groups.values() if len(hosts) > 1)
    if same:
        return fail(hosts=same)
    known = [f.value for _, f in table.rows if isinstance(f, Known)]
    need(first_hole(table.hole, *(f for _, f in table.rows), *(x for a in known for x in (a.ipv4, a.ipv6))) or SEEN)
    return ok()


@rule(
    "MX-MIXED-PROVIDER",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 5.1",
    message="mail goes to several mailbox providers: {providers}",
)
def mx_mixed_provider(mail: MailHosts, providers: Providers) -> Verdict:
    """The MX records name the servers of more than one mailbox provider.

    ## Why it matters
    Each provider delivers to its own mailboxes, so that a part of the mail lands where nobody reads it, or is refused.
    Mostly these are records that a move left behind.
    ## What to do
    Keep the records of the provider that holds the mailboxes, and remove those of the other.
    """
    if not mail.hosts:
        return not_applicable()
    known = (providers.of_mx(h) for h in mail.hosts)
    names = {p.id: p.name for p in known if p is not None and p.kind == "mailbox" and not p.unverified}
    return fail(providers=tuple(sorted(names.values()))) if len(names) > 1 else ok()


@rule(
    "MX-IPV6-NONE",
    severity=Severity.LOW,
    reference="RFC 5321 section 5.2",
    message="no mail server of {domain} has an IPv6 address",
)
def mx_ipv6_none(domain: Domain, mail: MailClass, table: HostTable) -> Verdict:
    """No mail server of the domain can be reached over IPv6.

    ## Why it matters
    Senders without IPv4 cannot deliver. There are few yet, and there will be more.
    ## What to do
    Give a mail server an AAAA record, with a PTR record that matches if it also sends.
    """
    if not need(mail.takes_mail):
        return not_applicable()
    return ok() if need(table.ipv6) else fail(domain=domain.name)


def _all_addresses(addresses: HostAddresses) -> tuple[str, ...]:
    """All addresses of a host, sorted; none while a family is not known."""
    known = isinstance(addresses.ipv4, Known) and isinstance(addresses.ipv6, Known)
    return tuple(sorted(addresses.known)) if known else ()
