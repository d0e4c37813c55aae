"""What a cache may hold, second by second, on both sides of a change."""

from __future__ import annotations

import pytest

from audit.lab.moving.history import Epoch, History, Sts, records

OLD, NEW = Sts("1", "enforce", 1000, ("old.example",)), Sts("2", "testing", 50, ("new.example",))
HISTORY = History(
    (
        Epoch(
            0,
            records(["a.example 100 MX 10 old.example.", "k.example 40 CNAME one.example.", "one.example 10 TXT one"]),
            negative_ttl=30,
            policy=OLD,
        ),
        Epoch(
            500,
            records(
                [
                    "a.example 60 MX 10 new.example.",
                    "k.example 40 CNAME two.example.",
                    "one.example 10 TXT one",
                    "two.example 10 TXT two",
                    "late.example 60 TXT here",
                ]
            ),
            negative_ttl=30,
            policy=NEW,
        ),
        Epoch(700, records([]), negative_ttl=30),
    )
)
OLD_MX, NEW_MX = ("10 old.example.",), ("10 new.example.",)


@pytest.mark.parametrize(
    ("name", "kind", "moment", "seen"),
    [
        ("a.example", "MX", -1000, {OLD_MX}),
        ("a.example", "MX", 499, {OLD_MX}),
        ("a.example", "MX", 500, {OLD_MX, NEW_MX}),
        ("a.example", "MX", 598, {OLD_MX, NEW_MX}),
        ("a.example", "MX", 599, {NEW_MX}),  # asked at 499, kept for 100 seconds
        ("a.example", "MX", 758, {NEW_MX, ()}),
        ("a.example", "MX", 759, {()}),
        ("late.example", "TXT", 528, {(), ('"here"',)}),  # a denial is kept as well
        ("late.example", "TXT", 529, {('"here"',)}),
        ("k.example", "TXT", 499, {('"one"',)}),
        ("k.example", "TXT", 538, {('"one"',), ('"two"',)}),
        ("k.example", "TXT", 539, {('"two"',)}),
        # Both links from caches: an alias that was there a while ago, to a name that is gone.
        ("k.example", "TXT", 720, {()}),
        ("k.example", "TXT", 708, {('"two"',), ()}),
        ("k.example", "CNAME", 499, {("one.example.",)}),
    ],
)
def test_every_answer_with_which_somebody_may_work(
    name: str, kind: str, moment: int, seen: set[tuple[str, ...]]
) -> None:
    assert {said.values for said in HISTORY.views(name, kind, moment)} == seen


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (499, {OLD}),
        (500, {OLD, NEW}),
        (748, {OLD, NEW}),
        (749, {OLD}),  # the new one was fetched at 699 at the latest, and lasts for 50 seconds
        (1498, {OLD}),
        (1499, set()),
    ],
)
def test_a_policy_is_kept_until_its_max_age_is_over(moment: int, kept: set[Sts]) -> None:
    assert HISTORY.policies(moment) == kept


def test_nothing_changes_between_turns() -> None:
    questions = [("a.example", "MX"), ("k.example", "TXT"), ("late.example", "TXT")]
    turns = set(HISTORY.turns())
    for moment in range(1, 1600):
        if moment not in turns:
            now, before = ([HISTORY.views(*q, at) for q in questions] for at in (moment, moment - 1))
            assert (now, HISTORY.policies(moment)) == (before, HISTORY.policies(moment - 1)), moment


def test_a_circle_of_aliases_answers_nothing() -> None:
    circle = records(["a.example 5 CNAME b.example.", "b.example 5 CNAME a.example."])
    assert not History((Epoch(0, circle),)).views("a.example", "TXT", 0)


@pytest.mark.parametrize("moments", [(), (0, 0), (5, 1)])
def test_a_history_goes_forward(moments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="order of time"):
        History(tuple(Epoch(at, {}) for at in moments))
