"""Rules on certificates that their authority has taken back, as far as the server itself tells."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.circumstances import Moment
from audit.protocol.revocation import Revocation
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.ocsp import Word


@rule(
    "CERT-REVOKED",
    severity={"revoked": Severity.HIGH, "owed": Severity.MEDIUM},
    reference="RFC 6960 section 2.2, RFC 7633 section 4",
    message="the certificate of {host} at {address} {what}",
)
def cert_revoked(server: Server, revocation: Revocation, _: Moment) -> Verdict:
    """A mail server's certificate is revoked, or the proof that it is not, which it promises, is missing.

    ## Why it matters
    An authority revokes a certificate when its key may be in other hands, or when it should not have been issued. Who
    looks at revocation does not deliver.
    ## What to do
    Make a new key and get a certificate for it. If a response is missing that the certificate promises, turn on OCSP
    stapling, or get a certificate without that promise.
    """
    if revocation.owed:
        what = "promises an OCSP response with it, and none was sent"
        return fail("owed", host=server.host, address=server.address, what=what)
    word = need(revocation.word)
    if word is None:
        return not_applicable()
    if word.revoked:
        return fail("revoked", host=server.host, address=server.address, what=_revoked(word))
    return ok()


def _revoked(word: Word) -> str:
    since = f" since {word.since.date().isoformat()}" if word.since else ""
    return f"is revoked{since}{f' ({word.cause})' if word.cause else ''}"
