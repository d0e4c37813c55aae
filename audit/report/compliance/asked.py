"""What is tested of a control, in words: its ways, each with the rules and thresholds of its conditions."""

from __future__ import annotations

from audit.model.compliance import Condition, Control
from audit.model.report import Severity
from audit.report.compliance.measures import MEASURES, NAMES, wanted


def checks(control: Control) -> tuple[str, ...]:
    """A sentence for each way of which one has to hold; none where nothing is tested."""
    ways = tuple("; ".join(_asked(condition) for condition in way.conditions) for way in control.ways)
    return tuple(f"{'or ' if number else ''}{way}" for number, way in enumerate(ways))


def _asked(condition: Condition) -> str:
    if condition.measure is not None:
        over = " and".join(NAMES[kind] for kind in condition.over if NAMES[kind])
        own = " for the domain and" if over and "domain" in condition.over else ""
        return f"{MEASURES[condition.measure].called}{own}{over}: {wanted(condition)}"
    rules = ", ".join(condition.rules)
    grave = "" if condition.at is Severity.INFO else f" (if {condition.at} or graver)"
    return f"no failure of {rules}{grave}"
