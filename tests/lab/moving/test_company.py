"""Six steps, in the right order and in others: which mail is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from audit.lab.moving.company import DOMAIN, SERVICES, STEPS, Step, history
from audit.lab.moving.history import History
from audit.lab.moving.receivers import Receivers
from audit.lab.moving.senders import DAY, HOUR, Kind, losses

EVERYBODY = frozenset(kind.value for kind in Kind)
STS = frozenset({Kind.STS.value, Kind.STS_SELDOM.value})
NEW_MAIL = frozenset({"from the new provider, direct", "from the new provider, forwarded"})
OLD_MAIL = frozenset({"from the old provider, direct", "from the old provider, forwarded"})


def taken(times: Mapping[str, int], without: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """The steps, some at other times or left out."""
    return tuple(replace(step, at=times.get(step.name, step.at)) for step in STEPS if step.name not in without)


def lost(world: History) -> frozenset[str]:
    """Whose mail is lost, whenever it was sent, whatever the caches hold."""
    inbound, outbound = losses(world, DOMAIN), Receivers(world, DOMAIN, SERVICES).losses()
    return frozenset(loss.kind for loss in (*inbound, *outbound))


@dataclass(frozen=True, kw_only=True)
class Order:
    name: str
    times: Mapping[str, int] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    lost: frozenset[str] = frozenset()


AT = {step.name: step.at for step in STEPS}
ORDERS = (
    Order(name="by the plan"),
    Order(
        name="slower than planned",
        times={"switch": 100 * DAY, "keep": 120 * DAY, "raise": 130 * DAY, "remove": 999 * DAY},
    ),
    Order(name="each TTL as it was", without=("lower",)),
    Order(
        name="the MX first, then what goes with it: who keeps to the policy waits, and loses nothing",
        times={"switch": DAY // 2},
        lost=EVERYBODY - {Kind.STS.value} | NEW_MAIL,
    ),
    Order(name="nothing published", without=("publish",), lost=EVERYBODY | NEW_MAIL),
    Order(
        name="records published when the first user sends with them",
        times={"publish": AT["switch"] - 1},
        lost=NEW_MAIL | {Kind.STS_SELDOM.value},
    ),
    Order(
        name="the MX while old policies are kept",
        times={"publish": AT["switch"] - 10 * DAY},
        lost=frozenset({Kind.STS_SELDOM.value}),
    ),
    Order(name="the policy of after the move before the move", times={"raise": AT["switch"] - 8 * DAY}, lost=STS),
    Order(
        name="the old provider closed with the switch",
        times={"keep": AT["switch"] + HOUR, "remove": AT["switch"] + 1},
        lost=EVERYBODY | OLD_MAIL,
    ),
    Order(
        name="the old keys and includes removed while mail is under way",
        times={"remove": AT["keep"] + DAY},
        lost=OLD_MAIL,
    ),
    Order(name="everything in one night", times=dict.fromkeys(AT, DAY), lost=EVERYBODY | NEW_MAIL | OLD_MAIL),
)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_whose_mail_is_lost(order: Order) -> None:
    assert lost(history(taken(order.times, order.without))) == order.lost
