"""What was measured."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.report import Finding
from audit.report.compliance.seen import NOT_JUDGED, Seen, untold


@dataclass(frozen=True, slots=True)
class Reading:
    """A value; or the reasons why there is none; or neither, where there is nothing to measure. `findings` are the
    failures that stand for a low value, `evidence` the keys of the probes that show it."""

    value: str | int | tuple[str, ...] | None = None
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: tuple[str, ...] = ()


def open_by(seen: Seen, *rules: str) -> Reading | None:
    """Why a measure that rests on all of these rules has no value; None where each could be judged."""
    gaps = seen.unknown(*rules)
    missing = (NOT_JUDGED,) if not all(seen.judged(rule) for rule in rules) else ()
    return Reading(reasons=(*missing, *untold(gaps)), findings=gaps) if missing or gaps else None
