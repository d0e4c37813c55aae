"""Evidence of several runs put together: one sees the DNS, another stands where port 25 is open.

Many networks let nothing out to port 25, those of hosted runners first of all. So a run there looks at all but mail
servers, another elsewhere visits those (`gather --only smtp`), and both are judged as one. A domain's DNS answers and
fetches come from one run, the first that looked at it whole: answers of two moments would make a domain that never was.
Of the sessions with a server the one that came furthest counts, and it says which run held it. A connection that failed
counts only if its run could connect elsewhere; else it is as if nobody had tried.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from audit.model.evidence import DomainEvidence, Fetched, MergedRun, Offered, RunEvidence, Settings, TlsDepth, Visited
from audit.model.fact import Known
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, Outcome, Probe, SmtpSession, SmtpVisit, Stage, StageName
from audit.model.subject import Run
from audit.model.unasked import not_gathered
from audit.pipeline import constants
from audit.pipeline.journal import Journal
from audit.pipeline.shelf import InOrder
from audit.pipeline.store import Evidence, place
from audit.protocol.drive import replay
from audit.protocol.smtp import NOT_REACHED
from audit.protocol.survey import Plan, survey
from audit.protocol.vantage import RunMoment, Vantage

SMTP_PORT = 25
PREVENTED, TRIED, CONNECTED = 0, 1, 2
A = TypeVar("A", SmtpVisit, TlsHello)


class MergeError(Exception):
    """Runs that don't belong together; the text says why."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A run, what it could see, and the name under which its sessions are known."""

    evidence: Evidence
    vantage: Vantage

    @property
    def head(self) -> RunEvidence:
        return self.evidence.head

    def worth(self, asked: SmtpVisit | TlsHello) -> int:
        """How much a session says of the server: most where it could connect, nothing where our own network may be why
        it could not."""
        held = self.held(asked)
        connect = held.at(StageName.CONNECT) if held else None
        if connect is None:
            return PREVENTED
        if connect.outcome is Outcome.OK:
            return CONNECTED
        by_ipv6 = ":" in asked.address
        port25 = self.vantage.port25_ipv6 if by_ipv6 else self.vantage.port25
        open_here = asked.port != SMTP_PORT or port25 == Known(True)
        return TRIED if connect.outcome in NOT_REACHED and open_here else PREVENTED

    def held(self, asked: SmtpVisit | TlsHello) -> SmtpSession | TlsFlight | None:
        if isinstance(asked, SmtpVisit):
            return self.evidence.sessions.get(asked)
        return self.evidence.flights.get(asked)

    def session(self, visit: SmtpVisit) -> SmtpSession:
        """The session, marked with its run; a failure of our own network is told as one."""
        session = self.evidence.sessions[visit]
        connect = session.at(StageName.CONNECT)
        if self.worth(visit) is PREVENTED and connect is not None and connect.outcome in NOT_REACHED:
            blocked = Stage(stage=StageName.CONNECT, outcome=Outcome.EGRESS_BLOCKED)
            session = SmtpSession(stages=(blocked,), asked_at=session.asked_at)
        return replace(session, vantage=session.vantage or self.head.settings.ehlo)


def merge(runs: Sequence[Evidence]) -> Evidence:
    """One evidence of several runs over the same list. What all of them saw is taken from the first.

    Raises:
        MergeError: there are fewer than two runs, or they are not of the same list.
    """
    if len(runs) < 2:
        raise MergeError("It takes the evidence of two runs.")
    first = runs[0].head
    for other in (run.head for run in runs[1:]):
        if other.digests.list != first.digests.list:
            raise MergeError(
                f"The runs are of different lists: {first.list_name} ({first.digests.list[:12]}) and "
                f"{other.list_name} ({other.digests.list[:12]})."
            )
    sources = sorted((_Source(run, _vantage(run)) for run in runs), key=lambda s: s.head.settings.only is not None)
    canaries = {visit for source in sources for visit in source.head.visits}
    chosen = {visit: _best(sources, visit) for visit in _all(s.evidence.sessions for s in sources)}
    flights = {h: _best(sources, h).evidence.flights[h] for h in _all(s.evidence.flights for s in sources)}
    sessions = {
        visit: source.evidence.sessions[visit] if visit in canaries else source.session(visit)
        for visit, source in chosen.items()
    }
    domains = _Domains(sources)
    given: Counter[int] = Counter()
    audited: set[tuple[int, int]] = set()
    fetches: dict[HttpsGet, HttpsFetch] = {}
    for base, record in domains.bases():
        given[id(base)] += 1
        audited.add(place(record))
        fetches.update((g, f) for g in record.fetches if (f := base.evidence.fetches.get(g)))
    rows = {place(r): r for s in reversed(sources) for r in s.evidence.rows}
    told = Counter(id(source) for visit, source in chosen.items() if visit not in canaries)
    return Evidence(
        _head(sources, tuple(_merged(s, given[id(s)], told[id(s)]) for s in sources)),
        domains,
        tuple(row for at, row in rows.items() if at not in audited),
        sessions,
        fetches,
        flights,
        all(source.evidence.complete for source in sources),
    )


def write_evidence(evidence: Evidence, directory: Path) -> None:
    """Write evidence into a directory, as a run does.

    Raises:
        OSError: it cannot be written.
    """
    with Journal(directory) as writer:
        writer.write(evidence.head, tuple(_visited(evidence, evidence.head.visits)))
        for row in evidence.rows:
            writer.write(row)
        for record in evidence.domains:
            fetched = (Fetched(get=g, fetch=evidence.fetches[g]) for g in record.fetches if g in evidence.fetches)
            offered = (Offered(hello=h, flight=evidence.flights[h]) for h in record.hellos if h in evidence.flights)
            writer.write(record, (*_visited(evidence, record.visits), *fetched, *offered))
        writer.end("complete" if evidence.complete else "interrupted")


