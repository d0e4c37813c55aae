"""What earlier runs saw: since when each DKIM key, and each MTA-STS policy, has stood where it stands.

Earlier evidence is read in the order of its runs, one record at a time; of each domain only digests are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audit.model.evidence import DomainEvidence, RunEvidence, Sighting
from audit.pipeline.store import EvidenceError, fetched, records
from audit.protocol.dkim.history import carried_on
from audit.protocol.mta_sts.history import seen, seen_policies

MAX_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class History:
    """The keys and policies of each domain that earlier runs saw, by domain and name."""

    keys: dict[str, dict[str, Sighting]]

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """What is known of a domain's keys and policies, sorted by name; nothing where no earlier run looked at it."""
        return tuple(self.keys.get(domain, {}).values())


def read_history(places: Iterable[Path]) -> History:
    """Read earlier runs: their directories, or the evidence.jsonl in them, in any order.

    Raises:
        EvidenceError: one of them cannot be used.
    """
    runs = sorted(((_head(place).observed_at, place) for place in _bounded(places)), key=lambda run: run[0])
    keys: dict[str, dict[str, Sighting]] = {}
    for _, place in runs:
        policies = seen_policies(fetched(place))
        for record in records(place):
            if isinstance(record, DomainEvidence):
                keys[record.domain] = carried_on(keys.get(record.domain, {}), record, seen(record, policies))
    return History(keys)


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
