"""Worlds for a part of a run: what other parts ask is not asked here, and what they heard is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from audit.gather.domain import Target
from audit.model.evidence import DomainEvidence
from audit.model.hello import TlsHello
from audit.model.probe import HttpsGet, Probe, SmtpVisit
from audit.model.unasked import not_gathered
from audit.pipeline.hosts import Shared, outcome_of, shared_of, was_asked
from audit.pipeline.many.shards import Server
from audit.pipeline.store import Evidence
from audit.protocol.drive import World

Source: TypeAlias = tuple[DomainEvidence, Evidence]  # a domain's record, and the evidence that it stands in


def visiting_only(servers: Collection[Server], world: World) -> World:
    """A world of which these mail servers alone are visited: of all others there is nothing to be had."""

    def answer(probe: Probe[Any], done: Callable[[Any], None]) -> None:
        if isinstance(probe, SmtpVisit | TlsHello) and server_of(probe) not in servers:
            done(not_gathered(probe))
        else:
            world(probe, done)

    return answer


def remembering(sources: Sequence[Source], world: World) -> World:
    """A world that is asked for what a domain's records don't tell: what was heard is of one moment, and stays."""
    told: dict[Probe[Any], Any] = {}
    for record, _ in sources:
        for asked in record.answers:
            told.setdefault(asked.question, asked.answer)

    def answer(probe: Probe[Any], done: Callable[[Any], None]) -> None:
        came = told.get(probe)
        if came is None and isinstance(probe, SmtpVisit | HttpsGet | TlsHello):
            shared = observed(probe, [evidence for _, evidence in sources])
            came = None if shared is None else outcome_of(shared)
        if came is None:
            world(probe, done)
        else:
            done(came)

    return answer


class Remembered:
    """Domains that evidence tells of, and that name some of these servers, which alone are visited for them. `later`:
    evidence of the same domains that came after the `first`. `again`: it is these domains, whatever they name."""

    def __init__(
        self,
        servers: Collection[Server],
        first: Iterable[Evidence],
        later: Iterable[Evidence] = (),
        again: Collection[str] | None = None,
    ) -> None:
        self._servers, self._again = servers, again
        self._first, self._later = first, later
        self._sources: dict[str, list[Source]] = {}

    def rows(self, done: Collection[int]) -> Iterator[Target]:
        """The domains, but those whose line of the list is done."""
        later: dict[str, list[Source]] = {}
        for evidence in self._later:
            for record in self._of(evidence, done):
                later.setdefault(record.domain, []).append((record, evidence))
        for evidence in self._first:
            for record in self._of(evidence, done):
                self._sources[record.domain] = [(record, evidence), *later.pop(record.domain, ())]
                yield target_of(record)

    def world(self, target: Target, network: World) -> World:
        """What a domain's survey asks: first what is known of it, then the network."""
        world = visiting_only(self._servers, network)
        sources = self._sources.pop(target.domain, None)
        return remembering(sources, world) if sources else world

    def _of(self, evidence: Evidence, done: Collection[int]) -> Iterator[DomainEvidence]:
        return (record for record in evidence.listed() if record.input.line not in done and self._has(record))

    def _has(self, record: DomainEvidence) -> bool:
        if self._again is not None:
            return record.domain in self._again
        return any(server_of(visit) in self._servers for visit in record.visits)


def target_of(record: DomainEvidence) -> Target:
    """A domain as its record names it."""
    return Target(
        input=record.input,
        domain=record.domain,
        unicode=record.unicode,
        options=record.options,
        sightings=record.sightings,
    )


def observed(probe: SmtpVisit | HttpsGet | TlsHello, where: Sequence[Evidence]) -> Shared | None:
    """What came of a probe, by the first evidence in which it was really asked; None where it was in none."""
    found = (shared for each in where if (shared := written(probe, each)) is not None and was_asked(shared))
    return next(found, None)


def written(probe: SmtpVisit | HttpsGet | TlsHello, evidence: Evidence) -> Shared | None:
    """What an evidence holds of a probe, be it that nobody asked."""
    outcome: Any
    if isinstance(probe, SmtpVisit):
        outcome = evidence.sessions.get(probe)
    elif isinstance(probe, HttpsGet):
        outcome = evidence.fetches.get(probe)
    else:
        outcome = evidence.flights.get(probe)
    return None if outcome is None else shared_of(probe, outcome)


def server_of(probe: SmtpVisit | TlsHello) -> Server:
    return Server(probe.host, probe.address)
