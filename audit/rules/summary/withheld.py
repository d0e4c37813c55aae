"""Whom a DMARC record does not reach: receivers that validate DNSSEC, where it is bogus (RFC 9989 section 4.10).

They get SERVFAIL in its place, so that no policy applies, and forged mail is judged without one. A domain that is
protected elsewhere is so in part. Where a resolver leaves signatures out, or the root's keys are not ours, nobody can
look from here, which the report says once for all domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.report import DomainVerdict, State
from audit.protocol.dmarc.stance import Stance
from audit.protocol.dnssec.bogus import BogusFound
from audit.rules.summary.findings import Findings, answer, first

BOGUS = "DNSSEC-BOGUS"
FROM_HERE = "vantage."  # reasons that hold for every domain
NOT_SURVEYED: Fact[BogusFound] = Unknown("not_gathered")


def for_validators(
    verdict: DomainVerdict, stance: Fact[Stance], found: Findings, facts: Mapping[type, Fact[Any]]
) -> DomainVerdict:
    """An answer on forgery, as it is where receivers validate: no better, and the same where the record can be had."""
    if verdict.state is not State.GOOD:
        return verdict
    bogus: Fact[BogusFound] = facts.get(BogusFound, NOT_SURVEYED)
    at = stance.value.at if isinstance(stance, Known) else None
    withheld = bogus.value.hidden(at) if isinstance(bogus, Known) else bogus
    if withheld == Known(True):
        fails = found.fails(BOGUS)
        because = f"{verdict.because} Receivers that validate DNSSEC do not get it: {first(fails)}"
        return answer(verdict.id, State.WARNING, "partly protected", because, fails)
    if isinstance(withheld, Unknown) and not withheld.reason.startswith(FROM_HERE):
        because = f"{verdict.because} Whether receivers that validate DNSSEC get it could not be told."
        return answer(verdict.id, State.UNKNOWN, "could not test", because, found.unknown(BOGUS))
    return verdict
