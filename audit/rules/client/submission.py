"""Rules on the servers to which mail programs are sent to hand in mail (RFC 8314)."""

from __future__ import annotations

from audit.model.report import Severity
from audit.model.subject import SubmissionHost, SubmissionServer, SubmissionsServer
from audit.protocol.client.submission import ClientTls, PlainOffer, SubmissionsTls, SubmissionTls
from audit.rules.rule import Verdict, cause, fail, ok, rule
from audit.rules.tls.versions import TOO_OLD


@rule(
    "SUB-465",
    severity=Severity.HIGH,
    reference="RFC 8314 section 3.3, RFC 8997, RFC 7817 section 3",
    message="{host}:{port} at {address}, announced for submissions, fails mail programs: {faults}",
)
def sub_465(server: SubmissionsServer, tls: SubmissionsTls) -> Verdict:
    """A submission server that should begin with TLS does not, or shows what mail programs refuse.

    ## Why it matters
    Mail programs look at the certificate before they send a password. They warn, or refuse to send mail at all.
    ## What to do
    Listen with TLS 1.2 or newer from the first octet on, with a certificate for the announced name and its whole chain.
    """
    return _judged(server, tls.seen)


@rule(
    "SUB-587",
    severity=Severity.HIGH,
    reference="RFC 8314 section 4.1, RFC 8997, RFC 7817 section 3",
    message="{host}:{port} at {address}, announced for submission with STARTTLS, fails mail programs: {faults}",
)
def sub_587(server: SubmissionServer, tls: SubmissionTls) -> Verdict:
    """A submission server offers no STARTTLS, or shows what mail programs refuse.

    ## Why it matters
    Mail programs look at the certificate before they send a password. They warn, or refuse to send mail at all.
    ## What to do
    Offer STARTTLS with TLS 1.2 or newer, with a certificate for the announced name and its whole chain.
    """
    return _judged(server, tls.seen)


@rule(
    "SUB-AUTH-CLEAR",
    severity=Severity.HIGH,
    reference="RFC 8314 section 4.1, RFC 4954 section 4",
    message="{host}:{port} at {address} offers logins before TLS: AUTH {mechanisms}",
)
def sub_auth_clear(server: SubmissionServer, offer: PlainOffer) -> Verdict:
    """A submission server offers AUTH before the connection is encrypted.

    ## Why it matters
    A program that is not told to insist on TLS sends its password in the clear, for everybody on the way to read.
    ## What to do
    Offer AUTH after STARTTLS only: smtpd_tls_auth_only = yes in Postfix, auth_advertise_hosts with a condition on
    $tls_in_cipher in Exim.
    """
    if not offer.mechanisms:
        return ok()
    return fail(
        host=server.host,
        port=server.port,
        address=server.address,
        mechanisms=offer.mechanisms,
        causes=(cause("host", server.host),),
    )


def _judged(server: SubmissionHost, tls: ClientTls) -> Verdict:
    old = (f"no newer version than {tls.version}",) if tls.version in TOO_OLD else ()
    faults = (*((f"TLS does not come about: {tls.failure}",) if tls.failure else ()), *old, *tls.problems)
    if not faults:
        return ok()
    shared = (cause("host", server.host),)
    return fail(host=server.host, port=server.port, address=server.address, faults=faults, causes=shared)
