"""Judge evidence: a pure walk from what was written down to a report, without network, clock or chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

from audit import __version__, contract
from audit.catalog import roots, suffixes
from audit.catalog.blocklists import Blocklists
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
    Problem,
    ReportDigests,
    Result,
    RunReport,
    RunSummary,
    Severity,
    Tool,
)
from audit.model.subject import Domain, ListEntry, ListZone, NameEntry, Run, Subject, lineage
from audit.model.unasked import not_gathered
from audit.opinion.consulting import second_opinions
from audit.pipeline import constants
from audit.pipeline.garbage import seldom_collected
from audit.pipeline.spill import Spilled
from audit.pipeline.store import Evidence
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.census import census
from audit.protocol.dkim.history import KeyAge, Sightings
from audit.protocol.drive import FaultHook, Seen, replay
from audit.protocol.mta_sts.history import StsAge
from audit.protocol.smtp import Mangled, mangled
from audit.protocol.survey import Plan, Survey, survey
from audit.protocol.vantage import RunMoment, Vantage, believed
from audit.rules.engine import Engine
from audit.rules.registry import RULES, RULES_VERSION
from audit.rules.rule import Rule
from audit.rules.summary import domain_report
from audit.rules.summary.anchors import zone_anchors
from audit.rules.summary.coverage import Counted
from audit.rules.summary.found import Shared
from audit.rules.summary.insights import Sharing
from audit.rules.summary.marks import Decisions, Marking
from audit.rules.summary.placing import placeable
from audit.rules.summary.sights import sights

SCHEMA = "https://mxaudit.example/schemas/report-1.json"
NOTHING: tuple[Finding, ...] = ()
UNDECIDED = Decisions()


@seldom_collected()
def judge(
    evidence: Evidence,
    profile_name: str | None = None,
    fault: FaultHook | None = None,
    second_opinion: bool | None = None,
    spill: Path | None = None,
    *,
    decisions: Decisions = UNDECIDED,
) -> RunReport:
    """The report on a run's evidence, by the profile that the run chose or by another, with another tool's verdicts
    where the run wanted them or they are wanted now, and marked by what people decided. The domains are judged in the
    order of the list, and their reports put into a file in the directory `spill`; without one they are kept.

    Raises:
        CatalogError: there is no such profile, or a blocklist of the run is not known any more.
        EvidenceError: the evidence was changed while it was read.
        OSError: the disk does not take the reports.
    """
    if second_opinion is not None:
        settings = replace(evidence.head.settings, second_opinion=second_opinion)
        evidence = replace(evidence, head=replace(evidence.head, settings=settings))
    return _Bench(evidence, profile_name, fault, decisions).report([] if spill is None else Spilled(spill))


class _Bench:
    """One judging of one run's evidence."""

    def __init__(
        self, evidence: Evidence, profile_name: str | None, fault: FaultHook | None, decisions: Decisions
    ) -> None:
        self._evidence, self._fault = evidence, fault
        self._engines: dict[str, Engine] = {}
        self._head, self._settings = evidence.head, evidence.head.settings
        self._profile = load_profile(profile_name or self._settings.profile)
        self._override = profile_name is not None
        self._blocklists = constants.selected_blocklists(self._settings)
        self._marking = Marking(decisions, self._head.observed_at.date())
        self._plan = Plan.of(self._settings)
        if not evidence.knows_earlier_runs():  # nobody asked for ages
            self._plan = self._plan.less(KeyAge, StsAge)

    def report(self, domains: list[DomainReport] | Spilled) -> RunReport:
        run, concerns = self._run()
        given = constants.for_domains(self._settings, self._blocklists, self._profile, self._head.extra_ca, run)
        given = {**given, Mangled: mangled(self._evidence.sessions.items())}
        opinions = self._opinions(given[Vantage])
        counted, sharing = Counted(_unusable(run)), Sharing()
        for record in self._evidence.in_order():
            if isinstance(record, DomainEvidence):
                report, results = self._domain(record, {**given, SecondOpinion: next(opinions)})
            else:
                report, results = _row(record), NOTHING
            report = self._marking.of_domain(report)
            counted.add(report, results)
            sharing.note(report)
            domains.append(report)
        used = self._rules(self._profile)
        first, last = self._evidence.moments()
        return RunReport(
            schema=SCHEMA,
            run=RunSummary(
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
            ),
            rules=tuple(domain_report.rule_text(r) for r in used),
            insights=sharing.insights(domains),
            findings=self._marking.of(concerns),
            waivers=self._marking.uses(),
            baseline=self._marking.comparison(),
            domains=domains,
        )

    def _run(self) -> tuple[Fact[Survey], tuple[Finding, ...]]:
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

    def _opinions(self, vantage: Vantage) -> Iterator[SecondOpinion]:
        """What another tool says of each domain's evidence, where that is wanted."""
        if not self._settings.second_opinion:
            return repeat(NOT_ASKED)
        return second_opinions(self._consultation(record, vantage) for record in self._evidence.listed())

    def _consultation(self, record: DomainEvidence, vantage: Vantage) -> Consultation:
        """What the other tool is told: what we believe of the answers, and nothing of how they were come by."""
        seen = _believed(self._seen(record), vantage)
        questions = (a.question for a in record.answers)
        plain = (q for q in questions if q == Question(name=q.name, rdtype=q.rdtype))
        return Consultation(domain=record.domain, answers=tuple(Told(question=q, answer=seen(q)) for q in plain))

    def _domain(self, record: DomainEvidence, given: Mapping[type, Any]) -> tuple[DomainReport, tuple[Finding, ...]]:
        profile = self._profile
        if record.options.profile and not self._override:
            profile = load_profile(record.options.profile)
        scope = {
            **given,
            type(profile.thresholds): profile.thresholds,
            DomainOptions: record.options,
            Circumstances: Circumstances(record.observed_at),
            Sightings: Sightings(record.sightings),
        }
        seen = _believed(self._seen(record), given[Vantage])
        top, traced = replay(survey(Domain(record.domain), scope, self._plan), seen, self._fault)
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
            return _row(broken), ()
        found = placeable(self._engine(profile).judge(top.value, traced), record)
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

    def _engine(self, profile: Profile) -> Engine:
        """The engine of a profile, which all domains share that are judged by it."""
        engine = self._engines.get(profile.id)
        if engine is None:
            severities = {rule: Severity(s) for rule, s in profile.severities.items()}
            engine = self._engines[profile.id] = Engine(self._rules(profile), severities, self._fault)
        return engine

    def _rules(self, profile: Profile) -> tuple[Rule, ...]:
        """The rules that the profile and the user's choices leave."""
        listless = _listless(self._blocklists)
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


def _listless(blocklists: Blocklists) -> set[type[Subject]]:
    """The kinds of subject of which no list of the run says anything: lists judge addresses, or names."""
    blame = [entry for entry in blocklists.entries if not entry.allows]
    return {
        *(() if any(entry.ipv4 or entry.ipv6 for entry in blame) else (ListEntry,)),
        *(() if any(entry.names for entry in blame) else (NameEntry,)),
        *(() if blocklists.entries else (ListZone,)),
    }


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


def _row(row: Row) -> DomainReport:
    """A line of the list that was not audited."""
    return DomainReport(
        input=row.input,
        domain=row.domain,
        unicode=row.domain,
        status=row.status,
        problem=Problem(reason=row.reason, message=row.message, suggestion=row.suggestion),
        verdicts=(),
        findings=(),
        passed=(),
        not_applicable=(),
        paths=(),
        records=(),
    )


def _unusable(run: Fact[Survey]) -> frozenset[str]:
    """The lists that could not be used in the whole run."""
    healths = constants.healths_of(run)
    return frozenset(name for name, health in healths.entries if isinstance(health, Unknown) or not health.value.usable)
