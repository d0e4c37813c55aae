"""Rules on the versions of TLS that mail servers take (RFC 8996, RFC 9325 section 3.1)."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.smtp import Handshake
from audit.protocol.tls_context import TlsContext
from audit.protocol.tls_terms import OldTls, Ssl3
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

TOO_OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
NEWEST = "TLSv1.3"
OLD = {
    "enforced": Severity.MEDIUM,
    "dane": Severity.MEDIUM,
    "testing": Severity.MEDIUM,
    "none": Severity.LOW,
}


@rule(
    "TLS-VER-NO12",
    severity=Severity.HIGH,
    reference="RFC 9325 section 3.1.1, RFC 8996",
    message="{host} at {address} knows no newer TLS than {version}",
    supersedes=("TLS-VER-NO13",),
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


@rule(
    "TLS-VER-NO13",
    severity=Severity.INFO,
    reference="RFC 9325 section 3.1.1",
    message="{host} at {address} does not know TLS 1.3; the newest it knows is {version}",
)
def tls_ver_no13(server: Server, handshake: Handshake) -> Verdict:
    """A mail server does not know the newest version of TLS.

    ## Why it matters
    TLS 1.3 hides the certificate from whoever listens, needs fewer steps, and has no weak choices left.
    ## What to do
    Update the server's TLS library, and allow TLS 1.3 beside 1.2.
    """
    if handshake.shown is None:
        return not_applicable()
    version = handshake.shown.version
    return ok() if version == NEWEST else fail(host=server.host, address=server.address, version=version)


@rule(
    "TLS-VER-10-11",
    severity=OLD,
    reference="RFC 8996, RFC 9325 section 3.1.1, RFC 7435 section 3",
    message="{host} at {address} takes {versions}",
)
def tls_ver_10_11(server: Server, old: OldTls, context: TlsContext) -> Verdict:
    """A mail server takes versions of TLS that are deprecated.

    ## Why it matters
    Their ciphers and signatures can be attacked. Where nothing binds senders to encrypt, they are still better than no
    encryption: a sender that knows nothing newer would send in the clear.
    ## What to do
    Allow TLS 1.2 and 1.3 alone, unless you know of senders that know no other.
    """
    if old.taken is None:
        return not_applicable()
    if old.taken:
        return fail(context.level(OLD), host=server.host, address=server.address, versions=old.taken)
    if old.hole:
        need(old.hole)
    return ok()


@rule(
    "TLS-VER-SSL",
    severity=Severity.HIGH,
    reference="RFC 7568, RFC 9325 section 3.1.1",
    message="{host} at {address} takes SSLv3",
)
def tls_ver_ssl(server: Server, ssl: Ssl3) -> Verdict:
    """A mail server takes SSLv3, which is broken.

    ## Why it matters
    What is sent by SSLv3 can be read by whoever is on the way. A server that still takes it was not updated for years.
    ## What to do
    Turn SSLv3 off, and update the server's TLS library: those of today do not know it any more.
    """
    if ssl.taken is None:
        return not_applicable()
    return fail(host=server.host, address=server.address) if need(ssl.taken) else ok()
