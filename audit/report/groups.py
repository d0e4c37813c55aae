"""What is alike together: failures of one rule and severity, holes of one reason, subjects of one rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from audit.model.report import Finding, FoundRecord, Judged, Result, RuleText, Severity
from audit.report.proposals import Proposal, proposals, wanted
from audit.report.reasons import Reason, reason
from audit.report.words import CONFIDENCES, SEVERITIES, capital

Subjects: TypeAlias = Mapping[str, Sequence[str]]  # rules, each with the names of those subjects that need one

NAMELESS = frozenset({"domain", "run"})  # a domain's own page says which domain it is about
EXPLAINED = 3  # replies, of those on which one reason rests


@dataclass(frozen=True, slots=True)
class Failures:
    """One rule, broken by one subject or by several, with one severity."""

    rule: RuleText
    severity: Severity
    findings: tuple[Finding, ...]
    proposals: tuple[Proposal, ...] = ()  # the records that mend it; several where they exclude each other

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for finding in self.findings for key in finding.evidence))


@dataclass(frozen=True, slots=True)
class Holes:
    """What could not be tested for one and the same reason."""

    code: str
    words: Reason
    count: int
    rules: Subjects
    evidence: tuple[str, ...]
    explained: tuple[str, ...] = ()  # what replies that this rests on mean


def failures(findings: Iterable[Finding], rules: Mapping[str, RuleText]) -> tuple[Failures, ...]:
    """The failures, by severity and then by rule, from the gravest to the least."""
    grouped: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        if finding.result is Result.FAIL:
            rank = SEVERITIES.index(finding.severity or Severity.INFO)
            grouped.setdefault((rank, finding.rule), []).append(finding)
    all_wanted = wanted((f.rule, f.publish) for found in grouped.values() for f in found)
    return tuple(
        Failures(
            rules.get(id_) or nameless(id_),
            SEVERITIES[rank],
            tuple(found),
            proposals(id_, (f.publish for f in found), all_wanted),
        )
        for (rank, id_), found in sorted(grouped.items())
    )


def holes(findings: Iterable[Finding], records: Iterable[FoundRecord] = ()) -> tuple[Holes, ...]:
    """What could not be tested, grouped by the reason; the reason behind most comes first."""
    told = {record.evidence: record.explained for record in records if record.explained}
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.result is Result.UNKNOWN:
            grouped.setdefault(finding.reason or "not_gathered", []).append(finding)
    found = (
        Holes(
            code,
            reason(code),
            len(group),
            by_rule(group),
            tuple(dict.fromkeys(key for f in group for key in f.evidence)),
            tuple(dict.fromkeys(told[key] for f in group for key in f.evidence if key in told))[:EXPLAINED],
        )
        for code, group in grouped.items()
    )
    return tuple(sorted(found, key=lambda hole: (-hole.count, hole.code)))


def by_rule(results: Iterable[Judged | Finding]) -> Subjects:
    """The rules that came to one result, in the order of their ids."""
    grouped: dict[str, list[str]] = {}
    for judged in results:
        names = grouped.setdefault(judged.rule, [])
        subject = judged.subject
        if subject.kind not in NAMELESS:
            names.append(subject.name)
    return dict(sorted(grouped.items()))


def message(finding: Finding, rule: RuleText) -> str:
    """What a finding says, as the head of a line."""
    given = (part for value in finding.arguments.values() for part in (value if isinstance(value, tuple) else (value,)))
    said = capital(finding.message or rule.title, (finding.subject.name, *given))
    return f"{said} ({CONFIDENCES[finding.confidence]})" if finding.confidence else said


def nameless(id_: str) -> RuleText:
    """A report may name a rule that it does not explain."""
    return RuleText(id=id_, topic="", severities=(), title=id_, why="", fix="", reference="")
