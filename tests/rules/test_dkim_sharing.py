"""One key at several domains of a run."""

from __future__ import annotations

import pytest

from audit.model.fact import Unknown
from audit.protocol.dkim.census import Holder, KeyCensus, key_use_of
from tests.rules.dkim_zone import MAIL
from tests.rules.world import GONE, Case, check

DIGEST, OTHER = "a" * 64, "b" * 64
HERE = Holder("a.example", "s1", own=True)


def held(*holders: Holder, hole: Unknown | None = None) -> KeyCensus:
    return KeyCensus({DIGEST: key_use_of(holders), OTHER: key_use_of((Holder("z.example", "s1", own=True),))}, hole)


def many(count: int) -> KeyCensus:
    return held(*(Holder(f"d{n:02}.example", "s1", own=True) for n in range(count)))


AT, SILENT = "DKIM-SHARED-KEY", Unknown("dns.timeout")
CASES = (
    Case(AT, "pass", MAIL, census=held(HERE), subject=DIGEST),
    Case(AT, "pass", MAIL, why="two selectors", census=held(HERE, Holder("a.example", "s2", own=True)), subject=DIGEST),
    Case(
        AT,
        "fail",
        MAIL,
        census=held(HERE, Holder("b.example", "s1", own=True), Holder("c.example", "s1", own=False)),
        subject=DIGEST,
        severity="low",
        arguments={"domains": 2, "names": ("a.example", "b.example")},
    ),
    Case(
        AT,
        "fail",
        MAIL,
        why="many",
        census=many(12),
        subject=DIGEST,
        arguments={"domains": 12, "names": (*(f"d{n:02}.example" for n in range(10)), "2 more")},
    ),
    Case(
        AT,
        "not_applicable",
        MAIL,
        why="by aliases",
        census=held(Holder("b.example", "s1", own=False), Holder("c.example", "s1", own=False)),
        subject=DIGEST,
    ),
    Case(
        AT,
        "not_applicable",
        MAIL,
        why="all but one by aliases",
        census=held(HERE, Holder("b.example", "s1", own=False)),
        subject=DIGEST,
    ),
    Case(
        AT,
        "unknown",
        MAIL,
        why="a selector unanswered",
        census=held(HERE, hole=SILENT),
        subject="run",
        reason=SILENT.reason,
    ),
    Case(AT, GONE, MAIL, why="another may have it", census=held(HERE, hole=SILENT), subject=DIGEST),
    Case(
        AT,
        "fail",
        MAIL,
        why="beside a hole",
        census=held(HERE, Holder("b.example", "s1", own=True), hole=SILENT),
        subject=DIGEST,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_a_finding_points_at_the_answers_of_the_domains() -> None:
    finding = check(CASES[2])
    assert finding
    assert finding.evidence[:2] == ("dns s1._domainkey.a.example TXT", "dns s1._domainkey.b.example TXT")
