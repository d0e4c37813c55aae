"""Can the domain be forged?"""

from __future__ import annotations

from audit.model.report import DomainVerdict, Finding, Result, State
from audit.rules.summary.findings import Findings, answer, first, untested

BROKEN_SPF = (
    "SPF-MISSING",
    "SPF-MULTIPLE",
    "SPF-SYNTAX",
    "SPF-LOOKUPS",
    "SPF-LOOP",
    "SPF-INCLUDE-NONE",
    "SPF-INCLUDE-NXDOMAIN",
)


def forgery(found: Findings) -> DomainVerdict:
    if open_to_all := found.fails("SPF-ALL-PASS"):
        return answer("forgery", State.BAD, "yes", first(open_to_all), open_to_all)
    if missing := found.fails("DMARC-MISSING", "DMARC-MULTIPLE", "DMARC-P-INVALID"):
        return answer("forgery", State.BAD, "yes", first(missing), missing)
    if idle := found.fails("DMARC-P-NONE"):
        return _forgery_let_through(found, idle)
    unknown = found.unknown("DMARC-MISSING", "DMARC-P-NONE")
    if unknown or not found.passed("DMARC-P-NONE"):
        return answer("forgery", State.UNKNOWN, "could not test", untested(unknown), unknown)
    if unseen := found.unknown("SPF-ALL-PASS"):
        because = "DMARC asks receivers to act on forgeries; whether SPF lets everybody send could not be told."
        return answer("forgery", State.UNKNOWN, "not for certain", because, unseen)
    if weak := found.fails(*BROKEN_SPF):
        because = f"DMARC asks receivers to act on forgeries, but genuine mail may suffer: {first(weak)}"
        return answer("forgery", State.WARNING, "hardly", because, weak)
    return answer("forgery", State.GOOD, "no", "DMARC asks receivers to act on mail that is not genuine.")


def _forgery_let_through(found: Findings, idle: tuple[Finding, ...]) -> DomainVerdict:
    """DMARC asks for nothing; whether anybody watches depends on who is sent reports."""
    unwatched = found.of(("DMARC-RUA-MISSING",), Result.FAIL)
    if unwatched:
        because = "DMARC asks receivers to do nothing, and nobody is sent reports."
        return answer("forgery", State.BAD, "yes", because, (*idle, *unwatched))
    if not found.passed("DMARC-RUA-MISSING"):
        unknown = found.unknown("DMARC-RUA-MISSING")
        because = "DMARC asks receivers to do nothing; whether anybody is sent reports could not be told."
        return answer("forgery", State.WARNING, "yes", because, (*idle, *unknown))
    because = "DMARC only watches: mail that fails is delivered all the same."
    return answer("forgery", State.WARNING, "yes, but watched", because, idle)
