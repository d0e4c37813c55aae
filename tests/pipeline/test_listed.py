"""A list is copied once and read as often as it is wanted; of its rows nothing stays in memory."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from audit import contract
from audit.gather.domain import Target
from audit.model.evidence import Row
from audit.pipeline import listed
from audit.pipeline.listed import Listed, ListTooLarge

SOME = b"a.example\n# no row\nB.example selectors=x\nnot a domain\nb.example\nA.example.\n"


def shown(row: Target | Row) -> tuple[int, str | None, str]:
    return row.input.line, row.domain, "target" if isinstance(row, Target) else row.status


ROWS = [
    (1, "a.example", "target"),
    (3, "b.example", "target"),
    (4, None, "invalid_input"),
    (5, "b.example", "duplicate"),
    (6, "a.example", "duplicate"),
]


def test_rows_come_again_and_again_also_to_several_at_once() -> None:
    rows = Listed.of(SOME, "list.txt")
    assert [shown(row) for row in rows] == ROWS
    assert [(shown(one), shown(other)) for one, other in zip(rows, rows, strict=True)] == [(row, row) for row in ROWS]
    assert len(rows) == len(ROWS)


@pytest.mark.parametrize("text", [b"", b"\n", SOME, SOME * 5000])
def test_the_digest_is_that_of_the_octets(text: bytes) -> None:
    assert Listed.of(text, "list.txt").digest == contract.sha256(text)


def test_what_comes_by_a_pipe_is_read_once() -> None:
    class Pipe(io.BytesIO):
        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    assert [shown(row) for row in Listed(Pipe(SOME), "standard input")] == ROWS


def test_a_list_that_nobody_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "MOST", len(SOME))
    assert len(Listed.of(SOME, "list.txt")) == len(ROWS)
    with pytest.raises(ListTooLarge):
        Listed.of(SOME + b"\n", "list.txt")


def test_repeats_name_the_first_mention_however_far_apart() -> None:
    count = 3000
    text = b"".join(b"d%d.example\n" % (n % count) for n in range(2 * count))
    rows = list(Listed.of(text, "list.txt"))
    assert all(isinstance(row, Target) for row in rows[:count])
    for number, row in enumerate(rows[count:], 1):
        assert isinstance(row, Row)
        assert (row.status, row.input.line) == ("duplicate", count + number)
        assert row.message.endswith(f"for line {number}.")


def test_a_longer_list_takes_no_more_memory() -> None:
    def most(count: int) -> int:
        text = io.BytesIO(b"".join(b"d%d.example\n" % n for n in range(count)))
        tracemalloc.start()
        try:
            assert sum(1 for _ in Listed(text, "list.txt")) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(100)  # tables are loaded once
    assert most(6000) - most(1000) < 5000 * 60  # octets a row; a row itself takes about a thousand
