"""Where a run stood, when, and how much of the world it looked at: to be known before an absence is believed.

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


def cut_short(run: RunSummary) -> str | None:
    """Of a run that did not come to its end, how far it came."""
    done = f"{run.done:,} of {plural(run.total, 'row')} {'is' if run.total == 1 else 'are'} done"
    return None if run.complete else f"The run was cut short: {done}. With --resume it goes on."


def places(run: RunSummary) -> Places:
    """A run that looked at everything from one place, at one time, has nothing to tell."""
    first, last = moment(run.observed_from), moment(run.observed_until)
    lasting = [] if first == last else [f"The first look was on {first}, the last on {last}."]
    narrowed = (
        [f"Nothing was looked at but mail servers and what leads to them, because of --only {run.only}."]
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
    return Places((*lasting, *narrowed, *together), (*map(_told, run.merged[:SHOWN]), *more))


def _told(part: MergedRun) -> str:
    asked = list(part.nameservers[:RESOLVERS_SHOWN])
    hidden = len(part.nameservers) - len(asked)
    resolvers = all_of([*asked, f"{hidden:,} more"] if hidden > 0 else asked) or "no resolver"
    domains = plural(part.domains, "domain") if part.domains else "no domain"
    sessions = (
        f"{plural(part.sessions, 'session')} with mail servers" if part.sessions else "no session with a mail server"
    )
    return f"{part.ehlo} ({moment(part.observed_at)}, asking {resolvers}): the DNS answers of {domains}, {sessions}."
