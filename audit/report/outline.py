"""The report in a reader's order: what is grave first, what is alike together. Shared by all formats for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from audit.model.report import (
    DomainReport,
    DomainVerdict,
    Finding,
    FoundRecord,
    Glance,
    Insight,
    Judged,
    Result,
    RuleText,
    RunReport,
    RunSummary,
    Severity,
    State,
    SubjectName,
    glances,
)
from audit.report.places import Places, cut_short, places
from audit.report.proposals import Proposal, proposals, wanted
from audit.report.reasons import Reason, reason
from audit.report.words import BELOW, COLUMNS, CONFIDENCES, QUESTIONS, SEVERITIES, capital, plural, selecting

EXPLAINED = 3  # replies, of those on which one reason rests
RULES_NAMED = 3  # of those that need the same; more are told as a number


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
class Subjects:
    """The subjects for which one rule came to one result."""

    rule: str
    subjects: tuple[SubjectName, ...]

    @property
    def below(self) -> tuple[SubjectName, ...]:
        """Those that need a name: a domain's own page says which domain it is about."""
        return tuple(s for s in self.subjects if s.kind not in {"domain", "run"})


@dataclass(frozen=True, slots=True)
class Holes:
    """What could not be tested for one and the same reason."""

    code: str
    words: Reason
    count: int
    rules: tuple[Subjects, ...]
    evidence: tuple[str, ...]
    explained: tuple[str, ...] = ()  # what replies that this rests on mean


@dataclass(frozen=True, slots=True)
class Shelf:
    """The records of one topic. The first of those that rest on one probe has the fragment to which findings point."""

    topic: str
    records: tuple[tuple[str | None, FoundRecord], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list, audited or not. `anchor` is a fragment made of its place, never of its text."""

    anchor: str
    same_as: str | None  # of a duplicate: the anchor of the row that was audited
    report: DomainReport
    worst: Severity | None
    failures: tuple[Failures, ...]
    failed: int
    holes: tuple[Holes, ...]
    untested: int
    passed: tuple[Subjects, ...]
    not_applicable: tuple[Subjects, ...]
    severities: tuple[tuple[Severity, int], ...]
    topics: tuple[Shelf, ...]
    places: Mapping[str, str]  # from the key of a probe to the fragment where its records are shown
    below: tuple[tuple[str, DomainVerdict], ...]  # what can be forged below the domain, where that is another answer


@dataclass(frozen=True, slots=True)
class Shared:
    """What troubles several domains at once. `anchors` leads from those that are named to their rows."""

    rule: RuleText
    insight: Insight
    anchors: tuple[tuple[str, str | None], ...]
    proposals: tuple[Proposal, ...]

    @property
    def message(self) -> str:
        return capital(self.insight.message or self.rule.title, [self.insight.cause.name])

    @property
    def unnamed(self) -> int:
        return self.insight.affected - len(self.insight.domains)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many domains have which answer to one question."""

    id: str
    question: str
    counts: tuple[tuple[State, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class Outline:
    report: RunReport
    rows: Collection[Row]
    tallies: tuple[Tally, ...]
    severities: tuple[tuple[Severity, int], ...]
    shared: tuple[Shared, ...]
    concerns: tuple[Failures, ...]  # findings about the run itself
    concern_holes: tuple[Holes, ...]
    coverage: str
    places: Places
    cut_short: str | None  # how far the run came that did not come to its end
    unselected: tuple[str, ...]  # what was not judged in this run, and what that would need
    clear_sight: bool  # nothing about the vantage is worth a second look
    statuses: tuple[tuple[str, int], ...]  # of rows that were not audited


class Rows(Collection[Row]):
    """The rows of a list in a reader's order, each made when its turn comes."""

    def __init__(self, report: RunReport, anchors: Mapping[str, str]) -> None:
        self._domains, self._anchors = report.domains, anchors
        self._rules = {rule.id: rule for rule in report.rules}

    def __len__(self) -> int:
        return len(self._domains)

    def __iter__(self) -> Iterator[Row]:
        return (_row(_anchor(i), self._anchors, d, self._rules) for i, d in enumerate(self._domains, 1))

    def __contains__(self, row: object) -> bool:
        return any(each == row for each in self)


@dataclass(slots=True)
class _Glimpse:
    """What a look over all domains tells."""

    severities: Counter[Severity] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, State]] = field(default_factory=Counter)
    questions: dict[str, str] = field(default_factory=dict)
    anchors: dict[str, str] = field(default_factory=dict)  # of the domains to which something leads

    def add(self, place: int, domain: DomainReport | Glance, *, wanted: bool) -> None:
        self.severities.update(f.severity for f in domain.findings if f.result is Result.FAIL and f.severity)
        self.statuses[domain.status] += 1
        for verdict in domain.verdicts:
            self.questions.setdefault(verdict.id, verdict.question)
            self.answers[verdict.id, verdict.state] += 1
        if wanted and domain.status == "audited" and domain.domain:
            self.anchors.setdefault(domain.domain, _anchor(place))

    def tally(self, id_: str) -> Tally:
        counts = tuple((state, self.answers[id_, state]) for state in State)
        return Tally(id_, self.questions.get(id_, QUESTIONS[id_]), counts)


def outline(report: RunReport) -> Outline:
    """A report has an order for its readers: gravest first, and what is alike together."""
    twice = {d.domain for d in glances(report.domains) if d.status == "duplicate"}
    pointed = twice.union(*(insight.domains for insight in report.insights))
    seen = _Glimpse()
    for place, domain in enumerate(glances(report.domains), 1):
        seen.add(place, domain, wanted=domain.domain in pointed)
    rules = {rule.id: rule for rule in report.rules}
    return Outline(
        report=report,
        rows=Rows(report, seen.anchors),
        tallies=tuple(seen.tally(id_) for id_ in COLUMNS),
        severities=tuple((s, seen.severities[s]) for s in SEVERITIES),
        shared=tuple(_shared(report.insights, rules, seen.anchors)),
        concerns=failures(report.findings, rules),
        concern_holes=holes(report.findings),
        coverage=coverage(report),
        places=places(report.run),
        cut_short=cut_short(report.run),
        unselected=tuple(_unselected(report.run)),
        clear_sight=all(s.state in {State.GOOD, State.NOT_APPLICABLE} for s in report.run.vantage),
        statuses=tuple(sorted((s, n) for s, n in seen.statuses.items() if s != "audited")),
    )


def _anchor(place: int) -> str:
    return f"d{place}"


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
            rules.get(id_) or _nameless(id_),
            SEVERITIES[rank],
            tuple(found),
            proposals(id_, (f.publish for f in found), all_wanted),
        )
        for (rank, id_), found in sorted(grouped.items())
    )