def _visited(evidence: Evidence, visits: Iterable[SmtpVisit]) -> Iterator[Visited]:
    return (Visited(visit=v, session=evidence.sessions[v]) for v in visits if v in evidence.sessions)


def _vantage(run: Evidence) -> Vantage:
    """What a run could see, from its own record."""
    settings = run.head.settings
    told: dict[Probe[Any], Any] = {a.question: a.answer for a in run.head.answers}
    told.update({v: run.sessions[v] for v in run.head.visits if v in run.sessions})
    told.update({r.check: r.route for r in run.head.routes})
    scope = {
        **constants.for_run(settings, constants.selected_blocklists(settings)),
        RunMoment: RunMoment(run.head.observed_at),
    }
    surveyed, _ = replay(survey(Run(), scope, Plan.of(settings)), lambda p: told.get(p) or not_gathered(p), None)
    return constants.seen_from(surveyed)


def _all(held: Iterable[Iterable[A]]) -> list[A]:
    """All that was asked in any of the runs."""
    return sorted({asked for one in held for asked in one}, key=lambda asked: asked.key)


def _best(sources: Sequence[_Source], asked: SmtpVisit | TlsHello) -> _Source:
    """The run whose session came furthest; of equals the first."""
    return max((s for s in sources if s.held(asked)), key=lambda s: s.worth(asked))


class _Domains(InOrder[DomainEvidence]):
    """The domains of all runs in the order of the list, which is the same for all: each is put together when its turn
    comes."""

    def __init__(self, sources: Sequence[_Source]) -> None:
        self._sources = sources

    def __len__(self) -> int:
        return sum(1 for _ in self._groups())

    def __iter__(self) -> Iterator[DomainEvidence]:
        return (_whole(group) for group in self._groups())

    def bases(self) -> Iterator[tuple[_Source, DomainEvidence]]:
        """Of each domain the run that looked at it whole, or else at all, and its record there."""
        return (group[0] for group in self._groups())

    def _groups(self) -> Iterator[list[tuple[_Source, DomainEvidence]]]:
        runs = (self._of(rank, source) for rank, source in enumerate(self._sources))
        for _, group in groupby(heapq.merge(*runs, key=lambda each: each[:2]), key=lambda each: each[0]):
            yield [(source, record) for _, _, source, record in group]

    @staticmethod
    def _of(rank: int, source: _Source) -> Iterator[tuple[tuple[int, int], int, _Source, DomainEvidence]]:
        return ((place(record), rank, source, record) for record in source.evidence.listed())


def _whole(group: Sequence[tuple[_Source, DomainEvidence]]) -> DomainEvidence:
    """A domain's record, with the visits that any of the runs paid for it, and the offers that it made. What only those
    sessions gave reason to ask, such as the names in greetings, was asked by the run that held them."""
    base = group[0][1]
    told = {asked.question: asked for asked in base.answers}
    for source, record in group[1:]:
        if source.head.settings.only is not None:
            for asked in record.answers:
                told.setdefault(asked.question, asked)
    more = len(told) > len(base.answers)
    visits = {v for _, d in group for v in d.visits}
    hellos = {h for _, d in group for h in d.hellos}
    return replace(
        base,
        answers=tuple(sorted(told.values(), key=lambda asked: asked.question.key)) if more else base.answers,
        visits=tuple(sorted(visits, key=lambda v: v.key)),
        hellos=tuple(sorted(hellos, key=lambda h: h.key)),
    )


def _head(sources: Sequence[_Source], merged: tuple[MergedRun, ...]) -> RunEvidence:
    heads = [source.head for source in sources]
    base = heads[0]
    routes = {r.check: r for head in reversed(heads) for r in head.routes}
    able = (r for head in reversed(heads) if head.settings.smtp for r in head.routes if r.route.available)
    routes.update({r.check: r for r in able})
    answers = {a.question: a for head in reversed(heads) for a in head.answers}
    visits = {v for head in heads for v in head.visits}
    return replace(
        base,
        settings=_settings(heads),
        extra_ca=tuple(dict.fromkeys(der for head in heads for der in head.extra_ca)),
        answers=tuple(sorted(answers.values(), key=lambda a: a.question.key)),
        visits=tuple(sorted(visits, key=lambda v: v.key)),
        routes=tuple(sorted(routes.values(), key=lambda r: r.check.key)),
        merged=merged,
    )


def _settings(heads: Sequence[RunEvidence]) -> Settings:
    """Those of the run that gives the DNS answers; mail servers were visited if any of them did."""
    base = heads[0].settings
    visitors = [head.settings for head in heads if head.settings.smtp]
    visiting = visitors[0] if visitors else base
    return replace(
        base,
        smtp=visiting.smtp,
        smtp_port=visiting.smtp_port,
        smtp_off_because=visiting.smtp_off_because,
        tls_depth=min((v.tls_depth for v in visitors or [base]), key=tuple(TlsDepth).index),  # as all of them went
        revocation=bool(visitors) and all(v.revocation for v in visitors),  # who was not asked has withheld nothing
        canaries=tuple(dict.fromkeys(c for head in heads for c in head.settings.canaries)),
        allow_net=tuple(dict.fromkeys(n for head in heads for n in head.settings.allow_net)),
    )


def _merged(source: _Source, domains: int, sessions: int) -> MergedRun:
    head = source.head
    return MergedRun(
        tool=head.tool,
        observed_at=head.observed_at,
        nameservers=head.nameservers,
        ehlo=head.settings.ehlo,
        domains=domains,
        sessions=sessions,
    )
