"""Rules on the names with which a domain's own servers greet others (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import HeloName
from audit.protocol.helo import HeloForm, HeloLookup
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.names import canonical


@rule(
    "HELO-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 5321 sections 2.3.5 and 4.1.1.1",
    message="{name} is no name for EHLO: {fault}",
)
def helo_syntax(name: HeloName, form: HeloForm) -> Verdict:
    """One of the domain's servers greets others with what is no full host name.

    ## Why it matters
    Many receivers refuse a client that calls itself localhost, a bare address or a single word: most that do are
    infected machines.
    ## What to do
    Let the server greet with its full name in the public DNS (smtp_helo_name, primary_hostname, "FQDN for EHLO").
    """
    return ok() if form.fault is None else fail(name=name.name, fault=form.fault)


@rule(
    "HELO-RESOLVE",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 4.1.4",
    message="{name} {what}",
)
def helo_resolve(name: HeloName, form: HeloForm, found: HeloLookup, options: DomainOptions) -> Verdict:
    """The name with which a server greets others does not lead to it.

    ## Why it matters
    No receiver may refuse mail for this alone, but filters count it, beside all else that looks wrong.
    ## What to do
    Give the name A and AAAA records with the addresses that the server sends from, and let the PTR records of those
    lead back to the name.
    """
    if not form.is_name:
        return not_applicable()
    if need(found.addressed if found.expected is None else found.expected):
        return ok()
    what = "has no address" if found.addressed == Known(False) else "leads to none of the addresses that send"
    return fail(name=name.name, what=what, publish=_addresses(name, options))


@rule(
    "HELO-SPF",
    severity=Severity.LOW,
    reference="RFC 7208 sections 2.3 and 10.1.3",
    message="there is no SPF record at {name}",
)
def helo_spf(name: HeloName, form: HeloForm, found: HeloLookup) -> Verdict:
    """The name with which a server greets others has no SPF record.

    ## Why it matters
    Bounces and other mail without a sender are checked by this name. Without a record anybody may greet with it.
    ## What to do
    Publish an SPF record at the name that lets its own addresses send and nobody else.
    """
    if not form.is_name:
        return not_applicable()
    if need(found.spf):
        return ok()
    return fail(name=name.name, publish=(zonefile.txt(canonical(name.name), "v=spf1 a -all"),))


def _addresses(name: HeloName, options: DomainOptions) -> tuple[str, ...]:
    """The address records of the name, where it can only be one address of a family."""
    typed = [("AAAA" if ":" in a else "A", a) for a in options.sending_ips]
    if len({rdtype for rdtype, _ in typed}) < len(typed):
        return ()
    return tuple(zonefile.line(canonical(name.name), rdtype, a) for rdtype, a in typed)
