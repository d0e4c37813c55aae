"""When each step of a plan may be done, counted from now, and by when it has to be, counted back from the cutover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from audit.desk.migration.draft import Draft
from audit.model.migration import Step


def scheduled(
    drafts: Sequence[Draft], now: datetime, switch: str, asked: datetime | None
) -> tuple[tuple[Step, ...], datetime | None]:
    """The steps with their times, and when the switch is planned: as asked, but never before it is safe.

    A step may be done once all that it waits for are, and each of its reasons has had its seconds. Where a time is not
    known, no later one is. Steps come after those that they wait for.
    """
    starts: dict[str, datetime | None] = {}
    safe: dict[str, datetime | None] = {}
    for draft in drafts:
        earliest = safe[draft.id] = starts[draft.id] = _earliest(draft, starts, now)
        if draft.id == switch and earliest is not None and asked is not None:
            starts[draft.id] = max(earliest, asked)
    cutover = starts.get(switch)
    latest = _latest(drafts, switch, cutover)
    return tuple(_step(draft, safe[draft.id], latest.get(draft.id)) for draft in drafts), cutover


def _earliest(draft: Draft, starts: Mapping[str, datetime | None], now: datetime) -> datetime | None:
    if draft.undated:
        return None
    found = [now]
    for before in draft.waits_for:
        at = starts[before]
        if at is None:
            return None
        found.append(at)
    for reason in draft.because:
        base = now if reason.after is None else starts[reason.after]
        if base is None:
            return None
        found.append(base + timedelta(seconds=reason.seconds))
    return max(found)


def _latest(drafts: Sequence[Draft], switch: str, cutover: datetime | None) -> dict[str, datetime]:
    """By when each step before the switch has to be done."""
    if cutover is None:
        return {}
    found: dict[str, datetime] = {switch: cutover}
    for draft in reversed(drafts):
        end = found.get(draft.id)
        if end is None:
            continue
        bounds = [(before, end) for before in draft.waits_for]
        bounds += [(r.after, end - timedelta(seconds=r.seconds)) for r in draft.because if r.after is not None]
        for before, bound in bounds:
            found[before] = min(bound, found.get(before, bound))
    return found


def _step(draft: Draft, earliest: datetime | None, latest: datetime | None) -> Step:
    return Step(
        id=draft.id,
        kind=draft.kind,
        title=draft.title,
        why=draft.why,
        changes=draft.changes,
        files=draft.files,
        by_hand=draft.by_hand,
        earliest=earliest,
        latest=latest,
        because=draft.because,
        way_back=draft.way_back,
        done_when=draft.done_when,
        waits_for=draft.waits_for,
        missing=draft.missing,
    )
