"""Judge evidence: a pure walk from what was written down to a report, without network, clock or chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

from audit import __version__, contract
from audit.catalog import roots, suffixes
from audit.catalog.digest import catalog_digest
from audit.catalog.profiles import Profile, load_profile
from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence, DomainOptions, Row, RunEvidence
from audit.model.fact import Fact, Unknown
from audit.model.opinion import NOT_ASKED, Consultation, SecondOpinion, Told
from audit.model.probe import Probe, Question
from audit.model.report import (
    DomainReport,
    Finding,
    Glance,
    ReportDigests,
    Result,
    RunReport,
    RunSummary,
    Severity,
    Tool,
)
from audit.model.subject import Domain, Run, lineage
from audit.model.unasked import not_gathered
from audit.opinion.consulting import second_opinions
from audit.pipeline import constants
from audit.pipeline.ahead import Ahead
from audit.pipeline.garbage import seldom_collected
from audit.pipeline.spill import Spilled
from audit.pipeline.store import Evidence
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.census import census
from audit.protocol.dkim.history import KeyAge, Sightings
from audit.protocol.drive import FaultHook, Seen, replay
from audit.protocol.migration.relocation import Relocation
from audit.protocol.mta_sts.history import StsAge
from audit.protocol.smtp import Mangled, mangled
from audit.protocol.survey import Plan, Survey, survey
from audit.protocol.vantage import RunMoment, Vantage, believed
from audit.rules.engine import Engine
from audit.rules.registry import RULES, RULES_VERSION
from audit.rules.rule import Rule
from audit.rules.summary import domain_report
from audit.rules.summary.anchors import zone_anchors
from audit.rules.summary.coverage import Counted, Counts
from audit.rules.summary.found import Shared
from audit.rules.summary.insights import Sharing
from audit.rules.summary.marks import Decisions, Marking
from audit.rules.summary.placing import placeable
from audit.rules.summary.sights import sights

SCHEMA = "https://mxaudit.example/schemas/report-1.json"
NOTHING: tuple[Finding, ...] = ()
UNDECIDED = Decisions()
NOTHING_EARLY: Mapping[int, tuple[Counts, bytes]] = {}


@seldom_collected()
def judge(
    evidence: Evidence,
    profile_name: str | None = None,
    fault: FaultHook | None = None,
    second_opinion: bool | None = None,
    spill: Path | None = None,
    *,
    decisions: Decisions = UNDECIDED,
    ahead: Ahead | None = None,
) -> RunReport:
    """The report on a run's evidence, by the profile that the run chose or by another, with another tool's verdicts
    where the run wanted them or they are wanted now, and marked by what people decided. The domains are judged in the
    order of the list, and their reports put into a file in the directory `spill`; without one they are kept. Of domains
    that were judged `ahead`, by the run's own choices, what came of that is taken.

    Raises:
        CatalogError: there is no such profile, or a blocklist of the run is not known any more.
        EvidenceError: the evidence was changed while it was read.
        OSError: the disk does not take the reports.
    """
    if second_opinion is not None:
        settings = replace(evidence.head.settings, second_opinion=second_opinion)
        evidence = replace(evidence, head=replace(evidence.head, settings=settings))
    return Bench(evidence, profile_name, fault, decisions).report([] if spill is None else Spilled(spill), ahead)


class Bench:
    """One judging of one run's evidence. `aged`: whether earlier runs tell the age of things; null: as it says. `move`:
    what somebody says of a move of the mail, by which its rules judge."""

    def __init__(
        self,
        evidence: Evidence,
        profile_name: str | None,
        fault: FaultHook | None,
        decisions: Decisions = UNDECIDED,
        *,
        aged: bool | None = None,
        move: Relocation | None = None,
    ) -> None:
        self._move = move
        self._evidence, self._fault = evidence, fault
        self._engines: dict[str, Engine] = {}
        self._head, self._settings = evidence.head, evidence.head.settings
        self._profile = load_profile(profile_name or self._settings.profile)
        self._override = profile_name is not None
        self._blocklists = constants.selected_blocklists(self._settings)
        self._marking = Marking(decisions, self._head.observed_at.date())
        self._plan = Plan.of(self._settings)
        self._aged = evidence.knows_earlier_runs() if aged is None else aged
        if not self._aged:  # nobody asked for ages
            self._plan = self._plan.less(KeyAge, StsAge)
        if move is not None:
            self._plan = self._plan.moving()

    def report(self, domains: list[DomainReport] | Spilled, ahead: Ahead | None = None) -> RunReport:
        run, concerns = self.run()
        overwritten = mangled(self._evidence.sessions.items())
        given = {**self.given(run), Mangled: overwritten}
        early = self._early(ahead, overwritten) if isinstance(domains, Spilled) else NOTHING_EARLY
        opinions = self.opinions(self._domains_but(early), given[Vantage])
        counted, sharing = Counted(constants.unusable(run)), Sharing()
        for at, record in self._evidence.placed():
            if at is not None and at in early and isinstance(domains, Spilled):
                counts, text = early[at]
                counted.count(counts)
                sharing.note(self._taken(text, domains))
                continue
            if isinstance(record, DomainEvidence):
                report, results = self.domain(record, {**given, SecondOpinion: next(opinions)})
            else:
                report, results = domain_report.unaudited(record), NOTHING
            report = self._marking.of_domain(report)
            counted.add(report, results)
            sharing.note(report)
            domains.append(report)
        used = self._rules(self._profile)
        return RunReport(
            schema=SCHEMA,
            run=self._summary(run, used, counted),
            rules=tuple(domain_report.rule_text(r) for r in used),
            insights=sharing.insights(domains),
            findings=self._marking.of(concerns),
            waivers=self._marking.uses(),
            baseline=self._marking.comparison(),
            domains=domains,
        )

    def _summary(self, run: Fact[Survey], used: tuple[Rule, ...], counted: Counted) -> RunSummary:
        """What was looked at, from where, by which rules, and how much of it could be answered."""
        first, last = self._evidence.moments()
        return RunSummary(
            tool=Tool(name="mxaudit", version=__version__, rules_version=RULES_VERSION),
            observed_at=self._head.observed_at,
            complete=self._evidence.complete,
            done=self._evidence.done,
            total=self._evidence.total,
            observed_from=first,
            observed_until=last,
            list_name=self._head.list_name,
            profile=self._profile.id,
            smtp=self._settings.smtp,
            smtp_off_because=self._settings.smtp_off_because,
            https=self._settings.https,
            https_off_because=self._settings.https_off_because,
            only=self._settings.only,
            ehlo=self._settings.ehlo,
            merged=self._head.merged,
            blocklists=tuple(b.id for b in self._blocklists.entries),
            allow_net=self._settings.allow_net,
            second_opinion=self._settings.second_opinion,
            trust_anchors=zone_anchors(self._settings),
            digests=ReportDigests(list=self._head.digests.list, judgement=self._digest(used)),
            vantage=sights(constants.seen_from(run), self._settings),
            coverage=counted.coverage(not_selected=tuple(r.id for r in RULES if r not in used)),
        )

    def _taken(self, text: bytes, domains: Spilled) -> Glance | DomainReport:
        """A domain's report that is there already, put among the others: as it is, where there is nothing to mark."""
        if self._marking.is_idle:
            return domains.take(text)
        report = self._marking.of_domain(contract.load(text, DomainReport))
        domains.append(report)
        return report

    def _early(self, ahead: Ahead | None, overwritten: Mangled) -> Mapping[int, tuple[Counts, bytes]]:
        """What was judged ahead, and holds: what was overwritten on the way is known only when all sessions are."""
        if ahead is None:
            return NOTHING_EARLY
        return ahead.judged(aged=self._aged, unvisited_only=overwritten != Mangled())

    def _domains_but(self, early: Collection[int]) -> Iterator[DomainEvidence]:
        """The domains in the order of the list, but for those whose records begin there."""
        return (r for at, r in self._evidence.placed() if isinstance(r, DomainEvidence) and at not in early)

    def given(self, run: Fact[Survey]) -> Mapping[type, Any]:
        """What each domain's survey is given, but for what its own record says."""
        given = constants.for_domains(self._settings, self._blocklists, self._profile, self._head.extra_ca, run)
        return given if self._move is None else {**given, Relocation: self._move}

    def run(self) -> tuple[Fact[Survey], tuple[Finding, ...]]:
        """The run's own survey, and what there is to say of it."""
        scope = {
            **constants.for_run(self._settings, self._blocklists, census(self._evidence.listed)),
            RunMoment: RunMoment(self._head.observed_at),
        }
        run, traced = replay(survey(Run(), scope, self._plan), self._seen(self._head), self._fault)
        if isinstance(run, Unknown):
            return run, ()
        found = self._engine(self._profile).judge(run.value, traced)
        return run, tuple(f for f in found if f.result in (Result.FAIL, Result.UNKNOWN))

    def opinions(self, records: Iterable[DomainEvidence], vantage: Vantage) -> Iterator[SecondOpinion]:
        """What another tool says of each domain's evidence, where that is wanted."""
        if not self._settings.second_opinion:
            return repeat(NOT_ASKED)
        return second_opinions(self._consultation(record, vantage) for record in records)

    def _consultation(self, record: DomainEvidence, vantage: Vantage) -> Consultation:
        """What the other tool is told: what we believe of the answers, and nothing of how they were come by."""
        seen = _believed(self._seen(record), vantage)
        questions = (a.question for a in record.answers)
        plain = (q for q in questions if q == Question(name=q.name, rdtype=q.rdtype))
        return Consultation(domain=record.domain, answers=tuple(Told(question=q, answer=seen(q)) for q in plain))

    def domain(self, record: DomainEvidence, given: Mapping[type, Any]) -> tuple[DomainReport, tuple[Finding, ...]]:
        top, judged = self.judged(record, given, self.sight(record, given[Vantage]))
        if isinstance(top, Unknown):
            message = "A fault of mxaudit's own ended the judging of this domain."
            broken = Row(
                input=record.input,
                status="failed",
                domain=record.domain,
                reason=top.reason,
                message=message,
                suggestion=None,
            )
            return domain_report.unaudited(broken), ()
        found = placeable(judged, record)
        report = domain_report.domain_report(
            record,
            Shared(self._evidence.sessions, self._evidence.fetches, self._evidence.flights),
            found,
            top.value.facts,
            smtp=self._settings.smtp,
            blocklists=self._blocklists,
            providers=given[Providers],
        )
        return report, found

    def _profile_of(self, record: DomainEvidence) -> Profile:
        if record.options.profile and not self._override:
            return load_profile(record.options.profile)
        return self._profile

    def scope(self, record: DomainEvidence, given: Mapping[type, Any]) -> Mapping[type, Any]:
        """The constants of a domain's survey, with what its own record says."""
        thresholds = self._profile_of(record).thresholds
        return {
            **given,
            type(thresholds): thresholds,
            DomainOptions: record.options,
            Circumstances: Circumstances(record.observed_at),
            Sightings: Sightings(record.sightings),
        }

    def judged(
        self, record: DomainEvidence, given: Mapping[type, Any], seen: Seen
    ) -> tuple[Fact[Survey], tuple[Finding, ...]]:
        """The survey of a domain by what is seen, and what the rules say of it: nothing where that broke."""
        work = survey(Domain(record.domain), self.scope(record, given), self._plan)
        top, traced = replay(work, seen, self._fault)
        if isinstance(top, Unknown):
            return top, ()
        return top, self._engine(self._profile_of(record)).judge(top.value, traced)

    def sight(self, record: DomainEvidence, vantage: Vantage) -> Seen:
        """What a record holds, as it may be believed from a vantage."""
        return _believed(self._seen(record), vantage)

    def _engine(self, profile: Profile) -> Engine:
        """The engine of a profile, which all domains share that are judged by it."""
        engine = self._engines.get(profile.id)
        if engine is None:
            severities = {rule: Severity(s) for rule, s in profile.severities.items()}
            engine = self._engines[profile.id] = Engine(self._rules(profile), severities, self._fault)
        return engine

    def _rules(self, profile: Profile) -> tuple[Rule, ...]:
        """The rules that the profile and the user's choices leave."""
        listless = constants.listless(self._blocklists)
        return tuple(
            r
            for r in RULES
            if r.id not in profile.without and self._plan.has(r.judge) and not set(lineage(r.judge.subject)) & listless
        )

    def _seen(self, record: RunEvidence | DomainEvidence) -> Seen:
        """What a record holds, and of the sessions and fetches that domains share those that it names."""
        told: dict[Probe[Any], Any] = {a.question: a.answer for a in record.answers}
        told.update({v: s for v in record.visits if (s := self._evidence.sessions.get(v))})
        if isinstance(record, DomainEvidence):
            told.update({g: f for g in record.fetches if (f := self._evidence.fetches.get(g))})
            told.update({h: said for h in record.hellos if (said := self._evidence.flights.get(h))})
        else:
            told.update({r.check: r.route for r in record.routes})
        return lambda probe: told.get(probe) or not_gathered(probe)

    def _digest(self, used: tuple[Rule, ...]) -> str:
        return contract.sha256(
            contract.dump(self._settings),
            contract.dump(tuple(domain_report.rule_text(r) for r in used)),
            contract.dump((RULES_VERSION, self._profile.id, catalog_digest(), suffixes.digest())),
            roots.digest((*roots.mozilla(), *self._head.extra_ca)).encode(),
        )


def _believed(seen: Seen, vantage: Vantage) -> Seen:
    """What was seen, as it may be believed from a vantage."""

    def world(probe: Probe[Any], done: Callable[[Any], None]) -> None:
        done(seen(probe))

    through = believed(world, vantage)
    if through is world:
        return seen

    def doubted(probe: Probe[Any]) -> Any:
        came: list[Any] = []
        through(probe, came.append)
        return came[0]

    return doubted
