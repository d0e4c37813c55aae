"""Rules on what a mail server of one's own does for strangers (RFC 2505, RFC 5321), judged by `mxaudit smtp` alone.

To ask others' servers so would be an attack: an audit never does, and lists these rules as not selected. A recipient
that is taken is a suspicion and no proof, as some servers take all and send it back later.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audit.model.fact import need
from audit.model.own import OwnProbes, ProbeName
from audit.model.report import Severity
from audit.model.subject import Server
from audit.rules.rule import Rule, Verdict, fail, not_applicable, ok, rule


@rule(
    "SMTP-OPENRELAY",
    severity=Severity.HIGH,
    reference="RFC 2505 section 2.1, RFC 5321 section 7.9",
    message="{host} at {address} took a recipient elsewhere from a stranger: suspected to be an open relay",
)
def smtp_openrelay(server: Server, own: OwnProbes) -> Verdict:
    """A mail server seems to pass on mail from anybody to anywhere.

    ## Why it matters
    Spammers look for open relays all day long. Once they use one, its address stands on every blocklist, and nobody
    takes its own mail any more. It is a suspicion and no proof: some servers take every recipient, and send back later
    what they do not deliver.
    Only `mxaudit smtp --own --probe relay` tests it; an audit never does.
    ## What to do
    Restrict relaying to users who are logged in and to your own networks (Postfix: `smtpd_relay_restrictions`).
    """
    asked = own.of(ProbeName.RELAY)
    if asked is None:
        return not_applicable()
    return fail(host=server.host, address=server.address) if need(asked.granted) else ok()


@rule(
    "SMTP-POSTMASTER",
    severity=Severity.LOW,
    reference="RFC 5321 section 4.5.1, RFC 2142",
    message="{host} at {address} refuses mail to postmaster",
)
def smtp_postmaster(server: Server, own: OwnProbes) -> Verdict:
    """A mail server has no mailbox for its postmaster.

    ## Why it matters
    Each server that takes mail has to take mail to postmaster. It is where other administrators write when your mail
    troubles them, before they block it.
    Only `mxaudit smtp --own --probe postmaster` tests it; an audit never does.
    ## What to do
    Make postmaster an alias of a mailbox that somebody reads, and let no filter refuse mail to it.
    """
    asked = own.of(ProbeName.POSTMASTER)
    if asked is None:
        return not_applicable()
    return ok() if need(asked.granted) else fail(host=server.host, address=server.address)


@rule(
    "SMTP-VRFY",
    severity=Severity.LOW,
    reference="RFC 5321 sections 3.5.3 and 7.3",
    message="VRFY at {host} ({address}) tells strangers which mailboxes there are",
)
def smtp_vrfy(server: Server, own: OwnProbes) -> Verdict:
    """A mail server tells strangers which mailboxes there are.

    ## Why it matters
    With VRFY addresses are tried by the thousand, to send spam to those that exist or to guess their passwords. No mail
    server needs it to deliver.
    Only `mxaudit smtp --own --probe vrfy` tests it; an audit never does.
    ## What to do
    Switch VRFY off, or answer it with 252 (Postfix: `disable_vrfy_command = yes`).
    """
    asked = own.of(ProbeName.VRFY)
    if asked is None:
        return not_applicable()
    return fail(host=server.host, address=server.address) if need(asked.granted) else ok()


@rule(
    "SMTP-EXPN",
    severity=Severity.LOW,
    reference="RFC 5321 sections 3.5.3 and 7.3",
    message="EXPN at {host} ({address}) tells strangers who is on a list",
)
def smtp_expn(server: Server, own: OwnProbes) -> Verdict:
    """A mail server tells strangers who is on its mailing lists, or behind an alias.

    ## Why it matters
    EXPN hands over real addresses by the list, and whose they are. No mail server needs it to deliver.
    Only `mxaudit smtp --own --probe expn` tests it; an audit never does.
    ## What to do
    Switch EXPN off.
    """
    asked = own.of(ProbeName.EXPN)
    if asked is None:
        return not_applicable()
    return fail(host=server.host, address=server.address) if need(asked.granted) else ok()


BY_PROBE: Mapping[ProbeName, Rule] = MappingProxyType(
    {
        ProbeName.RELAY: smtp_openrelay,
        ProbeName.POSTMASTER: smtp_postmaster,
        ProbeName.VRFY: smtp_vrfy,
        ProbeName.EXPN: smtp_expn,
    }
)
