"""What earlier runs saw: since when each DKIM key, and each MTA-STS policy, has stood where it stands.

Earlier evidence is read in the order of its runs, one record at a time; of each domain only digests are kept, and those
of a million domains on disk.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audit import contract
from audit.model.evidence import DomainEvidence, RunEvidence, Sighting
from audit.pipeline.shelf import Index, number_of
from audit.pipeline.store import EvidenceError, fetched, records
from audit.protocol.dkim.history import carried_on
from audit.protocol.mta_sts.history import seen, seen_policies

MAX_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A line of the file: what was known of a domain when it was written. Of two lines the last counts."""

    domain: str
    sightings: tuple[Sighting, ...]


class History:
    """The keys and policies of each domain that earlier runs saw, in a file without a name."""

    def __init__(self, known: Iterable[_Known] = ()) -> None:
        self._file = _nameless()
        weakref.finalize(self, self._file.close)
        self._index, self._end = Index(), 0
        for each in known:
            self.put(each.domain, each.sightings)

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """What is known of a domain's keys and policies, sorted by name; nothing where no earlier run looked at it."""
        for offset in self._index.offsets(number_of(domain)):
            self._file.seek(offset)
            known = contract.load(self._file.readline(), _Known)
            if known.domain == domain:
                return known.sightings
        return ()

    def put(self, domain: str, sightings: Iterable[Sighting]) -> None:
        """From now on this is known of a domain.

        Raises:
            OSError: the disk does not take it.
        """
        known = _Known(domain, tuple(sightings))
        if known.sightings == self.of(domain):
            return
        self._file.seek(self._end)
        self._index.note(number_of(domain), self._end)
        self._end += self._file.write(contract.dump(known) + b"\n")

    def __reduce__(self) -> tuple[type[History], tuple[tuple[_Known, ...]]]:
        """As it goes to a worker in another process."""
        self._file.seek(0)
        return History, (tuple(contract.load(line, _Known) for line in self._file),)


def _nameless() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="mxaudit-")


def read_history(places: Iterable[Path]) -> History:
    """Read earlier runs: their directories, or the evidence.jsonl in them, in any order.

    Raises:
        EvidenceError: one of them cannot be used.
    """
    runs = sorted(((_head(place).observed_at, place) for place in _bounded(places)), key=lambda run: run[0])
    history = History()
    for _, place in runs:
        policies = seen_policies(fetched(place))
        for record in records(place):
            if isinstance(record, DomainEvidence):
                known = {sighting.name: sighting for sighting in history.of(record.domain)}
                history.put(record.domain, carried_on(known, record, seen(record, policies)).values())
    return history


def _bounded(places: Iterable[Path]) -> tuple[Path, ...]:
    found = tuple(dict.fromkeys(places))
    if len(found) > MAX_RUNS:
        raise EvidenceError(f"{len(found)} earlier runs are too many: each run tells of those before it.")
    return found


def _head(place: Path) -> RunEvidence:
    first = next(records(place), None)
    if not isinstance(first, RunEvidence):
        raise EvidenceError(f"{place}: evidence opens with a run record, and this does not.")
    return first
