"""The rows of a list as readers see them, each made when its turn comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from audit.model.report import (
    DomainReport,
    DomainVerdict,
    FoundRecord,
    Glance,
    Result,
    RuleText,
    RunReport,
    Severity,
    glances,
)
from audit.report.decisions import marks
from audit.report.groups import Failures, Holes, Subjects, by_rule, failures, holes
from audit.report.words import BELOW, SEVERITIES


@dataclass(frozen=True, slots=True)
class Shelf:
    """The records of one topic. The first of those that rest on one probe has the fragment to which findings point."""

    topic: str
    records: tuple[tuple[str | None, FoundRecord], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a table of all rows says of one. `anchor` is a fragment made of its place, never of its text."""

    anchor: str
    report: DomainReport | Glance
    failed: int
    untested: int
    severities: tuple[tuple[Severity, int], ...]
    below: tuple[tuple[str, DomainVerdict], ...]  # what can be forged below the domain, where that is another answer
    topics: tuple[str, ...]  # what its findings are about
    marks: tuple[str, ...]  # what was decided about them


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Line):
    """A row of the list, audited or not, in full."""

    same_as: str | None  # of a duplicate: the anchor of the row that was audited
    report: DomainReport
    worst: Severity | None
    failures: tuple[Failures, ...]
    holes: tuple[Holes, ...]
    passed: Subjects
    not_applicable: Subjects
    shelves: tuple[Shelf, ...]
    places: Mapping[str, str]  # from the key of a probe to the fragment where its records are shown


class Rows(Collection[Row]):
    """The rows of a list in a reader's order, each made when its turn comes."""

    def __init__(self, report: RunReport, anchors: Mapping[str, str]) -> None:
        self._domains, self._anchors = report.domains, anchors
        self._rules = {rule.id: rule for rule in report.rules}
        self._topics = {rule.id: rule.topic for rule in report.rules}

    def __len__(self) -> int:
        return len(self._domains)

    def __iter__(self) -> Iterator[Row]:
        return (_row(anchor_of(i), self._anchors, d, self._rules, self._topics) for i, d in enumerate(self._domains, 1))

    def lines(self) -> Iterator[Line]:
        """The same for a table, which leaves the longer part of each unread."""
        return (_line(anchor_of(i), d, self._topics) for i, d in enumerate(glances(self._domains), 1))

    def __contains__(self, row: object) -> bool:
        return any(each == row for each in self)


def anchor_of(place: int) -> str:
    return f"d{place}"


def _row(
    anchor: str,
    first: Mapping[str, str],
    domain: DomainReport,
    rules: Mapping[str, RuleText],
    topics: Mapping[str, str],
) -> Row:
    line = _line(anchor, domain, topics)
    failed = failures(domain.findings, rules)
    missing = holes(domain.findings, (record for topic in domain.records for record in topic.records))
    shelves, places = _shelves(anchor, domain)
    return Row(
        anchor=anchor,
        same_as=first.get(domain.domain) if domain.status == "duplicate" and domain.domain else None,
        report=domain,
        worst=failed[0].severity if failed else None,
        failures=failed,
        failed=line.failed,
        holes=missing,
        untested=line.untested,
        passed=by_rule(domain.passed),
        not_applicable=by_rule(domain.not_applicable),
        severities=line.severities,
        shelves=shelves,
        places=places,
        below=line.below,
        topics=line.topics,
        marks=line.marks,
    )


def _line(anchor: str, domain: DomainReport | Glance, topics: Mapping[str, str]) -> Line:
    about = {topics[f.rule] for f in domain.findings if f.result is Result.FAIL and f.rule in topics}
    counts = Counter(f.severity or Severity.INFO for f in domain.findings if f.result is Result.FAIL)
    return Line(
        anchor=anchor,
        report=domain,
        failed=counts.total(),
        untested=sum(f.result is Result.UNKNOWN for f in domain.findings),
        severities=tuple((s, counts[s]) for s in SEVERITIES if counts[s]),
        below=_below(domain),
        topics=tuple(sorted(about)),
        marks=tuple(sorted({mark for f in domain.findings if f.result is Result.FAIL for mark in marks(f)})),
    )


def _below(domain: DomainReport | Glance) -> tuple[tuple[str, DomainVerdict], ...]:
    verdicts: dict[str, DomainVerdict] = {verdict.id: verdict for verdict in domain.verdicts}
    itself = verdicts.get("forgery")
    return tuple(
        (name, verdicts[id_])
        for id_, name in BELOW.items()
        if itself and id_ in verdicts and verdicts[id_].answer != itself.answer
    )


def _shelves(anchor: str, domain: DomainReport) -> tuple[tuple[Shelf, ...], Mapping[str, str]]:
    places: dict[str, str] = {}
    shelves = []
    for topic in domain.records:
        records: list[tuple[str | None, FoundRecord]] = []
        for record in topic.records:
            fresh = None if record.evidence in places else f"{anchor}e{len(places) + 1}"
            if fresh:
                places[record.evidence] = fresh
            records.append((fresh, record))
        shelves.append(Shelf(topic.topic, tuple(records)))
    return tuple(shelves), places
