"""The vantage: what is ours is not held against others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, Depth, DnsStatus, Outcome, Probe, Question, RouteCheck, SmtpVisit
from audit.protocol.vantage import Vantage, believed
from tests.rules import sessions
from tests.rules.world import Case, World, replayed

CANARIES, BY_IPV6 = ("198.51.100.251", "198.51.100.252"), ("2001:db8:ca::1", "2001:db8:ca::2")
MADE_UP = "absent.test. A 198.51.100.99\nabsent.test. A 198.51.100.98\n"


def seen(case: Case) -> Vantage:
    fact: Fact[Vantage] = replayed(case).run.facts[Vantage]
    assert isinstance(fact, Known)
    return fact.value


def told(fact: Fact[bool]) -> bool | str:
    return fact.reason if isinstance(fact, Unknown) else fact.value


@pytest.mark.parametrize(
    ("zone", "answering", "rewriting"),
    [
        ("", True, False),
        ("absent.test. A nodata", True, False),
        (MADE_UP, True, True),
        ("absent.test. A servfail", True, "dns.servfail"),
        (". SOA timeout", "dns.timeout", False),
        (". SOA refused\nabsent.test. A refused", "dns.refused", "dns.refused"),
    ],
)
def test_the_resolver(zone: str, answering: bool | str, rewriting: bool | str) -> None:
    vantage = seen(Case("", "", zone))
    assert (told(vantage.answering), told(vantage.rewriting)) == (answering, rewriting)


@pytest.mark.parametrize(
    ("kind", "zone", "signature", "validating"),
    [
        ("loopback", "", "SOA 8 0 86400 20261205050000 20261122040000 1 . x", True),
        ("loopback", "", None, False),
        ("private", "", "SOA 8 0 86400 20261205050000 20261122040000 1 . x", "vantage.resolver_not_local"),
        ("public", "", "SOA 8 0 86400 20261205050000 20261122040000 1 . x", "vantage.resolver_not_local"),
        ("loopback", ". SOA timeout", None, "dns.timeout"),
    ],
)
def test_validation_is_believed_from_this_machine_only(
    kind: str, zone: str, signature: str | None, validating: bool | str
) -> None:
    case = Case("", "", zone, settings={"resolver_kind": kind}, root_signature=signature)
    assert told(seen(case).validating) == validating


@pytest.mark.parametrize(
    ("signature", "clock"),
    [
        ("SOA 8 0 86400 20261205050000 20261122040000 1 . x", True),
        ("SOA 8 0 86400 20261124115600 20261111000000 1 . x", True),  # within the tolerance of five minutes
        ("SOA 8 0 86400 20261124115400 20261111000000 1 . x", False),
        ("SOA 8 0 86400 20261205050000 20261124120400 1 . x", True),
        ("SOA 8 0 86400 20261205050000 20261124120600 1 . x", False),
        ("SOA 8 0 86400 20200101000000 20191222000000 1 . x", False),
        ("NS 8 0 86400 20200101000000 20191222000000 1 . x", "vantage.clock_untested"),
        ("SOA 8 0 86400 tomorrow yesterday 1 . x", "vantage.clock_untested"),
        ("SOA", "vantage.clock_untested"),
        (None, "vantage.clock_untested"),
    ],
)
def test_the_clock_is_held_to_the_root_zones_signature(signature: str | None, clock: bool | str) -> None:
    assert told(seen(Case("", "", root_signature=signature)).clock) == clock


@pytest.mark.parametrize(
    ("zone", "met", "port25"),
    [
        ("", (), True),
        ("", CANARIES[:1], True),  # one host may have closed its door to us
        ("", CANARIES, False),
        ("canary-1.test. A timeout", CANARIES, "vantage.port25_untested"),  # one is not enough
        ("canary-1.test. A timeout", (), True),
        ("canary-1.test. A servfail\ncanary-2.test. A servfail", (), "vantage.port25_untested"),
        ("canary-1.test. A nodata\ncanary-2.test. A nodata", (), "vantage.port25_untested"),  # nobody to try
        (MADE_UP + "canary-1.test. A 198.51.100.98\ncanary-2.test. A nodata", (), "vantage.port25_untested"),
    ],
)
def test_port_25_is_closed_only_if_two_hosts_could_not_be_reached(
    zone: str, met: tuple[str, ...], port25: bool | str
) -> None:
    case = Case("", "", zone, sessions={address: sessions.timeout() for address in met})
    assert told(seen(case).port25) == port25


@pytest.mark.parametrize("outcome", [Outcome.GUARD_REFUSED, Outcome.BUDGET, Outcome.NOT_GATHERED])
def test_a_canary_that_was_not_dialled_closes_nothing(outcome: Outcome) -> None:
    case = Case("", "", sessions={a: sessions.connect(outcome) for a in CANARIES})
    assert told(seen(case).port25) == "vantage.port25_untested"


@pytest.mark.parametrize("canaries", [(), ("canary-1.test",)])
def test_fewer_than_two_canaries_close_nothing(canaries: tuple[str, ...]) -> None:
    case = Case("", "", settings={"canaries": canaries}, sessions={a: sessions.timeout() for a in CANARIES})
    assert told(seen(case).port25) == "vantage.port25_untested"


def test_canaries_are_connected_to_and_nothing_is_said() -> None:
    world = World(Case("", ""))
    replayed(world.case, world)
    visits = [p for p in world.asked if isinstance(p, SmtpVisit)]
    assert {(v.address, v.depth) for v in visits} == {(a, Depth.CONNECT) for a in (*CANARIES, *BY_IPV6)}


@pytest.mark.parametrize(
    ("zone", "met", "routes", "open_"),
    [
        ("", (), ("ipv4", "ipv6"), True),
        ("", CANARIES, ("ipv4", "ipv6"), True),
        ("", BY_IPV6[:1], ("ipv4", "ipv6"), True),
        ("", BY_IPV6, ("ipv4", "ipv6"), False),
        ("", (), ("ipv4",), "vantage.port25_ipv6_untested"),
        ("canary-1.test. AAAA nodata\ncanary-2.test. AAAA nodata", (), ("ipv6",), "vantage.port25_ipv6_untested"),
    ],
)
def test_port_25_by_ipv6_is_looked_at_for_itself(
    zone: str, met: tuple[str, ...], routes: tuple[str, ...], open_: bool | str
) -> None:
    case = Case("", "", zone, sessions={a: sessions.timeout() for a in met}, routes=frozenset(routes))
    assert told(seen(case).port25_ipv6) == open_


def test_without_smtp_nobody_is_connected_to() -> None:
    world = World(Case("", "", settings={"smtp": False}))
    found = replayed(world.case, world).run.facts[Vantage]
    assert isinstance(found, Known)
    assert told(found.value.port25) == "not_selected"
    assert not [p for p in world.asked if isinstance(p, SmtpVisit)]


@pytest.mark.parametrize("routes", [frozenset({"ipv4", "ipv6"}), frozenset({"ipv4"}), frozenset({"ipv6"}), frozenset()])
def test_each_family_is_looked_at(routes: frozenset[str]) -> None:
    vantage = seen(Case("", "", routes=routes))
    assert (told(vantage.ipv4), told(vantage.ipv6)) == ("ipv4" in routes, "ipv6" in routes)
    world = World(Case("", "", routes=routes))
    replayed(world.case, world)
    assert [p.key for p in world.asked if isinstance(p, RouteCheck)] == ["route ipv4", "route ipv6"]


QUESTION: Probe[Any] = Question(name="a.example", rdtype="A")


def through(vantage: Vantage, came: Any) -> Any:
    got: list[Any] = []
    believed(lambda _, done: done(came), vantage)(QUESTION, got.append)
    return got[0]


ABSENT, EMPTY = Answer(status=DnsStatus.NXDOMAIN), Answer(status=DnsStatus.NODATA)
THERE = Answer(status=DnsStatus.NOERROR, records=("192.0.2.1",))
INVENTED = Answer(status=DnsStatus.NOERROR, records=("198.51.100.99",))
MIXED = Answer(status=DnsStatus.NOERROR, records=("192.0.2.1", "198.51.100.99"))
BROKEN = Answer(status=DnsStatus.SERVFAIL)


@pytest.mark.parametrize(
    ("came", "status"),
    [
        (ABSENT, DnsStatus.REWRITTEN),
        (EMPTY, DnsStatus.REWRITTEN),
        (INVENTED, DnsStatus.REWRITTEN),
        (THERE, DnsStatus.NOERROR),
        (MIXED, DnsStatus.NOERROR),
        (BROKEN, DnsStatus.SERVFAIL),
    ],
)
def test_through_a_resolver_that_invents_absence_is_unknown(came: Answer, status: DnsStatus) -> None:
    honest, inventing = seen(Case("", "")), seen(Case("", "", MADE_UP))
    assert through(honest, came) == came
    believed_answer = through(inventing, came)
    assert believed_answer.status is status
    assert believed_answer == came if status is came.status else believed_answer.records == ()


def test_only_answers_are_doubted() -> None:
    session = sessions.timeout()
    assert through(replace(seen(Case("", "", MADE_UP))), session) is session


def test_nothing_fails_for_being_absent_through_a_resolver_that_invents() -> None:
    found = replayed(Case("", "", MADE_UP)).findings
    assert {f.result for f in found} == {"unknown"}
    assert {f.reason for f in found} == {"vantage.rewriting"}
