"""Whether a condition of a control holds: none of its rules fails, or its measure is as wanted.

Of several rules one failure that is grave enough breaks the condition, whatever the others are. Else what could not be
told about any of them leaves it open, unless no failure of that rule could be grave enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.compliance import Absent, Condition, ControlState
from audit.model.report import Finding
from audit.report.compliance import measures
from audit.report.compliance.seen import NOT_JUDGED, Outcome, Seen, grave, untold
from audit.report.reasons import reason

NAMED = 5  # findings that are told in words

IN_A_MOVE = {
    "SPF-LOOKUPS": "MIG-SPF-LOOKUPS",
    "MTASTS-MX-MATCH": "MIG-MTASTS",
    "AUTOD-STALE": "MIG-AUTODISCOVER",
}  # rules that say the same in the place of usual ones, and are judged only where a move is planned

EMPTY = {
    Absent.MET: ControlState.MET,
    Absent.NOT_MET: ControlState.NOT_MET,
    Absent.NOT_APPLICABLE: ControlState.NOT_APPLICABLE,
}


def outcome(condition: Condition, seen: Seen) -> Outcome:
    """What a condition comes to for a domain."""
    return measures.outcome(condition, seen) if condition.measure is not None else _of_rules(condition, seen)


def _of_rules(condition: Condition, seen: Seen) -> Outcome:
    rules = condition.rules + tuple(IN_A_MOVE[rule] for rule in condition.rules if rule in IN_A_MOVE)
    failed = tuple(f for f in seen.fails(*rules) if grave(f.severity, condition.at))
    if failed:
        return Outcome(ControlState.NOT_MET, told(failed), failed)
    open_ = [rule for rule in rules if seen.selection.matters(rule, condition.at)]
    missing = tuple(rule for rule in open_ if rule in condition.rules and not seen.judged(rule))
    gaps = (*seen.unknown(*open_), *(f for f in seen.fails(*open_) if f.reason is not None))
    if missing or gaps:
        words = [*_not_judged(missing), *_gaps(gaps)]
        reasons = (*((NOT_JUDGED,) if missing else ()), *untold(gaps))
        return Outcome(ControlState.NOT_ASSESSED, tuple(words), gaps, reasons)
    held = tuple(rule for rule in condition.rules if rule in seen.passed or seen.fails(rule))
    if not held:
        return Outcome(EMPTY[condition.absent], (f"{_listed(condition.rules)} had nothing to judge.",))
    return Outcome(ControlState.MET, (f"Nothing amiss by {_listed(held)}.",))


def told(failed: Iterable[Finding]) -> tuple[str, ...]:
    """Failures in words, the first few of them."""
    found = tuple(failed)
    words = [f"{finding.rule}: {finding.message or finding.subject.name}" for finding in found[:NAMED]]
    left = len(found) - len(words)
    return (*words, *((f"… and {left} more.",) if left else ()))


def _not_judged(rules: tuple[str, ...]) -> tuple[str, ...]:
    if not rules:
        return ()
    verb = "was" if len(rules) == 1 else "were"
    return (f"{_listed(rules)} {verb} not judged in this run.",)


def _gaps(gaps: tuple[Finding, ...]) -> tuple[str, ...]:
    """What could not be told, a sentence a reason."""
    by_reason: dict[str, list[str]] = {}
    for finding in gaps:
        by_reason.setdefault(finding.reason or "internal", []).append(finding.rule)
    return tuple(
        f"{_listed(tuple(dict.fromkeys(rules)))} could not be told: {reason(code).sentence}"
        for code, rules in by_reason.items()
    )


def _listed(rules: tuple[str, ...]) -> str:
    shown = list(rules[:NAMED])
    left = len(rules) - len(shown)
    if left:
        shown.append(f"{left} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
