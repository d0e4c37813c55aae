"""What a report has seen of one domain, by rule and by topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from audit.model.compliance import ControlState
from audit.model.report import DomainReport, Finding, FoundRecord, Result, RuleText, Severity

ORDER = tuple(Severity)  # from the gravest
NOT_JUDGED = "not_judged"  # the rule was not selected in the run, or is younger than the report


@dataclass(frozen=True, slots=True)
class Outcome:
    """What part of a control comes to: one of met, not met, not assessed and not applicable."""

    state: ControlState
    because: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that a run judged, each with the gravest severity that a failure of it can have."""

    gravest: Mapping[str, Severity]

    @classmethod
    def of(cls, rules: Iterable[RuleText]) -> Selection:
        return cls({rule.id: min(rule.severities, key=ORDER.index, default=Severity.CRITICAL) for rule in rules})

    def matters(self, rule: str, at: Severity) -> bool:
        """Whether a failure of the rule can be as grave as that."""
        return grave(self.gravest.get(rule, Severity.CRITICAL), at)


def grave(severity: Severity | None, at: Severity) -> bool:
    """Whether a severity is that, or graver."""
    return severity is not None and ORDER.index(severity) <= ORDER.index(at)


@dataclass(frozen=True, slots=True)
class Seen:
    """One domain's report. A rule that is in none of these had nothing to judge, or was not judged in the run."""

    report: DomainReport
    selection: Selection
    by_rule: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, report: DomainReport, selection: Selection) -> Seen:
        found: dict[str, list[Finding]] = {}
        for finding in report.findings:
            found.setdefault(finding.rule, []).append(finding)
        by_rule = {rule: tuple(findings) for rule, findings in found.items()}
        return cls(report, selection, by_rule, frozenset(judged.rule for judged in report.passed))

    @property
    def domain(self) -> str:
        return self.report.domain or ""

    def judged(self, rule: str) -> bool:
        """Whether the run judged the rule, whatever came of it."""
        return rule in self.selection.gravest or rule in self.by_rule or rule in self.passed

    def fails(self, *rules: str) -> tuple[Finding, ...]:
        return tuple(f for rule in rules for f in self.by_rule.get(rule, ()) if f.result is Result.FAIL)

    def unknown(self, *rules: str) -> tuple[Finding, ...]:
        return tuple(f for rule in rules for f in self.by_rule.get(rule, ()) if f.result is Result.UNKNOWN)

    def records(self, topic: str) -> Iterator[FoundRecord]:
        for each in self.report.records:
            if each.topic == topic:
                yield from each.records


def untold(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Why things could not be established, each reason once."""
    return tuple(dict.fromkeys(finding.reason or "internal" for finding in findings))
