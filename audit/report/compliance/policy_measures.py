"""How an SPF record ends (RFC 7208 section 4.7), and the mode of an MTA-STS policy (RFC 8461 section 5), by rules."""

from __future__ import annotations

from audit.model.report import Finding
from audit.report.compliance.reading import Reading, open_by
from audit.report.compliance.seen import Seen

ENDS = ("missing", "broken", "+", "?", "~", "-")
NO_SPF = ("SPF-MISSING", "SPF-MULTIPLE")
BROKEN = (
    "SPF-SYNTAX",
    "SPF-LOOKUPS",
    "SPF-LOOP",
    "SPF-INCLUDE-NONE",
    "SPF-INCLUDE-NXDOMAIN",
    "SPF-INCLUDE-PERMERROR",
    "SPF-MX-GT10",
)
ANYBODY, NEUTRAL, SOFT = "SPF-ALL-PASS", "SPF-ALL-NEUTRAL", "SPF-ALL-SOFTFAIL"

MODES = ("missing", "none", "testing", "enforce")
MODE = "MTASTS-MODE"
NO_POLICY = (
    "MTASTS-MISSING",
    "MTASTS-TXT-MULTI",
    "MTASTS-TXT-SYNTAX",
    "MTASTS-ORPHAN",
    "MTASTS-FETCH",
    "MTASTS-ADDRESS",
    "MTASTS-CERT",
    "MTASTS-POLICY-SYNTAX",
)


def spf_all(seen: Seen, _: str) -> Reading:
    """What SPF says of servers that it does not name; “+” where anybody passes, however the record ends."""
    if opened := seen.fails(ANYBODY):
        return _low("+", seen, opened)
    if hole := open_by(seen, *NO_SPF, *BROKEN, ANYBODY, NEUTRAL, SOFT):
        return hole
    for value, rules in (("missing", NO_SPF), ("broken", BROKEN), ("?", (NEUTRAL,)), ("~", (SOFT,))):
        if failed := seen.fails(*rules):
            return _low(value, seen, failed)
    return Reading("-", evidence=_spf(seen)) if SOFT in seen.passed else Reading()


def _low(value: str, seen: Seen, failed: tuple[Finding, ...]) -> Reading:
    return Reading(value, findings=failed, evidence=_spf(seen))


def _spf(seen: Seen) -> tuple[str, ...]:
    return tuple(r.evidence for r in seen.records("spf") if (r.name, r.type) == (seen.domain, "TXT"))


def sts_mode(seen: Seen, _: str) -> Reading:
    """What senders that heed MTA-STS do; “missing” where there is no policy that they can use."""
    shown = tuple(r.evidence for r in seen.records("mta_sts") if r.type in ("TXT", "HTTPS"))
    failed = seen.fails(MODE)
    if failed:
        return Reading(str(failed[0].arguments.get("mode", "none")), findings=failed, evidence=shown)
    if MODE in seen.passed:
        return Reading("enforce", evidence=shown)
    if hole := open_by(seen, MODE, *NO_POLICY):
        return hole
    if failed := seen.fails(*NO_POLICY):
        return Reading("missing", findings=failed, evidence=shown)
    return Reading()
