"""While a run works garbage is collected seldom, but it is; afterwards all is as before."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.model.evidence import Digests
from audit.pipeline import flow, judging
from audit.pipeline.config import RunConfig
from audit.pipeline.garbage import THRESHOLDS, seldom_collected
from tests.pipeline.test_judging import domain, judged
from tests.records import REPORT

OTHERS = 600, 9, 8


class Circle:
    """What only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def ordinary() -> Iterator[None]:
    """As in a process in which nobody has set anything; `tests/conftest.py` has."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.unfreeze()
    gc.set_threshold(*OTHERS)
    yield
    gc.set_threshold(*before)
    if frozen:
        gc.freeze()


def broken() -> None:
    with seldom_collected():
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 0
        raise KeyError


@pytest.mark.parametrize("frozen", [False, True])
def test_all_is_as_before_afterwards_also_after_an_error(frozen: bool) -> None:
    if frozen:
        gc.freeze()
    with pytest.raises(KeyError):
        broken()
    assert gc.get_threshold() == OTHERS
    assert (gc.get_freeze_count() > 0) is frozen


def test_circles_that_arise_meanwhile_are_found() -> None:
    with seldom_collected():
        left = weakref.ref(Circle())
        kept = []
        while left() is not None:
            kept.append([None])
            assert len(kept) <= 2 * THRESHOLDS[0]


@pytest.mark.parametrize("stage", ["gathering", "judging", "rendering"])
def test_each_stage_of_a_run_collects_seldom(stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    during: list[Any] = []

    async def gathered(*_: Any, **__: Any) -> None:
        during.append(gc.get_threshold())

    def told(given: Any) -> Any:
        during.append(gc.get_threshold())
        return given

    if stage == "gathering":
        monkeypatch.setattr(flow, "gather_list", gathered)
        asyncio.run(
            flow.gather_into(
                (),
                RunConfig.__new__(RunConfig),
                tmp_path,
                total=0,
                list_name="",
                digests=Digests(list="", catalog="", trust_store="", suffix_list=""),
                watch=told,
                fault=told,
            )
        )
    elif stage == "judging":
        monkeypatch.setattr(judging, "mangled", told)
        judged(domain())
    else:
        monkeypatch.setattr(flow, "STREAMS", {"md": lambda _: told(())})
        flow.write(REPORT, [flow.Output("md", tmp_path / "a.md")])
    assert during == [THRESHOLDS]
    assert gc.get_threshold() == OTHERS
