"""The report in a reader's order: what is grave first, what is alike together. Shared by all formats for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from audit.model.report import (
    DomainReport,
    Glance,
    Insight,
    Result,
    RuleText,
    RunReport,
    RunSummary,
    Severity,
    State,
    glances,
)
from audit.report.decisions import decisions
from audit.report.groups import Failures, Holes, failures, holes, nameless
from audit.report.places import Places, cut_short, places
from audit.report.proposals import Proposal, proposals, wanted
from audit.report.rows import Rows, anchor_of
from audit.report.selecting import selecting
from audit.report.words import COLUMNS, HEADLINES, QUESTIONS, SEVERITIES, capital, plural
from audit.report.worst import Grave, Worst
from audit.report.worst import shared as told_once

RULES_NAMED = 3  # of those that need the same; more are told as a number


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

    def count(self, state: State) -> int:
        return dict(self.counts)[state]


@dataclass(frozen=True, slots=True)
class Outline:
    report: RunReport
    rows: Rows
    tallies: tuple[Tally, ...]
    severities: tuple[tuple[Severity, int], ...]
    shared: tuple[Shared, ...]
    worst: tuple[Worst, ...]  # the gravest of what is not shared
    unanswered: int  # domains of which one of the questions could not be answered
    concerns: tuple[Failures, ...]  # findings about the run itself
    concern_holes: tuple[Holes, ...]
    lead: str  # the answer, in a sentence
    coverage: str
    places: Places
    cut_short: str | None  # how far the run came that did not come to its end
    decisions: tuple[str, ...]  # what is to be said of waivers and the baseline
    unselected: tuple[str, ...]  # what was not judged in this run, and what that would need
    clear_sight: bool  # nothing about the vantage is worth a second look
    statuses: tuple[tuple[str, int], ...]  # of rows that were not audited


@dataclass(slots=True)
class _Glimpse:
    """What a look over all domains tells."""

    grave: Grave
    unanswered: int = 0
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
        self.unanswered += any(v.state is State.UNKNOWN and v.id in COLUMNS for v in domain.verdicts)
        self.grave.add(anchor_of(place), domain.unicode or domain.domain or domain.input.text, domain)
        if wanted and domain.status == "audited" and domain.domain:
            self.anchors.setdefault(domain.domain, anchor_of(place))

    def tally(self, id_: str) -> Tally:
        counts = tuple((state, self.answers[id_, state]) for state in State)
        return Tally(id_, self.questions.get(id_, QUESTIONS[id_]), counts)


def outline(report: RunReport) -> Outline:
    """A report has an order for its readers: gravest first, and what is alike together."""
    twice = {d.domain for d in glances(report.domains) if d.status == "duplicate"}
    pointed = twice.union(*(insight.domains for insight in report.insights))
    seen = _Glimpse(Grave(told_once(report.insights)))
    for place, domain in enumerate(glances(report.domains), 1):
        seen.add(place, domain, wanted=domain.domain in pointed)
    rules = {rule.id: rule for rule in report.rules}
    tallies = tuple(seen.tally(id_) for id_ in COLUMNS)
    return Outline(
        report=report,
        rows=Rows(report, seen.anchors),
        tallies=tallies,
        severities=tuple((s, seen.severities[s]) for s in SEVERITIES),
        shared=tuple(_shared(report.insights, rules, seen.anchors)),
        worst=tuple(seen.grave.worst(rules)),
        unanswered=seen.unanswered,
        concerns=failures(report.findings, rules),
        concern_holes=holes(report.findings),
        lead=_lead(report.run.coverage.audited, tallies, seen.unanswered),
        coverage=coverage(report),
        places=places(report.run),
        cut_short=cut_short(report.run),
        decisions=decisions(report),
        unselected=tuple(_unselected(report.run)),
        clear_sight=all(s.state in {State.GOOD, State.NOT_APPLICABLE} for s in report.run.vantage),
        statuses=tuple(sorted((s, n) for s, n in seen.statuses.items() if s != "audited")),
    )


def _shared(insights: tuple[Insight, ...], rules: Mapping[str, RuleText], first: Mapping[str, str]) -> Iterator[Shared]:
    all_wanted = wanted((i.rule, i.publish) for i in insights)
    for insight in insights:
        yield Shared(
            rules.get(insight.rule) or nameless(insight.rule),
            insight,
            tuple((name, first.get(name)) for name in insight.domains),
            proposals(insight.rule, (insight.publish,), all_wanted),
        )


def _lead(audited: int, tallies: tuple[Tally, ...], unanswered: int) -> str:
    """How many domains stand how, for whoever reads no further."""
    if not audited:
        return "No domain was audited."
    told = [HEADLINES[t.id][2].format(f"{t.count(HEADLINES[t.id][1]):,}") for t in tallies]
    open_ = f"; of {unanswered:,} a question could not be answered" if unanswered else ""
    return f"Of {plural(audited, 'domain')}: {', '.join(told)}{open_}."


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
