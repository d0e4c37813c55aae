"""The network as a world: each probe is answered once, whatever happens, and shared by all who ask."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
    Depth,
    DnsStatus,
    Outcome,
    Probe,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)
from audit.network import dial, smtp
from audit.network.client import Network
from audit.network.dns.resolver import Resolver
from audit.network.options import Endpoint, NetworkOptions, SmtpLimits
from tests.network.dnsfault import LOOPBACK, FaultServer, fault_server
from tests.network.smtpfault import Mail, mail_servers
from tests.syntax.test_addresses import NO_ADDRESS, SPECIAL

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LIMITS = SmtpLimits(connect=5, banner=5, ehlo=5, tls=5, quit=1, session=12, gap_between_visits=0)
T = TypeVar("T")


@dataclass
class World:
    """A network with a nameserver and mail servers: the n-th fault is at 203.0.113.n."""

    network: Network
    dns: FaultServer
    mail: Mail
    trace: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def ask(self, probe: Probe[T]) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.network(probe, future.set_result)  # a second answer would raise
        return future


def in_world(
    play: Callable[[World], Coroutine[Any, Any, T]],
    *faults: str,
    limits: SmtpLimits = LIMITS,
    only_mapped: bool = True,
    answers_kept: int = 1 << 20,
    known: Callable[[Probe[Any]], Any | None] = lambda _: None,
) -> T:
    async def run() -> T:
        async with AsyncExitStack() as stack:
            dns = await stack.enter_async_context(fault_server())
            mail = await stack.enter_async_context(mail_servers(*faults))
            connect_to: dict[Endpoint, Endpoint] = {
                (f"203.0.113.{n}", 25): (LOOPBACK, mail.ports[fault]) for n, fault in enumerate(faults, 1)
            }
            connect_to["203.0.113.53", 53] = dns.endpoint
            trace: list[str] = []
            broken: list[BaseException] = []
            options = NetworkOptions(
                nameservers=(dns.endpoint,),
                connect_to=connect_to,
                allow_net=("203.0.113.0/24",),
                ehlo="auditor.test",
                question_timeout=3.0,
                first_timeout=0.1,
                limits=limits,
                only_mapped=only_mapped,
                answers_kept=answers_kept,
            )
            network = Network(options, lambda: NOW, trace=trace.append, on_fault=broken.append, known=known)
            try:
                return await play(World(network, dns, mail, trace, broken))
            finally:
                await network.close()

    return asyncio.run(run())


def visit(n: int, host: str = "mx.good.test", **rest: Any) -> SmtpVisit:
    return SmtpVisit(host=host, address=f"203.0.113.{n}", **rest)


def question(name: str = "a.good.test", **rest: Any) -> Question:
    return Question(name=name, rdtype="A", **rest)


def how(session: SmtpSession) -> tuple[StageName, Outcome]:
    return session.stages[0].stage, session.stages[0].outcome


def test_what_many_ask_is_asked_once() -> None:
    async def play(world: World) -> tuple[list[Answer], list[SmtpSession], int]:
        answers = await asyncio.gather(*(world.ask(question()) for _ in range(20)))
        answers.append(await world.ask(question()))
        sessions = await asyncio.gather(*(world.ask(visit(1)) for _ in range(5)))
        assert world.dns.seen == Counter({"a.good.test. A": 1})
        assert len(world.mail.times["good"]) == 1
        return answers, sessions, world.network.asked

    answers, sessions, asked = in_world(play, "good")
    assert {a.status for a in answers} == {DnsStatus.NOERROR}
    assert all(s is sessions[0] for s in sessions)
    assert sessions[0].asked_at == NOW
    assert asked == 2


def test_what_is_known_is_answered_at_once() -> None:
    async def play(world: World) -> list[Answer]:
        await world.ask(question())
        heard: list[Answer] = []
        world.network(question(), heard.append)
        return heard  # without a turn of the loop

    assert [a.status for a in in_world(play)] == [DnsStatus.NOERROR]


def test_what_an_earlier_part_of_the_run_knows_is_not_asked() -> None:
    """Not even where nobody would dial; of what it does not know the network is asked."""
    told = SmtpSession(stages=(), asked_at=NOW)

    async def play(network: Network) -> tuple[list[SmtpSession], Outcome]:
        heard: list[SmtpSession] = []
        network(visit(1), heard.append)  # without a turn of the loop
        other: asyncio.Future[SmtpSession] = asyncio.get_running_loop().create_future()
        network(visit(2), other.set_result)
        return heard, how(await other)[1]

    async def run() -> tuple[list[SmtpSession], Outcome]:
        options = NetworkOptions(nameservers=((LOOPBACK, 9),), only_mapped=True)
        known: dict[Any, Any] = {visit(1): told}
        network = Network(options, lambda: NOW, known=known.get)
        try:
            return await play(network)
        finally:
            await network.close()

    heard, outcome = asyncio.run(run())
    assert heard == [told]
    assert outcome is Outcome.GUARD_REFUSED


def test_a_claim_that_is_to_be_confirmed_is_really_asked_again() -> None:
    async def play(world: World) -> tuple[list[Answer], Counter[str]]:
        name = "a.nxdomain.test"
        return [await world.ask(question(name, repeat=n)) for n in (0, 1, 1)], world.dns.seen

    answers, seen = in_world(play)
    assert {a.status for a in answers} == {DnsStatus.NXDOMAIN}
    assert seen == Counter({"a.nxdomain.test. A": 2})


@pytest.mark.parametrize(
    ("probe", "only_mapped", "outcome"),
    [
        (visit(1), True, Outcome.OK),
        (visit(1, depth=Depth.CONNECT), True, Outcome.OK),
        (visit(99), True, Outcome.GUARD_REFUSED),
        (visit(1, port=26), True, Outcome.GUARD_REFUSED),
        (SmtpVisit(host="mx.test", address="127.0.0.1"), False, Outcome.GUARD_REFUSED),
        (SmtpVisit(host="mx.test", address="10.0.0.1"), False, Outcome.GUARD_REFUSED),
        (SmtpVisit(host="mx.test", address="::ffff:127.0.0.1"), False, Outcome.GUARD_REFUSED),
        (SmtpVisit(host="mx.test", address="localhost"), False, Outcome.GUARD_REFUSED),
    ],
)
def test_who_is_visited(probe: SmtpVisit, only_mapped: bool, outcome: Outcome) -> None:
    async def play(world: World) -> tuple[SmtpSession, list[str]]:
        return await world.ask(probe), world.trace

    session, trace = in_world(play, "good", only_mapped=only_mapped)
    assert how(session) == (StageName.CONNECT, outcome)
    assert bool(trace) == (outcome is Outcome.OK)


def hello(n: int, offer: Offer = Offer.TLS12, **rest: Any) -> TlsHello:
    return TlsHello(host="mx.good.test", address=f"203.0.113.{n}", offer=offer, **rest)


def test_offers_and_visits_come_to_one_address_one_after_another() -> None:
    async def play(world: World) -> tuple[list[TlsFlight], int, int]:
        probes = [hello(1, offer) for offer in (Offer.TLS12, Offer.TLS13, Offer.TLS12)]
        visiting = world.ask(visit(1))
        flights = await asyncio.gather(*map(world.ask, probes))
        await visiting
        return flights, len(world.mail.times["good"]), world.mail.most_open["good"]

    flights, connections, most = in_world(play, "good")
    assert [f.version for f in flights] == ["TLSv1.2", "TLSv1.3", "TLSv1.2"]
    assert {f.asked_at for f in flights} == {NOW}
    assert (connections, most) == (3, 1)  # what is asked twice is offered once


def test_an_operator_that_turned_us_away_gets_no_more_offers() -> None:
    async def play(world: World) -> list[TlsFlight]:
        return [await world.ask(hello(1, offer)) for offer in (Offer.TLS12, Offer.TLS11, Offer.WEAK)]

    ends = [(f.stages[0].outcome, f.stages[-1].outcome) for f in in_world(play, "greet421")]
    assert ends[-1] == (Outcome.PAUSED, Outcome.PAUSED)
    assert ends[0][0] is Outcome.OK


def test_offers_are_guarded_and_end_with_the_network() -> None:
    async def play(world: World) -> list[Outcome]:
        refused = await world.ask(hello(99))
        world.network.egress_blocked = True
        mapped = await world.ask(hello(1))
        world.network.give_up()
        late = await world.ask(hello(1, Offer.WEAK))
        return [f.stages[0].outcome for f in (refused, mapped, late)]

    assert in_world(play, "good") == [Outcome.GUARD_REFUSED, Outcome.OK, Outcome.BUDGET]


CONNECTED: list[Any] = []
_watching = False


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        CONNECTED.append((event, arguments[1:]))


sys.addaudithook(_hear)  # it cannot be taken off again, so it has a switch


def test_no_packet_leaves_for_an_address_of_special_use(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(world: World) -> list[Any]:
        probes: list[Probe[Any]] = []
        for address in (*SPECIAL, *NO_ADDRESS):
            if not address.startswith("203.0.113."):
                probes += [SmtpVisit(host="mx.test", address=address), question(server=address)]
        CONNECTED.clear()
        monkeypatch.setattr(sys.modules[__name__], "_watching", True)
        answers = await asyncio.gather(*(world.ask(probe) for probe in probes))
        monkeypatch.setattr(sys.modules[__name__], "_watching", False)
        assert len(answers) > 100
        return [a.status if isinstance(a, Answer) else a.stages[0].outcome for a in answers]

    assert set(in_world(play, only_mapped=False)) == {DnsStatus.GUARD_REFUSED, Outcome.GUARD_REFUSED}
    assert CONNECTED == []


def test_the_audit_hook_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(world: World) -> None:
        CONNECTED.clear()
        monkeypatch.setattr(sys.modules[__name__], "_watching", True)
        await world.ask(question())
        await world.ask(visit(1))
        monkeypatch.setattr(sys.modules[__name__], "_watching", False)

    in_world(play, "good")
    assert {event for event, _ in CONNECTED} >= {"socket.connect"}


def test_without_egress_port_25_is_not_tried_but_a_stand_in_is() -> None:
    async def play(world: World) -> list[tuple[StageName, Outcome]]:
        world.network.egress_blocked = True
        blocked = world.ask(visit(99))
        refused = world.ask(SmtpVisit(host="mx.test", address="10.0.0.1"))
        return [how(await each) for each in (blocked, refused, world.ask(visit(1)))]

    found = in_world(play, "good", only_mapped=False)
    assert [outcome for _, outcome in found] == [Outcome.EGRESS_BLOCKED, Outcome.GUARD_REFUSED, Outcome.OK]


def test_only_a_mail_server_is_asked_to_staple(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bool]] = []

    async def held(visit: SmtpVisit, _: Endpoint, __: str, limits: SmtpLimits, ___: object) -> SmtpSession:
        asked.append((visit.port, limits.stapling))
        return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.OK),))

    async def play(world: World) -> None:
        for port in (25, 465, 587):
            await world.ask(visit(port % 200, port=port))

    monkeypatch.setattr(smtp, "hold", held)
    in_world(play, limits=replace(LIMITS, stapling=True), only_mapped=False)
    in_world(play, only_mapped=False)
    assert asked == [(25, True), (465, False), (587, False), (25, False), (465, False), (587, False)]


def test_after_a_second_554_the_operator_is_left_alone() -> None:
    async def play(world: World) -> list[Outcome]:
        sessions = [await world.ask(visit(n, host=f"mx{n}.strict.test")) for n in (1, 2, 3)]
        sessions.append(await world.ask(visit(4, host="mx.other.test")))
        return [s.stages[1].outcome if len(s.stages) > 1 else s.stages[0].outcome for s in sessions]

    found = in_world(play, "greet554", "greet421", "good", "greet450")
    assert found == [Outcome.REJECTED, Outcome.DEFERRED, Outcome.PAUSED, Outcome.DEFERRED]


def test_one_connection_at_a_time_with_a_pause_between() -> None:
    limits = replace(LIMITS, gap_between_visits=0.15)

    async def play(world: World) -> Mail:
        hosts = ("mx.a.test", "mx.b.test", "mx.c.test")
        await asyncio.gather(*(world.ask(visit(1, host=host)) for host in hosts))
        return world.mail

    mail = in_world(play, "good", limits=limits)
    first, second, third = mail.times["good"]
    assert mail.most_open == {"good": 1}
    assert min(second - first, third - second) >= 0.15


def test_giving_up_answers_all_at_once() -> None:
    async def play(world: World) -> tuple[float, list[Any], list[str]]:
        waiting: list[asyncio.Future[Any]] = [
            world.ask(question("a.silence.test")),
            world.ask(visit(1)),
            world.ask(visit(2, host="mx.other.test")),
        ]
        while not world.mail.said["ehlo_silent"]:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        world.network.give_up()
        assert all(each.done() for each in waiting)
        waiting += [world.ask(question("later.test")), world.ask(visit(1, port=26))]
        seconds = time.monotonic() - began
        await asyncio.sleep(0.1)
        assert not [event for event in world.trace if "later" in event]
        return seconds, [await each for each in waiting], world.mail.said["ehlo_silent"]

    seconds, found, said = in_world(play, "ehlo_silent", "silent")
    assert seconds < LIMITS.ehlo - 1
    assert [f.status if isinstance(f, Answer) else how(f)[1] for f in found] == [
        DnsStatus.BUDGET,
        Outcome.BUDGET,
        Outcome.BUDGET,
        DnsStatus.BUDGET,
        Outcome.BUDGET,
    ]
    assert said == ["EHLO auditor.test", "QUIT"]


def test_what_fell_out_of_memory_is_asked_again() -> None:
    async def play(world: World) -> tuple[list[Answer], Counter[str]]:
        names = ("a.good.test", "b.good.test", "a.good.test")
        return [await world.ask(question(name)) for name in names], world.dns.seen

    answers, seen = in_world(play, answers_kept=600)
    assert {a.status for a in answers} == {DnsStatus.NOERROR}
    assert seen == Counter({"a.good.test. A": 2, "b.good.test. A": 1})


def test_who_waits_for_a_name_that_speaks_for_theirs_stands_in_the_queue() -> None:
    async def play(world: World) -> list[tuple[tuple[str, int], ...]]:
        told = []
        for n in range(5):
            asked = world.ask(visit(1, host=f"story{n}-example.mail.protection.outlook.com"))
        await asyncio.sleep(0.1)
        told.append(world.network.queues())
        world.network.give_up()
        await asked
        await asyncio.sleep(0.1)
        return [*told, world.network.queues()]

    assert in_world(play, "silent") == [(("microsoft-365", 4),), ()]


def test_what_a_store_has_is_not_visited_again() -> None:
    kept = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.OK),))

    async def play(world: World) -> tuple[list[SmtpSession], list[str]]:
        return [await world.ask(visit(n)) for n in (1, 2)], world.trace

    sessions, trace = in_world(play, "good", "good", known=lambda probe: kept if probe == visit(1) else None)
    assert sessions[0] is kept
    assert len(sessions[1].stages) > 1
    assert {event.split()[1] for event in trace} == {"203.0.113.2"}


def test_what_was_known_stays_known_after_giving_up() -> None:
    async def play(world: World) -> Answer:
        await world.ask(question())
        world.network.give_up()
        return await world.ask(question())

    assert in_world(play).status is DnsStatus.NOERROR


@pytest.mark.parametrize("probe", [question(), visit(1)])
def test_without_sockets_nothing_is_said_about_the_other_end(
    monkeypatch: pytest.MonkeyPatch, probe: Probe[Any]
) -> None:
    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def play(world: World) -> tuple[Any, list[BaseException]]:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", none_left)
            return await world.ask(probe), world.faults

    answer, faults = in_world(play, "good")
    assert (answer.status if isinstance(answer, Answer) else how(answer)[1]) == "not_gathered"
    assert [type(f) for f in faults] == [dial.OutOfSockets]


def test_a_fault_of_our_own_is_an_answer_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(Resolver, "ask", broken)

    async def play(world: World) -> tuple[Answer, list[BaseException]]:
        return await world.ask(question()), world.faults

    answer, faults = in_world(play)
    assert answer.status is DnsStatus.NOT_GATHERED
    assert [type(f) for f in faults] == [KeyError]


@pytest.mark.parametrize(("family", "available"), [("ipv4", True), ("ipv6", False)])
def test_routes_of_a_lab_are_those_it_maps(family: str, available: bool) -> None:
    async def play(world: World) -> Route:
        return await world.ask(RouteCheck(family=family))

    assert in_world(play) == Route(available=available, asked_at=NOW)


def test_a_server_that_the_world_names_goes_through_the_map() -> None:
    async def play(world: World) -> list[DnsStatus]:
        servers = ("203.0.113.53", "203.0.113.54", "127.0.0.1")
        return [(await world.ask(question(server=s))).status for s in servers]

    assert in_world(play) == [DnsStatus.NOERROR, DnsStatus.GUARD_REFUSED, DnsStatus.GUARD_REFUSED]


def test_a_hundred_questions_go_out_at_the_same_time() -> None:
    async def play(world: World) -> float:
        began = time.monotonic()
        await asyncio.gather(*(world.ask(question(f"n{n}.late.test")) for n in range(100)))
        return time.monotonic() - began

    assert in_world(play) < 10  # one after another it would take 25 seconds
