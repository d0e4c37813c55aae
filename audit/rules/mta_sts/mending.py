"""What to publish for MTA-STS: a record, and beside it, as comments, the policy that must be served first."""

from __future__ import annotations

from audit.model.subject import Domain
from audit.protocol.mta_sts.policy import PATH
from audit.protocol.mta_sts.record import BELOW, POLICY_HOST
from audit.syntax import mta_sts, zonefile

FIRST_AGE = 86_400  # seconds: a day, while a policy is tried out
GOOD_AGE = 604_800
MAX_MX = 20


def new_record(domain: Domain, id_: str) -> str:
    return zonefile.txt(f"{BELOW}.{domain.name}", mta_sts.record(id_))


def served(domain: Domain, mode: mta_sts.Mode, patterns: tuple[str, ...], max_age: int) -> tuple[str, ...]:
    """A policy as comments of a zone file; none where a name cannot stand in it."""
    if not patterns or len(patterns) > MAX_MX or any(mta_sts.pattern_fault(p) for p in patterns):
        return ()
    where = f"first serve this text at https://{POLICY_HOST}.{domain.name}{PATH} :"
    return tuple(map(zonefile.comment, (where, *mta_sts.policy_lines(mode, patterns, max_age))))
