"""A run in pieces comes to what a run in one process comes to, whoever dies on the way."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.cli.demo import lab_configuration
from audit.gather.domain import Target
from audit.lab.lab import Lab
from audit.model.evidence import Row
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.flow import gather_into
from audit.pipeline.gathering import Ended, Progress
from audit.pipeline.judging import judge
from audit.pipeline.listed import Listed
from audit.pipeline.many import run as many
from audit.pipeline.many.dask import Dask
from audit.pipeline.many.executor import Executor, InProcess, Processes
from audit.pipeline.many.piece import STOP
from audit.pipeline.many.run import PIECES, Many
from audit.pipeline.many.storage import Storage
from audit.pipeline.store import read_evidence
from tests.cli.command import beside
from tests.pipeline.many import workers
from tests.scenarios.lab_run import NOW, raised, unwatched

LISTED = b"good.example selectors=lab1\nnullmx.example\n\nno such domain\ngood.example\nnotls.example\nlame.example\n"
NAME = "some.txt"


@dataclass(frozen=True)
class World:
    config: RunConfig
    report: bytes


def rows() -> tuple[Target | Row, ...]:
    return tuple(Listed.of(LISTED, NAME))


def report(directory: Path) -> bytes:
    return contract.dump(judge(read_evidence(directory), fault=raised))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with beside(Lab(NOW)) as lab:
        config = lab_configuration(lab, NOW)
        alone = tmp_path_factory.mktemp("alone")
        digests = constants.digests(contract.sha256(LISTED), config.extra_ca)
        asyncio.run(
            gather_into(
                rows(),
                config,
                alone,
                total=len(rows()),
                list_name=NAME,
                digests=digests,
                watch=unwatched,
                fault=raised,
            )
        )
        yield World(config, report(alone))


def gathered(
    lab: World,
    directory: Path,
    executor: Executor,
    *,
    even: bool = True,
    storage: str | None = None,
    watch: Callable[[Progress], None] = unwatched,
) -> Ended:
    return Many(executor=executor, storage=Storage(storage or str(directory / PIECES)), even=even).gather(
        rows(),
        lab.config,
        directory,
        list_name=NAME,
        digests=constants.digests(contract.sha256(LISTED), lab.config.extra_ca),
        watch=watch,
    )


def test_two_processes_come_to_the_same_report(lab: World, tmp_path: Path) -> None:
    seen: list[Progress] = []
    assert gathered(lab, tmp_path, Processes(2), watch=seen.append) == Ended(len(rows()), interrupted=False)
    assert report(tmp_path) == lab.report
    assert (len(rows()), len(rows())) in [(p.done, p.total) for p in seen]
    assert seen[-1].done == seen[-1].total  # of the domains whose mail servers were visited
    assert not (tmp_path / PIECES).exists()


def test_one_row_a_piece_comes_to_the_same_report(lab: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "DOMAINS_A_PIECE", 1)
    gathered(lab, tmp_path, InProcess(), even=False)
    assert report(tmp_path) == lab.report


class Stopping:
    """Does the pieces here, and wants an end after the first."""

    hands = 2

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def run(self, work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterator[Any]:
        for piece in pieces:
            yield work(piece)
            self._storage.mark(STOP)


def test_what_was_stopped_says_so_and_is_gone_on_with(lab: World, tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / PIECES))
    assert gathered(lab, tmp_path, Stopping(storage)).interrupted
    cut_short = read_evidence(tmp_path)
    assert not cut_short.complete
    assert 0 < cut_short.done < len(rows())
    assert not gathered(lab, tmp_path, Processes(2)).interrupted
    assert report(tmp_path) == lab.report


def test_a_cluster_comes_to_the_same_report_though_a_worker_is_killed(
    lab: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "DOMAINS_A_PIECE", 2)
    killed: list[int] = []

    def kill() -> None:
        """Kill a worker once a domain is on its way to the disk."""
        while not list(tmp_path.glob("kept/domains-*/evidence.jsonl")):
            time.sleep(0.001)
        killed.append(pids[0])
        os.kill(pids[0], signal.SIGKILL)

    with Dask("local:2") as cluster:
        pids = list(cluster.run(workers.process, range(4)))
        killer = threading.Thread(target=kill)
        killer.start()
        gathered(lab, tmp_path / "run", cluster, even=False, storage=str(tmp_path / "kept"))
        killer.join()
    assert killed
    assert report(tmp_path / "run") == lab.report


def test_pieces_may_be_kept_where_nobody_can_append(lab: World, tmp_path: Path) -> None:
    gathered(lab, tmp_path / "run", InProcess(), storage=f"file://{tmp_path}/kept")
    assert report(tmp_path / "run") == lab.report
    assert not (tmp_path / "kept").exists()
