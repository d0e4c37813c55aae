"""When to try again."""

from __future__ import annotations

import pytest

from audit.catalog.replies import Backoff, ReplyClass, load_replies
from audit.desk.retry import retry, waits


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ((600, 2.0, 3600, 0.2, 86400), ((480, 720), (960, 1440), (1920, 2880), (2880, 4320))),
        ((600, 1.0, 600, 0.0, 1500), ((600, 600), (600, 600))),
        ((600, 2.0, 3600, 0.5, 600), ((300, 900),)),
        ((600, 2.0, 3600, 0.2, 500), ()),
        ((0, 1.0, 0, 0.0, 0), ()),
    ],
)
def test_waits_grow_and_end(plan: tuple[int, float, int, float, int], found: tuple[tuple[int, int], ...]) -> None:
    first, factor, cap, jitter, end = plan
    backoff = Backoff(first_s=first, factor=factor, cap_s=cap, jitter=jitter, give_up_s=end)
    assert waits(backoff, 4) == found


@pytest.mark.parametrize("known", load_replies().classes, ids=lambda c: c.id)
def test_what_passes_is_tried_again_and_what_lasts_by_its_class(known: ReplyClass) -> None:
    assert retry(known, permanent=False).when == "later"
    assert retry(known, permanent=True).when == known.after_permanent
    if known.id != "ok":
        plan = known.backoff
        assert 300 <= plan.first_s <= plan.cap_s <= plan.give_up_s <= 5 * 86400
        assert 0.1 <= plan.jitter <= 0.5
        assert len(waits(plan, 3)) == 3