def _shared(insights: tuple[Insight, ...], rules: Mapping[str, RuleText], first: Mapping[str, str]) -> Iterator[Shared]:
    all_wanted = wanted((i.rule, i.publish) for i in insights)
    for insight in insights:
        yield Shared(
            rules.get(insight.rule) or _nameless(insight.rule),
            insight,
            tuple((name, first.get(name)) for name in insight.domains),
            proposals(insight.rule, (insight.publish,), all_wanted),
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
            by_rule(Judged(rule=f.rule, subject=f.subject) for f in group),
            tuple(dict.fromkeys(key for f in group for key in f.evidence)),
            tuple(dict.fromkeys(told[key] for f in group for key in f.evidence if key in told))[:EXPLAINED],
        )
        for code, group in grouped.items()
    )
    return tuple(sorted(found, key=lambda hole: (-hole.count, hole.code)))


def by_rule(results: Iterable[Judged]) -> tuple[Subjects, ...]:
    grouped: dict[str, list[SubjectName]] = {}
    for judged in results:
        grouped.setdefault(judged.rule, []).append(judged.subject)
    return tuple(Subjects(rule, tuple(subjects)) for rule, subjects in sorted(grouped.items()))


def coverage(report: RunReport) -> str:
    """How much of what was asked could be answered, in one sentence."""
    seen = report.run.coverage
    answered = seen.passed + seen.failed
    asked = answered + seen.unknown
    if not asked:
        return "No check applied."
    if not seen.unknown:
        return f"All {plural(asked, 'applicable check')} could be answered."
    return (
        f"{answered:,} of {plural(asked, 'applicable check')} could be answered; {seen.unknown:,} could not be tested."
    )


def message(finding: Finding, rule: RuleText) -> str:
    """What a finding says, as the head of a line."""
    given = (part for value in finding.arguments.values() for part in (value if isinstance(value, tuple) else (value,)))
    said = capital(finding.message or rule.title, (finding.subject.name, *given))
    return f"{said} ({CONFIDENCES[finding.confidence]})" if finding.confidence else said


def _unselected(run: RunSummary) -> Iterator[str]:
    """A sentence for each thing that would let more rules be judged."""
    needed: dict[str, list[str]] = {}
    for rule in run.coverage.not_selected:
        needed.setdefault(
            selecting(rule, smtp=run.smtp, https=run.https, second_opinion=run.second_opinion, only=run.only), []
        ).append(rule)
    for what, rules in needed.items():
        who = ", ".join(rules) if len(rules) <= RULES_NAMED else f"{len(rules):,} rules"
        yield f"{who} {'needs' if len(rules) == 1 else 'need'} {what}."


def _row(anchor: str, first: Mapping[str, str], domain: DomainReport, rules: Mapping[str, RuleText]) -> Row:
    failed = failures(domain.findings, rules)
    counts = Counter({s: sum(len(f.findings) for f in failed if f.severity is s) for s in SEVERITIES})
    missing = holes(domain.findings, (record for topic in domain.records for record in topic.records))
    topics, places = _shelves(anchor, domain)
    return Row(
        anchor=anchor,
        same_as=first.get(domain.domain) if domain.status == "duplicate" and domain.domain else None,
        report=domain,
        worst=failed[0].severity if failed else None,
        failures=failed,
        failed=counts.total(),
        holes=missing,
        untested=sum(hole.count for hole in missing),
        passed=by_rule(domain.passed),
        not_applicable=by_rule(domain.not_applicable),
        severities=tuple((s, counts[s]) for s in SEVERITIES if counts[s]),
        topics=topics,
        places=places,
        below=_below(domain),
    )


def _below(domain: DomainReport) -> tuple[tuple[str, DomainVerdict], ...]:
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


def _nameless(id_: str) -> RuleText:
    """A report may name a rule that it does not explain."""
    return RuleText(id=id_, topic="", severities=(), title=id_, why="", fix="", reference="")
