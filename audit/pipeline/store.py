"""Evidence on disk: evidence.jsonl and hosts.jsonl in the directory of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit import contract
from audit.model.evidence import DomainEvidence, Fetched, Row, RunEnd, RunEvidence, Visited
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, SmtpSession, SmtpVisit
from audit.pipeline.ending import EVIDENCE, HOSTS, ending
from audit.pipeline.hosts import Shared, read_shared
from audit.pipeline.journal import INTERRUPTED, Record

RECORDS: dict[str, type[Any]] = {"run": RunEvidence, "domain": DomainEvidence, "row": Row, "end": RunEnd}
FETCH_LINE = b'{"kind":"fetch",'  # as the codec writes it
MAX_LINE = 64 * 1024 * 1024


class EvidenceError(Exception):
    """Evidence that cannot be used; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run wrote down."""

    head: RunEvidence
    domains: tuple[DomainEvidence, ...]
    rows: tuple[Row, ...]
    sessions: dict[SmtpVisit, SmtpSession]
    fetches: dict[HttpsGet, HttpsFetch] = field(default_factory=dict)
    flights: dict[TlsHello, TlsFlight] = field(default_factory=dict)
    complete: bool = True  # whether each line of the list is done

    @property
    def total(self) -> int:
        """Lines of the list that are to have a record."""
        return max(self.head.rows or 0, len(self.domains) + len(self.rows))

    @property
    def done(self) -> int:
        """How many of them have one that will stay."""
        return len(self.domains) + sum(row.reason != INTERRUPTED for row in self.rows)


def read_evidence(place: Path) -> Evidence:
    """Read a run's evidence: its directory, or the evidence.jsonl in it. Of two records of a line the last counts.

    Raises:
        EvidenceError: a file is missing, or a line is not what its schema says.
    """
    heads: list[RunEvidence] = []
    lines: dict[tuple[str, int, int], DomainEvidence | Row] = {}
    end: RunEnd | None = None
    for record in records(place):
        if isinstance(record, RunEvidence):
            heads.append(record)
        elif isinstance(record, RunEnd):
            end = record
        else:
            lines[record.input.file, record.input.line, record.input.column] = record
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
    domains = tuple(r for r in lines.values() if isinstance(r, DomainEvidence))
    rows = tuple(r for r in lines.values() if isinstance(r, Row))
    complete = end is not None and end.outcome == "complete"
    return Evidence(heads[0], domains, rows, sessions, fetches, flights, complete)


def records(place: Path) -> Iterator[Record]:
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


def _path(place: Path) -> Path:
    return place / EVIDENCE if place.is_dir() else place


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        return read_record(line)
    except contract.ContractError as error:
        raise EvidenceError(f"{path}, line {number}: {error}") from None


def read_record(line: bytes) -> Record:
    """A line of evidence.jsonl.

    Raises:
        ContractError: it is damaged, or not what the schema says.
    """
    contract.intact(line)
    contract.check("evidence", line)
    record: Record = contract.load(line, RECORDS[contract.load(line, dict[str, Any])["kind"]])
    return record


def _shared(place: Path, only: bytes = b"") -> Iterator[Shared]:
    """What stands in hosts.jsonl, where there is one; of its lines those that begin so."""
    path = _path(place).parent / HOSTS
    end = ending(path.parent)
    whole = end is not None and end.outcome == "complete"
    for number, line in _lines(path, whole=whole) if path.exists() else ():
        if not line.startswith(only):
            continue
        try:
            yield read_shared(line)
        except contract.ContractError as error:
            raise EvidenceError(f"{path}, line {number}: {error}") from None


def _lines(path: Path, *, whole: bool = False) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, but for a last one that was torn when its run was killed: of a whole run there is none."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                if line.strip() and (whole or not _is_torn(line)):
                    yield number, line
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
