"""Rules on what a mail server offers besides plain SMTP, and how it lets people log in (RFC 5321, RFC 4954)."""

from __future__ import annotations

import re

from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.extensions import Extensions
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

READABLE = frozenset({"PLAIN", "LOGIN"})  # mechanisms that hand over the password itself
BROKEN = frozenset({"CRAM-MD5", "DIGEST-MD5", "NTLM"})
BASIC = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
LEAST_SIZE = 10 * 1024 * 1024  # octets
RECIPIENTS = 100  # that a server must take (RFC 5321 section 4.5.3.1.8)
FIXED = re.compile(r"[0-9]{1,20}")


@rule(
    "SMTP-AUTH-PLAINTEXT",
    severity={"readable": Severity.MEDIUM, "hashed": Severity.LOW},
    reference="RFC 4954 section 4, RFC 8314 section 4.1",
    message="{host} at {address} lets people log in before TLS: {mechanisms}",
)
def smtp_auth_plaintext(server: Server, offered: Extensions) -> Verdict:
    """A mail server takes logins on connections that are not encrypted.

    ## Why it matters
    Whoever listens on the way reads the password, or enough to guess it. A mail program that is set up carelessly sends
    it so without a word.
    ## What to do
    Offer AUTH only after STARTTLS (Postfix: `smtpd_tls_auth_only = yes`), and not at all on the port that takes mail
    from other servers.
    """
    found = offered.clear.mechanisms
    if not found and not offered.clear.has("AUTH"):
        return ok()
    readable = not found or not READABLE.isdisjoint(found)
    return fail(
        "readable" if readable else "hashed",
        host=server.host,
        address=server.address,
        mechanisms=found or ("AUTH, without saying how",),
    )


@rule(
    "SMTP-AUTH-MX",
    severity=Severity.INFO,
    reference="RFC 6409 section 3, RFC 8314 section 3",
    message="{host} at {address} lets people log in where other servers deliver: {mechanisms}",
)
def smtp_auth_mx(server: Server, offered: Extensions) -> Verdict:
    """A mail server takes logins on the port on which other servers deliver.

    ## Why it matters
    Passwords are tried on port 25 all day long, by everybody. Mail programs have ports of their own, 465 and 587, where
    such attempts can be told from mail and slowed down.
    ## What to do
    Let mail programs hand in mail on ports 465 and 587, and switch AUTH off on port 25.
    """
    counting = offered.counting
    if not counting.has("AUTH"):
        return ok()
    return fail(host=server.host, address=server.address, mechanisms=counting.mechanisms or ("AUTH",))


@rule(
    "SMTP-AUTH-WEAK",
    severity=Severity.LOW,
    reference="RFC 6331, RFC 8314 section 4.4",
    message="{host} at {address} lets people log in by methods that are broken: {mechanisms}",
)
def smtp_auth_weak(server: Server, offered: Extensions) -> Verdict:
    """A mail server takes logins by methods that protect the password badly.

    ## Why it matters
    CRAM-MD5 and DIGEST-MD5 need a server that keeps passwords in the clear, or as good as that; what they send can be
    guessed at leisure. NTLM is worse.
    ## What to do
    Offer PLAIN within TLS, SCRAM-SHA-256, or OAUTHBEARER, and take the others away.
    """
    listed = dict.fromkeys((*offered.counting.mechanisms, *offered.clear.mechanisms))
    if not listed and not offered.counting.has("AUTH"):
        return not_applicable()
    found = tuple(name for name in listed if name in BROKEN)
    return fail(host=server.host, address=server.address, mechanisms=found) if found else ok()


