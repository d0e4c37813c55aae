"""Evidence on disk: what is written is read again, and what is spoilt is refused with its file and line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from audit.contract import ContractError
from audit.model.evidence import DomainEvidence, Row, Visited
from audit.pipeline.store import EVIDENCE, HOSTS, Evidence, EvidenceError, EvidenceWriter, fetched, read_evidence
from tests.records import DOMAIN, FETCHED, OFFERED, ROW, RUN, VISITED, VISITS

OTHER = replace(DOMAIN, domain="other.example", unicode="other.example")
SECOND = Visited(visit=VISITS[1], session=VISITED.session)


def write(directory: Path) -> None:
    with EvidenceWriter(directory) as writer:
        writer.write(RUN, (VISITED,))
        writer.write(DOMAIN, (VISITED, SECOND))
        writer.write(ROW)
        writer.write(OTHER, (SECOND, FETCHED, OFFERED))


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
    with EvidenceWriter(tmp_path) as writer:
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
    with EvidenceWriter(tmp_path) as writer:
        writer.write(RUN)
        with pytest.raises(ContractError):
            writer.write(record)
    assert read_evidence(tmp_path).domains == ()
    assert len((tmp_path / EVIDENCE).read_bytes().splitlines()) == 1


def test_a_new_run_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    write(tmp_path)
    with EvidenceWriter(tmp_path) as writer:
        writer.write(RUN)
    assert read_evidence(tmp_path) == Evidence(RUN, (), (), {})


def test_both_files_are_closed_when_the_disk_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / EVIDENCE).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"), EvidenceWriter(tmp_path) as writer:
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
    lines = (tmp_path / file).read_bytes().splitlines(keepends=True)
    spoilt = lines[number - 1].replace(*change, 1)
    assert spoilt != lines[number - 1]
    (tmp_path / file).write_bytes(b"".join([*lines[: number - 1], spoilt, *lines[number:]]))
    with pytest.raises(EvidenceError) as caught:
        read_evidence(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / file}, line {number}: {said}")


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
