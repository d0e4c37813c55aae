"""What a run already knows of hosts: an index of its hosts.jsonl, of which only the place of each line is in memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from audit import contract
from audit.model.evidence import Fetched, Offered, Visited
from audit.model.hello import TlsHello
from audit.model.probe import FetchOutcome, HttpsGet, Outcome, Probe, SmtpVisit

Shared: TypeAlias = Visited | Fetched | Offered
SHARED: dict[str, type[Any]] = {"visit": Visited, "fetch": Fetched, "hello": Offered}
UNASKED = frozenset({Outcome.BUDGET, Outcome.NOT_GATHERED, FetchOutcome.BUDGET, FetchOutcome.NOT_GATHERED})


def digest_of(probe: Probe[Any]) -> bytes:
    """Sixteen octets that stand for a probe."""
    return hashlib.blake2b(f"{type(probe).__name__} {probe.key}".encode(), digest_size=16).digest()


def probe_of(shared: Shared) -> SmtpVisit | HttpsGet | TlsHello:
    if isinstance(shared, Visited):
        return shared.visit
    return shared.get if isinstance(shared, Fetched) else shared.hello


def outcome_of(shared: Shared) -> Any:
    if isinstance(shared, Visited):
        return shared.session
    return shared.fetch if isinstance(shared, Fetched) else shared.flight


def was_asked(shared: Shared) -> bool:
    """Whether it is an observation: for want of time nobody was asked, and another time may be better."""
    if isinstance(shared, Fetched):
        return shared.fetch.outcome not in UNASKED
    stages = shared.session.stages if isinstance(shared, Visited) else shared.flight.stages
    return bool(stages) and stages[-1].outcome not in UNASKED


def read_shared(line: bytes) -> Shared:
    """A line of hosts.jsonl.

    Raises:
        ContractError: it is damaged, or not what the schema says.
    """
    contract.intact(line)
    contract.check("hosts", line)
    shared: Shared = contract.load(line, SHARED[contract.load(line, dict[str, Any])["kind"]])
    return shared


class KnownHosts:
    """Sessions, fetches and offers that a run wrote down before it was cut short: they are not asked for again."""

    def __init__(self, path: Path, there: frozenset[bytes], places: dict[bytes, tuple[int, int]]) -> None:
        self.there, self._places = there, places
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if places else None

    def __call__(self, probe: Probe[Any]) -> Any | None:
        """What came of a probe; None where that is not known."""
        if self._handle is None or not isinstance(probe, SmtpVisit | HttpsGet | TlsHello):
            return None
        place = self._places.get(digest_of(probe))
        if place is None:
            return None
        try:
            shared = read_shared(os.pread(self._handle, place[1], place[0]))
        except (OSError, contract.ContractError):  # it was whole when it was indexed; then ask
            return None
        return outcome_of(shared) if probe_of(shared) == probe else None

    @property
    def known(self) -> frozenset[bytes]:
        return frozenset(self._places)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