@rule(
    "SMTP-SIZE",
    severity={"small": Severity.LOW, "absent": Severity.INFO},
    reference="RFC 1870",
    message="{host} at {address} {size}",
)
def smtp_size(server: Server, offered: Extensions) -> Verdict:
    """A mail server takes only small messages, or does not say how large they may be.

    ## Why it matters
    A sender that knows the limit does not send what will be refused. Where it is under 10 MiB, ordinary attachments
    bounce.
    ## What to do
    Announce SIZE, with a limit of 10 MiB or more (Postfix: `message_size_limit`).
    """
    counting = offered.counting
    if not counting.has("SIZE"):
        return fail("absent", host=server.host, address=server.address, size="does not say how large a message may be")
    sizes = [int(text) for text in counting.parameters("SIZE") if FIXED.fullmatch(text)]
    least = min((size for size in sizes if size > 0), default=None)
    if least is None or least >= LEAST_SIZE:
        return ok()
    return fail("small", host=server.host, address=server.address, size=f"takes messages of {least:,} octets at most")


@rule(
    "SMTP-ESMTP",
    severity=Severity.INFO,
    reference="RFC 2920, RFC 6152, RFC 2034",
    message="{host} at {address} does not offer {missing}",
)
def smtp_esmtp(server: Server, offered: Extensions) -> Verdict:
    """A mail server lacks extensions that nearly all others have.

    ## Why it matters
    Without PIPELINING delivery is slow, without 8BITMIME messages are recoded, without ENHANCEDSTATUSCODES nobody can
    tell one refusal from another.
    ## What to do
    Update the server, or switch on what was switched off; a firewall that inspects SMTP often takes them out.
    """
    counting = offered.counting
    missing = tuple(keyword for keyword in BASIC if not counting.has(keyword))
    return fail(host=server.host, address=server.address, missing=missing) if missing else ok()


@rule(
    "SMTP-UTF8",
    severity=Severity.INFO,
    reference="RFC 6531",
    message="{host} at {address} does not take addresses with letters beyond ASCII",
)
def smtp_utf8(server: Server, offered: Extensions) -> Verdict:
    """A mail server does not take internationalized addresses.

    ## Why it matters
    People whose address is written in their own script cannot write to the domain.
    ## What to do
    Switch SMTPUTF8 on where the whole way to the mailboxes supports it (Postfix: `smtputf8_enable = yes`).
    """
    return ok() if offered.has("SMTPUTF8") else fail(host=server.host, address=server.address)


@rule(
    "SMTP-REQUIRETLS",
    severity=Severity.INFO,
    reference="RFC 8689 section 2",
    message="{host} at {address} lets senders insist on TLS for the rest of the way",
)
def smtp_requiretls(server: Server, offered: Extensions) -> Verdict:
    """A mail server offers REQUIRETLS.

    ## Why it matters
    It is good, and seldom: a sender may ask that its message be handed on over verified TLS or not at all. It is told
    because such mail comes back where the next server cannot promise the same.
    ## What to do
    Nothing, if the servers behind this one offer it as well.
    """
    return fail(host=server.host, address=server.address) if offered.has("REQUIRETLS") else ok()


@rule(
    "SMTP-LIMITS",
    severity=Severity.INFO,
    reference="RFC 9422, RFC 5321 section 4.5.3.1.8",
    message="{host} at {address} announces a narrow limit: {limits}",
)
def smtp_limits(server: Server, offered: Extensions) -> Verdict:
    """A mail server takes fewer recipients at a time than the standard asks for.

    ## Why it matters
    A server must take a hundred recipients of one message. With fewer, mail to many of its people comes in pieces, and
    senders that don't read the limit meet refusals.
    ## What to do
    Raise the limit to a hundred or more, or leave it out.
    """
    counting = offered.counting
    if not counting.has("LIMITS"):
        return not_applicable()
    words = [word for text in counting.parameters("LIMITS") for word in text.upper().split()]
    narrow = tuple(word for word in words if _is_narrow(word))
    return fail(host=server.host, address=server.address, limits=narrow) if narrow else ok()


def _is_narrow(word: str) -> bool:
    name, _, number = word.partition("=")
    return name == "RCPTMAX" and FIXED.fullmatch(number) is not None and int(number) < RECIPIENTS
