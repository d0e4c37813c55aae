"""Coverage: how much of what was selected and applies could be answered."""

from __future__ import annotations

from audit.model.report import Coverage, DomainReport, Finding, Result
from audit.rules.registry import RECORD_TOPICS, named

NEEDS_CONNECTION = frozenset({"MX-REACH"})
ENTRIES = frozenset({"list_entry", "name_entry"})


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
        self._rows += 1
        self._audited += report.status == "audited"
        for f in findings:
            if f.result is Result.UNKNOWN and (name := _list_of(f)) in self._unusable:
                self._useless.add(name)
                continue
            self._results[f.result] += 1
            self._unsettled += f.result is Result.FAIL and f.reason is not None
        if report.status in ("audited", "failed") and not any(_concludes(f) for f in findings):
            self._without.append(report.domain or "")

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
