"""Evidence on disk: evidence.jsonl and hosts.jsonl in the directory of a run."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeAlias, TypeVar

from audit import contract
from audit.model.evidence import DomainEvidence, Fetched, Offered, Row, RunEvidence, Visited
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, SmtpSession, SmtpVisit
from audit.pipeline.shelf import Held, InOrder, OnDisk

EVIDENCE, HOSTS = "evidence.jsonl", "hosts.jsonl"
RECORDS: dict[str, type[Any]] = {"run": RunEvidence, "domain": DomainEvidence, "row": Row}
SHARED: dict[str, type[Any]] = {"visit": Visited, "fetch": Fetched, "hello": Offered}
Shared: TypeAlias = Visited | Fetched | Offered
FETCH_LINE = b'{"kind":"fetch",'  # as the codec writes it
MAX_LINE = 64 * 1024 * 1024
R = TypeVar("R")
L = TypeVar("L", DomainEvidence, Row)


class EvidenceError(Exception):
    """Evidence that cannot be used; the text names file and line."""


class EvidenceWriter:
    """Appends records, one line a write. Each is held to its schema before it is written."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._evidence: IO[bytes] = (directory / EVIDENCE).open("wb")
        self._hosts: IO[bytes] = (directory / HOSTS).open("wb")
        self._written: set[SmtpVisit | HttpsGet | TlsHello] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        files = (self._hosts, self._evidence)
        with ExitStack() as closing:  # each, also when the disk takes nothing more
            for file in files:
                closing.enter_context(file)
            for file in files if error is None else ():
                file.flush()
                os.fsync(file.fileno())

    def write(self, record: RunEvidence | DomainEvidence | Row, shared: tuple[Shared, ...] = ()) -> None:
        """Write a record, and before it what it shares with others, and names, and is not yet there.

        Raises:
            ContractError: it does not agree with the schema: a fault of ours.
            OSError: the disk does not take it.
        """
        for each in shared:
            asked = _probe_of(each)
            if asked not in self._written:
                line = contract.dump(each)
                contract.check("hosts", line)
                self._hosts.write(line + b"\n")
                self._written.add(asked)
        line = contract.dump(record)
        contract.check("evidence", line)
        self._hosts.flush()
        self._evidence.write(line + b"\n")
        self._evidence.flush()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run wrote down: in memory, or left on disk and read when it is asked for."""

    head: RunEvidence
    domains: Collection[DomainEvidence]
    rows: Collection[Row]
    sessions: Mapping[SmtpVisit, SmtpSession]
    fetches: Mapping[HttpsGet, HttpsFetch] = field(default_factory=dict)
    flights: Mapping[TlsHello, TlsFlight] = field(default_factory=dict)

    def in_order(self) -> Iterator[DomainEvidence | Row]:
        """What was read from the list, in its order, whenever it was gathered."""
        return heapq.merge(_ordered(self.domains), _ordered(self.rows), key=place)

    def listed(self) -> Iterator[DomainEvidence]:
        """The domains in the order of the list."""
        return _ordered(self.domains)

    def knows_earlier_runs(self) -> bool:
        """Whether an earlier run was given when it was gathered."""
        if isinstance(self.domains, _Domains):
            return self.domains.sighted
        return any(d.sightings is not None for d in self.domains)


class _Domains(OnDisk[DomainEvidence]):
    sighted = False  # whether any of them knows of an earlier run


def read_evidence(where: Path) -> Evidence:
    """Read a run's evidence: its directory, or the evidence.jsonl in it. Each line is held to its schema now; its
    record stays on disk and is read when it is asked for, so the files must stay as they are.

    Raises:
        EvidenceError: a file is missing, or a line is not what its schema says.
    """
    path = _path(where)
    heads: list[RunEvidence] = []
    domains = _Domains(path, _again(DomainEvidence, path))
    rows: OnDisk[Row] = OnDisk(path, _again(Row, path))
    for offset, number, line in _lines(path):
        record = _record(path, number, line)
        if isinstance(record, RunEvidence):
            heads.append(record)
            continue
        try:
            (domains if isinstance(record, DomainEvidence) else rows).note(
                offset, record.input.line, record.input.column
            )
        except OverflowError:
            raise EvidenceError(f"{path}, line {number}: no list has {record.input.line} lines.") from None
        if isinstance(record, DomainEvidence) and record.sightings is not None:
            domains.sighted = True
    if len(heads) != 1:
        raise EvidenceError(f"{path}: there must be one run record, and there are {len(heads)}.")
    return Evidence(heads[0], domains, rows, *_hosts(path.parent / HOSTS))


def _hosts(
    path: Path,
) -> tuple[Mapping[SmtpVisit, SmtpSession], Mapping[HttpsGet, HttpsFetch], Mapping[TlsHello, TlsFlight]]:
    """What stands in hosts.jsonl, where there is one."""
    held: dict[type[Any], Held[Any, Any]] = {kind: Held(path, _pairs(kind, path)) for kind in SHARED.values()}
    for offset, shared in _shared(path):
        held[type(shared)].note(_pair(shared)[0], offset)
    return held[Visited], held[Fetched], held[Offered]


def _again(kind: type[R], path: Path) -> Callable[[bytes], R]:
    """How a line is read that was held to its schema before."""

    def read(line: bytes) -> R:
        try:
            return contract.load(line, kind)
        except contract.ContractError:
            raise EvidenceError(f"{path}: it was changed while it was read.") from None

    return read


def _pairs(kind: type[Shared], path: Path) -> Callable[[bytes], tuple[Any, Any]]:
    read = _again(kind, path)
    return lambda line: _pair(read(line))


def place(record: DomainEvidence | Row) -> tuple[int, int]:
    """Line and column in the list."""
    return record.input.line, record.input.column


def _ordered(records: Collection[L]) -> Iterator[L]:
    """Records in the order of the list; some always come in it."""
    return iter(records) if isinstance(records, InOrder) else iter(sorted(records, key=place))


def records(place: Path) -> Iterator[RunEvidence | DomainEvidence | Row]:
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


def _probe_of(shared: Shared) -> SmtpVisit | HttpsGet | TlsHello:
    probe: SmtpVisit | HttpsGet | TlsHello = _pair(shared)[0]
    return probe


def _pair(shared: Shared) -> tuple[Any, Any]:
    """A probe, and what came back for it."""
    if isinstance(shared, Visited):
        return shared.visit, shared.session
    return (shared.get, shared.fetch) if isinstance(shared, Fetched) else (shared.hello, shared.flight)


def _path(place: Path) -> Path:
    return place / EVIDENCE if place.is_dir() else place


def _record(path: Path, number: int, line: bytes) -> RunEvidence | DomainEvidence | Row:
    try:
        contract.check("evidence", line)
        kind = contract.load(line, dict[str, Any])["kind"]
        record: RunEvidence | DomainEvidence | Row = contract.load(line, RECORDS[kind])
    except contract.ContractError as error:
        raise EvidenceError(f"{path}, line {number}: {error}") from None
    return record


def _shared(path: Path, only: bytes = b"") -> Iterator[tuple[int, Shared]]:
    """What stands in hosts.jsonl, where there is one, and at which offset; of its lines those that begin so."""
    for offset, number, line in _lines(path) if path.exists() else ():
        if not line.startswith(only):
            continue
        try:
            contract.check("hosts", line)
            shared: Shared = contract.load(line, SHARED[contract.load(line, dict[str, Any])["kind"]])
            yield offset, shared
        except contract.ContractError as error:
            raise EvidenceError(f"{path}, line {number}: {error}") from None


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """The lines that are not blank, each with the offset at which it begins, and its number."""
    offset = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                if line.strip():
                    yield offset, number, line
                offset += len(line)
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}.") from None
