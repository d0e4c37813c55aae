"""What is written survives a kill; a disk that fails ends the run, and what was whole stays whole."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.model.evidence import DomainEvidence, RunEnd, Visited
from audit.model.unasked import out_of_time
from audit.pipeline import journal
from audit.pipeline.ending import EVIDENCE, HOSTS, ending
from audit.pipeline.hosts import KnownHosts
from audit.pipeline.journal import BALLAST, BALLAST_SIZE, SYNC_RECORDS, Journal, Standing
from audit.pipeline.store import read_evidence
from tests.records import DOMAIN, FETCHED, RUN, VISITED

HEAD = replace(RUN, rows=500)


def domain(number: int) -> DomainEvidence:
    name = f"d{number}.example"
    return replace(DOMAIN, input=replace(DOMAIN.input, line=number), domain=name, unicode=name, visits=(), fetches=())


class Syncs:
    """Stands in for fsync; tells the names that were synced, and fails when told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.fails: set[str] = set()
        self.came = threading.Condition()

    def __call__(self, handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink().name
        with self.came:
            self.names.append(name)
            self.came.notify_all()
        if name in self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def wait(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.names) >= count, timeout=60)


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    found = Syncs()
    monkeypatch.setattr(os, "fsync", found)
    return found


def test_each_record_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    whole = os.write

    def write(handle: int, data: bytes) -> int:
        written.append(bytes(data))
        return whole(handle, data)

    monkeypatch.setattr(os, "write", write)
    with Journal(tmp_path) as writer:
        writer.write(HEAD, (VISITED,))
        writer.write(domain(1), (VISITED,))
    assert len(written) == 3
    assert all(line.endswith(b"}\n") and line.count(b"\n") == 1 for line in written)
    assert [line[:15] for line in written] == [b'{"kind":"visit"', b'{"kind":"run","', b'{"kind":"domain']


def test_what_is_written_is_synced_soon_hosts_before_what_names_them(tmp_path: Path, syncs: Syncs) -> None:
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        syncs.wait(2)
        assert syncs.names == [HOSTS, EVIDENCE]
        writer.write(domain(1))
        syncs.wait(4)
        time.sleep(3 * journal.SYNC_SECONDS)
        assert len(syncs.names) == 4  # nothing new, so nothing to do


def test_many_records_are_synced_together(tmp_path: Path, syncs: Syncs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SYNC_SECONDS", 600.0)
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        for number in range(1, SYNC_RECORDS):
            writer.write(domain(number))
        syncs.wait(2)
        assert syncs.names.count(EVIDENCE) == 1
        writer.write(domain(SYNC_RECORDS))
    assert syncs.names.count(EVIDENCE) == 2  # the rest when it is closed


@pytest.mark.parametrize("file", [EVIDENCE, HOSTS])
def test_a_sync_that_fails_ends_all_and_is_not_tried_again(tmp_path: Path, syncs: Syncs, file: str) -> None:
    syncs.fails = {file}
    told = threading.Event()
    sizes: list[int] = []

    def work(writer: Journal) -> None:
        writer.write(HEAD)
        assert told.wait(60)
        sizes.append((tmp_path / EVIDENCE).stat().st_size)
        writer.write(domain(1))

    with pytest.raises(OSError, match="Input/output error") as caught, Journal(tmp_path, failed=told.set) as writer:
        work(writer)
    assert caught.value.filename == str(tmp_path / file)
    assert syncs.names.count(file) == 1
    assert (tmp_path / EVIDENCE).stat().st_size == sizes[0]  # no last words on ground that may have given way


def test_a_sync_that_fails_is_told_though_nothing_more_was_written(tmp_path: Path, syncs: Syncs) -> None:
    syncs.fails = {EVIDENCE}
    with pytest.raises(OSError, match="Input/output error"), Journal(tmp_path) as writer:
        writer.write(HEAD)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("torn", [0, 1, 300])
def test_a_write_that_fails_leaves_whole_lines_and_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, torn: int
) -> None:
    """The disk takes a part of the third record and nothing more, until the ballast is given up."""
    whole = os.write

    def write(handle: int, data: bytes) -> int:
        if b'"d2.example"' in data:
            return whole(handle, data[:torn]) if torn else failing()
        return whole(handle, data) if not (tmp_path / BALLAST).exists() or b'"kind"' in data[:7] else failing()

    def failing() -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", write)

    def work(writer: Journal) -> None:
        writer.write(HEAD)
        writer.write(domain(1))
        with pytest.raises(OSError, match=os.strerror(number)):
            writer.write(domain(2))
        writer.write(domain(3))  # from then on nothing is taken

    with pytest.raises(OSError, match=os.strerror(number)) as caught, Journal(tmp_path) as writer:
        work(writer)
    assert caught.value.filename == str(tmp_path / EVIDENCE)
    assert [d.domain for d in read_evidence(tmp_path).domains] == ["d1.example"]
    assert ending(tmp_path) == RunEnd(rows=500, done=1, outcome="failed")
    assert not (tmp_path / BALLAST).exists()


