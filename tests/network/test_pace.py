"""Politeness, as those on the other side see it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial

import pytest

from audit.catalog.operators import operator_of
from audit.model.probe import Outcome, Reply, SmtpSession, Stage, StageName
from audit.network.options import NetworkOptions, SmtpLimits
from audit.network.pace import Pace
from tests.simulated import simulated

SERVER = (("127.0.0.1", 53),)
QUESTIONS_AT_ONCE = NetworkOptions(nameservers=SERVER).server_concurrency


def pace(gap: float = 0.0, **rest: float) -> Pace:
    return Pace(
        NetworkOptions(
            nameservers=SERVER,
            limits=SmtpLimits(gap_between_visits=gap),
            smtp_concurrency=int(rest.get("at_once", 20)),
            operator_concurrency=int(rest.get("per_operator", 2)),
            network_concurrency=int(rest.get("per_network", 20)),
            smtp_rate=rest.get("rate", 1000.0),
            list_qps=rest.get("qps", 10.0),
            paced_zones=("zen.list.test", "list.test", "{key_of}.list.test"),
        )
    )


def session(code: int, stage: StageName = StageName.BANNER) -> SmtpSession:
    before = () if stage is StageName.BANNER else (Stage(stage=StageName.BANNER, outcome=Outcome.OK),)
    reply = Reply(code=code, lines=("no",))
    return SmtpSession(stages=(*before, Stage(stage=stage, outcome=Outcome.DEFERRED, reply=reply)))


def most_at_once(one: Pace, visits: list[tuple[str, str]]) -> int:
    now, most = 0, 0

    async def visit(host: str, address: str) -> None:
        nonlocal now, most
        async with one.visit(host, address):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    async def run() -> None:
        await asyncio.gather(*(visit(*each) for each in visits))

    asyncio.run(run())
    return most


@pytest.mark.parametrize(
    ("visits", "most"),
    [
        ([("mx.a.test", "192.0.2.1")] * 4, 1),
        ([("mx.a.test", "192.0.2.1"), ("mx.b.test", "192.0.2.1")], 1),  # an address is one place, whatever its names
        ([("mx.a.test", f"192.0.2.{n}") for n in range(6)], 2),  # one operator
        ([(f"mx{n}.a.test", f"192.0.2.{n}") for n in range(6)], 2),
        ([(f"mx.a{n}.test", f"192.0.2.{n}") for n in range(6)], 3),  # many operators: the limit for all
    ],
)
def test_how_many_at_once(visits: list[tuple[str, str]], most: int) -> None:
    assert most_at_once(pace(at_once=3), visits) == most


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        (["192.0.2.1", "192.0.2.200", "192.0.2.7"], 1),
        (["192.0.2.1", "192.0.3.1", "198.51.100.1"], 3),
        (["2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:1:2::"], 1),
        (["2001:db8:1::1", "2001:db8:2::1"], 2),
        (["192.0.2.1", "2001:db8:1::1"], 2),
    ],
)
def test_neighbours_are_visited_one_after_another(addresses: list[str], most: int) -> None:
    visits = [(f"mx.a{n}.test", address) for n, address in enumerate(addresses)]
    assert most_at_once(pace(per_network=1), visits) == most


def test_connections_begin_at_an_even_pace_whoever_they_are_for() -> None:
    began: list[float] = []

    async def visit(one: Pace, n: int) -> None:
        async with one.visit(f"mx.a{n}.test", f"192.0.2.{n}"):
            began.append(time.monotonic())

    async def run() -> None:
        one = pace(rate=20)
        await asyncio.gather(*(visit(one, n) for n in range(5)))

    asyncio.run(run())
    assert began[-1] - began[0] >= 4 / 20 - 0.01


def test_between_two_visits_to_an_address_some_time_passes() -> None:
    left: dict[str, list[float]] = {"192.0.2.1": [], "192.0.2.2": []}

    async def visit(one: Pace, address: str) -> None:
        async with one.visit("mx.a.test", address):
            left[address].append(time.monotonic())

    async def run() -> None:
        one = pace(gap=0.4)
        await asyncio.gather(*(visit(one, address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")))

    asyncio.run(run())
    first, second = left["192.0.2.1"]
    assert second - first >= 0.39
    assert left["192.0.2.2"][0] < second


@pytest.mark.parametrize(
    ("received", "welcome"),
    [
        ([], True),
        ([554], True),
        ([554, 554], False),
        ([421, 554], False),
        ([421, 421], False),
        ([450, 450, 450], True),
        ([550, 550], True),
        ([220, 220], True),
    ],
)
def test_who_turns_us_away_twice_is_left_alone(received: list[int], welcome: bool) -> None:
    async def run() -> tuple[bool, bool]:
        one = pace()
        for code in received:
            one.note("mx1.a.test", session(code))
        async with one.visit("mx2.a.test", "192.0.2.7") as same, one.visit("mx.b.test", "192.0.2.8") as other:
            return same, other

    assert asyncio.run(run()) == (welcome, True)


@pytest.mark.parametrize(
    ("code", "line", "welcome"),
    [
        (550, "5.7.1 Service unavailable, client host blocked", False),
        (554, "5.7.1", False),
        (550, "5.7.10 no", True),
        (550, "5.1.1 no", True),
        (450, "4.7.1 later", True),
    ],
)
def test_a_policy_against_us_counts(code: int, line: str, welcome: bool) -> None:
    refused = Stage(stage=StageName.EHLO, outcome=Outcome.REJECTED, reply=Reply(code=code, lines=(line,)))

    async def run() -> bool:
        one = pace()
        for _ in range(2):
            one.note("mx1.a.test", SmtpSession(stages=(refused,)))
        async with one.visit("mx2.a.test", "192.0.2.7") as same:
            return same

    assert asyncio.run(run()) is welcome


def test_a_421_counts_at_any_stage_a_554_as_greeting() -> None:
    async def run() -> dict[tuple[int, StageName], bool]:
        found = {}
        for code in (421, 554):
            for stage in (StageName.BANNER, StageName.EHLO):
                one = pace()
                for _ in range(2):
                    one.note("mx.a.test", session(code, stage))
                async with one.visit("mx.a.test", "192.0.2.7") as welcome:
                    found[code, stage] = welcome
        return found

    assert [key for key, welcome in asyncio.run(run()).items() if welcome] == [(554, StageName.EHLO)]


def test_the_longest_queues_are_told() -> None:
    async def visit(one: Pace, host: str, number: int) -> None:
        async with one.visit(host, f"192.0.2.{number}"):
            await asyncio.sleep(0)

    async def run() -> list[tuple[tuple[str, int], ...]]:
        one = pace()
        hosts = [*["mx.a.test"] * 9, *["mx.b.test"] * 5, *["mx.c.test"] * 4, *["mx.d.test"] * 3]
        visits = [asyncio.create_task(visit(one, host, number)) for number, host in enumerate(hosts)]
        told = [one.queues()]
        await asyncio.sleep(0)
        told.append(one.queues())
        await asyncio.gather(*visits)
        return [*told, one.queues()]

    assert simulated(run()) == [(), (("a.test", 8), ("b.test", 5), ("c.test", 4)), ()]


def test_of_places_that_were_left_long_ago_nothing_is_remembered() -> None:
    def held(one: Pace) -> int:
        return len(one._left_at) + len(one._addresses) + len(one._networks) + len(one._operators)

    async def run() -> list[int]:
        one, most = pace(gap=2.0), []
        for number in range(500):
            async with one.visit(f"mx.a{number}.test", f"192.0.{number // 256}.{number % 256}"):
                await asyncio.sleep(0.5)
            most.append(held(one))
        return most

    assert max(simulated(run())) < 10


ZONES = ("zen.list.test", "list.test", "{key_of}.list.test", "example.org")


def test_a_list_is_asked_at_an_even_pace_and_others_at_once() -> None:
    async def run() -> tuple[Counter[str], int]:
        one, began = pace(qps=20), time.monotonic()
        asked: Counter[str] = Counter()

        async def ask(name: str) -> None:
            await asyncio.sleep(one.turn(name) or 0)
            asked[name.split(".", 1)[1]] += 1

        names = [f"{n}.{zone}" for n in range(30) for zone in ZONES]
        tasks = [asyncio.create_task(ask(name)) for name in names]
        await asyncio.sleep(0.26)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return asked, 1 + int(20 * (time.monotonic() - began))

    asked, most = asyncio.run(run())
    assert asked["example.org"] == 30
    assert 3 <= asked["zen.list.test"] <= most
    assert 3 <= asked["list.test"] <= most
    assert 3 <= asked["{key_of}.list.test"] <= most


def test_a_name_server_gets_a_few_questions_at_a_time() -> None:
    one = pace()
    gone_in: list[int] = []
    for n in range(30):
        one.enter("192.0.2.53", partial(gone_in.append, n))
    one.enter("192.0.2.54", partial(gone_in.append, 99))
    assert gone_in == [*range(QUESTIONS_AT_ONCE), 99]
    one.leave("192.0.2.53")
    one.leave("192.0.2.53")
    assert gone_in[-2:] == [QUESTIONS_AT_ONCE, QUESTIONS_AT_ONCE + 1]


@pytest.mark.parametrize(
    ("host", "operator"),
    [
        ("aspmx.l.google.com", "google"),
        ("alt1.gmail-smtp-in.l.google.com", "google"),
        ("story-example.mail.protection.outlook.com", "microsoft-365"),
        ("MX1.Example.co.uk.", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_operators(host: str, operator: str) -> None:
    assert operator_of(host) == operator
