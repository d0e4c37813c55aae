"""Evidence on disk: what is written is read again, and what is spoilt is refused with its file and line."""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from audit import contract
from audit.contract import ContractError
from audit.model.evidence import DomainEvidence, Row, RunEnd, Visited
from audit.pipeline import journal
from audit.pipeline.ending import EVIDENCE, HOSTS, ending
from audit.pipeline.journal import INTERRUPTED, Journal
from audit.pipeline.store import Evidence, EvidenceError, fetched, read_evidence
from tests.records import DOMAIN, FETCHED, LATER, OFFERED, ROW, RUN, VISITED, VISITS

INTERRUPTED_ROW = replace(ROW, input=replace(ROW.input, line=90), status="failed", reason=INTERRUPTED)
OTHER = replace(DOMAIN, input=replace(DOMAIN.input, line=17), domain="other.example", unicode="other.example")
SECOND = Visited(visit=VISITS[1], session=VISITED.session)


def write(directory: Path) -> None:
    with Journal(directory) as writer:
        writer.write(RUN, (VISITED,))
        writer.write(DOMAIN, (VISITED, SECOND))
        writer.write(ROW)
        writer.write(OTHER, (SECOND, FETCHED, OFFERED))
        writer.end("complete")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "down")
    sessions = {VISITED.visit: VISITED.session, SECOND.visit: SECOND.session}
    whole = Evidence(
        RUN, (DOMAIN, OTHER), (ROW,), sessions, {FETCHED.get: FETCHED.fetch}, {OFFERED.hello: OFFERED.flight}
    )
    assert read_evidence(tmp_path / "deep" / "down") == whole
    assert read_evidence(tmp_path / "deep" / "down" / EVIDENCE) == whole


def test_a_session_that_many_share_is_written_once(tmp_path: Path) -> None:
    write(tmp_path)
    assert len((tmp_path / HOSTS).read_bytes().splitlines()) == 4


def test_fetches_can_be_read_alone(tmp_path: Path) -> None:
    write(tmp_path)
    assert list(fetched(tmp_path)) == list(fetched(tmp_path / EVIDENCE)) == [FETCHED]


def test_a_record_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    """A crash later on must not take it along, nor the sessions that it names."""
    with Journal(tmp_path) as writer:
        writer.write(RUN, (VISITED,))
        writer.write(DOMAIN, (SECOND,))
        assert read_evidence(tmp_path).domains == (DOMAIN,)
        assert set(read_evidence(tmp_path).sessions) == {VISITED.visit, SECOND.visit}


@pytest.mark.parametrize(
    "record",
    [
        replace(DOMAIN, domain="UPPER.example"),
        replace(DOMAIN, input=replace(DOMAIN.input, line=0)),
        replace(ROW, status=cast("Any", "lost")),
    ],
    ids=["a name that is not canonical", "a line before the first", "a status that is none"],
)
def test_what_disagrees_with_the_schema_is_not_written(tmp_path: Path, record: DomainEvidence | Row) -> None:
    with Journal(tmp_path) as writer:
        writer.write(RUN)
        with pytest.raises(ContractError):
            writer.write(record)
    assert read_evidence(tmp_path).domains == ()
    assert len((tmp_path / EVIDENCE).read_bytes().splitlines()) == 1


def test_a_new_run_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    write(tmp_path)
    with Journal(tmp_path) as writer:
        writer.write(RUN)
    assert read_evidence(tmp_path) == Evidence(RUN, (), (), {}, complete=False)


def spoil(path: Path, number: int, change: tuple[bytes, bytes], *, sealed: bool) -> None:
    """Change a line of a file; `sealed`: with a checksum that is right, as a program would that knows the format."""
    lines = path.read_bytes().splitlines(keepends=True)
    spoilt = lines[number - 1].replace(*change, 1)
    assert spoilt != lines[number - 1]
    if sealed:
        body = spoilt[: -contract.SEAL_SIZE - 1]
        spoilt = body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()
    path.write_bytes(b"".join([*lines[: number - 1], spoilt, *lines[number:]]))


def test_both_files_are_closed_when_the_disk_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, flags: int, mode: int) -> int:
        return os.open("/dev/full" if path.name == EVIDENCE else path, flags, mode)

    monkeypatch.setattr(journal, "opened", full)
    with pytest.raises(OSError, match="No space left on device"), Journal(tmp_path) as writer:
        writer.write(RUN, (VISITED,))
    assert (tmp_path / HOSTS).read_bytes().endswith(b"}\n")


@pytest.mark.parametrize(
    ("file", "number", "change", "said"),
    [
        (EVIDENCE, 2, (b'"answers"', b'"answer"'), "/: "),
        (EVIDENCE, 3, (b'"row"', b'"raw"'), "/kind: "),
        (EVIDENCE, 4, (b"}", b""), "not JSON: "),
        (EVIDENCE, 2, (b'"line":3', b'"line":"3"'), "/input/line: "),
        (HOSTS, 1, (b'"address":"192.0.2.25"', b'"address":"mx"'), "/visit/address: "),
        (HOSTS, 2, (b'"stage":"', b'"stage":"x'), "/session/stages/0/stage: "),
    ],
)
def test_a_spoilt_line_is_named(tmp_path: Path, file: str, number: int, change: tuple[bytes, bytes], said: str) -> None:
    write(tmp_path)
    spoil(tmp_path / file, number, change, sealed=True)
    with pytest.raises(EvidenceError) as caught:
        read_evidence(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / file}, line {number}: {said}")


