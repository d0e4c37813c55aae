"""Evidence on disk: evidence.jsonl and hosts.jsonl in the directory of a run, as they are read."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from audit import contract
from audit.model.evidence import DomainEvidence, Fetched, Offered, Row, RunEnd, RunEvidence, Visited
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, SmtpSession, SmtpVisit
from audit.pipeline.ending import EVIDENCE, HOSTS, ending
from audit.pipeline.hosts import SHARED, Shared, outcome_of, probe_of, read_shared
from audit.pipeline.journal import INTERRUPTED, Record
from audit.pipeline.shelf import Held, InOrder, OnDisk, stale

RECORDS: dict[str, type[Any]] = {"run": RunEvidence, "domain": DomainEvidence, "row": Row, "end": RunEnd}
FETCH_LINE = b'{"kind":"fetch",'  # as the codec writes it
MAX_LINE = 64 * 1024 * 1024
R = TypeVar("R")
L = TypeVar("L", DomainEvidence, Row)


class EvidenceError(Exception):
    """Evidence that cannot be used; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run wrote down: in memory, or left on disk and read when it is asked for."""

    head: RunEvidence
    domains: Collection[DomainEvidence]
    rows: Collection[Row]
    sessions: Mapping[SmtpVisit, SmtpSession]
    fetches: Mapping[HttpsGet, HttpsFetch] = field(default_factory=dict)
    flights: Mapping[TlsHello, TlsFlight] = field(default_factory=dict)
    complete: bool = True  # whether each line of the list is done

    def in_order(self) -> Iterator[DomainEvidence | Row]:
        """What was read from the list, in its order, whenever it was gathered."""
        return (record for _, record in self.placed())

    def placed(self) -> Iterator[tuple[int | None, DomainEvidence | Row]]:
        """The same, each with the offset at which it begins in its file, where it is in one."""
        return heapq.merge(_placed(self.domains), _placed(self.rows), key=lambda each: place(each[1]))

    def listed(self) -> Iterator[DomainEvidence]:
        """The domains in the order of the list."""
        return _ordered(self.domains)

    def knows_earlier_runs(self) -> bool:
        """Whether an earlier run was given when it was gathered."""
        if isinstance(self.domains, _Domains):
            return self.domains.sighted
        return any(d.sightings is not None for d in self.domains)

    def moments(self) -> tuple[datetime, datetime]:
        """When the first and the last observation of the run or of a domain began."""
        if isinstance(self.domains, _Domains):
            told = self.domains.moments
        else:
            told = tuple(d.observed_at for d in self.domains)
        moments = (self.head.observed_at, *told)  # in a run that was cut short early there is no domain
        return min(moments), max(moments)

    @property
    def total(self) -> int:
        """Lines of the list that are to have a record."""
        return max(self.head.rows or 0, len(self.domains) + len(self.rows))

    @property
    def done(self) -> int:
        """How many of them have one that will stay."""
        return len(self.domains) + sum(row.reason != INTERRUPTED for row in self.rows)


class _Domains(OnDisk[DomainEvidence]):
    """`sighted`: whether any of them knows of an earlier run. `moments`: the first and the last."""

    sighted = False
    moments: tuple[datetime, ...] = ()


def read_evidence(where: Path, *, own: bool = False) -> Evidence:
    """Read a run's evidence: its directory, or the evidence.jsonl in it. Of two records of a line of the list the last
    counts. Each line is held to its schema now, but for one of the run's `own`, which was before it was written: of
    that the checksum says enough. Its record stays on disk and is read when it is asked for, so the files must stay as
    they are.

    Raises:
        EvidenceError: a file is missing, or a line is not what its schema says.
    """
    path = _path(where)
    heads: list[RunEvidence] = []
    end: RunEnd | None = None
    domains = _Domains(path, _again(DomainEvidence, path))
    rows: OnDisk[Row] = OnDisk(path, _again(Row, path))
    for offset, number, line in _lines(path):
        record = _record(path, number, line, own=own)
        if isinstance(record, RunEvidence):
            heads.append(record)
            continue
        if isinstance(record, RunEnd):
            end = record
            continue
        try:
            (domains if isinstance(record, DomainEvidence) else rows).note(
                offset, record.input.line, record.input.column
            )
        except OverflowError:
            raise EvidenceError(f"{path}, line {number}: no list has {record.input.line} lines.") from None
        if isinstance(record, DomainEvidence):
            domains.sighted |= record.sightings is not None
            told = (*domains.moments, record.observed_at)
            domains.moments = (min(told), max(told))
    if len(heads) != 1:
        raise EvidenceError(f"{path}: there must be one run record, and there are {len(heads)}.")
    old = stale(domains, rows)
    domains.drop(old)
    rows.drop(old)
    complete = end is not None and end.outcome == "complete"
    return Evidence(heads[0], domains, rows, *_hosts(path.parent / HOSTS, own=own), complete)


def _hosts(
    path: Path, *, own: bool
) -> tuple[Mapping[SmtpVisit, SmtpSession], Mapping[HttpsGet, HttpsFetch], Mapping[TlsHello, TlsFlight]]:
    """What stands in hosts.jsonl, where there is one."""
    held: dict[type[Any], Held[Any, Any]] = {kind: Held(path, pairs(kind, path)) for kind in SHARED.values()}
    for offset, shared in _shared(path, own=own):
        held[type(shared)].note(probe_of(shared), offset)
    return held[Visited], held[Fetched], held[Offered]


def _again(kind: type[R], path: Path) -> Callable[[bytes], R]:
    """How a line is read that was held to its schema before."""

    def read(line: bytes) -> R:
        try:
            return contract.load(line, kind)
        except contract.ContractError:
            raise EvidenceError(f"{path}: it was changed while it was read.") from None

    return read


def pairs(kind: type[Shared], path: Path) -> Callable[[bytes], tuple[Any, Any]]:
    """How a line of hosts.jsonl is read that was held to its schema before."""
    read = _again(kind, path)

    def pair(line: bytes) -> tuple[Any, Any]:
        shared = read(line)
        return probe_of(shared), outcome_of(shared)

    return pair


def place(record: DomainEvidence | Row) -> tuple[int, int]:
    """Line and column in the list."""
    return record.input.line, record.input.column


def _ordered(records: Collection[L]) -> Iterator[L]:
    """Records in the order of the list; some always come in it."""
    return iter(records) if isinstance(records, InOrder) else iter(sorted(records, key=place))


def _placed(records: Collection[L]) -> Iterator[tuple[int | None, L]]:
    return records.placed() if isinstance(records, OnDisk) else ((None, record) for record in _ordered(records))


def records(place: Path) -> Iterator[Record]:
    """The records of a run's evidence, one at a time, in the order in which they were written.

    Raises:
        EvidenceError: as for `read_evidence`.
    """
    path = _path(place)
    for _, number, line in _lines(path):
        yield _record(path, number, line)


def fetched(place: Path) -> Iterator[Fetched]:
    """What a run fetched over HTTPS, one fetch at a time.

    Raises:
        EvidenceError: as for `read_evidence`.
    """
    path = _path(place).parent / HOSTS
    return (each for _, each in _shared(path, only=FETCH_LINE) if isinstance(each, Fetched))


def _path(place: Path) -> Path:
    return place / EVIDENCE if place.is_dir() else place


def _record(path: Path, number: int, line: bytes, *, own: bool = False) -> Record:
    try:
        return read_record(line, own=own)
    except contract.ContractError as error:
        raise EvidenceError(f"{path}, line {number}: {error}") from None


def read_record(line: bytes, *, own: bool = False) -> Record:
    """A line of evidence.jsonl; one of this run's `own` was held to its schema before it was written.

    Raises:
        ContractError: it is damaged, or not what the schema says.
    """
    contract.intact(line)
    if not own:
        contract.check("evidence", line)
    record: Record = contract.load_kind(line, RECORDS)
    return record


def _shared(path: Path, only: bytes = b"", *, own: bool = False) -> Iterator[tuple[int, Shared]]:
    """What stands in hosts.jsonl, where there is one, and at which offset; of its lines those that begin so."""
    end = ending(path.parent)
    whole = end is not None and end.outcome == "complete"
    for offset, number, line in _lines(path, whole=whole) if path.exists() else ():
        if not line.startswith(only):
            continue
        try:
            yield offset, read_shared(line, own=own)
        except contract.ContractError as error:
            raise EvidenceError(f"{path}, line {number}: {error}") from None


def _lines(path: Path, *, whole: bool = False) -> Iterator[tuple[int, int, bytes]]:
    """The lines that are not blank, each with the offset at which it begins, and its number; not a last one that was
    torn when its run was killed: of a whole run there is none."""
    offset = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                if line.strip() and (whole or not _is_torn(line)):
                    yield offset, number, line
                offset += len(line)
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}.") from None


def _is_torn(line: bytes) -> bool:
    if line.endswith(b"\n") or len(line) == MAX_LINE:
        return False
    try:
        contract.intact(line)
    except contract.ContractError:
        return True
    return False
