"""Coverage: how much of what was selected and applies could be answered."""

from __future__ import annotations

from audit.model.report import Coverage, DomainReport, Finding, Result
from audit.rules.registry import RECORD_TOPICS, named

NEEDS_CONNECTION = frozenset({"MX-REACH"})
ENTRIES = frozenset({"list_entry", "name_entry"})


def coverage(
    judged: tuple[tuple[DomainReport, tuple[Finding, ...]], ...],
    *,
    unusable: frozenset[str],
    not_selected: tuple[str, ...],
) -> Coverage:
    """Count results. The entries of a list in `unusable` count as one unknown for the whole run, not one a domain.

    A failure whose severity could not be settled counts as failed and as unknown.
    """
    counts = dict.fromkeys(Result, 0)
    unsettled = 0
    useless: set[str] = set()
    for _, findings in judged:
        for f in findings:
            name = _list_of(f)
            if f.result is Result.UNKNOWN and name in unusable:
                useless.add(name)
                continue
            counts[f.result] += 1
            unsettled += f.result is Result.FAIL and f.reason is not None
    unknown = counts[Result.UNKNOWN] + len(useless)
    applicable = counts[Result.PASS] + counts[Result.FAIL] + unknown
    share = -(-1000 * (unknown + unsettled) // applicable) if applicable else 0  # rounded up: never better than it is
    return Coverage(
        rows=len(judged),
        audited=sum(report.status == "audited" for report, _ in judged),
        passed=counts[Result.PASS],
        failed=counts[Result.FAIL],
        unknown=unknown,
        not_applicable=counts[Result.NOT_APPLICABLE],
        unknown_share=min(share, 1000),
        without_record_result=tuple(
            report.domain or ""
            for report, findings in judged
            if report.status in ("audited", "failed") and not any(_concludes(f) for f in findings)
        ),
        not_selected=not_selected,
    )


def _list_of(finding: Finding) -> str:
    return finding.subject.name.split(" ")[-1] if finding.subject.kind in ENTRIES else ""


def _concludes(finding: Finding) -> bool:
    """Whether a finding says something certain about a record that the domain publishes."""
    about_records = named(finding.rule).topic in RECORD_TOPICS and finding.rule not in NEEDS_CONNECTION
    return about_records and finding.result in (Result.PASS, Result.FAIL)
