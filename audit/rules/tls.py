"""Rules on STARTTLS and TLS of mail servers (RFC 3207, RFC 9325)."""

from __future__ import annotations

from audit.model.fact import Known
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.mta_sts.cover import StsHeeded
from audit.protocol.smtp import Handshake, NeighboursStartTls, StartTls
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

TOO_OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})


@rule(
    "TLS-STARTTLS-MISSING",
    severity={"enforced": Severity.CRITICAL, "testing": Severity.HIGH, "none": Severity.HIGH},
    reference="RFC 3207, RFC 8461 section 4.2",
    message="{host} at {address} does not offer STARTTLS{note}",
)
def tls_starttls_missing(server: Server, offer: StartTls, neighbours: NeighboursStartTls, heeded: StsHeeded) -> Verdict:
    """A mail server does not offer encryption.

    Something on the way may have taken the offer out of one session. Where no other address of the host shows the same,
    the report says that the finding rests on a single session.

    ## Why it matters
    Mail to it crosses the internet in the clear, and senders that insist on encryption do not deliver.
    ## What to do
    Give the server a certificate and turn STARTTLS on. If the keyword is shown as XXXX or asterisks, a firewall on the
    way overwrites it: turn its SMTP inspection off.
    """
    if offer.offered:
        return ok()
    note = "; something on the way has overwritten the keyword" if offer.mangled else ""
    single = neighbours.lacking != Known(True)
    return fail(heeded.level(server.host), single=single, host=server.host, address=server.address, note=note)


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
    "TLS-VER-NO12",
    severity=Severity.HIGH,
    reference="RFC 9325 section 3.1.1, RFC 8996",
    message="{host} at {address} knows no newer TLS than {version}",
)
def tls_ver_no12(server: Server, handshake: Handshake) -> Verdict:
    """A mail server knows only versions of TLS that are obsolete.

    ## Why it matters
    TLS 1.0 and 1.1 are deprecated and many senders no longer speak them: they fall back to no encryption at all.
    ## What to do
    Update the server's TLS library and allow TLS 1.2 and 1.3.
    """
    if handshake.shown is None:
        return not_applicable()
    version = handshake.shown.version
    return fail(host=server.host, address=server.address, version=version) if version in TOO_OLD else ok()
