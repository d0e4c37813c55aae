"""Whatever is not seen makes no step of a plan earlier: its time stays, or is not given."""

from __future__ import annotations

import pytest

from tests.desk.migration.test_plan import DMARC, LONG, made
from tests.protocol.migration.test_ground import HERE, POLICY, STS

WHOLE = HERE + STS + DMARC + LONG
OWNERS = sorted({line.split()[0] for line in WHOLE.splitlines() if line.split()})
TIMES = {step.id: step.earliest for step in made(WHOLE, policy=POLICY).steps}


@pytest.mark.parametrize("server", ["", "@192.0.2.53", "both"])
@pytest.mark.parametrize("owner", OWNERS)
def test_what_is_not_seen_makes_no_step_earlier(owner: str, server: str) -> None:
    places = ("", "@192.0.2.53") if server == "both" else (server,)
    lost = "".join(f"{owner} ANY{place} timeout\n" for place in places)
    found = made(WHOLE + lost, policy=POLICY)
    for step in found.steps:
        whole = TIMES.get(step.id)
        assert step.earliest is None or whole is None or step.earliest >= whole, step.id
    assert {"switch-mx", "keep-old", "prepare", "dkim-new", "lower-ttl"} <= {step.id for step in found.steps}


@pytest.mark.parametrize("owner", ["story.example.", "_mta-sts.story.example.", "mta-sts.story.example."])
def test_what_the_switch_rests_on_leaves_it_without_a_time(owner: str) -> None:
    lost = "".join(f"{owner} ANY{place} timeout\n" for place in ("", "@192.0.2.53"))
    found = made(WHOLE + lost, policy=POLICY)
    assert next(s for s in found.steps if s.id == "switch-mx").earliest is None
    assert found.not_known
    assert found.in_time is None


def test_a_policy_that_is_announced_and_not_served_leaves_it_without_a_time() -> None:
    found = made(WHOLE)
    assert (found.in_time, [g.why for g in found.not_known]) == (None, ["not_served"])
