"""Ten thousand domains at fifty operators: what these see of one run, and of four parts of a run at once.

Sessions take seconds of a simulated clock. Each is written down with its begin and its end, by one clock for all parts.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audit.catalog.operators import operator_of
from audit.catalog.providers import load_providers
from audit.gather.domain import Gathered, Target
from audit.model.evidence import DomainEvidence, Visited
from audit.model.probe import Answer, DnsStatus, Outcome, Question, Reply, SmtpSession, SmtpVisit, Stage, StageName
from audit.network import client, smtp
from audit.network.client import Network
from audit.network.frontends import NAMES_SAMPLED
from audit.network.options import NetworkOptions
from audit.network.pace import TURNED_AWAY_ENOUGH, network_of
from audit.pipeline import gathering
from audit.pipeline.config import RunConfig
from audit.pipeline.gathering import Around, as_it_is, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.many.by_hand import of_servers
from audit.pipeline.many.fair import shared_out
from audit.pipeline.many.shards import Shard
from audit.pipeline.store import Evidence
from audit.protocol.drive import World
from tests.pipeline.test_gathering import CONFIG, target
from tests.records import DOMAIN, RUN
from tests.scenarios.lab_run import raised, unwatched
from tests.simulated import simulated

DOMAINS, OPERATORS, PARTS = 10_000, 50, 4
SHARED = ("mail.protection.outlook.com", "pphosted.com")  # customers have names of their own there
HOSTILE = range(45, OPERATORS)  # they want nothing of us
LIMITS = NetworkOptions(nameservers=(("127.0.0.1", 9),))  # those of a run on the internet
INSTANT = 1e-6


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A session as the other side sees it."""

    begin: float
    end: float
    host: str
    address: str


