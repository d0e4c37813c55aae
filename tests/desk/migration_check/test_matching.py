"""How what stands at a name relates to a step: before it, after it, between, or something else."""

from __future__ import annotations

import pytest

from audit.desk.migration_check.matching import Aim, Held, Stand, same_policy
from audit.model.migration import Change, Expected, Match, RecordSet, StepKind

OTHER, BEFORE, BETWEEN, AFTER = Stand.OTHER, Stand.BEFORE, Stand.BETWEEN, Stand.AFTER
OLD_MX, NEW_MX = ("0 old.example.",), ("1 a.new.example.", "5 b.new.example.")
OLD_SPF, BOTH_SPF, TEXT = '"v=spf1 include:old -all"', '"v=spf1 include:old include:new -all"', '"MS=1"'


def records(values: tuple[str, ...], ttl: int | None = 300) -> RecordSet | None:
    return RecordSet(values=values, ttl=ttl) if values else None


def aim(
    match: Match,
    rdtype: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    kind: StepKind = StepKind.SWITCH,
    seen: bool = True,
    ttl: int | None = None,
    wanted: tuple[str, ...] | None = None,
) -> Aim:
    change = Change(name="a.example", type=rdtype, before=records(before, 3600), after=records(after), seen=seen)
    values = after if wanted is None else wanted
    return Aim(kind, Expected(name="a.example", type=rdtype, match=match, values=values, ttl=ttl), (change,))


SWITCH = aim(Match.EXACTLY, "MX", OLD_MX, NEW_MX)
SPF = aim(Match.AMONG, "TXT", (OLD_SPF, TEXT), (BOTH_SPF, TEXT), wanted=(BOTH_SPF,))
ADDED = aim(Match.AMONG, "TXT", (OLD_SPF,), (OLD_SPF, '"new"'), wanted=('"new"',))
KEY = aim(Match.EXACTLY, "TXT", (), ('"v=DKIM1; p=AA"',))
GONE = aim(Match.ABSENT, "CNAME", ("old.example.",), ())
FREED = aim(Match.WITHOUT, "TXT", (TEXT, OLD_SPF), (OLD_SPF,), wanted=(TEXT,))
UNSEEN = aim(Match.EXACTLY, "MX", (), NEW_MX, seen=False)


@pytest.mark.parametrize(
    ("step", "found", "stand"),
    [
        (SWITCH, OLD_MX, BEFORE),
        (SWITCH, NEW_MX, AFTER),
        (SWITCH, ("1 A.NEW.example.", "5 b.new.example."), AFTER),
        (SWITCH, NEW_MX[:1], BETWEEN),
        (SWITCH, OLD_MX + NEW_MX, BETWEEN),
        (SWITCH, (*NEW_MX, "9 third.example."), OTHER),
        (SWITCH, ("0 third.example.",), OTHER),
        (SWITCH, (), OTHER),
        (SPF, (OLD_SPF, TEXT), BEFORE),
        (SPF, (OLD_SPF,), BEFORE),
        (SPF, (BOTH_SPF,), AFTER),
        (SPF, ('"v=spf1 include:old " "include:new -all"', TEXT), AFTER),
        (SPF, ('"v=spf1 -all"', TEXT), OTHER),
        (SPF, (), OTHER),
        (ADDED, (OLD_SPF,), BEFORE),
        (ADDED, (), BEFORE),
        (ADDED, ('"new"', OLD_SPF), AFTER),
        (KEY, (), BEFORE),
        (KEY, ('"v=DKIM1; p=AA"',), AFTER),
        (KEY, ('"v=DKIM1; " "p=AA"',), AFTER),
        (KEY, ('"v=DKIM1; p=BB"',), OTHER),
        (GONE, ("old.example.",), BEFORE),
        (GONE, (), AFTER),
        (GONE, ("other.example.",), OTHER),
        (FREED, (TEXT, OLD_SPF), BEFORE),
        (FREED, (OLD_SPF,), AFTER),
        (UNSEEN, OLD_MX, BEFORE),
        (UNSEEN, NEW_MX, AFTER),
    ],
)
def test_stand(step: Aim, found: tuple[str, ...], stand: Stand) -> None:
    assert step.stand(Held(found)) is stand


LOWER = aim(Match.EXACTLY, "MX", OLD_MX, OLD_MX, StepKind.LOWER, ttl=300)
RAISE = aim(Match.EXACTLY, "MX", OLD_MX, OLD_MX, StepKind.RAISE)


@pytest.mark.parametrize(
    ("step", "ttl", "stand"),
    [
        (LOWER, 3600, BEFORE),
        (LOWER, 300, AFTER),
        (LOWER, 60, AFTER),
        (LOWER, None, AFTER),  # a copy does not tell what the zone has
        (RAISE, 60, BEFORE),
        (RAISE, 300, AFTER),
        (RAISE, 3600, AFTER),
    ],
)
def test_times(step: Aim, ttl: int | None, stand: Stand) -> None:
    assert step.stand(Held(OLD_MX, ttl)) is stand


def test_a_step_that_comes_later_knows_what_stood_there_at_first() -> None:
    change = Change(
        name="a.example", type="TXT", before=records((BOTH_SPF,)), after=records(('"v=spf1 -all"',)), seen=True
    )
    expected = Expected(name="a.example", type="TXT", match=Match.AMONG, values=('"v=spf1 -all"',), ttl=None)
    later = Aim(StepKind.REMOVE, expected, (*SPF.changes, change))
    stands = {text: later.stand(Held((text, TEXT))) for text in (OLD_SPF, BOTH_SPF, '"v=spf1 -all"', '"v=spf1 ?all"')}
    assert list(stands.values()) == [BEFORE, BEFORE, AFTER, OTHER]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("version: STSv1\nmode: enforce\nmx: b.example\nmx: a.example\nmax_age: 86400\n", True),
        ("version: STSv1\nmode: testing\nmx: a.example\nmx: b.example\nmax_age: 86400\n", False),
        ("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 86400\n", False),
        ("mode: enforce\nmx: a.example\nmx: b.example\nmax_age: 86400\n", False),
    ],
)
def test_policies_are_the_same_when_senders_read_the_same(other: str, same: bool) -> None:
    policy = "version: STSv1\r\nmode: enforce\r\nmx: a.example\r\nmx: B.example\r\nmax_age: 86400\r\n"
    assert same_policy(policy, other) is same
