"""Rehearse a planned zone: the survey is replayed over the evidence with the planned records laid over it, and judged.

What the evidence does not hold stays unknown, or is asked of the network, round by round: each answer may lead to
another question. Where the resolver invents answers, what was recorded is doubted, and what is planned is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from audit.catalog.migration import OWN, Migration
from audit.catalog.providers import Providers
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, Settings
from audit.model.fact import Fact, Unknown
from audit.model.hello import TlsFlight
from audit.model.probe import Answer, DnsStatus, FetchOutcome, HttpsFetch, Outcome, Probe, Question, SmtpSession
from audit.model.report import Finding
from audit.model.subject import Domain
from audit.pipeline.judging import Bench
from audit.pipeline.store import Evidence
from audit.protocol.circumstances import Circumstances
from audit.protocol.drive import FaultHook, Seen, replay
from audit.protocol.inquiry import Inquiry, Work
from audit.protocol.migration.goal import Goal
from audit.protocol.migration.relocation import Before, Relocation, before_move, key_names
from audit.protocol.overlay import Overlay
from audit.protocol.vantage import Vantage
from audit.syntax.chain import TrustStore
from audit.syntax.planned import Planned

ROUNDS = 24  # of questions to the network; the deepest chain of them is shorter
MOST_PROBES = 400  # of one round

Asking = Callable[[tuple[Probe[Any], ...]], Mapping[Probe[Any], Any]]
Judging = Callable[[Seen], object]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a rehearsal is told. Without a goal nobody says where mail moves to, and the rules of a move are not judged.
    `also` are inquiries that are going to be put to both states, so that they are answered, too."""

    planned: Planned
    moment: datetime
    cutover: datetime
    goal: Goal | None = None
    entry: Migration | None = None
    also: tuple[Inquiry[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One state of a domain: what answers there, and what was found."""

    seen: Seen
    findings: tuple[Finding, ...]
    fault: FaultHook | None = None

    def fact(self, work: Work[Any]) -> Fact[Any]:
        """What becomes of an inquiry there."""
        return replay(work, self.seen, self.fault)[0]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Both states, what was there before, the move by which the second was judged, and the probes that nobody answered
    there. `constants` are those of the domain's survey; `changed` the sets of records that become others."""

    record: DomainEvidence
    constants: Mapping[type, Any]
    now: Stage
    then: Stage
    before: Before
    move: Relocation | None
    unseen: tuple[Probe[Any], ...]
    changed: tuple[tuple[str, str], ...]


def rehearse(
    evidence: Evidence,
    record: DomainEvidence,
    wish: Wish,
    profile: str,
    *,
    fault: FaultHook | None = None,
    ask: Asking | None = None,
) -> Rehearsed:
    """Judge a domain as it is, and as it would be. With `ask` the network answers what the evidence does not.

    Raises:
        CatalogError: there is no such profile.
    """
    told: dict[Probe[Any], Any] = {}
    settings = replace(evidence.head.settings, second_opinion=False)  # another tool's verdict is of what is published
    evidence = replace(evidence, head=replace(evidence.head, settings=settings), domains=(record,), rows=())
    bench = Bench(evidence, profile, fault, aged=False)
    given = bench.given(bench.run()[0])
    held = bench.sight(record, given[Vantage])

    def base(probe: Probe[Any]) -> Any:
        return told.get(probe) or held(probe)

    scope = bench.scope(record, given)
    early = _before_work(record.domain, scope, wish.goal.id if wish.goal else "")
    if ask is not None:
        _complete(lambda seen: [replay(w, seen, fault) for w in (early, *wish.also)], lambda s: s, base, told, ask)
    before: Before = _value(replay(early, base, fault)[0])
    now = Stage(base, bench.judged(record, given, base)[1], fault)
    move = _relocation(wish, record, before)
    later = Bench(evidence, profile, fault, aged=False, move=move)
    then_given = later.given(later.run()[0])
    overlay = Overlay(wish.planned, (*record.answers, *_asked(told)))

    def judge(seen: Seen) -> tuple[Finding, ...]:
        for work in wish.also:
            replay(work, seen, fault)
        return later.judged(record, then_given, seen)[1]

    if ask is not None:
        _complete(judge, overlay.over, base, told, ask)
        overlay = Overlay(wish.planned, (*record.answers, *_asked(told)))
    unseen: dict[Probe[Any], None] = {}
    found = judge(_noting(overlay.over(base), unseen))
    then = Stage(overlay.over(base), found, fault)
    return Rehearsed(record, scope, now, then, before, move, tuple(unseen), _changed(wish.planned, base, overlay))


def _value(fact: Fact[Any]) -> Any:
    if isinstance(fact, Unknown):  # the inquiry settles whatever can fail: this is a fault of ours
        raise RuntimeError(fact.reason)
    return fact.value


def _before_work(domain: str, scope: Mapping[type, Any], goal: str) -> Inquiry[Before]:
    taken = (DomainOptions, Settings, Vantage, Circumstances, TrustStore, Providers)
    return before_move(Domain(domain), goal, *(scope[kind] for kind in taken))


def _relocation(wish: Wish, record: DomainEvidence, before: Before) -> Relocation | None:
    if wish.goal is None or wish.entry is None:
        return None
    return Relocation(
        goal=wish.goal,
        provider=None if wish.entry.id == OWN else wish.entry.id,
        keys=key_names(wish.entry, record.domain, wish.goal),
        before=before,
        observed_at=record.observed_at,
        moment=wish.moment,
        cutover=wish.cutover,
    )


def _asked(told: Mapping[Probe[Any], Any]) -> Iterable[Asked]:
    return (Asked(question=p, answer=came) for p, came in told.items() if isinstance(p, Question))


# ---- what nobody answered -----------------------------------------------------------------------------------------


def _complete(
    judge: Judging, over: Callable[[Seen], Seen], base: Seen, told: dict[Probe[Any], Any], ask: Asking
) -> None:
    """Ask for what is missing, until nothing is, or each round only leads to another."""
    for _ in range(ROUNDS):
        missing: dict[Probe[Any], None] = {}
        judge(over(_noting(base, missing)))
        wanted = tuple(probe for probe in missing if probe not in told)[:MOST_PROBES]
        if not wanted:
            return
        told.update(ask(wanted))


def _noting(seen: Seen, missing: dict[Probe[Any], None]) -> Seen:
    """A world that notes which probes nobody answers."""

    def noted(probe: Probe[Any]) -> Any:
        came = seen(probe)
        if _is_missing(came):
            missing[probe] = None
        return came

    return noted


def _is_missing(came: Any) -> bool:
    if isinstance(came, Answer):
        return came.status is DnsStatus.NOT_GATHERED
    if isinstance(came, HttpsFetch):
        return came.outcome is FetchOutcome.NOT_GATHERED
    if isinstance(came, SmtpSession | TlsFlight):
        return bool(came.stages) and came.stages[0].outcome is Outcome.NOT_GATHERED
    return False


def _changed(planned: Planned, base: Seen, overlay: Overlay) -> tuple[tuple[str, str], ...]:
    """The sets of records that become others than were seen."""
    names = dict.fromkeys((*((r.name, r.type) for r in planned.records), *planned.removed))
    over = overlay.over(base)
    return tuple(key for key in names if _before(base, key, overlay) != _says(over, key))


def _before(base: Seen, key: tuple[str, str], overlay: Overlay) -> tuple[object, ...]:
    """What was seen; of an alias mostly by another question, which it led on."""
    alias = overlay.was_alias(key[0]) if key[1] == "CNAME" else None
    return (DnsStatus.NOERROR, frozenset({f"{alias}."}), ()) if alias else _says(base, key)


def _says(seen: Seen, key: tuple[str, str]) -> tuple[object, ...]:
    got: Answer = seen(Question(name=key[0], rdtype=key[1]))
    return got.status, frozenset(got.records), got.aliases
