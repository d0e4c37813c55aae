"""One look at a move: each name of the plan at all servers and resolvers, and the policy's file."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet, Probe, Question, Route, RouteCheck
from audit.protocol.drive import replay
from audit.protocol.migration.looking import MOST_NAMES, Look, Wanted, look_at
from tests.rules.world import zone

TEXT = """
story.example. SOA ns1.story.example. hostmaster.story.example. 7 2 3 4 60
story.example. NS ns1.story.example.
ns1.story.example. A 192.0.2.53
story.example. 600 MX 10 new.story.example.
story.example. 80 MX@198.51.100.8 10 old.story.example.
mta-sts.story.example. A 192.0.2.80
mta-sts.story.example. A 192.0.2.81
"""
URL = "https://mta-sts.story.example/.well-known/mta-sts.txt"
OK, TIMEOUT = FetchOutcome.OK, FetchOutcome.TIMEOUT
POLICY = b"version: STSv1\n"


def looked(
    fetches: dict[str, HttpsFetch], url: str = URL, names: tuple[tuple[str, str], ...] = (("story.example", "MX"),)
) -> tuple[Look, list[str]]:
    asked: dict[str, None] = {}

    def seen(probe: Probe[Any]) -> Any:
        asked[probe.key] = None
        if isinstance(probe, RouteCheck):
            return Route(available=probe.family == "ipv4")
        if isinstance(probe, HttpsGet):
            return fetches.get(probe.address, HttpsFetch(outcome=TIMEOUT))
        assert isinstance(probe, Question)
        return zone(TEXT).answer(probe)

    faults: list[BaseException] = []
    work = look_at(Wanted("story.example", names, (url,)), (("One", "198.51.100.8"),), None)
    fact = replay(work, seen, faults.append)[0]
    assert not faults, faults
    assert isinstance(fact, Known), fact
    return fact.value, list(asked)


def test_servers_and_resolvers_are_asked_for_each_name() -> None:
    found, _ = looked({})
    [(key, fact)] = found.rounds
    assert key == ("story.example", "MX")
    assert isinstance(fact, Known)
    [server], [copies] = fact.value.truth.servers, fact.value.copies
    held = server.said[0]
    assert isinstance(held, Known)
    assert held.value.records == ("10 new.story.example.",)
    assert copies.rounds[0][0].records == ("10 old.story.example.",)


GIVEN = HttpsFetch(outcome=OK, status=200, body=POLICY)


@pytest.mark.parametrize(
    ("fetches", "policy"),
    [
        ({"192.0.2.80": GIVEN}, Known("version: STSv1\n")),
        ({"192.0.2.81": GIVEN}, Known("version: STSv1\n")),
        ({"192.0.2.80": HttpsFetch(outcome=OK, status=404)}, Known(None)),
        ({"192.0.2.80": HttpsFetch(outcome=OK, status=200, body=b"\xff")}, Known("\\xff")),
        ({"192.0.2.80": HttpsFetch(outcome=OK, status=503)}, "https.status"),
        ({}, "https.timeout"),
    ],
)
def test_the_policy_is_read_at_the_first_address_that_gives_one(
    fetches: dict[str, HttpsFetch], policy: Fact[str | None] | str
) -> None:
    [(url, fact)] = looked(fetches)[0].files
    assert url == URL
    assert (fact.reason if isinstance(fact, Unknown) else fact) == policy


@pytest.mark.parametrize(
    "url",
    [
        "https://192.0.2.1/.well-known/mta-sts.txt",
        "https://mta-sts.other.example/.well-known/mta-sts.txt",
        "https://mta-sts.story.example/admin",
        "file:///etc/passwd",
    ],
)
def test_a_plan_leads_to_no_other_host(url: str) -> None:
    found, asked = looked({}, url)
    assert isinstance(found.files[0][1], Unknown)
    assert not [key for key in asked if key.startswith("https")]


def test_a_plan_does_not_make_for_questions_without_end() -> None:
    names = tuple((f"n{at}.story.example", "A") for at in range(MOST_NAMES + 5))
    assert len(looked({}, names=names)[0].rounds) == MOST_NAMES