def visits_of(number: int) -> tuple[SmtpVisit, ...]:
    """Two visits for each domain. Operators have six addresses, and each two of them are neighbours."""
    at = number % OPERATORS
    own = at < len(SHARED)
    customer = at % 3 == 0 and number % 4 == 0
    found = []
    for n in (number // OPERATORS, number // OPERATORS + 1):
        label = f"mx{n % 6}.d{number}" if customer else f"mx{n % 6}"
        host = f"d{number}.{SHARED[at]}" if own else f"{label}.op{at}.test"
        found.append(SmtpVisit(host=host, address=f"203.{100 + n % 6}.{at // 2}.{at % 2 + 1}"))
    return tuple(found)


async def stand_in(wanted: Target, *, world: World, **_: Any) -> Gathered:
    """A domain whose mail servers are visited, and of which nothing else is asked."""
    loop = asyncio.get_running_loop()
    visits = visits_of(wanted.input.line)
    coming: list[asyncio.Future[SmtpSession]] = [loop.create_future() for _ in visits]
    for visit, future in zip(visits, coming, strict=True):
        world(visit, future.set_result)
    sessions = await asyncio.gather(*coming)
    seen = tuple(Visited(visit=visit, session=session) for visit, session in zip(visits, sessions, strict=True))
    return Gathered(replace(record(wanted), visits=visits), seen)


def record(wanted: Target) -> DomainEvidence:
    bare = replace(DOMAIN, answers=(), fetches=(), hellos=(), sightings=None)
    return replace(bare, input=wanted.input, domain=wanted.domain, unicode=wanted.unicode)


@cache
def targets() -> tuple[Target, ...]:
    return tuple(target(n) for n in range(1, DOMAINS + 1))


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> list[Held]:
    held: list[Held] = []
    chance = random.Random(7)

    async def hold(visit: SmtpVisit, *_: Any) -> SmtpSession:
        begin = asyncio.get_running_loop().time()
        await asyncio.sleep(chance.uniform(0.2, 9))
        held.append(Held(begin, asyncio.get_running_loop().time(), visit.host, visit.address))
        hostile = any(visit.host.endswith(f"op{n}.test") for n in HOSTILE)
        reply = Reply(code=554 if hostile else 220, lines=("mx",))
        outcome = Outcome.REJECTED if hostile else Outcome.OK
        return SmtpSession(
            stages=(
                Stage(stage=StageName.CONNECT, outcome=Outcome.OK),
                Stage(stage=StageName.BANNER, outcome=outcome, reply=reply),
            )
        )

    monkeypatch.setattr(smtp, "hold", hold)
    monkeypatch.setattr(gathering, "gather_domain", stand_in)
    return held


def configuration() -> RunConfig:
    return replace(CONFIG, network=LIMITS, concurrency=1000)


async def gather(rows: Iterable[Any], config: RunConfig, directory: Path, around: Around = as_it_is) -> None:
    with Journal(directory) as journal:
        await gather_list(
            rows,
            config,
            journal,
            total=DOMAINS,
            list_name="list.txt",
            digests=RUN.digests,
            watch=unwatched,
            stop=asyncio.Event(),
            fault=raised,
            around=around,
        )


def most_at_once(held: Iterable[Held], of: Callable[[Held], str]) -> int:
    """The most sessions that any one of these sees at the same time."""
    inside: Counter[str] = Counter()
    most = 0
    changes = [(e.end - INSTANT, -1, of(e)) for e in held]
    changes = sorted([*changes, *((e.begin, 1, of(e)) for e in held)])
    for _, change, whose in changes:
        inside[whose] += change
        most = max(most, inside[whose])
    return most


def test_a_run_of_ten_thousand_domains_is_a_good_guest(tmp_path: Path, trace: list[Held]) -> None:
    simulated(gather(targets(), configuration(), tmp_path))
    assert_polite(trace)


def test_four_parts_at_once_are_a_good_guest_together(tmp_path: Path, trace: list[Held]) -> None:
    records = tuple(replace(record(t), visits=visits_of(t.input.line)) for t in targets())
    evidence = Evidence(RUN, records, (), {})
    parts = [of_servers(evidence, Shard(n, PARTS), configuration()) for n in range(1, PARTS + 1)]
    assert all(part.count > DOMAINS / PARTS / 4 for part in parts)

    async def all_of_them() -> None:
        places = ((part, tmp_path / str(n)) for n, part in enumerate(parts))
        await asyncio.gather(*(gather(p.rows(frozenset()), p.config, place, p.around) for p, place in places))

    simulated(all_of_them())
    assert_polite(trace)


def assert_polite(trace: list[Held]) -> None:
    held = sorted(trace)
    assert len({(e.host, e.address) for e in held}) == len(held) > 1000
    assert most_at_once(held, lambda e: e.address) == 1
    assert most_at_once(held, lambda e: network_of(e.address)) == LIMITS.network_concurrency == 1
    assert most_at_once(held, lambda e: operator_of(e.host)) == LIMITS.operator_concurrency == 2
    assert LIMITS.smtp_concurrency / 2 < most_at_once(held, lambda _: "all") <= LIMITS.smtp_concurrency == 20
    assert min(gaps(held)) >= LIMITS.limits.gap_between_visits - INSTANT
    begins = [e.begin for e in held]
    each_second = zip(begins, begins[int(LIMITS.smtp_rate) :], strict=False)
    assert all(later - first >= 1 - INSTANT for first, later in each_second)
    assert not any(too_late(held))
    assert names_at_front_ends(held) == {NAMES_SAMPLED}
    assert {operator_of(e.host) for e in held} >= {f"op{n}.test" for n in range(len(SHARED), OPERATORS)}


def gaps(held: list[Held]) -> Iterator[float]:
    """Between two sessions with one address."""
    by_address = defaultdict[str, list[Held]](list)
    for each in held:
        by_address[each.address].append(each)
    return (b.begin - a.end for some in by_address.values() for a, b in pairwise(some))


def too_late(held: list[Held]) -> Iterator[Held]:
    """Sessions that began after an operator had turned us away."""
    for number in HOSTILE:
        those = [e for e in held if operator_of(e.host) == f"op{number}.test"]
        enough = sorted(e.end for e in those)[TURNED_AWAY_ENOUGH - 1]
        yield from (e for e in those if e.begin > enough)


def names_at_front_ends(held: list[Held]) -> set[int]:
    """How many names are visited at each address that customers share."""
    names = defaultdict[str, set[str]](set)
    for each in held:
        provider = load_providers().of_mx(each.host)
        if provider is not None and provider.shared_frontend:
            names[each.address].add(each.host)
    return {len(some) for some in names.values()}


ZONES = ("zen.list.test", "other.list.test")
ROOM = 0.1  # seconds: for a turn that has come, until some question is answered and there is room
NAME_SERVERS = ("203.0.113.53", "203.0.113.54")


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    begin: float
    end: float
    whom: str


class FakeResolver:
    """Answers after a while; tells when each question came, and when it was answered."""

    asked: list[Asked]

    def __init__(self, *_: Any) -> None:
        self._chance = random.Random(7)

    def ask(self, question: Question, done: Callable[[Answer], None], _: object) -> None:
        loop = asyncio.get_running_loop()
        begin, seconds = loop.time(), self._chance.uniform(0.01, 0.5)
        whom = question.server or question.name.split(".", 1)[1]
        self.asked.append(Asked(begin, begin + seconds, whom))
        loop.call_later(seconds, done, Answer(status=DnsStatus.NXDOMAIN, elapsed_ms=seconds * 1000))

    def close(self) -> None: ...

    async def closed(self) -> None: ...


@pytest.mark.parametrize("parts", [1, PARTS])
def test_lists_and_name_servers_are_asked_no_more_by_parts_than_by_one(
    parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asked] = []
    monkeypatch.setattr(FakeResolver, "asked", asked, raising=False)
    monkeypatch.setattr(client, "Resolver", FakeResolver)
    whole = replace(CONFIG, network=replace(LIMITS, paced_zones=ZONES, allow_net=("203.0.113.0/24",)))
    config = shared_out(whole, parts)

    async def part(number: int) -> None:
        network = Network(config.network, now=config.clock, on_fault=raised)
        loop = asyncio.get_running_loop()
        names = [f"{n}-{number}" for n in range(number, 400, parts)]
        questions = [
            *(Question(name=f"{name}.{zone}", rdtype="A") for name in names for zone in ZONES),
            *(Question(name=f"{name}.test", rdtype="A", server=server) for name in names for server in NAME_SERVERS),
            *(Question(name=f"{name}.elsewhere.test", rdtype="A") for name in names),
        ]
        coming: list[asyncio.Future[Answer]] = [loop.create_future() for _ in questions]
        for question, future in zip(questions, coming, strict=True):
            network(question, future.set_result)
        await asyncio.gather(*coming)
        await network.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(part(number) for number in range(parts)))

    simulated(all_of_them())
    assert len(asked) == 400 * 5
    assert [most_at_once_asked(asked, server) for server in NAME_SERVERS] == [LIMITS.server_concurrency] * 2
    assert most_at_once_asked(asked) <= LIMITS.questions_in_flight
    for zone in ZONES:
        begins = sorted(each.begin for each in asked if each.whom == zone)
        every_two = zip(begins, begins[2 * int(LIMITS.list_qps) :], strict=False)  # four parts: 10 of two and a half
        assert all(later - first >= 2 - ROOM for first, later in every_two)
        assert begins[-1] == pytest.approx(400 / LIMITS.list_qps, abs=1)


def most_at_once_asked(asked: Iterable[Asked], whom: str | None = None) -> int:
    some = [Held(e.begin, e.end, "", e.whom) for e in asked if whom in {None, e.whom}]
    return most_at_once(some, lambda _: "all")