def test_the_ballast_takes_its_room_and_is_gone_in_the_end(tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        assert (tmp_path / BALLAST).stat().st_blocks * 512 >= BALLAST_SIZE
    assert sorted(p.name for p in tmp_path.iterdir()) == [EVIDENCE, HOSTS]


@pytest.mark.parametrize("outcome", ["interrupted", "failed", None])
def test_a_new_run_keeps_what_another_left_unfinished(tmp_path: Path, outcome: Any) -> None:
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        writer.write(domain(1))
        if outcome:
            writer.end(outcome)
    before = (tmp_path / EVIDENCE).read_bytes()
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        writer.end("complete")
    assert (tmp_path / "evidence.old.jsonl").read_bytes() == before
    assert (tmp_path / "hosts.old.jsonl").exists()
    with Journal(tmp_path) as writer:  # what was finished, a new run takes the place of
        writer.write(HEAD)
    assert (tmp_path / "evidence.old.jsonl").read_bytes() == before


LATE = Visited(visit=VISITED.visit, session=out_of_time(VISITED.visit))


def test_what_came_is_written_and_known_before_its_domain_is_done(tmp_path: Path) -> None:
    asked = DOMAIN.answers[0]
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        assert writer.known(VISITED.visit) is None
        writer.keep(VISITED.visit, VISITED.session)
        writer.keep(VISITED.visit, VISITED.session)
        writer.keep(FETCHED.get, FETCHED.fetch)
        writer.keep(asked.question, asked.answer)  # belongs to its domain
        assert writer.known(VISITED.visit) == VISITED.session
        assert writer.known(FETCHED.get) == FETCHED.fetch
        assert writer.known(asked.question) is None
        writer.write(replace(domain(1), visits=(VISITED.visit,)), (VISITED,))
        writer.write(replace(domain(2), visits=(VISITED.visit,)), (LATE,))  # its time was over before it came
    assert len((tmp_path / HOSTS).read_bytes().splitlines()) == 2
    assert read_evidence(tmp_path).sessions == {VISITED.visit: VISITED.session}


def test_what_came_after_a_domain_had_no_more_time_for_it_takes_its_place(tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        writer.keep(VISITED.visit, LATE.session)
        assert (tmp_path / HOSTS).read_bytes() == b""
        for number in (1, 2):
            writer.write(replace(domain(number), visits=(VISITED.visit,)), (LATE,))
        assert writer.known(VISITED.visit) is None
        writer.write(replace(domain(3), visits=(VISITED.visit,)), (VISITED,))
    assert len((tmp_path / HOSTS).read_bytes().splitlines()) == 2
    assert read_evidence(tmp_path).sessions == {VISITED.visit: VISITED.session}


def test_lines_that_are_adopted_take_the_place_of_the_file_with_their_head(tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(HEAD)
        writer.write(domain(1))
    old = (tmp_path / EVIDENCE).read_bytes()
    behind = tmp_path / ".kept"
    behind.write_bytes(old.splitlines(keepends=True)[1])
    with Journal(tmp_path, Standing(0, 1, KnownHosts(tmp_path / HOSTS), behind)) as writer:
        assert (tmp_path / EVIDENCE).read_bytes() == old  # until the new head is there
        writer.write(replace(HEAD, rows=7))
        writer.write(domain(2))
        writer.end("complete")
    found = read_evidence(tmp_path)
    assert (found.head.rows, [d.domain for d in found.domains]) == (7, ["d1.example", "d2.example"])
    assert ending(tmp_path) == RunEnd(rows=7, done=2, outcome="complete")
    assert sorted(p.name for p in tmp_path.iterdir()) == [EVIDENCE, HOSTS]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_full_says_so_and_keeps_what_was_done(small: Path) -> None:
    written: list[str] = []

    def fill(writer: Journal) -> None:
        writer.write(HEAD)
        for number in range(1, 10_000):
            writer.write(domain(number))
            written.append(f"d{number}.example")

    with pytest.raises(OSError, match="No space left on device") as caught, Journal(small) as writer:
        fill(writer)
    assert caught.value.filename == str(small / EVIDENCE)
    assert len(written) > 10
    assert [d.domain for d in read_evidence(small).domains] == written
    end = ending(small)
    assert end is not None
    assert (end.outcome, end.done) == ("failed", len(written))


def test_a_disk_without_room_for_the_ballast_is_refused_at_once(small: Path) -> None:
    (small / "other").write_bytes(b"x" * (BALLAST_SIZE + 512 * 1024))
    with pytest.raises(OSError, match="No space left on device"):
        Journal(small)
    assert [p.name for p in small.iterdir()] == ["other"]
