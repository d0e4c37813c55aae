"""Rules on STARTTLS of mail servers (RFC 3207)."""

from __future__ import annotations

from audit.model.fact import Known, Unknown, need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.smtp import Handshake, Mangled, NeighboursStartTls, StartTls
from audit.protocol.tls_context import TlsContext
from audit.protocol.tls_terms import ClearCommands
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

CONTEXTS = {
    "enforced": Severity.CRITICAL,
    "dane": Severity.CRITICAL,
    "testing": Severity.HIGH,
    "none": Severity.HIGH,
}
NEAR_US = Unknown("vantage.starttls_overwritten")
TLS_FIRST = 530  # RFC 3207 section 4


@rule(
    "TLS-STARTTLS-MISSING",
    severity=CONTEXTS,
    reference="RFC 3207, RFC 8461 section 4.2",
    message="{host} at {address} does not offer STARTTLS",
)
def tls_starttls_missing(
    server: Server, offer: StartTls, neighbours: NeighboursStartTls, mangled: Mangled, context: TlsContext
) -> Verdict:
    """A mail server does not offer encryption.

    Something on the way may have taken the offer out of one session. Where no other address of the host shows the same,
    the report says that the finding rests on a single session.

    ## Why it matters
    Mail to it crosses the internet in the clear, and senders that insist on encryption do not deliver.
    ## What to do
    Give the server a certificate and turn STARTTLS on.
    """
    if offer.offered:
        return ok()
    if offer.mangled and len(mangled.operators) > 1:
        need(NEAR_US)
    single = neighbours.lacking != Known(True)
    return fail(context.level(CONTEXTS), single=single, host=server.host, address=server.address)


@rule(
    "TLS-STARTTLS-FAIL",
    severity=Severity.HIGH,
    reference="RFC 3207 section 4",
    message="{host} at {address} offers STARTTLS, but TLS fails: {failure}",
)
def tls_starttls_fail(server: Server, handshake: Handshake) -> Verdict:
    """A mail server offers encryption and then fails to deliver it.

    ## Why it matters
    Some senders try again in the clear; others give up and the mail bounces.
    ## What to do
    Look into the server's log for the reason: often a certificate or key that cannot be read, or only old versions
    of TLS. A server that lets plain text in before TLS must be updated: an attacker can put commands there.
    """
    if not handshake.offered:
        return not_applicable()
    if handshake.failure is None:
        return ok()
    return fail(host=server.host, address=server.address, failure=handshake.failure)


@rule(
    "TLS-STARTTLS-STRIPPED",
    severity=CONTEXTS,
    reference="RFC 3207 section 6, RFC 7435 section 3",
    message="{host} at {address} lists STARTTLS under another name: something on the way has overwritten the keyword",
    supersedes=("TLS-STARTTLS-MISSING",),
)
def tls_starttls_stripped(server: Server, offer: StartTls, mangled: Mangled, context: TlsContext) -> Verdict:
    """Something between the internet and a mail server overwrites its offer of encryption.

    Where the same is seen at the servers of several operators, it is done near us, and nothing is said of theirs.

    ## Why it matters
    Senders see a server without encryption: mail crosses the internet in the clear, or is not delivered at all.
    ## What to do
    Turn off the inspection of SMTP on the firewall in front of the server: “SMTP fixup”, “ESMTP inspection”.
    """
    if offer.offered:
        return ok()
    if not offer.mangled:
        return not_applicable()
    if len(mangled.operators) > 1:
        need(NEAR_US)
    return fail(context.level(CONTEXTS), host=server.host, address=server.address)


@rule(
    "TLS-REQUIRED-25",
    severity=Severity.LOW,
    reference="RFC 3207 section 4",
    message="{host} at {address} takes no command in clear: {reply}",
)
def tls_required_25(server: Server, clear: ClearCommands) -> Verdict:
    """A mail server that all may send to insists on encryption.

    ## Why it matters
    Senders without TLS, or whose TLS finds no terms in common with the server's, cannot deliver at all.
    ## What to do
    Offer TLS on port 25 without demanding it, unless that is what you want: for Postfix,
    “smtpd_tls_security_level = may”.
    """
    if clear.reply is None:
        return not_applicable()
    reply = need(clear.reply)
    if reply.code == TLS_FIRST:
        said = f"{reply.code} {' '.join(reply.lines)}"[:200]
        return fail(host=server.host, address=server.address, reply=said)
    return ok()
