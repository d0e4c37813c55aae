"""Will mail arrive?

It does where a server takes it, so trouble with another is trouble and no more. What could not be tested may be such
trouble: then mail will arrive as far as could be tested, which is not the same as yes. Nobody finds the mail servers
but by the domain's name servers: while some of those are lame, gone or at odds, mail arrives, and is at risk.
"""

from __future__ import annotations

from audit.model.report import DomainVerdict, Finding, Result, Severity, State
from audit.rules.summary.findings import GRAVE, Findings, answer, by_ipv6, first, takes_no_mail, untested

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
KEEPING_BACK = (  # mail waits with senders that validate, or heed a policy
    *("DNSSEC-BOGUS", "MTASTS-MX-MATCH", "MTASTS-MX-TLS"),
    *("DANE-BOGUS", "DANE-NOSTARTTLS", "DANE-TA-CHAIN", "DANE-MISMATCH"),
)
FINDING_THEM = ("NS-TAKEOVER", "NS-UNRESOLVABLE", "NS-ADDRESS", "NS-LAME", "DNS-INCONSISTENT")
NOT_LOOKED_AT = ("vantage.", "not_selected")  # reasons: nobody from here, or nobody in this run
CONNECTING = frozenset({"MX-REACH", "MX-IPV6-REACH"})
DNS_RULES = tuple(rule for rule in MX_RULES if rule not in CONNECTING)
OVERWRITTEN = "vantage.starttls_overwritten"  # the server spoke, and something near us spoke over it


def delivery(found: Findings, *, smtp: bool) -> DomainVerdict:
    if nowhere := _nowhere(found):
        return nowhere
    fails = found.fails(*MX_RULES)
    grave = [f for f in fails if f.severity in GRAVE]
    reached = _reached(found)
    if grave and not reached and not _may_be_reached(found, smtp=smtp):
        return answer("delivery", State.BAD, "no", first(grave), grave)
    if not smtp:
        return _delivery_without_smtp(found, fails)
    unknown = found.untold(*MX_RULES)
    turned_away = tuple(f for f in found.unknown("TLS-STARTTLS-MISSING") if f.reason != OVERWRITTEN)
    risks = found.fails(*FINDING_THEM)
    if not reached:
        return _delivery_untested((*fails, *risks), unknown, untested(unknown))
    if turned_away and not _spoken(found):
        because = "The mail servers that accept connections turned us away before anything could be learned."
        return _delivery_untested((*fails, *risks), turned_away, because)
    fails += _kept_back(found)
    if fails:
        return answer("delivery", State.WARNING, "with trouble", first((*fails, *risks)), (*fails, *risks))
    if untold := _untold(found, unknown):
        because, lacking = untold
        because = f"{first(risks)} {because}" if risks else because
        return answer("delivery", State.UNKNOWN, "yes, as far as tested", because, (*risks, *lacking))
    if risks:
        return answer("delivery", State.WARNING, "yes, at risk", first(risks), risks)
    unfound = by_ipv6(found.untold(*FINDING_THEM))[1]
    if unfound:
        because = "The mail servers accept connections; whether all name servers lead there could not be tested."
        return answer("delivery", State.UNKNOWN, "yes, as far as tested", because, unfound)
    if unknown:
        because = "The mail servers accept connections; from here IPv6 could not be tested."
        return answer("delivery", State.GOOD, "yes", because, unknown)
    return answer("delivery", State.GOOD, "yes", "The mail servers are found and accept connections.")


def _nowhere(found: Findings) -> DomainVerdict | None:
    """The answer for a domain that has nowhere to take mail, or says that it takes none."""
    if unwanted := found.fails("MX-NULL", "MX-NONE-NOADDR"):  # the owner said that it is meant to take mail
        return answer("delivery", State.BAD, "no", first(unwanted), unwanted)
    if found.failed("MX-NONE-NOADDR"):
        because = "The domain has neither MX nor address, so it takes no mail."
        return answer("delivery", State.NOT_APPLICABLE, "takes no mail", because)
    if takes_no_mail(found):
        return answer("delivery", State.NOT_APPLICABLE, "takes no mail", "The domain says that it takes no mail.")
    return None


def _kept_back(found: Findings) -> tuple[Finding, ...]:
    return tuple(f for f in found.fails(*KEEPING_BACK) if f.severity is Severity.CRITICAL)


def _untold(found: Findings, unknown: tuple[Finding, ...]) -> tuple[str, tuple[Finding, ...]] | None:
    """Of mail servers that accept connections, in a sentence, what could not be tested; None where nothing is left."""
    if by_ipv6(unknown)[1]:
        return "A mail server accepts connections; whether there is trouble with another could not be tested.", unknown
    unheard = tuple(f for f in found.untold(*KEEPING_BACK) if not (f.reason or "").startswith(NOT_LOOKED_AT))
    if unheard:
        return "The mail servers accept connections; whether some senders keep mail back could not be tested.", unheard
    return None


def _delivery_without_smtp(found: Findings, fails: tuple[Finding, ...]) -> DomainVerdict:
    """What the DNS alone tells: trouble that no server can make good, where at least one may take mail."""
    because = "Mail servers were not connected to in this run."
    fails += (*_kept_back(found), *found.fails(*FINDING_THEM))
    unknown = found.untold(*DNS_RULES)
    if fails and unknown and not found.passed("MX-PRIVATE"):
        return answer("delivery", State.UNKNOWN, "not tested", f"{first(fails)} {because}", (*fails, *unknown))
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
    heard = found.unknown("TLS-STARTTLS-MISSING")
    if found.passed("TLS-STARTTLS-MISSING") or any(f.reason == OVERWRITTEN for f in heard):
        return True
    return found.failed("TLS-STARTTLS-MISSING") or found.failed("TLS-STARTTLS-STRIPPED")


def _may_be_reached(found: Findings, *, smtp: bool) -> bool:
    """Whether there may be a server, of all those with a public address, that was not tried or could not be."""
    private = {f.subject for f in found.fails("MX-PRIVATE")}
    unseen = found.unknown("MX-REACH") if smtp else found.unknown("MX-PRIVATE")
    untried = () if smtp else found.of(("MX-PRIVATE",), Result.PASS)
    return any(f.subject not in private for f in (*untried, *unseen))
