"""Is mail to the domain encrypted?"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.report import DomainVerdict, Finding, State
from audit.rules.summary.findings import GRAVE, Findings, answer, first, takes_no_mail, untested

PLAIN_RULES = ("TLS-STARTTLS-MISSING", "TLS-STARTTLS-FAIL")
TLS_RULES = (*PLAIN_RULES, "TLS-VER-NO12")
CERT_RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
)
TLS_RULES = (*PLAIN_RULES, "TLS-VER-NO12")
CERT_RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
)
CERT_RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
)
NAMED = 3  # servers in one sentence


def encryption(found: Findings, *, smtp: bool) -> DomainVerdict:
    if takes_no_mail(found):
        return answer("encryption", State.NOT_APPLICABLE, "takes no mail", "There is no mail to encrypt.")
    if not smtp:
        return answer("encryption", State.UNKNOWN, "not tested", "Mail servers were not connected to in this run.")
    unknown = found.unknown(*TLS_RULES)
    if plain := found.fails(*PLAIN_RULES):
        return _encryption_missing(found, plain, unknown)
    if old := found.fails("TLS-VER-NO12"):
        state = State.BAD if any(f.severity in GRAVE for f in old) else State.WARNING
        because = f"Mail is encrypted, but with versions of TLS that are given up: {first(old)}"
        return answer("encryption", state, "yes, with obsolete TLS", because, old)
    if not found.passed("TLS-STARTTLS-FAIL"):
        return answer("encryption", State.UNKNOWN, "could not test", untested(unknown), unknown)
    if certificates := found.fails(*CERT_RULES):
        because = f"Mail is encrypted, but the certificate has a fault: {first(certificates)}"
        return answer("encryption", State.WARNING, "yes, unproven", because, certificates)
    if unknown:
        because = "Mail is encrypted where it could be tested; another server could not be."
        return answer("encryption", State.GOOD, "yes", because, unknown)
    unjudged = found.unknown(*CERT_RULES)
    if unjudged or not found.passed(*CERT_RULES):
        because = "The mail servers encrypt; whether their certificates hold could not be told."
        return answer("encryption", State.GOOD, "yes", because, unjudged)
    return answer("encryption", State.GOOD, "yes", "The mail servers encrypt, with certificates that hold.")


def _encryption_missing(found: Findings, plain: tuple[Finding, ...], unknown: tuple[Finding, ...]) -> DomainVerdict:
    """A server does not encrypt. Whether that is all there is to say depends on the others."""
    if found.passed("TLS-STARTTLS-FAIL"):
        because = f"Mail is encrypted on the way to some servers, but not to {_servers(plain)}."
        return answer("encryption", State.WARNING, "partly", because, plain)
    if unknown:
        because = f"{first(plain)} Another server could not be tested."
        return answer("encryption", State.WARNING, "not everywhere", because, (*plain, *unknown))
    return answer("encryption", State.BAD, "no", first(plain), plain)


def _servers(findings: Iterable[Finding]) -> str:
    """Some of the servers by name and address, the others counted."""
    names = sorted({f.subject.name for f in findings})
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    *most, last = (*(" at ".join(n.split(" ")) for n in names[:NAMED]), *more)
    return f"{', '.join(most)} and {last}" if most else last
