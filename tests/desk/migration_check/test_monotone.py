"""Losing an observation leaves each step as it was, or makes it unknown: never better, and never worse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from audit.desk.migration_check.judging import check_plan
from audit.desk.migration_check.steps import Seen
from audit.desk.propagation.verdict import CopyState, Propagation, ServerState
from audit.lab.moving.senders import DAY
from audit.model.fact import Fact, Known, Unknown
from audit.model.migration_check import MoveState, PlanCheck, Progress
from tests.desk.migration_check.test_by_plan import ORDER
from tests.desk.migration_check.world import Eyes, look
from tests.lab.moving.by_plan import lived, planned

LOST = Unknown("dns.timeout")
EARLY = {"switch-mx": DAY, "dkim-old": 2 * DAY}  # nothing else
HALF = {step: at for step, at in ORDER.items() if step not in {"dkim-new", "mta-sts-open"}}
LATE = 20 * DAY
CASES = [
    *((ORDER, last * DAY + DAY // 2, None) for last in (0, 4, 6, 7, 10, 12, 14)),
    (ORDER, 7 * DAY, 7 * DAY - 60),  # a resolver that holds what was before the switch
    (EARLY, 3 * DAY, None),
    (HALF, LATE, None),
]


def losses(seen: Seen) -> Iterator[tuple[str, Seen]]:
    """What is seen, each time without one thing."""
    for key, fact in seen.records.items():
        assert isinstance(fact, Known)
        for at in range(len(fact.value.servers)):
            yield f"{key} server {at}", replaced(seen, key, Known(without_server(fact.value, at)))
        for at in range(len(fact.value.copies)):
            yield f"{key} copy {at}", replaced(seen, key, Known(without_copy(fact.value, at)))
        yield f"{key}", replaced(seen, key, LOST)
    for url in seen.files:
        yield url, replace(seen, files={**seen.files, url: LOST})


def replaced(seen: Seen, key: tuple[str, str], fact: Fact[Propagation]) -> Seen:
    return replace(seen, records={**seen.records, key: fact})


def without_server(spread: Propagation, at: int) -> Propagation:
    servers = list(spread.servers)
    servers[at] = replace(servers[at], state=ServerState.UNKNOWN, records=(), ttl=None, reason="dns.timeout")
    return replace(spread, servers=tuple(servers))


def without_copy(spread: Propagation, at: int) -> Propagation:
    copies = list(spread.copies)
    copies[at] = replace(copies[at], state=CopyState.UNKNOWN, records=(), until=None, reason="dns.timeout")
    return replace(spread, copies=tuple(copies))


def judged(seen: Seen) -> PlanCheck:
    return check_plan(planned(), "0" * 64, seen)


@pytest.mark.parametrize(("times", "at", "behind"), CASES)
def test_less_that_is_seen_makes_nothing_more_certain(times: dict[str, int], at: int, behind: int | None) -> None:
    seen = look(planned(), lived(planned(), times), at, Eyes(behind), {})
    whole = judged(seen)
    for what, less in losses(seen):
        found = judged(less)
        for step, before in zip(found.steps, whole.steps, strict=True):
            assert step.progress in {before.progress, Progress.UNKNOWN}, (what, step.id)
            assert step.before_its_turn <= before.before_its_turn, (what, step.id)
        assert found.outcome in {whole.outcome, MoveState.UNKNOWN}, what
        assert set(found.next) <= set(whole.next), what
        assert left(found) <= left(whole), what


def left(check: PlanCheck) -> set[tuple[str, str, str]]:
    return {(each.name, each.value, each.step) for each in check.leftovers}
