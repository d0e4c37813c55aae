"""What people have decided about failures: which are accepted, and which were known before.

A waiver accepts failures of one rule, for a reason and mostly until a day: they are shown, and fail no run. A baseline
holds the failures of an earlier report: what is not in it is new. Neither changes a result, a verdict or an insight,
since the world is as it is; and neither is about what could not be tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from audit import contract
from audit.model.report import (
    BaselineState,
    Comparison,
    DomainReport,
    Finding,
    Result,
    Severity,
    Waiver,
    WaiverUse,
)
from audit.model.value import dataclass
from audit.rules.rule import ORDER
from audit.syntax.wildcard import matches


@dataclass(frozen=True, slots=True)
class Baseline:
    """The failures of an earlier report, by fingerprint, each with its severity then."""

    name: str
    observed_at: datetime
    findings: Mapping[str, Severity]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people have decided before the run."""

    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None


class Marking:
    """One run's failures, marked by what people decided; and how much each decision was about."""

    def __init__(self, decisions: Decisions, today: date) -> None:
        self._waivers = [replace(w, expired=has_expired(w.expires, today)) for w in decisions.waivers]
        self._used = [0] * len(self._waivers)
        self._by_rule: dict[str, list[int]] = {}
        for place, waiver in enumerate(self._waivers):
            self._by_rule.setdefault(waiver.rule, []).append(place)
        self._baseline = decisions.baseline
        self._states = dict.fromkeys(BaselineState, 0)
        self._met: set[str] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nobody decided anything."""
        return not self._by_rule and self._baseline is None

    def of_domain(self, report: DomainReport) -> DomainReport:
        """A domain's report, its failures marked."""
        if not report.findings or self.is_idle:
            return report
        return replace(report, findings=self.of(report.findings, report.domain or "", report.unicode or ""))

    def of(self, findings: Iterable[Finding], domain: str = "", shown: str = "") -> tuple[Finding, ...]:
        """Findings of a domain, or of the run, where there is none."""
        return tuple(self._marked(f, domain, shown) if f.result is Result.FAIL else f for f in findings)

    def _marked(self, finding: Finding, domain: str, shown: str) -> Finding:
        waiver, state = self._waiver(finding, domain, shown), self._state(finding, domain)
        return replace(finding, waiver=waiver, baseline=state) if waiver or state else finding

    def _waiver(self, finding: Finding, domain: str, shown: str) -> Waiver | None:
        """The first that holds; else the first that has expired. Each that is about the failure counts it."""
        found: Waiver | None = None
        for place in self._by_rule.get(finding.rule, ()):
            waiver = self._waivers[place]
            if _is_about(waiver, finding, (domain, shown)):
                self._used[place] += 1
                if found is None or (found.expired and not waiver.expired):
                    found = waiver
        return found

    def _state(self, finding: Finding, domain: str) -> BaselineState | None:
        if self._baseline is None:
            return None
        print_ = contract.fingerprint(finding, domain)
        before = self._baseline.findings.get(print_)
        if before is None:
            state = BaselineState.NEW
        else:
            self._met.add(print_)
            graver = ORDER.index(finding.severity or Severity.INFO) < ORDER.index(before)
            state = BaselineState.WORSE if graver else BaselineState.KNOWN
        self._states[state] += 1
        return state

    def uses(self) -> tuple[WaiverUse, ...]:
        """Each waiver, and how many failures it was about."""
        return tuple(WaiverUse(waiver=w, findings=n) for w, n in zip(self._waivers, self._used, strict=True))

    def comparison(self) -> Comparison | None:
        """The failures that were marked, beside the baseline."""
        if self._baseline is None:
            return None
        return Comparison(
            name=self._baseline.name,
            observed_at=self._baseline.observed_at,
            new=self._states[BaselineState.NEW],
            worse=self._states[BaselineState.WORSE],
            known=self._states[BaselineState.KNOWN],
            unseen=len(self._baseline.findings) - len(self._met),
        )


def has_expired(expires: str | None, today: date) -> bool:
    """A waiver holds to the end of the day that it names, in UTC."""
    return expires is not None and date.fromisoformat(expires) < today


def _is_about(waiver: Waiver, finding: Finding, domain: tuple[str, str]) -> bool:
    if waiver.domain is not None and not any(name and matches(waiver.domain, name) for name in domain):
        return False
    return waiver.subject is None or matches(waiver.subject, finding.subject.name)
