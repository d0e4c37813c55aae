"""How far a file has come that a web server shows: the MTA-STS policy (RFC 8461 section 3.2)."""

from __future__ import annotations

from audit.desk.migration_check.matching import same_policy
from audit.model.fact import Fact, Known, Unknown
from audit.model.migration import FileChange
from audit.model.migration_check import FileCheck, Progress


def check_file(change: FileChange, earlier: tuple[str | None, ...], seen: Fact[str | None]) -> FileCheck:
    """Hold what is served against what a step is to leave there; `earlier` is what was there before it, by the plan."""
    if isinstance(seen, Unknown):
        why = "what is there could not be fetched"
        return FileCheck(url=change.url, progress=Progress.UNKNOWN, found=None, why=why, reason=seen.reason)
    found = seen.value
    if _same(found, change.after):
        progress, why = Progress.DONE, "it is as it is to be"
    elif any(_same(found, each) for each in earlier):
        progress, why = Progress.NOT_YET, "what was there before still is"
    elif found is None:
        progress, why = Progress.WRONG, "no policy is served"
    else:
        progress, why = Progress.WRONG, "what is there is neither what was before nor what is to be"
    return FileCheck(url=change.url, progress=progress, found=found, why=why, reason=None)


def is_met(change: FileChange, seen: Fact[str | None]) -> Fact[bool]:
    """Whether a step has left what it is to leave."""
    return seen if isinstance(seen, Unknown) else Known(_same(seen.value, change.after))


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_policy(one, other)
