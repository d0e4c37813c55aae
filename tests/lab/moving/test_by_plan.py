"""The plan that `mxaudit migrate plan` makes, carried out: in its order no mail is lost, in others some is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from audit.lab.moving.company import DOMAIN, SERVICES
from audit.lab.moving.receivers import Receivers
from audit.lab.moving.senders import DAY, HOUR, Kind, losses
from tests.lab.moving.by_plan import lived, planned, timetable

EVERYBODY = frozenset(kind.value for kind in Kind)
SELDOM = frozenset({Kind.STS_SELDOM.value})
STS = SELDOM | {Kind.STS.value}
NEW_MAIL = frozenset({"from the new provider, direct", "from the new provider, forwarded"})
OLD_MAIL = frozenset({"from the old provider, direct", "from the old provider, forwarded"})
NEW_FORWARDED, OLD_FORWARDED = (
    frozenset(each for each in mail if "forwarded" in each) for mail in (NEW_MAIL, OLD_MAIL)
)


def lost(times: Mapping[str, int]) -> frozenset[str]:
    """Whose mail is lost, whenever it was sent, whatever the caches hold."""
    world = lived(planned(), times)
    inbound, outbound = losses(world, DOMAIN), Receivers(world, DOMAIN, SERVICES).losses()
    return frozenset(loss.kind for loss in (*inbound, *outbound))


def by_the_plan() -> dict[str, int]:
    return timetable(planned())


def test_the_plan_is_whole() -> None:
    plan = planned()
    assert (plan.moves_from, plan.missing, plan.not_known, plan.in_time) == (("microsoft-365",), (), (), True)
    assert set(by_the_plan()) == {step.id for step in plan.steps}


@pytest.mark.parametrize("slower", [1, 3])
def test_in_the_order_of_the_plan_no_mail_is_lost(slower: int) -> None:
    assert lost({step: at * slower for step, at in by_the_plan().items()}) == frozenset()


def test_a_move_that_is_left_half_done_loses_nothing() -> None:
    """Whatever step was the last: people fall ill."""
    times = by_the_plan()
    for last in sorted(set(times.values())):
        assert lost({step: at for step, at in times.items() if at <= last}) == frozenset(), last


@dataclass(frozen=True, kw_only=True)
class Order:
    """Steps relative to the switch, in seconds, or left out; all others by the plan."""

    name: str
    moved: Mapping[str, int] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    lost: frozenset[str]


ORDERS = (
    Order(name="the mailboxes after the switch", moved={"prepare": HOUR}, lost=EVERYBODY),
    Order(name="no key of the new provider", without=("dkim-new",), lost=NEW_FORWARDED),
    Order(
        name="keys and SPF after the switch",  # the lowered TTL would bring the new include along
        moved={"dkim-new": HOUR, "spf-both": HOUR},
        without=("lower-ttl",),
        lost=NEW_MAIL,
    ),
    Order(name="the policy as it was", without=("mta-sts-open", "mta-sts-close"), lost=STS),
    Order(name="the policy opened with the switch", moved={"mta-sts-open": 0}, lost=SELDOM),
    Order(name="the policy opened ten days before", moved={"mta-sts-open": -10 * DAY}, lost=SELDOM),
    Order(name="the policy closed before the switch", moved={"mta-sts-close": -10 * DAY}, lost=STS),
    Order(name="the old provider ended with the switch", moved={"remove-rest": 0}, lost=EVERYBODY),
    Order(
        name="the old provider ended at once, while TTLs are long",
        moved={"remove-rest": 60},
        without=("lower-ttl",),
        lost=EVERYBODY,
    ),
    Order(name="old keys gone with the switch", moved={"dkim-old": 0}, lost=OLD_FORWARDED),
    Order(name="old keys and include gone with the switch", moved={"dkim-old": 0, "spf-new": 0}, lost=OLD_MAIL),
)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_in_another_order_some_is(order: Order) -> None:
    times = by_the_plan()
    moved = {step: times["switch-mx"] + after for step, after in order.moved.items()}
    assert lost({step: at for step, at in {**times, **moved}.items() if step not in order.without}) == order.lost
