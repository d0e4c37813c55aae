"""Will mail arrive?"""

from __future__ import annotations

from audit.model.report import DomainVerdict, Finding, Result, State
from audit.rules.summary.findings import GRAVE, Findings, answer, first, takes_no_mail, untested

MX_RULES = (
    "MX-NULL-MIXED",
    "MX-IPLIT",
    "MX-HOST-SYNTAX",
    "MX-TAKEOVER",
    "MX-NXDOMAIN",
    "MX-NOADDR",
    "MX-PRIVATE",
    "MX-REACH",
    "MX-IPV6-REACH",
    "MX-CNAME",
    "MX-MISSING",
)


def delivery(found: Findings, *, smtp: bool) -> DomainVerdict:
    if unwanted := found.fails("MX-NULL", "MX-NONE-NOADDR"):  # the owner said that it is meant to take mail
        return answer("delivery", State.BAD, "no", first(unwanted), unwanted)
    if found.failed("MX-NONE-NOADDR"):
        because = "The domain has neither MX nor address, so it takes no mail."
        return answer("delivery", State.NOT_APPLICABLE, "takes no mail", because)
    if takes_no_mail(found):
        return answer("delivery", State.NOT_APPLICABLE, "takes no mail", "The domain says that it takes no mail.")
    fails = found.fails(*MX_RULES)
    grave = [f for f in fails if f.severity in GRAVE]
    reached = _reached(found)
    if grave and not reached and not _may_be_reached(found, smtp=smtp):
        return answer("delivery", State.BAD, "no", first(grave), grave)
    if not smtp:
        return _delivery_without_smtp(fails)
    unknown = found.unknown(*MX_RULES)
    turned_away = found.unknown("TLS-STARTTLS-MISSING")
    if not reached:
        return _delivery_untested(fails, unknown, untested(unknown))
    if turned_away and not _spoken(found):
        because = "The mail servers that accept connections turned us away before anything could be learned."
        return _delivery_untested(fails, turned_away, because)
    if fails:
        return answer("delivery", State.WARNING, "with trouble", first(fails), fails)
    if unknown:
        because = "A mail server accepts connections; another could not be tested."
        return answer("delivery", State.GOOD, "yes", because, unknown)
    return answer("delivery", State.GOOD, "yes", "The mail servers are found and accept connections.")


def _delivery_without_smtp(fails: tuple[Finding, ...]) -> DomainVerdict:
    """What the DNS alone tells: trouble that no server can make good."""
    because = "Mail servers were not connected to in this run."
    if fails:
        return answer("delivery", State.WARNING, "at best with trouble", f"{first(fails)} {because}", fails)
    return answer("delivery", State.UNKNOWN, "not tested", because)


def _delivery_untested(fails: tuple[Finding, ...], unknown: tuple[Finding, ...], because: str) -> DomainVerdict:
    """No server was seen to take mail, and one may yet; what is wrong all the same comes first."""
    said = f"{first(fails)} {because}" if fails else because
    return answer("delivery", State.UNKNOWN, "could not test", said, (*fails, *unknown))


def _reached(found: Findings) -> bool:
    """Whether a server accepts connections that the internet can reach, too, and not only we."""
    private = {f.subject for f in found.fails("MX-PRIVATE")}
    return any(f.subject not in private for f in found.of(("MX-REACH",), Result.PASS))


def _spoken(found: Findings) -> bool:
    """Whether a server went on as far as to say what it offers."""
    return found.passed("TLS-STARTTLS-MISSING") or found.failed("TLS-STARTTLS-MISSING")


def _may_be_reached(found: Findings, *, smtp: bool) -> bool:
    """Whether there may be a server, of all those with a public address, that was not tried or could not be."""
    private = {f.subject for f in found.fails("MX-PRIVATE")}
    untried = found.of(("MX-PRIVATE",), Result.PASS) if not smtp else found.unknown("MX-REACH")
    return any(f.subject not in private for f in untried)
