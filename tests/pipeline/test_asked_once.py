"""Within a run each server is visited once, whatever of its memory the run had to let go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from audit.gather.domain import Gathered, Target
from audit.model.evidence import Visited
from audit.model.probe import Outcome, SmtpSession, SmtpVisit, Stage, StageName
from audit.network import smtp
from audit.network.options import SmtpLimits
from audit.pipeline import gathering
from audit.pipeline.gathering import Ended, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.store import read_evidence
from audit.protocol.drive import World
from tests.pipeline.test_gathering import CONFIG, target
from tests.records import DOMAIN, RUN
from tests.scenarios.lab_run import raised, unwatched

DOMAINS, SERVERS = 60, 7
AT_ONCE = 10
SESSION = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.OK),))


def visits_of(wanted: Target) -> list[SmtpVisit]:
    """Each domain has two of a few servers."""
    number = wanted.input.line
    return [SmtpVisit(host=f"mx{n % SERVERS}.test", address=f"203.0.113.{n % SERVERS}") for n in (number, number + 1)]


async def two_visits(wanted: Target, *, world: World, slow: Iterator[float], **_: Any) -> Gathered:
    """Stands in for the gathering of a domain, which goes on for a while after its servers were visited."""
    seconds = next(slow)
    visits, loop = visits_of(wanted), asyncio.get_running_loop()
    seen = []
    for visit in visits:
        came: asyncio.Future[SmtpSession] = loop.create_future()
        world(visit, came.set_result)
        seen.append(Visited(visit=visit, session=await came))
    await asyncio.sleep(seconds)
    record = replace(DOMAIN, input=wanted.input, domain=wanted.domain, unicode=wanted.unicode)
    return Gathered(replace(record, answers=(), fetches=(), hellos=(), visits=tuple(visits)), tuple(seen))


@pytest.mark.parametrize("kept", [0, 64 << 20])
def test_each_server_is_visited_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    visited: Counter[str] = Counter()

    async def hold(visit: SmtpVisit, *_: Any) -> SmtpSession:
        visited[visit.address] += 1
        await asyncio.sleep(0)
        return SESSION

    monkeypatch.setattr(smtp, "hold", hold)
    first_are_slow = chain(repeat(0.3, AT_ONCE - 1), repeat(0.0))
    monkeypatch.setattr(gathering, "gather_domain", partial(two_visits, slow=first_are_slow))
    network = replace(
        CONFIG.network,
        sessions_kept=kept,
        allow_net=("203.0.113.0/24",),
        limits=SmtpLimits(gap_between_visits=0),
        smtp_rate=10_000,
    )

    async def run() -> Ended:
        with Journal(tmp_path) as writer:
            return await gather_list(
                [target(n) for n in range(1, DOMAINS + 1)],
                replace(CONFIG, network=network, concurrency=AT_ONCE),
                writer,
                total=DOMAINS,
                list_name="list.txt",
                digests=RUN.digests,
                watch=unwatched,
                stop=asyncio.Event(),
                fault=raised,
            )

    assert asyncio.run(run()) == Ended(DOMAINS, interrupted=False)
    assert visited == {f"203.0.113.{n}": 1 for n in range(SERVERS)}
    evidence = read_evidence(tmp_path)
    assert [evidence.sessions[v].stages for d in evidence.domains for v in d.visits] == [SESSION.stages] * 2 * DOMAINS
