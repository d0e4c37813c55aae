"""Gather one domain: drive its survey over the network, within its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.gather.recorder import Recorder
from audit.model.evidence import DomainEvidence, DomainOptions, Fetched, InputLine, Offered, Sighting, Visited
from audit.model.fact import Fact, Unknown
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.history import Sightings
from audit.protocol.drive import Drive, FaultHook, World
from audit.protocol.survey import Plan, survey
from audit.protocol.vantage import Vantage, believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A domain to audit, as its line of the list names it."""

    input: InputLine
    domain: str
    unicode: str
    options: DomainOptions
    sightings: tuple[Sighting, ...] | None = None  # of earlier runs; None when none were given


@dataclass(frozen=True, slots=True)
class Gathered:
    """A domain's evidence, and what belongs to it in hosts.jsonl."""

    evidence: DomainEvidence
    shared: tuple[Visited | Fetched | Offered, ...]


class GatheringFailed(Exception):
    """The survey itself broke: a fault of ours. Its text is the reason."""


async def gather_domain(
    target: Target,
    *,
    world: World,
    constants: Mapping[type, Any],
    plan: Plan,
    observed_at: datetime,
    seconds: float,
    fault: FaultHook | None = None,
) -> Gathered:
    """Ask all that the survey of a domain needs, for `seconds` at most; what is late is written down as `budget`.

    Raises:
        GatheringFailed: a fault of ours broke the survey.
    """
    recorder = Recorder(world)
    loop = asyncio.get_running_loop()
    end: asyncio.Future[Fact[Any]] = loop.create_future()
    scope = {
        **constants,
        Circumstances: Circumstances(observed_at),
        DomainOptions: target.options,
        Sightings: Sightings(target.sightings),
    }
    timer = loop.call_later(seconds, recorder.expire)
    seen = believed(recorder, constants[Vantage])
    Drive(seen, fault).begin(survey(Domain(target.domain), scope, plan), lambda fact, _: end.set_result(fact))
    try:
        fact = await end
    finally:
        timer.cancel()
        recorder.forget()  # after a cancellation `end` must not be set
    if isinstance(fact, Unknown):
        raise GatheringFailed(fact.reason)
    visits, fetches, hellos = recorder.visits, recorder.fetches, recorder.hellos  # each is sorted anew
    evidence = DomainEvidence(
        input=target.input,
        domain=target.domain,
        unicode=target.unicode,
        options=target.options,
        observed_at=observed_at,
        sightings=target.sightings,
        answers=recorder.answers,
        visits=tuple(v.visit for v in visits),
        fetches=tuple(f.get for f in fetches),
        hellos=tuple(o.hello for o in hellos),
    )
    return Gathered(evidence, (*visits, *fetches, *hellos))
