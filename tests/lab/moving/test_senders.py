"""What becomes of a mail, by what the sender's caches hold."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from audit.lab.moving.history import Door, Epoch, History, Sts, records
from audit.lab.moving.senders import DAY, HOUR, Kind, Senders, losses

MX_OLD, MX_NEW = "a.example 3600 MX 10 old.example.", "a.example 300 MX 10 new.example."
HOSTS = ("old.example 300 A 203.0.113.1", "new.example 300 A 203.0.113.2")
BOTH = {"203.0.113.1": Door.TAKES, "203.0.113.2": Door.TAKES}
ANNOUNCED = {one: f'_mta-sts.a.example 3600 TXT "v=STSv1; id={one};"' for one in "12"}
MONTH = 30 * DAY
ENFORCED = Sts("1", "enforce", MONTH, ("old.example",))
EASED = Sts("2", "testing", DAY, ("old.example", "new.example"))
TLSA_OLD, TLSA_NEW = "_25._tcp.old.example 3600 TLSA 3 1 0 aa", "_25._tcp.new.example 3600 TLSA 3 1 0 bb"


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    epochs: tuple[Epoch, ...]
    lost: tuple[tuple[str, int, str], ...] = ()  # kind of sender, first mail, cause


def epoch(since: int, *lines: str, policy: Sts | None = None, keys: str = "", **doors: Door) -> Epoch:
    said = [*lines, *HOSTS, *((ANNOUNCED[policy.id],) if policy else ())]
    opened = {"203.0.113.1": doors.get("old"), "203.0.113.2": doors.get("new")}
    return Epoch(
        since,
        records(said),
        policy=policy,
        doors={address: door for address, door in opened.items() if door},
        keys=dict(zip(opened, keys.split(), strict=False)),
    )


TAKES, REFUSES = Door.TAKES, Door.REFUSES
TRIED = 5 * DAY
REFUSED = "{} refuses mail for a.example"
NOT_NAMED = "for five days: the MTA-STS policy 1 does not name new.example"
START, SWITCH, END = 0, 100 * DAY, 140 * DAY

CASES = (
    Case(
        name="the old host goes on until no cache names it",
        epochs=(
            epoch(START, MX_OLD, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, old=TAKES, new=TAKES),
            epoch(SWITCH + HOUR - 1, MX_NEW, old=REFUSES, new=TAKES),
        ),
    ),
    Case(
        name="the old host ends a second too early",
        epochs=(
            epoch(START, MX_OLD, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, old=TAKES, new=TAKES),
            epoch(SWITCH + HOUR - 2, MX_NEW, old=REFUSES, new=TAKES),
        ),
        lost=tuple((kind, SWITCH + HOUR - 2, REFUSED.format("old.example")) for kind in Kind),
    ),
    Case(
        name="the old host is switched off at once, and senders wait until their caches are over",
        epochs=(epoch(START, MX_OLD, old=TAKES, new=TAKES), epoch(SWITCH, MX_NEW, new=TAKES)),
    ),
    Case(
        name="the new host does not know the company yet",
        epochs=(
            epoch(START, MX_OLD, old=TAKES, new=REFUSES),
            epoch(SWITCH, MX_NEW, old=TAKES, new=REFUSES),
            epoch(SWITCH + HOUR, MX_NEW, old=TAKES, new=TAKES),
        ),
        lost=tuple((kind, SWITCH, REFUSED.format("new.example")) for kind in Kind),
    ),
    Case(
        name="the policy still forbids the new host",
        epochs=(
            epoch(START, MX_OLD, policy=ENFORCED, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, policy=ENFORCED, old=TAKES, new=TAKES),
            epoch(END, MX_NEW, old=TAKES, new=TAKES),
        ),
        lost=((Kind.STS, SWITCH, NOT_NAMED), (Kind.STS_SELDOM, SWITCH, NOT_NAMED)),
    ),
    Case(
        name="the policy changes with the MX: who keeps the old one does not see it for a month",
        epochs=(
            epoch(START, MX_OLD, policy=ENFORCED, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, policy=EASED, old=TAKES, new=TAKES),
        ),
        lost=((Kind.STS_SELDOM, SWITCH, NOT_NAMED),),
    ),
    Case(
        name="the policy changes, but its id does not",
        epochs=(
            epoch(START, MX_OLD, policy=ENFORCED, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, policy=Sts("1", "testing", DAY, EASED.mx), old=TAKES, new=TAKES),
        ),
        lost=((Kind.STS, SWITCH, NOT_NAMED), (Kind.STS_SELDOM, SWITCH, NOT_NAMED)),
    ),
    Case(
        name="the policy is eased a max_age before the MX changes",
        epochs=(
            epoch(START, MX_OLD, policy=ENFORCED, old=TAKES, new=TAKES),
            epoch(SWITCH - MONTH, MX_OLD, policy=EASED, old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, policy=EASED, old=TAKES, new=TAKES),
        ),
    ),
    Case(
        name="the new host's TLSA records name another key",
        epochs=(
            epoch(START, MX_OLD, TLSA_OLD, keys="aa cc", old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, TLSA_NEW, keys="aa cc", old=TAKES, new=TAKES),
        ),
        lost=((Kind.DANE, SWITCH, "for five days: no TLSA record names the key of new.example"),),
    ),
    Case(
        name="every host's TLSA records name its key",
        epochs=(
            epoch(START, MX_OLD, TLSA_OLD, TLSA_NEW, keys="aa bb", old=TAKES, new=TAKES),
            epoch(SWITCH, MX_NEW, TLSA_OLD, TLSA_NEW, keys="aa bb", old=TAKES, new=TAKES),
        ),
    ),
    Case(
        name="the first host is silent, the second takes the mail",
        epochs=(epoch(START, MX_OLD, "a.example 3600 MX 20 new.example.", new=TAKES), epoch(SWITCH, MX_NEW, new=TAKES)),
    ),
    Case(
        name="for an hour the domain says that it takes no mail",
        epochs=(
            epoch(START, MX_OLD, old=TAKES),
            epoch(SWITCH, "a.example 300 MX 0 .", old=TAKES),
            epoch(SWITCH + HOUR, MX_OLD, old=TAKES),
        ),
        lost=tuple((kind, SWITCH, "the domain says that it takes no mail") for kind in Kind),
    ),
    Case(
        name="for a week nobody listens",
        epochs=(
            epoch(START, MX_OLD, old=TAKES),
            epoch(SWITCH, MX_OLD),
            epoch(SWITCH + 7 * DAY, MX_OLD, old=TAKES),
        ),
        lost=tuple((kind, SWITCH, "for five days: no host of the MX records can be reached") for kind in Kind),
    ),
    Case(
        name="for four days nobody listens",
        epochs=(epoch(START, MX_OLD, old=TAKES), epoch(SWITCH, MX_OLD), epoch(SWITCH + 4 * DAY, MX_OLD, old=TAKES)),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_lost(case: Case) -> None:
    found = [(loss.kind, loss.sent_at, loss.because) for loss in losses(History(case.epochs), "a.example")]
    assert sorted(found) == sorted(case.lost)


def test_a_mail_is_given_up_after_five_days() -> None:
    history = History((epoch(START, MX_OLD),))
    found = Senders(history, "a.example", Kind.PLAIN).loss(7)
    assert found is not None
    assert (found.sent_at, found.given_up_at) == (7, 7 + TRIED)
