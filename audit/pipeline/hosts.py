"""What a run already knows of hosts: an index of its hosts.jsonl, of which only the place of each line is in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from audit import contract
from audit.model.evidence import Fetched, Offered, Visited
from audit.model.hello import TlsHello
from audit.model.probe import FetchOutcome, HttpsGet, Outcome, Probe, SmtpVisit
from audit.network.frontends import is_speaker
from audit.network.pace import turned_away
from audit.pipeline.shelf import Index, digest_of

Shared: TypeAlias = Visited | Fetched | Offered
SHARED: dict[str, type[Any]] = {"visit": Visited, "fetch": Fetched, "hello": Offered}
UNASKED = frozenset({Outcome.BUDGET, Outcome.NOT_GATHERED, FetchOutcome.BUDGET, FetchOutcome.NOT_GATHERED})


def probe_of(shared: Shared) -> SmtpVisit | HttpsGet | TlsHello:
    if isinstance(shared, Visited):
        return shared.visit
    return shared.get if isinstance(shared, Fetched) else shared.hello


def shared_of(probe: SmtpVisit | HttpsGet | TlsHello, outcome: Any) -> Shared:
    if isinstance(probe, SmtpVisit):
        return Visited(visit=probe, session=outcome)
    return Fetched(get=probe, fetch=outcome) if isinstance(probe, HttpsGet) else Offered(hello=probe, flight=outcome)


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


def read_shared(line: bytes, *, own: bool = False) -> Shared:
    """A line of hosts.jsonl; one of this run's `own` was held to its schema before it was written.

    Raises:
        ContractError: it is damaged, or not what the schema says.
    """
    contract.intact(line)
    if not own:
        contract.check("hosts", line)
    shared: Shared = contract.load_kind(line, SHARED)
    return shared


class KnownHosts:
    """Sessions, fetches and offers that a run wrote down, before it was cut short or since: they are not asked for
    again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked, self._unasked = Index(), Index()  # unasked: of what the file says that nobody was asked
        self._telling = array("Q")  # where sessions begin that say how the rest of the run is to behave
        self._file: BinaryIO | None = None

    def note(self, shared: Shared, offset: int) -> None:
        """A line begins at an offset."""
        digest = digest_of(probe_of(shared))
        if was_asked(shared):
            self._asked.note(digest, offset)
            if _is_telling(shared):
                self._telling.append(offset)
        else:
            self._unasked.note(digest, offset)

    def lacks(self, shared: Shared) -> bool:
        """Whether a line of it would say something new."""
        digest = digest_of(probe_of(shared))
        return digest not in self._asked and (was_asked(shared) or digest not in self._unasked)

    def names(self, probe: Probe[Any]) -> bool:
        """Whether a line is there, be it that nobody was asked."""
        digest = digest_of(probe)
        return digest in self._unasked or digest in self._asked

    def __call__(self, probe: Probe[Any]) -> Any | None:
        """What came of a probe; None where that is not known."""
        if not isinstance(probe, SmtpVisit | HttpsGet | TlsHello):
            return None
        for offset in self._asked.offsets(digest_of(probe)):
            try:
                shared = read_shared(self._line(offset))
            except (OSError, contract.ContractError):  # it was whole when it was noted; then ask
                continue
            if probe_of(shared) == probe:
                return outcome_of(shared)
        return None

    def telling(self) -> Iterator[Visited | Offered]:
        """The sessions and offers by which to go from here on: who turned us away, and who speaks for other names."""
        for offset in self._telling:
            shared = read_shared(self._line(offset))
            if isinstance(shared, Visited | Offered):
                yield shared

    def _line(self, offset: int) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb")
        self._file.seek(offset)
        return self._file.readline()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _is_telling(shared: Shared) -> bool:
    if isinstance(shared, Visited):
        return turned_away(shared.session) or is_speaker(shared.visit, shared.session)
    return isinstance(shared, Offered) and turned_away(shared.flight)
