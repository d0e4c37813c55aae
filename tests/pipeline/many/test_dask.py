"""Pieces on a real cluster of processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.pipeline.many.dask import Dask, SchedulerUnreachable
from audit.pipeline.many.executor import WorkersDied
from tests.pipeline.many import workers


@pytest.fixture(scope="module")
def cluster() -> Iterator[Dask]:
    with Dask("local:2") as found:
        yield found


def test_each_piece_is_done_once_and_elsewhere(cluster: Dask) -> None:
    assert sorted(cluster.run(workers.double, range(10))) == list(range(0, 20, 2))
    assert os.getpid() not in set(cluster.run(workers.process, range(4)))


def test_pieces_are_spread_over_the_workers(cluster: Dask) -> None:
    assert cluster.hands == 2
    assert len(set(cluster.run(workers.process, range(4)))) == 2


def test_what_a_piece_raises_is_raised(cluster: Dask) -> None:
    with pytest.raises(LookupError, match="no 1"):
        list(cluster.run(workers.refuse, [1]))


def test_a_piece_whose_worker_died_is_done_by_another(cluster: Dask, tmp_path: Path) -> None:
    marks = ["dies-1", "b", "c"]
    assert sorted(cluster.run(workers.die_once, [str(tmp_path / m) for m in marks])) == sorted(marks)


def test_the_dashboard_is_on_this_machine_alone(cluster: Dask) -> None:
    assert cluster.dashboard.startswith("http://127.0.0.1:")


def test_a_piece_that_nobody_survives_ends_the_work(cluster: Dask) -> None:
    with pytest.raises(WorkersDied):
        list(cluster.run(workers.die, [0]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "local:many", "nonsense://127.0.0.1:9"])
def test_an_address_without_a_scheduler_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.pipeline.many.dask.PATIENCE", 0.5)
    with pytest.raises(SchedulerUnreachable, match="No workers at"):
        Dask(address)
