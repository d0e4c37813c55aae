"""Whoever does the pieces, each is done, also when a worker dies of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audit.pipeline.many.executor import Executor, InProcess, Processes, WorkersDied
from tests.pipeline.many import workers

EXECUTORS = [pytest.param(InProcess(), id="in process"), pytest.param(Processes(2), id="processes")]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_each_piece_is_done_once(executor: Executor) -> None:
    assert sorted(executor.run(workers.double, range(10))) == list(range(0, 20, 2))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_nothing_to_do_is_done(executor: Executor) -> None:
    assert list(executor.run(workers.double, ())) == []


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_a_piece_raises_is_raised(executor: Executor) -> None:
    with pytest.raises(LookupError, match="no 1"):
        list(executor.run(workers.refuse, [1]))


def test_processes_are_others_than_ours() -> None:
    assert os.getpid() not in set(Processes(2).run(workers.process, range(4)))


def test_a_piece_whose_process_died_is_done_by_another(tmp_path: Path) -> None:
    marks = ["dies-1", "b", "dies-2", "c"]
    assert sorted(Processes(2).run(workers.die_once, [str(tmp_path / m) for m in marks])) == sorted(marks)


def test_a_piece_that_nobody_survives_ends_the_work() -> None:
    with pytest.raises(WorkersDied, match="3 workers died"):
        list(Processes(1).run(workers.die, [0]))
