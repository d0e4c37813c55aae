"""Records that stay on disk: found again, in the order of the list, the last one where a probe comes twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import contract
from audit.model.probe import HttpsGet
from audit.pipeline import shelf
from audit.pipeline.shelf import Held, Index, LastOf, Numbers, OnDisk


def on_disk(path: Path, *places: tuple[int, int]) -> OnDisk[tuple[int, int]]:
    """Records that hold nothing but their place in the list."""

    def read(line: bytes) -> tuple[int, int]:
        first, second = line.split()
        return int(first), int(second)

    found: OnDisk[tuple[int, int]] = OnDisk(path, read)
    with path.open("wb") as file:
        for line, column in places:
            found.note(file.tell(), line, column)
            file.write(f"{line} {column}\n".encode())
    return found


@pytest.mark.parametrize(
    "places",
    [
        (),
        ((1, 1),),
        ((1, 1), (2, 1), (3, 1)),
        ((3, 1), (1, 9), (1, 2), (2, 1)),
        ((1 << 38, 1), (7, shelf.MOST_COLUMN + 5), (7, 3)),
    ],
)
def test_records_come_in_the_order_of_the_list(tmp_path: Path, places: tuple[tuple[int, int], ...]) -> None:
    found = on_disk(tmp_path / "records", *places)
    assert tuple(found) == tuple(found) == tuple(sorted(places))
    assert len(found) == len(places)
    assert found == tuple(sorted(places))
    assert found != (*sorted(places), (1, 1))


def test_two_passes_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    found = on_disk(tmp_path / "records", *((n, 1) for n in range(9)))
    assert all(one == other for one, other in zip(found, found, strict=True))


def test_a_list_has_only_so_many_lines(tmp_path: Path) -> None:
    with pytest.raises(OverflowError):
        on_disk(tmp_path / "records", (1 << 41, 1))


def test_an_offset_is_found_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SORTED_AT_ONCE", 7)
    index = Index()
    for offset in range(100):
        index.note(offset * 37 % 50, offset)  # each digest twice
    assert {d: list(index.offsets(d)) for d in range(50)} == {
        d: sorted((o for o in range(100) if o * 37 % 50 == d), reverse=True) for d in range(50)
    }
    assert list(index.offsets(50)) == []
    assert (49 in index, 50 in index) == (True, False)


def test_lines_may_be_looked_for_while_the_file_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SORTED_AT_ONCE", 7)
    index = Index()
    for offset in range(100):
        assert list(index.offsets(offset % 3)) == [o for o in reversed(range(offset)) if o % 3 == offset % 3]
        index.note(offset % 3, offset)


def get(n: int) -> HttpsGet:
    return HttpsGet(url=f"https://h{n}.example/", address="192.0.2.1")


@pytest.fixture
def held(tmp_path: Path) -> Held[HttpsGet, str]:
    """Ten fetches, of which the last line about `get(3)` says otherwise than the first."""
    path = tmp_path / "hosts"
    found: Held[HttpsGet, str] = Held(path, lambda line: contract.load(line, tuple[HttpsGet, str]))
    with path.open("wb") as file:
        for n, said in [*((n, f"said {n}") for n in range(10)), (3, "otherwise")]:
            found.note(get(n), file.tell())
            file.write(contract.dump((get(n), said)) + b"\n")
    return found


@pytest.mark.parametrize("cached", [0, 200, 1 << 20])
@pytest.mark.parametrize("one_digest", [False, True])
def test_what_came_back_is_found_by_its_probe(
    held: Held[HttpsGet, str], cached: int, one_digest: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shelf, "CACHED", cached)
    if one_digest:  # two probes may have the same: the line decides
        monkeypatch.setattr(shelf, "digest_of", lambda _: 5)
        again: Held[HttpsGet, str] = Held(tmp_path / "hosts", lambda line: contract.load(line, tuple[HttpsGet, str]))
        offset = 0
        for line in (tmp_path / "hosts").read_bytes().splitlines(keepends=True):
            again.note(contract.load(line, tuple[HttpsGet, str])[0], offset)
            offset += len(line)
        held = again
    expected = {get(n): "otherwise" if n == 3 else f"said {n}" for n in range(10)}
    assert dict(held) == expected
    assert held == expected
    assert len(held) == 10
    assert held.get(get(3)) == "otherwise"
    assert held.get(get(11)) is None


@given(st.lists(st.integers(0, 2**64 - 1)), st.integers(0, 2**64 - 1))
def test_numbers_are_a_set(some: list[int], other: int) -> None:
    numbers = Numbers([*some, *some])
    assert list(numbers) == sorted(set(some))
    assert [n in numbers for n in (*some, other)] == [n in set(some) for n in (*some, other)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5))))
def test_of_each_line_the_last_record_counts(records: list[tuple[int, int]]) -> None:
    places, plain, at = LastOf(), dict[int, tuple[int, int]](), 0
    for line, size in records:
        places.note(line, at, size)
        plain[line] = (at, size)
        at += size
    assert len(places) == len(plain)
    assert list(places.lines()) == sorted(plain)
    assert list(places.offsets()) == sorted(begin for begin, _ in plain.values())
    assert places.octets == sum(size for _, size in plain.values())
    assert places.end == max((begin + size for begin, size in plain.values()), default=0)
