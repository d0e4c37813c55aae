"""At what pace, and until when."""

from __future__ import annotations

import pytest

from audit.catalog.replies import Backoff, ReplyClass, load_replies
from audit.desk.diagnosis import diagnose
from audit.desk.rates import ENDS, MOST_TRIES, Plan, limits, plan_for, tries

RATE = "421 4.7.28 Our system has detected an unusual rate of unsolicited mail"


def planned(text: str, host: str = "") -> Plan:
    return plan_for(diagnose(text, host=host))


@pytest.mark.parametrize(
    ("backoff", "found"),
    [
        ((600, 2.0, 3600, 0.0, 5000), [(1, 600, 600), (2, 1800, 1800), (3, 4200, 4200)]),
        ((600, 1.0, 600, 0.5, 1300), [(1, 300, 900), (2, 600, 1300)]),
        ((600, 2.0, 3600, 0.2, 500), []),
    ],
)
def test_each_try_comes_by_chance_within_the_sum_of_the_waits(
    backoff: tuple[int, float, int, float, int], found: list[tuple[int, int, int]]
) -> None:
    first, factor, cap, jitter, end = backoff
    plan = tries(Backoff(first_s=first, factor=factor, cap_s=cap, jitter=jitter, give_up_s=end))
    assert [(t.number, t.earliest_s, t.latest_s) for t in plan] == found


@pytest.mark.parametrize("known", [c for c in load_replies().classes if c.id != "ok"], ids=lambda c: c.id)
def test_no_class_tries_for_ever_or_after_it_gave_up(known: ReplyClass) -> None:
    backoff = known.backoff
    plan = tries(backoff)
    assert 3 <= len(plan) < MOST_TRIES
    assert all(a.earliest_s <= a.latest_s <= backoff.give_up_s for a in plan)
    assert [t.earliest_s for t in plan] == sorted(t.earliest_s for t in plan)


def test_after_a_reply_about_the_pace_all_mail_to_the_provider_goes_slower() -> None:
    plan = planned(RATE, "mx.google.com")
    assert plan.tries[0].earliest_s == 720
    assert plan.give_up_s == 172_800
    assert "All mail to this provider waits" in plan.pace
    assert "more addresses is no way out" in plan.pace
    assert plan.stop.startswith("After 2 days: give the mail back")
    assert plan.provider == "Google Workspace and Gmail"
    assert any("2,000 recipients a day" in f.text for f in plan.allows)
    assert any("5,000 mails a day" in f.text for f in plan.asks)
    assert all(f.source.startswith("https://") for f in (*plan.allows, *plan.asks))


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("550 5.1.1 no such user", ENDS["never"]),
        ("550 5.7.26 This mail is unauthenticated", ENDS["after_change"]),
        ("250 2.0.0 OK", ENDS["none"]),
    ],
)
def test_what_lasts_is_not_tried_again(text: str, stop: str) -> None:
    plan = planned(text)
    assert (plan.tries, plan.give_up_s, plan.stop) == ((), None, stop)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("450 4.2.0 Greylisted, try again later", "same address"),
        ("452 4.2.2 Mailbox full", "Only mail to this mailbox waits"),
        ("451 4.3.0 Temporary system failure", "Other mail to this server"),
    ],
)
def test_what_other_mail_does_meanwhile(text: str, words: str) -> None:
    plan = planned(text)
    assert words in plan.pace
    assert plan.tries
    assert (plan.allows, plan.asks, plan.provider) == ((), (), None)  # no provider's rule is about that


@pytest.mark.parametrize(
    ("name", "known"),
    [("Google", True), ("Apple iCloud", True), ("Microsoft 365", True), ("nobody.example", False)],
)
def test_a_provider_is_found_by_the_names_that_replies_and_logs_have_for_it(name: str, known: bool) -> None:
    assert bool(limits(name)) is known