def test_what_this_run_wrote_was_held_to_its_schema_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    whole = read_evidence(tmp_path)
    spoil(tmp_path / EVIDENCE, 3, (b'"row"', b'"raw"'), sealed=True)
    with pytest.raises(EvidenceError, match="line 3: /kind: 'raw' is not one of run, domain, row, end"):
        read_evidence(tmp_path, own=True)
    write(tmp_path)
    monkeypatch.setattr("audit.pipeline.store.contract.check", None)  # nobody calls it
    assert read_evidence(tmp_path, own=True) == whole


@pytest.mark.parametrize(("file", "number"), [(EVIDENCE, 1), (EVIDENCE, 2), (EVIDENCE, 4), (HOSTS, 1), (HOSTS, 4)])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b"example", b"exbmple"), "it was damaged or changed: its checksum is "),
        (
            (b',"crc":"', b',"crc":"0'),
            "it carries no checksum, so it was changed or is of an older version; gather again",
        ),
    ],
    ids=["damaged", "without a checksum"],
)
@pytest.mark.parametrize("own", [False, True])
def test_a_line_that_is_not_as_it_was_written_is_refused(
    tmp_path: Path, file: str, number: int, change: tuple[bytes, bytes], said: str, *, own: bool
) -> None:
    write(tmp_path)
    spoil(tmp_path / file, number, change, sealed=False)
    with pytest.raises(EvidenceError) as caught:
        read_evidence(tmp_path, own=own)
    assert str(caught.value).startswith(f"{tmp_path / file}, line {number}: {said}")


@pytest.mark.parametrize("cut", [1, 2, 10, 60])
def test_a_line_that_was_torn_at_the_end_is_as_if_it_were_not_there(tmp_path: Path, cut: int) -> None:
    write(tmp_path)
    whole = read_evidence(tmp_path)
    for name in (EVIDENCE, HOSTS):
        last = (tmp_path / name).read_bytes().splitlines(keepends=True)[-1]
        with (tmp_path / name).open("ab") as file:
            file.write(last.replace(b"d", b"D")[:-cut])
    assert read_evidence(tmp_path) == whole


def test_of_two_records_of_a_line_the_last_counts(tmp_path: Path) -> None:
    later = replace(DOMAIN, observed_at=LATER)
    with Journal(tmp_path) as writer:
        for record in (RUN, DOMAIN, later):
            writer.write(record)
    assert read_evidence(tmp_path).domains == (later,)


@pytest.mark.parametrize("outcome", ["complete", "interrupted", "failed"])
def test_only_an_end_that_says_so_makes_evidence_complete(tmp_path: Path, outcome: Any) -> None:
    with Journal(tmp_path) as writer:
        writer.write(replace(RUN, rows=3))
        writer.write(DOMAIN)
        writer.write(INTERRUPTED_ROW)
        assert not read_evidence(tmp_path).complete
        writer.end(outcome)
    found = read_evidence(tmp_path)
    assert (found.complete, found.done, found.total) == (outcome == "complete", 1, 3)
    assert ending(tmp_path) == RunEnd(rows=3, done=1, outcome=outcome)


@pytest.mark.parametrize(
    ("lines", "said"),
    [(slice(1, None), "there are 0."), (slice(0, 0), "there are 0."), (None, "there are 2.")],
    ids=["none", "empty", "two"],
)
def test_there_is_one_run(tmp_path: Path, lines: slice | None, said: str) -> None:
    write(tmp_path)
    whole = (tmp_path / EVIDENCE).read_bytes().splitlines(keepends=True)
    (tmp_path / EVIDENCE).write_bytes(b"".join(whole[lines] if lines else [*whole, whole[0]]))
    with pytest.raises(EvidenceError, match=said):
        read_evidence(tmp_path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"evidence\.jsonl: No such file or directory\."):
        read_evidence(tmp_path)


def test_blank_lines_are_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / EVIDENCE
    path.write_bytes(b"\n" + path.read_bytes().replace(b"\n", b"\r\n\n"))
    assert read_evidence(tmp_path).domains == (DOMAIN, OTHER)


def test_in_a_run_that_is_complete_no_line_is_torn(tmp_path: Path) -> None:
    """A session that nobody can read was lost, then, and that is said."""
    write(tmp_path)
    whole = (tmp_path / HOSTS).read_bytes()
    (tmp_path / HOSTS).write_bytes(whole[:-20])
    with pytest.raises(EvidenceError, match=r"hosts\.jsonl, line 4: it carries no checksum"):
        read_evidence(tmp_path)


def test_a_run_without_any_domain_was_looked_at_when_it_began(tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(RUN)
        writer.write(INTERRUPTED_ROW)
    assert read_evidence(tmp_path).moments() == (RUN.observed_at, RUN.observed_at)
