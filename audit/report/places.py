"""Where a run stood, and how much of the world it looked at: the first thing to know before an absence is believed.

Evidence may have been gathered from several places and put together (`mxaudit merge`), or from one that visited mail
servers and nothing else (`--only smtp`).
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.evidence import MergedRun
from audit.model.report import RunSummary
from audit.report.words import all_of, moment, plural

SHOWN = 8  # runs that are named; a list may be split into hundreds of shards
RESOLVERS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Places:
    """Sentences about the whole run, and a line for each run that it was put together from."""

    sentences: tuple[str, ...]
    runs: tuple[str, ...]


def places(run: RunSummary) -> Places:
    """A run that looked at everything from one place has nothing to tell."""
    narrowed = (
        [f"Nothing but mail servers was looked at, because of --only {run.only}: no other question is answered here."]
        if run.only
        else []
    )
    together = (
        [f"Put together from {plural(len(run.merged), 'run')}, so what could be seen is what any of them could see:"]
        if run.merged
        else []
    )
    hidden = len(run.merged) - SHOWN
    more = [f"… and {plural(hidden, 'more run')}"] if hidden > 0 else []
    return Places((*narrowed, *together), (*map(_told, run.merged[:SHOWN]), *more))


def _told(part: MergedRun) -> str:
    asked = list(part.nameservers[:RESOLVERS_SHOWN])
    hidden = len(part.nameservers) - len(asked)
    resolvers = all_of([*asked, f"{hidden:,} more"] if hidden > 0 else asked) or "no resolver"
    domains = plural(part.domains, "domain") if part.domains else "no domain"
    sessions = (
        f"{plural(part.sessions, 'session')} with mail servers" if part.sessions else "no session with a mail server"
    )
    return f"{part.ehlo} ({moment(part.observed_at)}, asking {resolvers}): the DNS answers of {domains}, {sessions}."
