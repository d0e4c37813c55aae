"""What one run is told: by the command line, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from audit.catalog.blocklists import Blocklists
from audit.catalog.profiles import Profile
from audit.model.evidence import RunEvidence, Settings
from audit.network.options import NetworkOptions
from audit.pipeline.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """The settings that judgement depends on, and how to ask. Times are in seconds."""

    settings: Settings
    network: NetworkOptions
    blocklists: Blocklists
    profile: Profile
    extra_ca: tuple[bytes, ...]
    now: datetime | None  # a fixed time of observation
    history: History | None = None  # what earlier runs saw, where some were given
    concurrency: int  # domains at a time
    domain_seconds: float
    run_seconds: float  # for the vantage and the blocklists' test points

    def as_of(self, head: RunEvidence | None) -> RunConfig:
        """The same, with the settings of a run that is gone on with: what was asked is asked for by its names."""
        return self if head is None else replace(self, settings=head.settings)

    def clock(self) -> datetime:
        return self.now or datetime.now(UTC)
