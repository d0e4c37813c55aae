"""Evidence on disk: evidence.jsonl and hosts.jsonl in the directory of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeAlias

from audit import contract
from audit.model.evidence import DomainEvidence, Fetched, Offered, Row, RunEvidence, Visited
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, SmtpSession, SmtpVisit

EVIDENCE, HOSTS = "evidence.jsonl", "hosts.jsonl"
RECORDS: dict[str, type[Any]] = {"run": RunEvidence, "domain": DomainEvidence, "row": Row}
SHARED: dict[str, type[Any]] = {"visit": Visited, "fetch": Fetched, "hello": Offered}
Shared: TypeAlias = Visited | Fetched | Offered
FETCH_LINE = b'{"kind":"fetch",'  # as the codec writes it
MAX_LINE = 64 * 1024 * 1024


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
    """All that a run wrote down."""

    head: RunEvidence
    domains: tuple[DomainEvidence, ...]
    rows: tuple[Row, ...]
    sessions: dict[SmtpVisit, SmtpSession]
    fetches: dict[HttpsGet, HttpsFetch] = field(default_factory=dict)
    flights: dict[TlsHello, TlsFlight] = field(default_factory=dict)


def read_evidence(place: Path) -> Evidence:
    """Read a run's evidence: its directory, or the evidence.jsonl in it.

    Raises:
        EvidenceError: a file is missing, or a line is not what its schema says.
    """
    heads: list[RunEvidence] = []
    domains: list[DomainEvidence] = []
    rows: list[Row] = []
    for record in records(place):
        if isinstance(record, RunEvidence):
            heads.append(record)
        elif isinstance(record, DomainEvidence):
            domains.append(record)
        else:
            rows.append(record)
    if len(heads) != 1:
        raise EvidenceError(f"{_path(place)}: there must be one run record, and there are {len(heads)}.")
    sessions: dict[SmtpVisit, SmtpSession] = {}
    fetches: dict[HttpsGet, HttpsFetch] = {}
    flights: dict[TlsHello, TlsFlight] = {}
    for shared in _shared(place):
        if isinstance(shared, Visited):
            sessions[shared.visit] = shared.session
        elif isinstance(shared, Fetched):
            fetches[shared.get] = shared.fetch
        else:
            flights[shared.hello] = shared.flight
    return Evidence(heads[0], tuple(domains), tuple(rows), sessions, fetches, flights)


def records(place: Path) -> Iterator[RunEvidence | DomainEvidence | Row]:
    """The records of a run's evidence, one at a time, in the order in which they were written.

    Raises:
        EvidenceError: as for `read_evidence`.
    """
    path = _path(place)
    for number, line in _lines(path):
        yield _record(path, number, line)


def fetched(place: Path) -> Iterator[Fetched]:
    """What a run fetched over HTTPS, one fetch at a time.

    Raises:
        EvidenceError: as for `read_evidence`.
    """
    return (each for each in _shared(place, only=FETCH_LINE) if isinstance(each, Fetched))


def _probe_of(shared: Shared) -> SmtpVisit | HttpsGet | TlsHello:
    if isinstance(shared, Visited):
        return shared.visit
    return shared.get if isinstance(shared, Fetched) else shared.hello


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


def _shared(place: Path, only: bytes = b"") -> Iterator[Shared]:
    """What stands in hosts.jsonl, where there is one; of its lines those that begin so."""
    path = _path(place).parent / HOSTS
    for number, line in _lines(path) if path.exists() else ():
        if not line.startswith(only):
            continue
        try:
            contract.check("hosts", line)
            shared: Shared = contract.load(line, SHARED[contract.load(line, dict[str, Any])["kind"]])
            yield shared
        except contract.ContractError as error:
            raise EvidenceError(f"{path}, line {number}: {error}") from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}.") from None
