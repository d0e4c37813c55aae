"""Rules on how a mail server introduces itself (RFC 5321 sections 4.2 and 4.3.1)."""

from __future__ import annotations

from audit.model.fact import Known, Unknown, any_of, need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.banner import Greeting, GreetingName, is_full_name
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.greeting import software_in
from audit.syntax.names import canonical

GREETING = 220
PRIVATE = frozenset(
    {
        *("corp", "domain", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost"),
        *("office", "private", "workgroup"),
    }
)  # top-level domains that exist only inside networks (RFC 6762 appendix G, RFC 6761, ICANN's .internal)


@rule(
    "BANNER-FORMAT",
    severity=Severity.LOW,
    reference="RFC 5321 sections 4.2 and 4.3.1",
    message="{host} at {address} greets with “{greeting}” instead of 220 and its name",
    supersedes=("BANNER-NAME",),
)
def banner_format(server: Server, greeting: Greeting) -> Verdict:
    """A mail server greets in a form that the standard does not know.

    ## Why it matters
    The greeting is 220, the server's name, and free text. Careful senders, and whatever reads their logs, look for it.
    ## What to do
    Set the server's greeting back to its default, or let it begin with the host's full name.
    """
    reply = need(greeting.reply)
    if reply.code == GREETING and need(greeting.name) and "no_text" not in reply.flaws:
        return ok()
    shown = f"{reply.code} {reply.lines[0] if reply.lines else ''}".strip()
    return fail(host=server.host, address=server.address, greeting=shown[:100])


@rule(
    "BANNER-NAME",
    severity=Severity.LOW,
    reference="RFC 5321 sections 2.3.5 and 4.3.1",
    message="{host} at {address} calls itself {names}",
)
def banner_name(server: Server, greeting: Greeting) -> Verdict:
    """A mail server's name for itself is not a full host name.

    ## Why it matters
    A name such as localhost tells whoever looks for a fault nothing, and a server that greets so mostly sends with that
    name too, which filters count against it. Asterisks come from a firewall that rewrites the dialogue and breaks more.
    ## What to do
    Set the server's own name (myhostname, primary_hostname, "FQDN for EHLO") to its full name in the public DNS, and
    switch off SMTP inspection in the firewall.
    """
    said = (greeting.name, greeting.introduced)
    if isinstance(greeting.name, Known) and not greeting.name.value:
        return not_applicable()
    odd = dict.fromkeys(f.value for f in said if isinstance(f, Known) and not _is_public(f.value))
    if not need(any_of(f if isinstance(f, Unknown) else Known(f.value in odd) for f in said)):
        return ok()
    return fail(host=server.host, address=server.address, names=tuple(f"“{name[:100]}”" for name in odd))


@rule(
    "BANNER-MISMATCH",
    severity=Severity.INFO,
    reference="RFC 5321 section 4.3.1",
    message="{host} at {address} greets as {name}, a name that does not lead there",
)
def banner_mismatch(server: Server, greeting: Greeting, name: GreetingName) -> Verdict:
    """A mail server greets with the name of another.

    ## Why it matters
    No sender minds. It makes faults harder to find, and may show that the MX record leads to the wrong machine.
    ## What to do
    Nothing, if the server has that name among others. Else set its name, or correct the MX record.
    """
    if name.fits is None:
        return not_applicable()
    if need(name.fits):
        return ok()
    return fail(host=server.host, address=server.address, name=canonical(need(greeting.name)))


@rule(
    "BANNER-VERSION",
    severity=Severity.INFO,
    reference="RFC 5321 section 7.6",
    message="{host} at {address} tells what it runs: {software}",
)
def banner_version(server: Server, greeting: Greeting) -> Verdict:
    """A mail server tells everybody the version of its software.

    ## Why it matters
    Whoever looks for servers with a known hole finds this one without trying. It tells nothing to those who send mail.
    ## What to do
    Leave the version out of the greeting (smtpd_banner, smtp_banner, "SMTP greeting").
    """
    reply = need(greeting.reply)
    found = software_in(reply.lines[0].partition(" ")[2] if reply.lines else "")
    return fail(host=server.host, address=server.address, software=found) if found else ok()


@rule(
    "BANNER-SLOW",
    severity=Severity.LOW,
    reference="RFC 5321 section 4.5.3.2.1",
    message="{host} at {address} lets a sender wait for its greeting for more than 30 seconds",
)
def banner_slow(server: Server, greeting: Greeting) -> Verdict:
    """A mail server takes more than half a minute to greet.

    ## Why it matters
    Senders have to wait for five minutes, and some do not. Mostly a lookup in the DNS or in a blocklist is stuck;
    some servers wait on purpose, to see whether the other side is a program that cannot.
    ## What to do
    Look at what the server asks before it greets: reverse names, blocklists, ident. Shorten a wait that is meant.
    """
    return fail(host=server.host, address=server.address) if need(greeting.slow) else ok()


@rule(
    "EHLO-REFUSED",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 3.2",
    message="{host} at {address} refuses EHLO and takes only HELO",
)
def ehlo_refused(server: Server, greeting: Greeting) -> Verdict:
    """A mail server does not know EHLO.

    ## Why it matters
    Without EHLO there are no extensions, and STARTTLS is one: all mail to this server crosses the network in the clear.
    ## What to do
    Mostly a firewall in front of the server takes the command away: switch off its SMTP inspection. Replace software
    that is older than EHLO.
    """
    return ok() if need(greeting.extended) else fail(host=server.host, address=server.address)


def _is_public(name: str) -> bool:
    return is_full_name(name) and canonical(name).rpartition(".")[2] not in PRIVATE
