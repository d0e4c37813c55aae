"""A long report is rendered part by part: what is held does not grow with the list."""

from __future__ import annotations

import tracemalloc
from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from audit.model.report import DomainReport
from audit.report import STREAMS
from tests.report.sample import EMPTY, SHOP


class Made(Collection[DomainReport]):
    """Reports that are made anew whenever somebody goes through them, as those on disk are."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[DomainReport]:
        for n in range(self._count):
            at = replace(SHOP.input, line=n + 1)
            yield replace(SHOP, input=at, domain=f"d{n}.example", findings=tuple(replace(f) for f in SHOP.findings))

    def __contains__(self, report: object) -> bool:
        return any(each == report for each in self)


def most_held(name: str, count: int) -> int:
    report = replace(EMPTY, domains=Made(count))
    tracemalloc.start()
    try:
        for _ in STREAMS[name](report):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["csv", "sarif", "junit", "prometheus", "github"])
def test_a_longer_list_takes_no_more_memory(name: str) -> None:
    most_held(name, 5)  # what is kept for good, such as compiled patterns
    few, many = most_held(name, 20), most_held(name, 300)
    assert many < few + 500_000, (few, many)
