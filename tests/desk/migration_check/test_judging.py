"""After each step of a move, what is done, what is under way, and what is left: exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from audit import contract
from audit.desk.migration_check.judging import check_plan
from audit.lab.moving.company import STEPS, Step, moment
from audit.lab.moving.senders import DAY, HOUR
from audit.model.fact import Known
from audit.model.migration_check import MoveState, PlanCheck, Progress
from tests.desk.migration_check.world import plan, seen

DONE, PROPAGATING, NOT_YET = Progress.DONE, Progress.PROPAGATING, Progress.NOT_YET
PARTLY, UNKNOWN = Progress.PARTLY, Progress.UNKNOWN
AT = {step.name: step.at for step in STEPS}
NAMES = tuple(AT)


def progress(check: PlanCheck) -> dict[str, Progress]:
    return {step.id: step.progress for step in check.steps}


def at(moment: int, **how: object) -> PlanCheck:
    return check_plan(plan(), "0" * 64, seen(STEPS, moment, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize("done", range(len(NAMES) + 1))
def test_after_each_step_it_says_what_is_done(done: int) -> None:
    when = AT[NAMES[done - 1]] + DAY // 2 if done else 0
    check = at(when)
    silent = {"keep": Progress.BY_HAND}  # no record tells of it
    wanted = {name: DONE if n < done else NOT_YET for n, name in enumerate(NAMES)}
    assert progress(check) == {**wanted, **silent}
    assert check.outcome is (MoveState.DONE if done == len(NAMES) else MoveState.UNDER_WAY)
    assert not any(step.before_its_turn for step in check.steps)


@pytest.mark.parametrize(
    ("step", "kept"),
    [("publish", 3600), ("switch", 300), ("raise", 3600), ("remove", 3600)],
)
def test_while_a_resolver_keeps_what_was_before(step: str, kept: int) -> None:
    """What was there before is kept for its own TTL: the MX, at the switch, for the lowered one."""
    before = AT[step] - 1
    during, last, over = (
        next(each for each in at(when, behind=before).steps if each.id == step)
        for when in (AT[step], before + kept - 1, before + kept)
    )
    assert (during.progress, last.progress, over.progress) == (PROPAGATING, PROPAGATING, DONE)
    assert (during.until, last.until, over.until) == (moment(before + kept), moment(before + kept), None)


@pytest.mark.parametrize(
    ("silent", "lower"),
    [("ns2.lab.example", UNKNOWN), ("second", DONE)],  # what only the servers tell, they still do
)
def test_who_does_not_answer_may_hold_what_was_before(silent: str, lower: Progress) -> None:
    wanted = {"publish": UNKNOWN, "lower": lower, "switch": UNKNOWN, "keep": Progress.BY_HAND}
    check = at(AT["keep"], silent=(silent,))
    found = {name: each for name, each in progress(check).items() if name in wanted}
    assert found == wanted
    assert check.outcome is MoveState.UNKNOWN


def test_nothing_is_known_where_nobody_answers() -> None:
    check = at(AT["keep"], silent=("ns1.lab.example", "ns2.lab.example"))
    records = {each.progress for step in check.steps for each in step.records}
    assert records == {UNKNOWN}


def moved(**times: int) -> tuple[Step, ...]:
    return tuple(replace(step, at=times.get(step.name.replace("raise", "raise_"), step.at)) for step in STEPS)


def test_a_step_before_its_turn_is_told() -> None:
    """The MX is switched, and nothing of it was published or lowered before."""
    check = check_plan(plan(), "0" * 64, seen(moved(switch=HOUR), 2 * HOUR))
    steps = {step.id: step for step in check.steps}
    assert steps["publish"].progress is NOT_YET
    assert steps["switch"].before_its_turn
    assert steps["switch"].lacks == ("publish",)
    assert check.outcome is MoveState.WRONG


def test_what_is_left_of_the_old_provider_and_from_when_it_may_go() -> None:
    since = {name: moment(AT[name]) for name in ("publish", "lower", "switch", "keep", "raise")}
    early, late = at(AT["switch"] + HOUR), at(AT["raise"] + DAY, done_since=since)
    wanted = {
        ("selector1._domainkey.moving.example", "CNAME"),
        ("selector2._domainkey.moving.example", "CNAME"),
        ("moving.example", "TXT"),
    }
    assert {(each.name, each.type) for each in early.leftovers} == wanted
    assert {each.lacks for each in early.leftovers} == {("raise",)}
    assert {each.may_go_from for each in early.leftovers} == {None}
    assert {each.may_go_from for each in late.leftovers} == {moment(AT["raise"]) + timedelta(hours=1)}
    assert late.next == ("remove",)
    assert not at(AT["remove"] + DAY).leftovers


def test_of_a_step_whose_time_nobody_knows_it_is_counted_from_now() -> None:
    check = at(AT["raise"] + DAY)
    assert check.next == ()
    assert {each.may_go_from for each in check.leftovers} == {moment(AT["raise"] + DAY) + timedelta(hours=1)}


def test_who_was_asked() -> None:
    asked = {r.name: (r.asked, r.silent) for r in at(DAY, silent=("second",)).resolvers}
    number = len({(e.name, e.type) for step in plan().steps for e in step.done_when})
    assert asked == {"first": (number, 0), "second": (number, number)}


def test_a_check_keeps_to_its_schema_whatever_a_zone_holds() -> None:
    given, key = seen(STEPS, AT["switch"]), ("moving.example", "MX")
    fact = given.records[key]
    assert isinstance(fact, Known)
    many = tuple(f"{n} host-{n}.{'x' * 60}.example." for n in range(1000))
    servers = tuple(replace(server, records=many) for server in fact.value.servers)
    held = {**given.records, key: Known(replace(fact.value, servers=servers))}
    check = check_plan(plan(), "0" * 64, replace(given, records=held))
    assert contract.problems("migration_check", contract.pretty(check)) == []
    assert [len(r.found[0]) for s in check.steps for r in s.records if (r.name, r.type) == key] == [1000] * 3
