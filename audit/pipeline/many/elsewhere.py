"""Worlds for a part of a run: what other parts ask is not asked here, and what they heard is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

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
