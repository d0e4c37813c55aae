"""Within a run each server is visited once, whatever of its memory the run had to let go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from audit.gather.domain import Gathered, Target
from audit.model.evidence import Visited
from audit.model.probe import Outcome, Reply, SmtpSession, SmtpVisit, Stage, StageName
from audit.network import smtp
from audit.network.frontends import NAMES_SAMPLED
from audit.network.options import SmtpLimits
from audit.network.pace import TURNED_AWAY_ENOUGH
from audit.pipeline import gathering
from audit.pipeline.gathering import Ended, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.resuming import Resumed, resume
from audit.pipeline.store import read_evidence
from audit.protocol.drive import World
from tests.pipeline.test_gathering import CONFIG, target
from tests.pipeline.test_resuming import HEAD as RESUMABLE
from tests.pipeline.test_resuming import WANTED
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


def gathered(directory: Path, rows: list[Target], resumed: Resumed | None = None, *, kept: int = 64 << 20) -> Ended:
    network = replace(
        CONFIG.network,
        sessions_kept=kept,
        allow_net=("203.0.113.0/24",),
        limits=SmtpLimits(gap_between_visits=0),
        smtp_rate=10_000,
    )

    async def run() -> Ended:
        with Journal(directory, resumed.standing if resumed else None) as writer:
            return await gather_list(
                rows,
                replace(CONFIG, network=network, concurrency=AT_ONCE),
                writer,
                total=len(rows),
                list_name="list.txt",
                digests=RUN.digests,
                watch=unwatched,
                stop=asyncio.Event(),
                fault=raised,
                resumed=resumed,
            )

    return asyncio.run(run())


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
    rows = [target(n) for n in range(1, DOMAINS + 1)]
    assert gathered(tmp_path, rows, kept=kept) == Ended(DOMAINS, interrupted=False)
    assert visited == {f"203.0.113.{n}": 1 for n in range(SERVERS)}
    evidence = read_evidence(tmp_path)
    assert [evidence.sessions[v].stages for d in evidence.domains for v in d.visits] == [SESSION.stages] * 2 * DOMAINS


def tenant(number: int) -> SmtpVisit:
    return SmtpVisit(host=f"story{number}-example.mail.protection.outlook.com", address="203.0.113.1")


def own(number: int) -> SmtpVisit:
    return SmtpVisit(host=f"mx{number}.hoster.test", address=f"203.0.113.{number}")


AWAY = SmtpSession(
    stages=(Stage(stage=StageName.BANNER, outcome=Outcome.REJECTED, reply=Reply(code=554, lines=("no",))),)
)


@pytest.mark.parametrize(
    ("server", "session", "told", "visited"),
    [
        (tenant, SESSION, NAMES_SAMPLED, False),  # a front end whose sampled names speak for all others
        (tenant, SESSION, NAMES_SAMPLED - 1, True),
        (own, AWAY, TURNED_AWAY_ENOUGH, False),  # an operator who wants nothing of us
        (own, AWAY, TURNED_AWAY_ENOUGH - 1, True),
        (own, SESSION, 5, True),
    ],
)
def test_a_run_that_is_gone_on_with_goes_by_how_it_was_received(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: Callable[[int], SmtpVisit],
    session: SmtpSession,
    told: int,
    visited: bool,
) -> None:
    came: list[SmtpVisit] = []

    async def hold(visit: SmtpVisit, *_: Any) -> SmtpSession:
        came.append(visit)
        return session

    async def one_visit(wanted: Target, *, world: World, **_: Any) -> Gathered:
        visit, end = server(wanted.input.line), asyncio.get_running_loop().create_future()
        world(visit, end.set_result)
        record = replace(DOMAIN, input=wanted.input, domain=wanted.domain, unicode=wanted.unicode, sightings=None)
        empty = replace(record, answers=(), fetches=(), hellos=(), visits=(visit,))
        return Gathered(empty, (Visited(visit=visit, session=await end),))

    monkeypatch.setattr(smtp, "hold", hold)
    monkeypatch.setattr(gathering, "gather_domain", one_visit)
    with Journal(tmp_path) as writer:
        writer.write(RESUMABLE)
    rows = [target(n) for n in range(1, told + 1)]
    wanted = replace(WANTED, rows=rows, told=True)
    gathered(tmp_path, rows, resume(tmp_path, wanted))
    assert len(came) == told
    rows.append(target(told + 1))
    gathered(tmp_path, rows, resume(tmp_path, wanted))
    assert (server(told + 1) in came) is visited
    assert len(came) == told + visited
