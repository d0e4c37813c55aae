"""Is mail to the domain encrypted?

Mail goes to whichever server answers, so the answer is about all of them, and one that could not be tested may be the
one that sends in the clear. Then what was seen is said, and that it is not all.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.report import DomainVerdict, Finding, State
from audit.rules.summary.findings import GRAVE, Findings, answer, by_ipv6, first, takes_no_mail, untested

PLAIN_RULES = ("TLS-STARTTLS-MISSING", "TLS-STARTTLS-STRIPPED", "TLS-STARTTLS-FAIL")
TLS_RULES = (*PLAIN_RULES, "TLS-VER-NO12")
CERT_RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
    "CERT-SIG",
    "CERT-EKU",
)
# Not told from here, they leave the answer as it is: that no DNSSEC can be seen is said of the vantage, once.
DANE_RULES = ("DANE-TA-CHAIN", "DANE-MISMATCH")
NOT_LOOKED_AT = ("vantage.", "not_selected")
NAMED = 3  # servers in one sentence


def encryption(found: Findings, *, smtp: bool) -> DomainVerdict:
    if takes_no_mail(found):
        return answer("encryption", State.NOT_APPLICABLE, "takes no mail", "There is no mail to encrypt.")
    if not smtp:
        return answer("encryption", State.UNKNOWN, "not tested", "Mail servers were not connected to in this run.")
    over_ipv6, unknown = by_ipv6(found.untold(*TLS_RULES))
    if plain := found.fails(*PLAIN_RULES):
        return _encryption_missing(found, plain, unknown)
    if old := found.fails("TLS-VER-NO12"):
        return _encryption_obsolete(old, unknown)
    if not found.passed("TLS-STARTTLS-FAIL"):
        none = (*unknown, *over_ipv6)
        return answer("encryption", State.UNKNOWN, "could not test", untested(none), none)
    certificates = found.fails(*CERT_RULES, *DANE_RULES)
    if unknown:
        fault = f" {first(certificates)}" if certificates else ""
        because = f"Mail is encrypted where it could be tested; another server could not be.{fault}"
        return answer("encryption", State.UNKNOWN, "yes, as far as tested", because, (*certificates, *unknown))
    if certificates:
        because = f"Mail is encrypted, but the certificate has a fault: {first(certificates)}"
        return answer("encryption", State.WARNING, "yes, unproven", because, certificates)
    unfit = (f for f in found.untold(*DANE_RULES) if not (f.reason or "").startswith(NOT_LOOKED_AT))
    also_ipv6, unjudged = by_ipv6((*found.untold(*CERT_RULES), *unfit))
    if unjudged or not found.passed(*CERT_RULES):
        because = "The mail servers encrypt; whether their certificates hold could not be told."
        return answer("encryption", State.UNKNOWN, "yes, as far as tested", because, unjudged)
    if over_ipv6 or also_ipv6:
        because = "The mail servers encrypt, with certificates that hold; from here IPv6 could not be tested."
        return answer("encryption", State.GOOD, "yes", because, (*over_ipv6, *also_ipv6))
    return answer("encryption", State.GOOD, "yes", "The mail servers encrypt, with certificates that hold.")


def _encryption_missing(found: Findings, plain: tuple[Finding, ...], unknown: tuple[Finding, ...]) -> DomainVerdict:
    """A server does not encrypt. Whether that is all there is to say depends on the others."""
    if found.passed("TLS-STARTTLS-FAIL"):
        because = f"Mail is encrypted on the way to some servers, but not to {_servers(plain)}."
        return answer("encryption", State.WARNING, "partly", because, plain)
    if unknown:
        because = f"{first(plain)} Another server could not be tested."
        return answer("encryption", State.UNKNOWN, "not everywhere", because, (*plain, *unknown))
    return answer("encryption", State.BAD, "no", first(plain), plain)


def _encryption_obsolete(old: tuple[Finding, ...], unknown: tuple[Finding, ...]) -> DomainVerdict:
    """Every server that could be tested encrypts, one of them with a TLS that is given up."""
    because = f"Mail is encrypted, but with versions of TLS that are given up: {first(old)}"
    if unknown:
        because = f"{because} Another server could not be tested."
        return answer("encryption", State.UNKNOWN, "yes, with obsolete TLS", because, (*old, *unknown))
    state = State.BAD if any(f.severity in GRAVE for f in old) else State.WARNING
    return answer("encryption", state, "yes, with obsolete TLS", because, old)


def _servers(findings: Iterable[Finding]) -> str:
    """Some of the servers by name and address, the others counted."""
    names = sorted({f.subject.name for f in findings})
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    *most, last = (*(" at ".join(n.split(" ")) for n in names[:NAMED]), *more)
    return f"{', '.join(most)} and {last}" if most else last
