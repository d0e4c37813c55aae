"""Coverage: how much of what was selected and applies could be answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from audit.model.report import Coverage, DomainReport, Finding, Result
from audit.rules.registry import RECORD_TOPICS, named

NEEDS_CONNECTION = frozenset({"MX-REACH"})
ENTRIES = frozenset({"list_entry", "name_entry"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What there is to count in one row. `useless`: its lists that could not be used in the whole run; `without`: its
    domain, where nothing certain was found about any record."""

    audited: bool
    results: dict[Result, int]
    unsettled: int
    useless: tuple[str, ...]
    without: str | None


def counts(report: DomainReport, findings: tuple[Finding, ...], unusable: frozenset[str]) -> Counts:
    """Count what was found of a row."""
    results: Counter[Result] = Counter()
    useless: set[str] = set()
    unsettled = 0
    for f in findings:
        name = _list_of(f)
        if f.result is Result.UNKNOWN and name in unusable:
            useless.add(name)
            continue
        results[f.result] += 1
        unsettled += f.result is Result.FAIL and f.reason is not None
    looked_at = report.status in ("audited", "failed")
    return Counts(
        audited=report.status == "audited",
        results=dict(results),
        unsettled=unsettled,
        useless=tuple(sorted(useless)),
        without=report.domain or "" if looked_at and not any(_concludes(f) for f in findings) else None,
    )


class Counted:
    """The results of a run, as far as its rows were counted.

    The entries of a list in `unusable` count as one unknown for the whole run, not one a domain. A failure whose
    severity could not be settled counts as failed and as unknown.
    """

    def __init__(self, unusable: frozenset[str]) -> None:
        self._unusable = unusable
        self._results = dict.fromkeys(Result, 0)
        self._unsettled = self._rows = self._audited = 0
        self._useless: set[str] = set()
        self._without: list[str] = []

    def add(self, report: DomainReport, findings: tuple[Finding, ...]) -> None:
        """Count a row, with all that was found of it: what passed, too."""
        self.count(counts(report, findings, self._unusable))

    def count(self, row: Counts) -> None:
        """Count a row that was looked at elsewhere."""
        self._rows += 1
        self._audited += row.audited
        for result, number in row.results.items():
            self._results[result] += number
        self._unsettled += row.unsettled
        self._useless.update(row.useless)
        if row.without is not None:
            self._without.append(row.without)

    def coverage(self, not_selected: tuple[str, ...]) -> Coverage:
        counts = self._results
        unknown = counts[Result.UNKNOWN] + len(self._useless)
        applicable = counts[Result.PASS] + counts[Result.FAIL] + unknown
        # rounded up: never better than it is
        share = -(-1000 * (unknown + self._unsettled) // applicable) if applicable else 0
        return Coverage(
            rows=self._rows,
            audited=self._audited,
            passed=counts[Result.PASS],
            failed=counts[Result.FAIL],
            unknown=unknown,
            not_applicable=counts[Result.NOT_APPLICABLE],
            unknown_share=min(share, 1000),
            without_record_result=tuple(self._without),
            not_selected=not_selected,
        )


def _list_of(finding: Finding) -> str:
    return finding.subject.name.split(" ")[-1] if finding.subject.kind in ENTRIES else ""


def _concludes(finding: Finding) -> bool:
    """Whether a finding says something certain about a record that the domain publishes."""
    about_records = named(finding.rule).topic in RECORD_TOPICS and finding.rule not in NEEDS_CONNECTION
    return about_records and finding.result in (Result.PASS, Result.FAIL)
