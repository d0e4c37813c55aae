"""Sockets that questions share: what goes wrong with one question leaves the others alone, and nothing stays open."""

from __future__ import annotations

import asyncio
import errno
import select
from collections import Counter
from pathlib import Path

import pytest

from audit.model.probe import Answer, DnsStatus, Question
from audit.network.dial import OutOfSockets
from audit.network.dns import udp
from audit.network.dns.resolver import Resolver
from tests.network.dns.test_resolver import _closed_port, answered, resolver
from tests.network.dnsfault import fault_server


def named(*names: str) -> list[Question]:
    return [Question(name=name, rdtype="A") for name in names]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def _together(asker: Resolver, questions: list[Question]) -> list[Answer]:
    return await asyncio.gather(*(answered(asker, q, last=False) for q in questions))


def test_who_floods_one_question_does_not_silence_the_others() -> None:
    async def run() -> list[Answer]:
        async with fault_server() as server:
            asker = resolver(server.endpoint, timeout=3, first=0.2, pool=1)
            answers = await _together(asker, named("flood.test", *(f"n{n}.good.test" for n in range(5))))
            asker.close()
            return answers

    statuses = [a.status for a in asyncio.run(run())]
    assert statuses == [DnsStatus.TIMEOUT, *[DnsStatus.NOERROR] * 5]


def test_a_shared_socket_is_replaced_after_some_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "QUESTIONS_A_SOCKET", 5)

    async def run() -> tuple[int, int]:
        async with fault_server() as server:
            before = open_files()
            asker = resolver(server.endpoint, pool=1)
            for question in named(*(f"n{n}.good.test" for n in range(12))):
                assert (await answered(asker, question, last=False)).status is DnsStatus.NOERROR
            most = open_files() - before
            asker.close()
            assert open_files() == before
            return len(server.sources), most

    assert asyncio.run(run()) == (3, 2)  # the socket, and the poll that listens to it


@pytest.mark.parametrize("pool", [0, 2])
def test_where_nobody_listens_all_are_told(pool: int) -> None:
    async def run() -> list[Answer]:
        asker = resolver(_closed_port(), timeout=5, first=1, pool=pool)
        try:
            return await _together(asker, named(*(f"n{n}.test" for n in range(50))))
        finally:
            asker.close()

    assert Counter(a.status for a in asyncio.run(run())) == {DnsStatus.UNREACHABLE: 50}


@pytest.mark.parametrize("pool", [0, 2])
def test_after_the_end_nothing_is_open_and_nobody_is_told(pool: int) -> None:
    told: list[object] = []

    async def run() -> None:
        async with fault_server() as server:
            before = open_files()
            asker = resolver(server.endpoint, pool=pool)
            for question in named(*(f"n{n}.silence.test" for n in range(20)), "tc_hangs.test", "late.test"):
                asker.ask(question, told.append, told.append)
            await asyncio.sleep(0.15)
            assert open_files() > before
            asker.close()
            await asker.closed()
            await asyncio.sleep(0.05)
            assert len(told) == 0
            await asyncio.sleep(0.4)

    asyncio.run(run())
    assert told == []


@pytest.mark.parametrize("pool", [0, 2])
def test_without_epoll_the_loop_listens_to_each_socket(monkeypatch: pytest.MonkeyPatch, pool: int) -> None:
    monkeypatch.delattr(select, "epoll")

    async def run() -> list[Answer]:
        async with fault_server() as server:
            before = open_files()
            asker = resolver(server.endpoint, timeout=3, pool=pool)
            answers = await _together(asker, named(*(f"n{n}.good.test" for n in range(20))))
            asker.close()
            assert open_files() == before
            return answers

    assert Counter(a.status for a in asyncio.run(run())) == {DnsStatus.NOERROR: 20}


def test_without_room_for_a_poll_nothing_is_said_about_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def run() -> None:
        before = open_files()
        with pytest.raises(OutOfSockets):
            await answered(resolver(("127.0.0.1", 9)), named("a.test")[0])
        assert open_files() == before

    monkeypatch.setattr(select, "epoll", none_left)
    asyncio.run(run())


def test_ids_come_from_the_kernel_in_blocks_and_are_spread() -> None:
    ids = udp.Ids()
    drawn = [ids.draw() for _ in range(3 * udp.IDS_DRAWN)]
    assert len(set(drawn)) > 0.9 * len(drawn)
    assert min(drawn) < 200 < 65_300 < max(drawn)
