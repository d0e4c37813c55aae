"""What people decided about findings, in words: what is waived, what is known, and which waivers are of no use.

A waiver never hides a finding. One that has expired is named where the finding counts again, and with the run; one that
no failure is about is named with the run, so that somebody takes it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from audit.model.report import BaselineState, Comparison, Finding, RunReport, Waiver, WaiverUse
from audit.report.words import moment, plural

WaiverState: TypeAlias = Literal["live", "expired", "unused"]

NAMED = 20  # waivers that are named; more are counted
STATES: Mapping[BaselineState, str] = MappingProxyType(
    {BaselineState.NEW: "new", BaselineState.WORSE: "graver than before", BaselineState.KNOWN: "known"}
)
MARKS: Mapping[BaselineState, str] = MappingProxyType(
    {BaselineState.NEW: "new", BaselineState.WORSE: "graver", BaselineState.KNOWN: "known"}
)


def state(use: WaiverUse) -> WaiverState:
    """What is to be said of a waiver. One that has expired and is about nothing is as good as one that is unused."""
    if not use.findings:
        return "unused"
    return "expired" if use.waiver.expired else "live"


def accepted(finding: Finding) -> str | None:
    """Who accepts a failure, or did; None where nobody does."""
    waiver = finding.waiver
    if waiver is None:
        return None
    who = f" ({waiver.owner})" if waiver.owner else ""
    if waiver.expired:
        return f"Counts again: its waiver expired on {waiver.expires}{who}: {waiver.reason}"
    until = f" until {waiver.expires}" if waiver.expires else ""
    return f"Waived{until}{who}: {waiver.reason}"


def standing(finding: Finding) -> str:
    """How a failure stands to the baseline, as the end of a sentence; empty where there is none."""
    return f" [{STATES[finding.baseline]}]" if finding.baseline else ""


def marks(finding: Finding) -> Iterator[str]:
    """What was decided about a failure, in a word each."""
    if finding.waiver is not None:
        yield "expired" if finding.waiver.expired else "waived"
    if finding.baseline is not None:
        yield MARKS[finding.baseline]


def decisions(report: RunReport) -> tuple[str, ...]:
    """What is to be said of the waivers and the baseline of a run, a sentence each."""
    beside = (compared(report.baseline),) if report.baseline else ()
    return (*_waivers(report.waivers), *beside)


def _waivers(uses: tuple[WaiverUse, ...]) -> Iterator[str]:
    live = [use for use in uses if state(use) == "live"]
    if live:
        held = plural(sum(use.findings for use in live), "finding")
        yield f"{plural(len(live), 'waiver')} {'accepts' if len(live) == 1 else 'accept'} {held}."
    idle = [use for use in uses if state(use) != "live"]
    yield from map(idleness, idle[:NAMED])
    if len(idle) > NAMED:
        yield f"… and {plural(len(idle) - NAMED, 'more waiver')} expired or unused, in the full report."


def idleness(use: WaiverUse) -> str:
    """Why a waiver holds nothing back."""
    waiver = use.waiver
    who = f" ({waiver.owner})" if waiver.owner else ""
    if state(use) == "unused":
        return f"Unused waiver of {about(waiver)}{who}: no finding is as it says. Take it out: {waiver.reason}"
    counts = f"{plural(use.findings, 'finding')} {'counts' if use.findings == 1 else 'count'} again"
    return f"Expired waiver of {about(waiver)}{who}: it held until {waiver.expires}, and {counts}: {waiver.reason}"


def about(waiver: Waiver) -> str:
    """What a waiver is about: `PTR-MISSING for *.example.org, 192.0.2.*`."""
    patterns = [pattern for pattern in (waiver.domain, waiver.subject) if pattern is not None]
    return f"{waiver.rule}{' for ' if patterns else ''}{', '.join(patterns)}"


def compared(told: Comparison) -> str:
    """The failures beside those of the baseline."""
    unseen = ""
    if told.unseen:
        again = f"{plural(told.unseen, 'finding')} of it {'was' if told.unseen == 1 else 'were'} not met again"
        unseen = f" {again}: mended, not looked at, or not testable now."
    return (
        f"Beside {told.name} of {moment(told.observed_at)}: {told.new:,} new, {told.worse:,} graver than before, "
        f"{told.known:,} known.{unseen}"
    )
