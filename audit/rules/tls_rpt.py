"""Rules on reports about TLS (RFC 8460)."""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Known, all_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mx.hosts import MailClass
from audit.protocol.report_mailbox import mail_domain
from audit.protocol.tls_rpt import BELOW, TlsInsisted, TlsReportReach, TlsRptAlias, TlsRptFound
from audit.rules.alias import ALIAS, DANGLING, FREE, judged
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule, rung
from audit.syntax import tls_rpt, zonefile

SHOWN = 5
MAX_MERGED = 2000  # octets: who publishes more has other troubles than a record to paste


@rule(
    "TLSRPT-MISSING",
    severity={"TLS insisted on": Severity.MEDIUM, "TLS not insisted on": Severity.LOW},
    reference="RFC 8460 section 3",
    message="{domain} has no TLS-RPT record: nobody tells you when mail to it cannot be sent over TLS",
)
def tlsrpt_missing(
    domain: Domain, found: TlsRptFound, leads: TlsRptAlias, mail: MailClass, insisted: TlsInsisted
) -> Verdict:
    """The domain asks for no reports on TLS.

    ## Why it matters
    Senders know when STARTTLS fails on the way to your hosts, or a certificate does not fit. Without the record they
    tell nobody. Where an MTA-STS policy lets them insist on TLS, such mail is late or lost in silence.
    ## What to do
    Publish the record. Put in an address that somebody, or a service, reads; postmaster is only a stopgap. Where
    _smtp._tls is an alias, no TXT record can stand beside it: publish the record at its target, or remove the alias
    first.
    """
    if not need(mail.takes_mail):
        return not_applicable()
    if found.found:
        return ok()
    record = None if leads.alias else tls_rpt.written((f"mailto:postmaster@{domain.name}",))
    return fail(
        rung(insisted.announced, "TLS insisted on", "TLS not insisted on"),
        domain=domain.name,
        publish=(zonefile.txt(f"{BELOW}.{domain.name}", record),) if record else (),
    )


@rule(
    "TLSRPT-CNAME",
    severity={FREE: Severity.MEDIUM, DANGLING: Severity.LOW, ALIAS: Severity.INFO},
    reference="RFC 8460 sections 3 and 8; RFC 1034 section 3.6.2",
    message="{name}, where the TLS-RPT record belongs, is an alias of {target}{state}",
)
def tlsrpt_cname(found: TlsRptAlias) -> Verdict:
    """The name of the TLS-RPT record is an alias.

    ## Why it matters
    Whoever has the target decides who is sent the reports. That is as it should be with a service that reads them. If
    the target does not exist, nobody is; and where nobody has registered its domain, anybody may, and then learns who
    sends mail to the domain, and where TLS fails on the way.
    ## What to do
    Nothing where the target is your service's. Remove an alias that leads to nothing, and publish a record instead.
    """
    return judged(found.alias)


@rule(
    "TLSRPT-MULTI",
    severity=Severity.MEDIUM,
    reference="RFC 8460 section 3",
    message="{domain} has {count} TLS-RPT records; senders use none of them",
)
def tlsrpt_multi(domain: Domain, found: TlsRptFound) -> Verdict:
    """More than one TLS-RPT record stands at the domain.

    ## Why it matters
    Senders then take it that there is none, and send no reports.
    ## What to do
    Keep one. It may name several addresses, separated by commas.
    """
    if not (found.found or found.meant):
        return not_applicable()
    if len(found.found) <= 1:
        return ok()
    return fail(domain=domain.name, count=len(found.found), publish=_merged(domain, found, found.found))


@rule(
    "TLSRPT-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 8460 section 3",
    message="the TLS-RPT record of {domain} cannot be read: {places}",
    supersedes=("TLSRPT-MISSING",),
)
def tlsrpt_syntax(domain: Domain, found: TlsRptFound) -> Verdict:
    """The TLS-RPT record breaks the grammar.

    ## Why it matters
    Senders send reports only where the record names an address that they can read. A record that does not begin
    literally with "v=TLSRPTv1;" is none at all, even if only a space stands before the semicolon. A size behind an
    address, such as !10m, comes from the former DMARC; here it makes the address one that nobody can read.
    ## What to do
    Write v=TLSRPTv1; rua= and one or more mailto: or https: addresses, separated by commas, and nothing behind them.
    """
    texts = found.found or found.meant
    if not texts:
        return not_applicable()
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for text in texts for p in tls_rpt.parse(text).problems)
    if not found.found:
        places = ('it does not begin with "v=TLSRPTv1;"', *places)
    return fail(domain=domain.name, places=places[:SHOWN], publish=_merged(domain, found, texts)) if places else ok()


@rule(
    "TLSRPT-RUA-MX",
    severity=Severity.LOW,
    reference="RFC 8460 section 3, RFC 5321 section 5.1",
    message="{domain} wants reports on TLS at {mailboxes}, where no mail can arrive",
)
def tlsrpt_rua_mx(domain: Domain, found: TlsRptFound, reach: TlsReportReach) -> Verdict:
    """A mailbox for reports on TLS cannot receive mail.

    ## Why it matters
    The reports are sent nowhere, and nobody notices. Nothing else guards the address: for TLS-RPT there is no consent
    of the receiving domain to check.
    ## What to do
    Name a mailbox of a domain that takes mail.
    """
    record = found.record
    if record is None or not record.mailboxes:
        return not_applicable()
    dead = tuple(uri for uri, takes in reach.mailboxes if takes == Known(False))
    if not dead:
        need(all_of(takes for _, takes in reach.mailboxes))
        return ok()
    publish = _merged(domain, found, found.found, without=dead)
    causes = tuple(cause("report_mailbox", mail_domain(uri) or uri) for uri in dead)
    return fail(domain=domain.name, mailboxes=dead, publish=publish, causes=causes)


def _merged(
    domain: Domain, found: TlsRptFound, texts: tuple[str, ...], without: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """One record with all addresses that were meant, where the texts stand; none where there is no such address, or
    where somebody else keeps them."""
    stands = found.alias or f"{BELOW}.{domain.name}"
    if sum(map(len, texts)) > MAX_MERGED or (found.alias and registrable(stands) != registrable(domain.name)):
        return ()
    rua = tuple(dict.fromkeys(uri for text in texts for uri in tls_rpt.meant(text) if uri not in without))
    return (zonefile.txt(stands, tls_rpt.written(rua)),) if rua else ()
