"""Mail hosts in domains that nobody has, and those that only IPv6 does not lead to."""

from __future__ import annotations

import pytest

from audit.model.probe import Outcome
from tests.rules import sessions
from tests.rules.world import Case, World, check, replayed

SOA = '"ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"'
REGISTRY = f"com. SOA {SOA}\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n"
GONE = "story.example. MX 10 mx.gone.com.\n"
BESIDE = GONE + "story.example. MX 20 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
ALIAS = "story.example. MX 10 a.story.example.\na.story.example. CNAME mx.gone.com.\n"
TAKEOVER = (
    Case("MX-TAKEOVER", "pass", "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1"),
    Case("MX-TAKEOVER", "pass", "story.example. MX 10 gone.story.example.", why="the domain's own"),
    Case("MX-TAKEOVER", "pass", REGISTRY + GONE + "gone.com. NS ns.gone.com.", why="registered"),
    Case("MX-TAKEOVER", "pass", GONE, why="no such top level"),
    Case(
        "MX-TAKEOVER",
        "fail",
        REGISTRY + GONE,
        severity="critical",
        arguments={"host": "mx.gone.com", "lies": "lies in", "registrable": "gone.com"},
    ),
    Case("MX-TAKEOVER", "fail", REGISTRY + BESIDE, why="the first of two", subject="mx.gone.com"),
    Case(
        "MX-TAKEOVER",
        "fail",
        REGISTRY + ALIAS,
        why="behind an alias",
        arguments={"registrable": "gone.com", "lies": "leads to"},
    ),
    Case("MX-NXDOMAIN", "not_applicable", REGISTRY + GONE, why="superseded by MX-TAKEOVER"),
    Case("MX-TAKEOVER", "unknown", REGISTRY + GONE + "gone.com. NS@192.0.2.53 timeout", reason="dns.timeout"),
    Case("MX-TAKEOVER", "unknown", GONE + "com. SOA servfail", why="the registry is silent", reason="dns.servfail"),
    Case("MX-TAKEOVER", "unknown", GONE + "mx.gone.com. ANY timeout", why="nobody knows", reason="dns.timeout"),
    Case("MX-NXDOMAIN", "fail", REGISTRY + GONE + "gone.com. NS@192.0.2.53 timeout", why="registry silent"),
)
DUAL = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\nmx.story.example. AAAA 2001:db8::1\n"
LEGACY, MODERN = "mx.story.example 192.0.2.1", "mx.story.example 2001:db8::1"
REACH = (
    Case("MX-IPV6-REACH", "pass", DUAL, subject=MODERN),
    Case("MX-IPV6-REACH", "not_applicable", DUAL, why="IPv4", subject=LEGACY),
    Case(
        "MX-IPV6-REACH",
        "fail",
        DUAL,
        sessions={"2001:db8::1": sessions.timeout()},
        subject=MODERN,
        severity="high",
        arguments={"host": "mx.story.example", "address": "2001:db8::1", "outcome": "timeout"},
    ),
    Case(
        "MX-REACH",
        "not_applicable",
        DUAL,
        why="superseded by MX-IPV6-REACH",
        sessions={"2001:db8::1": sessions.timeout()},
        subject=MODERN,
    ),
    Case(
        "MX-IPV6-REACH",
        "not_applicable",
        DUAL,
        why="by no way",
        sessions={"2001:db8::1": sessions.timeout(), "192.0.2.1": sessions.refused()},
        subject=MODERN,
    ),
    Case(
        "MX-IPV6-REACH",
        "unknown",
        DUAL,
        why="IPv4 not tried",
        sessions={"2001:db8::1": sessions.timeout(), "192.0.2.1": sessions.connect(Outcome.PAUSED)},
        subject=MODERN,
        reason="smtp.paused",
    ),
    Case(
        "MX-IPV6-REACH",
        "unknown",
        DUAL,
        why="no IPv6 here",
        routes=frozenset({"ipv4"}),
        subject=MODERN,
        reason="vantage.no_ipv6",
    ),  # T13
)
NO_WAY_OUT = {a: sessions.timeout() for a in ("2001:db8:ca::1", "2001:db8:ca::2", "2001:db8::1")}
REACH_BLOCKED = tuple(
    Case(
        rule,
        "unknown",
        DUAL,
        why="our own IPv6 is closed",
        sessions=NO_WAY_OUT,
        subject=MODERN,
        reason="vantage.port25_ipv6_untested",
    )
    for rule in ("MX-IPV6-REACH", "MX-REACH", "BANNER-SLOW")
)
CASES = (*TAKEOVER, *REACH, *REACH_BLOCKED)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_the_mail_that_is_left_is_to_be_published() -> None:
    found = check(Case("MX-TAKEOVER", "fail", REGISTRY + BESIDE, subject="mx.gone.com"))
    assert found is not None
    assert found.publish == ("story.example. 3600 IN MX 20 mx.story.example.",)
    assert [(c.kind, c.name) for c in found.causes] == [("domain", "gone.com")]


def test_no_registry_is_asked_while_all_hosts_are_there() -> None:
    world = World(Case("", "", DUAL))
    replayed(world.case, world)
    registries = ("dns example SOA", "dns example NS", "dns com SOA", "dns com NS")
    assert not [p.key for p in world.asked if p.key in registries]
