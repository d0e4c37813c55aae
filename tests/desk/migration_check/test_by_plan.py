"""A plan of `mxaudit migrate plan`, carried out step by step: after each it is told exactly what is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.desk.migration_check.judging import check_plan
from audit.lab.moving.company import DOMAIN, moment
from audit.lab.moving.history import History
from audit.lab.moving.senders import DAY
from audit.model.migration_check import MoveState, PlanCheck, Progress
from tests.desk.migration_check.world import Eyes, look
from tests.lab.moving.by_plan import lived, planned

DONE, NOT_YET, BY_HAND = Progress.DONE, Progress.NOT_YET, Progress.BY_HAND
STEPS = (
    *("keep-rest", "prepare", "dkim-new", "spf-both", "mta-sts-open", "lower-ttl", "switch-mx", "switch-clients"),
    *("keep-old", "raise-ttl", "mta-sts-close", "spf-new", "dkim-old", "remove-rest"),
)
TOLD_BY_NOTHING = frozenset({"keep-rest", "keep-old", "remove-rest"})
ORDER = {step: day * DAY for day, step in enumerate(STEPS, 1)}


def check(times: dict[str, int], at: int) -> PlanCheck:
    return check_plan(planned(), "0" * 64, look(planned(), lived(planned(), times), at, Eyes(), {}))


def test_these_are_the_steps() -> None:
    assert tuple(step.id for step in planned().steps) == STEPS


@pytest.mark.parametrize("last", range(len(STEPS) + 1))
def test_after_each_step_it_says_what_is_done(last: int) -> None:
    found = check(ORDER, last * DAY + DAY // 2)
    wanted = {
        step: BY_HAND if step in TOLD_BY_NOTHING else DONE if at < last else NOT_YET for at, step in enumerate(STEPS)
    }
    assert {step.id: step.progress for step in found.steps} == wanted
    whole = DONE in wanted.values() and NOT_YET not in wanted.values()
    assert found.outcome is (MoveState.DONE if whole else MoveState.UNDER_WAY)
    assert not [step.id for step in found.steps if step.before_its_turn]


@pytest.mark.parametrize("step", ["spf-both", "raise-ttl", "spf-new"])
def test_a_text_of_others_beside_the_spf_record_makes_nothing_wrong(step: str) -> None:
    """Somebody proves the domain to a third party meanwhile."""
    history = lived(planned(), ORDER)
    key = DOMAIN, "TXT"
    more = tuple(
        replace(e, records={**e.records, key: replace(e.records[key], values=(*e.records[key].values, '"third=1"'))})
        for e in history.epochs
    )
    at = ORDER[step] + DAY // 2
    found = check_plan(planned(), "0" * 64, look(planned(), History(more), at, Eyes(), {}))
    assert {s.id: s.progress for s in found.steps}[step] is DONE


@pytest.mark.parametrize(
    ("early", "before"),
    [
        ("switch-mx", ("dkim-new", "spf-both", "mta-sts-open", "lower-ttl")),
        ("mta-sts-close", ("mta-sts-open", "switch-mx")),
        ("dkim-old", ("switch-mx",)),
        ("spf-new", ("spf-both", "switch-mx")),
    ],
)
def test_a_step_that_comes_too_early_is_told(early: str, before: tuple[str, ...]) -> None:
    """The step right at the beginning, after what is done at the consoles."""
    found = {step.id: step for step in check({early: DAY}, 2 * DAY).steps}
    assert found[early].progress is DONE
    assert found[early].before_its_turn
    assert set(before) & set(found[early].lacks)


def test_what_is_left_of_the_old_provider() -> None:
    """Of all that was there before, after the switch."""
    left = {(each.name, each.type, each.step) for each in check(ORDER, ORDER["keep-old"]).leftovers}
    assert left == {
        ("moving.example", "TXT", "spf-new"),
        ("selector1._domainkey.moving.example", "CNAME", "dkim-old"),
        ("selector2._domainkey.moving.example", "CNAME", "dkim-old"),
    }
    assert not check(ORDER, ORDER["remove-rest"]).leftovers


def test_what_is_kept_by_hand_holds_up_what_comes_after_it() -> None:
    """The old provider takes mail for five days after the switch: the policy that forbids it comes no sooner."""
    at = ORDER["switch-clients"]
    since = {step: moment(ORDER[step]) for step in ("switch-mx", "switch-clients")}
    given = planned()
    shorter = tuple(
        replace(s, because=tuple(replace(b, seconds=60) for b in s.because)) if s.id == "mta-sts-close" else s
        for s in given.steps
    )
    seen = look(given, lived(given, ORDER), at, Eyes(), since)
    steps = {step.id: step for step in check_plan(replace(given, steps=shorter), "0" * 64, seen).steps}
    assert steps["keep-old"].may_begin == moment(ORDER["switch-mx"] + 5 * DAY)
    assert steps["mta-sts-close"].may_begin == steps["keep-old"].may_begin
