"""Rules on what the certificates of mail servers are made of, and whether those of one host agree."""

from __future__ import annotations

from datetime import timedelta

from audit.catalog.lifetimes import most_days
from audit.catalog.profiles import Thresholds
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Host, Server
from audit.protocol.certificate import HostCertificates, JudgedChain, Shown
from audit.protocol.circumstances import Moment
from audit.protocol.tls_context import TlsContext
from audit.protocol.tls_terms import OtherCertificate
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

USAGE = {
    "enforced": Severity.MEDIUM,
    "dane_ta": Severity.MEDIUM,
    "none": Severity.LOW,
}
DAY = timedelta(days=1)
PURPOSE = "eku-without-serverauth"
WEAK = "weak-signature"


@rule(
    "CERT-KEY",
    severity={"broken": Severity.HIGH, "weak": Severity.MEDIUM},
    reference="RFC 9325 section 4.5",
    message="the certificate of {host} at {address} has a short key: {key}",
)
def cert_key(server: Server, shown: Shown, limits: Thresholds) -> Verdict:
    """A mail server's certificate has a key that is too short.

    ## Why it matters
    Short keys can be broken, and whoever breaks the key can be the server. Some senders refuse them.
    ## What to do
    Make a new key, of 2048 bits for RSA or on the curve P-256, and get a certificate for it.
    """
    leaf = shown.leaf
    if leaf is None or leaf.bits is None:
        return not_applicable()
    short = {"RSA": limits.rsa_key_good, "EC": limits.ec_key_min}.get(leaf.key)
    if short is None or leaf.bits >= short:
        return ok()
    broken = leaf.key == "RSA" and leaf.bits < limits.rsa_key_min
    key = f"{leaf.key} {leaf.bits} bits"
    return fail("broken" if broken else "weak", host=server.host, address=server.address, key=key)


@rule(
    "CERT-LIFETIME",
    severity=Severity.INFO,
    reference="CA/Browser Forum, Baseline Requirements section 6.3.2",
    message="the certificate of {host} at {address} is valid for {days} days; those issued then may be for {allowed}",
)
def cert_lifetime(server: Server, shown: Shown, judged: JudgedChain) -> Verdict:
    """A mail server's certificate is valid for longer than public authorities may issue.

    ## Why it matters
    Browsers refuse it, and some programs do as they do. The authority may have to revoke it at short notice.
    ## What to do
    Let renewal run by itself, so that short lifetimes are no burden: from 2029 on they are 47 days at most.
    """
    leaf = shown.leaf
    if judged.verdict is None or not judged.verdict.public:
        return not_applicable()
    if leaf is None or leaf.not_before is None or leaf.not_after is None:
        return not_applicable()
    allowed = most_days(leaf.not_before.date())
    days = -(-(leaf.not_after - leaf.not_before) // DAY)
    if allowed is None or days <= allowed:
        return ok()
    return fail(host=server.host, address=server.address, days=days, allowed=allowed)


@rule(
    "CERT-SIG",
    severity=Severity.MEDIUM,
    reference="RFC 9155, CA/Browser Forum, Baseline Requirements section 7.1.3.2",
    message="the certificates of {host} at {address} are signed with what can be forged: {hashes}",
)
def cert_sig(server: Server, judged: JudgedChain) -> Verdict:
    """A mail server's certificate, or one above it, is signed with MD5 or SHA-1.

    ## Why it matters
    Such signatures have been forged. TLS libraries of today refuse them: senders that look at certificates do not
    deliver.
    ## What to do
    Get a new certificate; no public authority has signed with SHA-1 since 2016. A root's own signature does not matter.
    """
    if judged.verdict is None:
        return not_applicable()
    hashes = tuple(f"{p.detail} {_where(p.position)}" for p in judged.verdict.problems if p.code == WEAK)
    if hashes:
        return fail(host=server.host, address=server.address, hashes=hashes)
    need(judged.parsed)
    return ok()


@rule(
    "CERT-EKU",
    severity=USAGE,
    reference="RFC 5280 section 4.2.1.12",
    message="the certificates of {host} at {address} are not for servers: {usages}",
)
def cert_eku(server: Server, judged: JudgedChain, context: TlsContext) -> Verdict:
    """A mail server's certificate is for other purposes than being a server.

    ## Why it matters
    Senders that look at certificates refuse one whose purposes are named and do not include serverAuth.
    ## What to do
    Get a certificate for servers (extended key usage serverAuth), or one that names no purposes.
    """
    if judged.verdict is None:
        return not_applicable()
    usages = tuple(f"{p.detail} {_where(p.position)}" for p in judged.verdict.problems if p.code == PURPOSE)
    if usages:
        if need(context.satisfied):
            return not_applicable()
        return fail(context.level(USAGE), host=server.host, address=server.address, usages=usages)
    need(judged.readable)
    return ok()


@rule(
    "CERT-INCONSISTENT",
    severity=Severity.INFO,
    reference="RFC 7672 section 2.2",
    message="{host} shows {keys} different keys at its addresses",
)
def cert_inconsistent(host: Host, seen: HostCertificates) -> Verdict:
    """The addresses of one mail host show certificates with different keys.

    ## Why it matters
    It is no fault by itself. But a key that was renewed at one address alone may be forgotten at the other, and TLSA
    records must name them all.
    ## What to do
    See that each of them is renewed in time, and that TLSA records, if there are any, cover each key.
    """
    if len(seen.keys) > 1:
        return fail(host=host.name, keys=len(seen.keys))
    if seen.hole:
        need(seen.hole)
    return ok() if seen.shown > 1 else not_applicable()


@rule(
    "CERT-OTHER-KEY",
    severity={"dates": Severity.MEDIUM, "rest": Severity.LOW},
    reference="RFC 8446 section 4.4.2.2, RFC 7672 section 8.1",
    message="to senders that want the other kind of key, {host} at {address} shows a certificate with faults: {faults}",
)
def cert_other_key(server: Server, other: OtherCertificate, _: Moment) -> Verdict:
    """A mail server has a second certificate, for the other kind of key, and that one has faults.

    ## Why it matters
    Which of the two is shown depends on the sender: some senders see the fault, and you do not.
    ## What to do
    Renew both certificates together, or keep one alone.
    """
    verdict = need(other.verdict)
    if verdict is None:
        return not_applicable()
    faults = tuple(dict.fromkeys(f"{p.code} {p.detail}".strip() for p in verdict.problems))
    if not faults:
        return ok()
    dated = any(p.code in ("expired", "not-yet-valid") for p in verdict.problems)
    return fail("dates" if dated else "rest", host=server.host, address=server.address, faults=faults)


def _where(position: int) -> str:
    return "(its own)" if position == 0 else "(of an authority)"
