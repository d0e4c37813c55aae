"""Rules on whether the certificates of mail servers hold.

Most senders encrypt without looking at the certificate. How grave a fault is depends on what asks them to look: DANE or
an MTA-STS policy that enforces, one that tests, or nothing.
"""

from __future__ import annotations

from datetime import timedelta

from audit.catalog.profiles import Thresholds
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.certificate import JudgedChain, Shown
from audit.protocol.circumstances import Moment
from audit.protocol.tls_context import TlsContext
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.chain import ChainVerdict

DATES = {
    "enforced": Severity.CRITICAL,
    "dane_ta": Severity.CRITICAL,
    "testing": Severity.HIGH,
    "pinned": Severity.INFO,
    "none": Severity.MEDIUM,
}
TRUST = {
    "enforced": Severity.CRITICAL,
    "dane_ta": Severity.CRITICAL,
    "testing": Severity.HIGH,
    "none": Severity.LOW,
}
WHOLE = {
    "enforced": Severity.HIGH,
    "dane_ta": Severity.HIGH,
    "testing": Severity.MEDIUM,
    "none": Severity.LOW,
}
PATH = frozenset(
    {
        "unknown-root",
        "bad-signature",
        "not-a-ca",
        "no-certsign",
        "pathlen",
        "x509-v1",
        "path-invalid",
        "name-constraint",
        "unparsable",
    }
)


@rule(
    "CERT-EXPIRED",
    severity=DATES,
    reference="RFC 5280 section 4.1.2.5",
    message="the certificate of {host} at {address} is not valid on {day}: {dates}",
    supersedes=("CERT-EXPIRING",),
)
def cert_expired(server: Server, judged: JudgedChain, shown: Shown, moment: Moment, context: TlsContext) -> Verdict:
    """A mail server's certificate has expired, or is not yet valid.

    ## Why it matters
    Senders that look at certificates stop delivering. The others go on, and nobody notices that renewal is broken.
    ## What to do
    Renew the certificate, have the server load it, and find out why that did not happen by itself.
    """
    if judged.verdict is None or shown.leaf is None:
        return not_applicable()
    dates = tuple(
        f"{'intermediate ' if p.position else ''}{p.code} {p.detail}"
        for p in judged.verdict.problems
        if p.code in ("expired", "not-yet-valid")
    )
    if dates:
        day = moment.now.date().isoformat()
        return fail(context.level(DATES), host=server.host, address=server.address, day=day, dates=dates)
    need(judged.parsed)
    return ok()


@rule(
    "CERT-EXPIRING",
    severity={"soon": Severity.MEDIUM, "later": Severity.LOW},
    reference="CA/Browser Forum, Baseline Requirements section 6.3.2",
    message="the certificate of {host} at {address} expires in {left}",
)
def cert_expiring(server: Server, shown: Shown, moment: Moment, limits: Thresholds) -> Verdict:
    """A mail server's certificate expires soon.

    ## Why it matters
    Certificates are renewed well before their end when all is well. This one should have been.
    ## What to do
    Renew it now, and let renewal run by itself.
    """
    leaf = shown.leaf
    if leaf is None or leaf.not_after is None or leaf.not_before is None:
        return not_applicable()
    left, life = leaf.not_after - moment.now, leaf.not_after - leaf.not_before
    if left <= timedelta(0):
        return not_applicable()
    if life <= timedelta(days=limits.cert_short_lived_days):
        due = timedelta(days=limits.cert_short_lived_threshold_days)
    else:
        share = max(timedelta(days=limits.cert_expiring_floor_days), life * limits.cert_expiring_share)
        due = min(timedelta(days=limits.cert_expiring_days), share)
    if left >= due:
        return ok()
    return fail(
        "soon" if left < timedelta(days=3) else "later", host=server.host, address=server.address, left=_days(left)
    )


