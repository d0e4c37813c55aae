"""Many domains at a time, but not too many; none stops another, and a disk that fails stops all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audit.catalog.blocklists import load_blocklists
from audit.catalog.profiles import load_profile
from audit.gather.domain import Gathered, GatheringFailed, Target
from audit.model.evidence import Row
from audit.network.options import NetworkOptions
from audit.pipeline import gathering
from audit.pipeline.config import RunConfig
from audit.pipeline.gathering import WINDOW, Ended, Progress, gather_list, scattered
from audit.pipeline.history import History
from audit.pipeline.journal import Journal
from audit.pipeline.store import Evidence, read_evidence
from tests.records import DOMAIN, NOW, ROW, RUN

CONFIG = RunConfig(
    settings=replace(RUN.settings, blocklists=()),
    network=NetworkOptions(nameservers=(("127.0.0.1", 9),)),
    blocklists=load_blocklists().selected(("none",)),
    profile=load_profile("baseline"),
    extra_ca=(),
    now=NOW,
    concurrency=3,
    domain_seconds=5,
    run_seconds=5,
)


def target(number: int) -> Target:
    name = f"d{number}.example"
    return Target(input=replace(DOMAIN.input, line=number), domain=name, unicode=name, options=DOMAIN.options)


class Domains:
    """Stands in for the gathering of a domain: each takes three turns of the loop."""

    def __init__(self) -> None:
        self.under_way = self.most = 0
        self.begun: list[str] = []
        self.targets: list[Target] = []
        self.breaks: set[str] = set()
        self.hangs: set[str] = set()

    async def __call__(self, wanted: Target, **_: Any) -> Gathered:
        self.begun.append(wanted.domain)
        self.targets.append(wanted)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _turn in range(3):
                await asyncio.sleep(0)
            if wanted.domain in self.hangs:
                await asyncio.sleep(60)
        finally:
            self.under_way -= 1
        if wanted.domain in self.breaks:
            raise GatheringFailed("internal.KeyError")
        return Gathered(
            replace(DOMAIN, input=wanted.input, domain=wanted.domain, unicode=wanted.unicode, answers=(), visits=()), ()
        )


@pytest.fixture
def domains(monkeypatch: pytest.MonkeyPatch) -> Domains:
    made = Domains()
    monkeypatch.setattr(gathering, "gather_domain", made)
    return made


def gathered(
    directory: Path, rows: list[Target | Row], *, stop_after: int | None = None, config: RunConfig = CONFIG
) -> tuple[Ended, Evidence, list[Progress]]:
    seen: list[Progress] = []

    async def run() -> Ended:
        stop = asyncio.Event()

        def watch(progress: Progress) -> None:
            seen.append(progress)
            if len(seen) == stop_after:
                stop.set()

        with Journal(directory) as writer:
            return await gather_list(
                rows,
                config,
                writer,
                total=len(rows),
                list_name="list.txt",
                digests=RUN.digests,
                watch=watch,
                stop=stop,
                fault=lambda _: None,
            )

    ended = asyncio.run(run())
    return ended, read_evidence(directory), seen


def test_every_row_is_written_once_and_counted(tmp_path: Path, domains: Domains) -> None:
    ended, evidence, seen = gathered(tmp_path, [target(1), ROW, target(2), target(3)])
    assert ended == Ended(4, interrupted=False)
    assert sorted(d.domain for d in evidence.domains) == ["d1.example", "d2.example", "d3.example"]
    assert evidence.rows == (ROW,)
    assert [(p.done, p.total) for p in seen] == [(2, 4), (3, 4), (4, 4)]


def test_rows_are_taken_as_they_are_needed(tmp_path: Path, domains: Domains) -> None:
    """Of a million not all are held; a stop ends the reading of none, as each is to be named."""
    ahead: list[int] = []
    taken = 0

    def listed() -> Iterator[Target]:
        nonlocal taken
        for number in range(1, 2 * WINDOW + 1):
            taken += 1
            ahead.append(taken - len(domains.begun))
            yield target(number)

    async def run() -> Ended:
        with Journal(tmp_path) as writer:
            return await gather_list(
                listed(),
                CONFIG,
                writer,
                list_name="list.txt",
                digests=RUN.digests,
                watch=lambda _: None,
                stop=asyncio.Event(),
                fault=lambda _: None,
                total=2 * WINDOW,
            )

    assert asyncio.run(run()) == Ended(2 * WINDOW, interrupted=False)
    assert len(domains.begun) == 2 * WINDOW
    assert max(ahead) <= WINDOW + CONFIG.concurrency


def test_each_domain_is_told_what_earlier_runs_saw_of_it(tmp_path: Path, domains: Domains) -> None:
    history = History()
    history.put("d1.example", DOMAIN.sightings or ())
    config = replace(CONFIG, history=history)
    gathered(tmp_path, [target(1), target(2)], config=config)
    assert {t.domain: t.sightings for t in domains.targets} == {"d1.example": DOMAIN.sightings, "d2.example": ()}
    gathered(tmp_path, [target(1)])
    assert domains.targets[-1].sightings is None


def test_no_more_domains_are_under_way_than_was_said(tmp_path: Path, domains: Domains) -> None:
    gathered(tmp_path, [target(n) for n in range(1, 21)])
    assert domains.most == CONFIG.concurrency
    assert len(domains.begun) == len(set(domains.begun)) == 20


def test_neighbours_in_a_list_are_not_begun_together(tmp_path: Path, domains: Domains) -> None:
    listed = [target(n) for n in range(1, 101)]
    gathered(tmp_path, list(listed))
    begun = domains.begun
    assert sorted(begun) == sorted(t.domain for t in listed)
    numbers = [int(name.removeprefix("d").removesuffix(".example")) for name in begun]
    assert sum(abs(a - b) == 1 for a, b in pairwise(numbers)) < 10
    assert [t.domain for t in scattered(reversed(listed))] == begun  # the names alone decide


def test_a_long_list_is_scattered_in_parts() -> None:
    listed = [target(n) for n in range(1, 2 * WINDOW + 10)]
    order = [t.input.line for t in scattered(listed)]
    assert sorted(order[:WINDOW]) == list(range(1, WINDOW + 1))
    assert sorted(order) == [t.input.line for t in listed]


def test_a_domain_that_breaks_is_a_row_and_the_others_go_on(tmp_path: Path, domains: Domains) -> None:
    domains.breaks = {"d2.example"}
    ended, evidence, _ = gathered(tmp_path, [target(n) for n in range(1, 6)])
    assert not ended.interrupted
    assert len(evidence.domains) == 4
    assert [(r.domain, r.status, r.reason) for r in evidence.rows] == [("d2.example", "failed", "internal.KeyError")]


@pytest.mark.parametrize("hanging", [set(), {"d2.example", "d5.example"}])
def test_after_a_stop_each_row_is_there_once(tmp_path: Path, domains: Domains, hanging: set[str]) -> None:
    domains.hangs = hanging
    ended, evidence, _ = gathered(tmp_path, [ROW, *(target(n) for n in range(1, 21))], stop_after=4)
    assert ended.interrupted
    written = [d.domain for d in evidence.domains] + [r.domain for r in evidence.rows]
    assert sorted(map(str, written)) == sorted([str(ROW.domain), *(f"d{n}.example" for n in range(1, 21))])
    assert {r.reason for r in evidence.rows if r is not ROW} == {ROW.reason, "interrupted"}
    assert hanging <= {str(r.domain) for r in evidence.rows}
    assert len(domains.begun) < 20


def test_a_disk_that_fails_ends_the_run_and_nothing_goes_on_behind_it(
    tmp_path: Path, domains: Domains, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Journal.write
    targets = [target(n) for n in range(1, 21)]
    order = [t.domain for t in scattered(targets)]

    def write(self: Journal, record: Any, *more: Any) -> None:
        if getattr(record, "domain", None) == order[3]:
            raise OSError(28, "No space left on device")
        whole(self, record, *more)

    domains.hangs = {order[4], order[5]}
    monkeypatch.setattr(Journal, "write", write)
    with pytest.raises(OSError, match="No space left"):
        gathered(tmp_path, [*targets])
    assert domains.under_way == 0
    assert {d.domain for d in read_evidence(tmp_path).domains} == set(order[:3])
