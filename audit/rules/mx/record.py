"""Rules on the MX records themselves (RFC 5321 section 5.1)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mx.hosts import Exchange, HostTable, MailHosts
from audit.protocol.mx.origin import MxLifetime
from audit.protocol.zone.denial import MxDenial
from audit.rules.mx.mending import mended, mx_lines
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.names import as_address, host_fault

MAX_RECORDS = 10  # a `mx` term of SPF with more is an error (RFC 7208 section 4.6.4)
TTL_LOW, TTL_HIGH = 300, 86_400  # seconds
WANTED = {"wanted": Severity.HIGH, "unasked": Severity.INFO}


@rule(
    "MX-MISSING",
    severity={"mail": Severity.HIGH, "implicit": Severity.MEDIUM},
    reference="RFC 5321 section 5.1",
    message="{domain} has no MX record; senders fall back to its own address",
)
def mx_missing(domain: Domain, mail: MailHosts, denial: MxDenial, options: DomainOptions) -> Verdict:
    """The domain takes mail at its own address because it has no MX record.

    ## Why it matters
    The fallback is a relic: web servers get mail that nobody reads, and some senders never try it.
    ## What to do
    Publish an MX record that names your mail server; the one shown keeps what senders do now. If no mail is wanted,
    publish a null MX instead: preference 0 and a single dot.
    """
    if options.parked or (not mail.exchanges and not mail.implicit):
        return not_applicable()
    if not mail.implicit:
        return ok()
    need(denial.doubt or Known(None))
    wanted = options.mail or options.parked is False
    return fail(
        "mail" if wanted else "implicit",
        domain=domain.name,
        publish=mx_lines(domain.name, [Exchange(10, domain.name)]),
    )


@rule(
    "MX-NONE-NOADDR",
    severity=WANTED,
    reference="RFC 5321 section 5.1",
    message="{domain} has neither MX nor address, so it takes no mail",
)
def mx_none_noaddr(domain: Domain, mail: MailHosts, denial: MxDenial, options: DomainOptions) -> Verdict:
    """The domain has nowhere to take mail.

    ## Why it matters
    Mail to it bounces. That is right for a domain that only exists for its name, and wrong for any other.
    ## What to do
    Publish an MX record if the domain should take mail. If not, say so with SPF "v=spf1 -all" and DMARC p=reject.
    """
    if mail.exchanges or mail.implicit:
        return ok()
    need(denial.doubt or Known(None))
    return fail("wanted" if options.mail else "unasked", domain=domain.name)


@rule(
    "MX-IPLIT",
    severity=Severity.HIGH,
    reference="RFC 5321 section 5.1, RFC 1035 section 3.3.9",
    message="the MX record names an address instead of a host: {addresses}",
)
def mx_iplit(domain: Domain, mail: MailHosts, table: HostTable) -> Verdict:
    """An MX record holds an address.

    ## Why it matters
    An exchange is a host name. Senders look the digits up as a name, find nothing and give up.
    ## What to do
    Give the server a name with an A or AAAA record, and put that name into the MX record. If the other servers do, the
    records shown are enough.
    """
    return fail(addresses=mail.literals, publish=mended(domain, mail, table)) if mail.literals else ok()


@rule(
    "MX-HOST-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 2.3.5, RFC 1123 section 2.1",
    message="the MX records name what no host can be called: {hosts}",
)
def mx_host_syntax(mail: MailHosts) -> Verdict:
    """An MX record names what no host can be called.

    ## Why it matters
    Host names hold letters, digits and hyphens. Some senders refuse any other before they look it up, and no public
    certificate can be had for it.
    ## What to do
    Give the server a name of letters, digits and hyphens, and put that name into the MX record.
    """
    named = [h for h in mail.hosts if not as_address(h)]
    if not named:
        return not_applicable()
    faults = tuple(f"{h} ({fault})" for h in named if (fault := host_fault(h)))
    return fail(hosts=faults) if faults else ok()


@rule(
    "MX-DUP",
    severity=Severity.LOW,
    reference="RFC 5321 section 5.1",
    message="named by more than one MX record: {hosts}",
)
def mx_dup(domain: Domain, mail: MailHosts, table: HostTable) -> Verdict:
    """One host is named by several MX records.

    ## Why it matters
    The second record adds no redundancy: a sender tries the same host again.
    ## What to do
    Keep one MX record for each host, the one with the lowest preference.
    """
    names = [e.host for e in mail.exchanges]
    twice = tuple(sorted({n for n in names if names.count(n) > 1}))
    return fail(hosts=twice, publish=mended(domain, mail, table)) if twice else ok()


@rule(
    "MX-COUNT",
    severity=Severity.LOW,
    reference="RFC 7208 section 4.6.4",
    message="there are {count} MX records, more than {allowed}",
)
def mx_count(mail: MailHosts) -> Verdict:
    """The domain has more MX records than anybody follows.

    ## Why it matters
    SPF with an `mx` term is in error when there are more than ten, and senders give up long before the last.
    ## What to do
    Keep the servers that are needed. A few names with several addresses each serve as well.
    """
    if not mail.exchanges:
        return not_applicable()
    return fail(count=len(mail.exchanges), allowed=MAX_RECORDS) if len(mail.exchanges) > MAX_RECORDS else ok()


@rule(
    "MX-TTL-LOW",
    severity=Severity.INFO,
    reference="RFC 1912 section 2.2",
    message="the MX records may be kept for {ttl} seconds only",
)
def mx_ttl_low(domain: Domain, mail: MailHosts, lifetime: MxLifetime, table: HostTable) -> Verdict:
    """The MX records live very short.

    ## Why it matters
    Each sender asks for them again and again, and a short failure of the name servers is a failure of mail at once.
    Right before a move a short life is wanted; afterwards it is not.
    ## What to do
    Publish the MX records with a TTL of an hour to four, when no move is near.
    """
    if lifetime.ttl is None:
        return not_applicable()
    ttl = need(lifetime.ttl)
    return fail(ttl=ttl, publish=mended(domain, mail, table)) if ttl < TTL_LOW else ok()


@rule(
    "MX-TTL-HIGH",
    severity=Severity.INFO,
    reference="RFC 1912 section 2.2",
    message="the MX records may be kept for {ttl} seconds, more than a day",
)
def mx_ttl_high(domain: Domain, mail: MailHosts, lifetime: MxLifetime, table: HostTable) -> Verdict:
    """The MX records live very long.

    ## Why it matters
    A change, also one made in need, reaches some senders only after that time.
    ## What to do
    Publish the MX records with a TTL of an hour to four.
    """
    if lifetime.ttl is None:
        return not_applicable()
    ttl = need(lifetime.ttl)
    return fail(ttl=ttl, publish=mended(domain, mail, table)) if ttl > TTL_HIGH else ok()
