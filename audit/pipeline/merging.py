"""Evidence of several runs put together: one sees the DNS, another stands where port 25 is open.

Many networks let nothing out to port 25, those of hosted runners first of all. So a run there looks at all but mail
servers, another elsewhere visits those (`gather --only smtp`), and both are judged as one. A domain's DNS answers and
fetches come from one run, the first that looked at it whole: answers of two moments would make a domain that never was.
Of the sessions with a server the one that came furthest counts, and it says which run held it. A connection that failed
counts only if its run could connect elsewhere; else it is as if nobody had tried.

Nothing of a run is held but where its records begin (`shelf.py`): what is merged is read when it is written.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from audit.model.evidence import DomainEvidence, Fetched, MergedRun, Offered, RunEvidence, Settings, TlsDepth, Visited
from audit.model.probe import Probe, SmtpVisit
from audit.model.subject import Run
from audit.model.unasked import not_gathered
from audit.pipeline import constants
from audit.pipeline.journal import Journal
from audit.pipeline.shelf import InOrder, Numbers, packed
from audit.pipeline.sources import Fetches, Flights, Rows, Sessions, Source, best, each_once
from audit.pipeline.store import Evidence, place
from audit.protocol.drive import replay
from audit.protocol.survey import Plan, survey
from audit.protocol.vantage import RunMoment, Vantage


class MergeError(Exception):
    """Runs that don't belong together; the text says why."""


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
    sources = sorted((Source(run, _vantage(run)) for run in runs), key=lambda s: s.head.settings.only is not None)
    canaries = frozenset(visit for source in sources for visit in source.head.visits)
    domains, fetches, audited = _Domains(sources), Fetches(sources), array("Q")
    given: Counter[int] = Counter()
    for base, record in domains.bases():
        given[id(base)] += 1
        audited.append(packed(*place(record)))
        fetches.note(base, record)
    told = Counter(id(best(sources, v)) for v in each_once([s.evidence.sessions for s in sources]) if v not in canaries)
    return Evidence(
        _head(sources, tuple(_merged(s, given[id(s)], told[id(s)]) for s in sources)),
        domains,
        Rows(sources, Numbers(audited)),
        Sessions(sources, canaries),
        fetches,
        Flights(sources),
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
            fetched = (Fetched(get=g, fetch=f) for g in record.fetches if (f := evidence.fetches.get(g)))
            offered = (Offered(hello=h, flight=told) for h in record.hellos if (told := evidence.flights.get(h)))
            writer.write(record, (*_visited(evidence, record.visits), *fetched, *offered))
        writer.end("complete" if evidence.complete else "interrupted")


def _visited(evidence: Evidence, visits: Iterable[SmtpVisit]) -> Iterator[Visited]:
    return (Visited(visit=v, session=s) for v in visits if (s := evidence.sessions.get(v)))


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


class _Domains(InOrder[DomainEvidence]):
    """The domains of all runs in the order of the list, which is the same for all: each is put together when its turn
    comes."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def __len__(self) -> int:
        return sum(1 for _ in self._groups())

    def __iter__(self) -> Iterator[DomainEvidence]:
        return (_whole(group) for group in self._groups())

    def bases(self) -> Iterator[tuple[Source, DomainEvidence]]:
        """Of each domain the run that looked at it whole, or else at all, and its record there."""
        return (group[0] for group in self._groups())

    def _groups(self) -> Iterator[list[tuple[Source, DomainEvidence]]]:
        runs = (self._of(rank, source) for rank, source in enumerate(self._sources))
        for _, group in groupby(heapq.merge(*runs, key=lambda each: each[:2]), key=lambda each: each[0]):
            yield [(source, record) for _, _, source, record in group]

    @staticmethod
    def _of(rank: int, source: Source) -> Iterator[tuple[tuple[int, int], int, Source, DomainEvidence]]:
        return ((place(record), rank, source, record) for record in source.evidence.listed())


def _whole(group: Sequence[tuple[Source, DomainEvidence]]) -> DomainEvidence:
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


def _head(sources: Sequence[Source], merged: tuple[MergedRun, ...]) -> RunEvidence:
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


def _merged(source: Source, domains: int, sessions: int) -> MergedRun:
    head = source.head
    return MergedRun(
        tool=head.tool,
        observed_at=head.observed_at,
        nameservers=head.nameservers,
        ehlo=head.settings.ehlo,
        domains=domains,
        sessions=sessions,
    )