@rule(
    "CERT-NAME",
    severity=TRUST,
    reference="RFC 9525 section 6.3, RFC 8461 section 4.2",
    message="the certificate of {host} at {address} is for other names: {names}",
)
def cert_name(server: Server, judged: JudgedChain, shown: Shown, context: TlsContext) -> Verdict:
    """A mail server's certificate does not name the server.

    ## Why it matters
    Senders bound by an MTA-STS policy refuse to deliver. Others cannot tell the server from one that pretends to be it.
    ## What to do
    Get a certificate whose subjectAltName holds the name in the MX record.
    """
    if judged.verdict is None or shown.leaf is None:
        return not_applicable()
    need(judged.readable)
    if not {"name-mismatch", "no-san"} & set(judged.verdict.codes):
        return ok()
    if need(context.satisfied):
        return not_applicable()
    names = shown.leaf.dns_names[:5] or ("no name at all",)
    return fail(context.level(TRUST), host=server.host, address=server.address, names=names)


@rule(
    "CERT-UNTRUSTED",
    severity=TRUST,
    reference="RFC 8461 section 4.2, RFC 5280 section 6",
    message="the certificate chain of {host} at {address} does not hold: {problems}",
)
def cert_untrusted(server: Server, judged: JudgedChain, context: TlsContext) -> Verdict:
    """A mail server's certificate does not lead to a root that is trusted.

    ## Why it matters
    Senders bound by an MTA-STS policy refuse to deliver. Others encrypt without knowing with whom.
    ## What to do
    Use a certificate of a public certification authority, with its whole chain.
    """
    if judged.verdict is None:
        return not_applicable()
    problems = tuple(f"{p.code} {p.detail}".strip() for p in judged.verdict.problems if p.code in PATH)
    if problems:
        if need(context.satisfied):
            return not_applicable()
        return fail(context.level(TRUST), host=server.host, address=server.address, problems=problems)
    need(judged.readable)
    return ok()


@rule(
    "CERT-SELFSIGNED",
    severity=TRUST,
    reference="RFC 8461 section 4.2",
    message="the certificate of {host} at {address} is signed by itself",
    supersedes=("CERT-CHAIN-INCOMPLETE", "CERT-UNTRUSTED"),
)
def cert_selfsigned(server: Server, judged: JudgedChain, context: TlsContext) -> Verdict:
    """A mail server's certificate is signed by itself.

    ## Why it matters
    It encrypts, and proves nothing. Senders bound by an MTA-STS policy refuse to deliver.
    ## What to do
    Use a certificate of a public certification authority; there are free ones that renew by themselves.
    """
    if judged.verdict is None:
        return not_applicable()
    if "self-signed" in judged.verdict.codes:
        if need(context.satisfied):
            return not_applicable()
        return fail(context.level(TRUST), host=server.host, address=server.address)
    need(judged.parsed)
    return ok()


@rule(
    "CERT-CHAIN-INCOMPLETE",
    severity=WHOLE,
    reference="RFC 8446 section 4.4.2, RFC 5246 section 7.4.2",
    message="{host} at {address} does not send the certificate that issued its own: {issuer}",
    supersedes=("CERT-UNTRUSTED",),
)
def cert_chain_incomplete(server: Server, judged: JudgedChain, context: TlsContext) -> Verdict:
    """A mail server does not send its whole certificate chain.

    ## Why it matters
    A browser may fetch what is missing; a mail server does not, and takes the certificate for untrusted.
    ## What to do
    Configure the file with the full chain (fullchain.pem), not the one with the certificate alone.
    """
    if judged.verdict is None:
        return not_applicable()
    issuer = _detail(judged.verdict, "issuer-not-sent")
    if issuer is not None:
        if need(context.satisfied):
            return not_applicable()
        return fail(context.level(WHOLE), host=server.host, address=server.address, issuer=issuer)
    need(judged.parsed)
    return ok()


def _days(left: timedelta) -> str:
    return {0: "less than a day", 1: "1 day"}.get(left.days, f"{left.days} days")


def _detail(verdict: ChainVerdict, code: str) -> str | None:
    return next((p.detail or "unknown" for p in verdict.problems if p.code == code), None)
