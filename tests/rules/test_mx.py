"""Where mail is taken: MX records, the hosts that they name, and the addresses of those."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.probe import Outcome
from tests.rules import sessions
from tests.rules.world import GONE, Case, check

PARKED, WANTED = DomainOptions(parked=True), DomainOptions(parked=False)
WELL = """
    story.example.     MX    10 mx.story.example.
    mx.story.example.  A     192.0.2.1
    mx.story.example.  AAAA  2001:db8::1
"""
IPV4 = """
    story.example.     MX    10 mx.story.example.
    mx.story.example.  A     192.0.2.1
"""
IMPLICIT = "story.example. A 192.0.2.9"
NOTHING = 'story.example. TXT "nothing to see"'
NULL = "story.example. MX 0 ."
TWO = """
    story.example.      MX  10 b.story.example.
    story.example.      MX  5 a.story.example.
    a.story.example.    A   192.0.2.1
    b.story.example.    A   192.0.2.2
"""
ROUND = """
    story.example.     MX     10 mx.story.example.
    mx.story.example.  CNAME  a.example.
    a.example.         CNAME  b.example.
    b.example.         CNAME  a.example.
"""
LONG = (
    "story.example. MX 10 mx.story.example.\nmx.story.example. CNAME c0.example.\nc9.example. A 192.0.2.1\n"
    + "\n".join(f"c{i}.example. CNAME c{i + 1}.example." for i in range(9))
)
SILENT = "story.example. MX timeout"
BLIND = "story.example. MX servfail\nmx.story.example. A 192.0.2.1"
CLOSED = "canary-1.test. A 198.51.100.251\ncanary-2.test. A 198.51.100.252\n" + IPV4
NO_WAY_OUT = {a: sessions.timeout() for a in ("198.51.100.251", "198.51.100.252", "192.0.2.1")}
MANY = "\n".join(f"story.example. MX 10 mx{i}.story.example." for i in range(25))


def answering(*answered: str) -> str:
    """The hosts of MANY that have an IPv4 address; those that are not among the first twenty are not asked."""
    return MANY + "".join(f"\n{host}.story.example. A 192.0.2.77" for host in answered)


MISSING = (
    Case("MX-MISSING", "pass", WELL),
    Case("MX-MISSING", "fail", IMPLICIT, severity="medium", arguments={"domain": "story.example"}),  # T25
    Case("MX-MISSING", "fail", IMPLICIT, why="mail is wanted", options=WANTED, severity="high"),
    Case("MX-MISSING", "not_applicable", IMPLICIT, why="parked", options=PARKED),
    Case("MX-MISSING", "not_applicable", NOTHING, why="no address either"),
    Case("MX-MISSING", "pass", NULL, why="null MX"),
    Case("MX-MISSING", "unknown", SILENT, reason="dns.timeout"),
    Case("MX-MISSING", "unknown", "story.example. MX bogus", why="bogus", reason="dns.bogus"),
    Case("MX-MISSING", "unknown", "story.example. A timeout", why="own address unknown", reason="dns.timeout"),
    Case("MX-MISSING", "unknown", "story.example. MX garbage", why="not an MX record", reason="dns.malformed"),
    Case("MX-NONE-NOADDR", "pass", WELL),
    Case("MX-NONE-NOADDR", "pass", IMPLICIT, why="implicit MX"),
    Case("MX-NONE-NOADDR", "fail", NOTHING, severity="info", arguments={"domain": "story.example"}),
    Case("MX-NONE-NOADDR", "unknown", "story.example. A refused", reason="dns.refused"),
    Case("MX-NONE-NOADDR", "unknown", BLIND, why="SERVFAIL", reason="dns.servfail"),
)
NULL_MX = (
    Case("MX-NULL", "pass", WELL),
    Case("MX-NULL", "fail", NULL, severity="info", arguments={"domain": "story.example"}),
    Case("MX-NULL", "fail", "story.example. MX 10 .", why="other preference"),  # T24
    Case("MX-NULL", "pass", NULL + "\n" + IPV4, why="beside another"),
    Case("MX-NULL", "unknown", SILENT, reason="dns.timeout"),
    Case("MX-NULL-MIXED", "pass", NULL),
    Case("MX-NULL-MIXED", "pass", WELL, why="no null MX"),
    Case("MX-NULL-MIXED", "fail", NULL + "\n" + IPV4, severity="high", arguments={"hosts": ("mx.story.example",)}),
    Case("MX-NULL-MIXED", "fail", NULL + "\nstory.example. MX 10 .", why="twice null", arguments={"hosts": (".",)}),
    Case("MX-NULL-MIXED", "unknown", SILENT, reason="dns.timeout"),
    # A domain that takes no mail has no mail servers to judge.
    Case("MX-REACH", GONE, NULL, why="null MX"),
    Case("TLS-STARTTLS-MISSING", GONE, NULL, why="null MX"),
    Case("MX-IPV6-NONE", "not_applicable", NULL, why="null MX"),
)
SHAPE = (
    Case("MX-IPLIT", "pass", WELL),
    Case(
        "MX-IPLIT", "fail", "story.example. MX 10 192.0.2.1.", severity="high", arguments={"addresses": ("192.0.2.1",)}
    ),
    Case("MX-IPLIT", "fail", "story.example. MX 10 2001:db8::1", why="IPv6"),
    Case("MX-IPLIT", "unknown", SILENT, reason="dns.timeout"),
    Case("MX-DUP", "pass", WELL),
    Case(
        "MX-DUP",
        "fail",
        WELL + "story.example. MX 20 MX.story.example.",
        severity="low",
        arguments={"hosts": ("mx.story.example",)},
    ),
    Case("MX-DUP", "unknown", "story.example. MX truncated", reason="dns.tcp_failed"),
    Case("MX-IPV6-NONE", "pass", WELL),
    Case("MX-IPV6-NONE", "fail", IPV4, severity="low", arguments={"domain": "story.example"}),
    Case("MX-IPV6-NONE", "fail", IMPLICIT, why="implicit MX"),
    Case("MX-IPV6-NONE", "not_applicable", IMPLICIT, why="parked", options=PARKED),
    Case("MX-IPV6-NONE", "unknown", IPV4 + "mx.story.example. AAAA servfail", reason="dns.servfail"),
    Case("MX-IPV6-NONE", "pass", TWO + "b.story.example. AAAA 2001:db8::2\na.story.example. AAAA timeout", why="one"),
    Case("MX-IPV6-NONE", "unknown", answering("mx0"), why="more hosts than are asked", reason="budget"),
)
HOSTS = (
    Case("MX-CNAME", "pass", WELL),
    Case(
        "MX-CNAME",
        "fail",
        "story.example. MX 10 mx.story.example.\nmx.story.example. CNAME real.example.\nreal.example. A 192.0.2.1",
        severity="medium",
        arguments={"host": "mx.story.example", "target": "real.example"},
    ),
    Case("MX-CNAME", "not_applicable", IMPLICIT, why="implicit MX"),
    Case(
        "MX-CNAME",
        "unknown",
        "story.example. MX 10 mx.story.example.\nmx.story.example. ANY timeout",
        reason="dns.timeout",
    ),
    Case(
        "MX-CNAME",
        "fail",
        "story.example. MX 10 mx.story.example.\nmx.story.example. CNAME mx.story.example.",
        why="an alias of itself",
        arguments={"target": "mx.story.example", "circle": ", in a circle that leads to no server"},
    ),
    Case("MX-CNAME", "fail", ROUND, why="in a circle", arguments={"host": "mx.story.example", "target": "a.example"}),
    Case("MX-NOADDR", "fail", ROUND, why="aliases in a circle", severity="high"),
    Case("MX-NXDOMAIN", "pass", ROUND, why="aliases in a circle"),
    Case("MX-CNAME", "unknown", LONG, why="too many aliases", reason="dns.cname_chain"),
    Case("MX-NOADDR", "unknown", LONG, why="too many aliases", reason="dns.cname_chain"),
    Case("MX-NXDOMAIN", "pass", WELL),
    Case(
        "MX-NXDOMAIN",
        "fail",
        "story.example. MX 10 gone.example.",
        severity="high",
        arguments={"host": "gone.example"},
    ),
    Case(
        "MX-NXDOMAIN",
        "fail",
        TWO + "a.story.example. ANY nxdomain",
        why="5 goes before 10",
        subject="a.story.example",
        severity="high",
    ),  # T23
    Case(
        "MX-NXDOMAIN",
        "fail",
        TWO + "b.story.example. ANY nxdomain",
        why="later",
        subject="b.story.example",
        severity="medium",
    ),
    Case(
        "MX-NXDOMAIN",
        "fail",
        "story.example. MX 10 a.gone.example.\nstory.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1",
        why="equal preferences are a set",
        subject="a.gone.example",
        severity="high",
    ),
    Case(
        "MX-NXDOMAIN",
        "unknown",
        "story.example. MX 10 mx.story.example.\nmx.story.example. ANY lame",
        reason="dns.lame",
    ),
    Case("MX-NOADDR", "pass", IPV4),
    Case(
        "MX-NOADDR",
        "fail",
        "story.example. MX 10 mx.story.example.\nmx.story.example. TXT x",
        severity="high",
        arguments={"host": "mx.story.example"},
    ),
    Case(
        "MX-NOADDR",
        "fail",
        TWO + "b.story.example. A nodata",
        why="later",
        subject="b.story.example",
        severity="medium",
    ),
    Case("MX-NOADDR", "pass", IPV4 + "mx.story.example. AAAA timeout", why="one family is enough"),
    Case(
        "MX-NOADDR",
        "unknown",
        "story.example. MX 10 mx.story.example.\nmx.story.example. A timeout",
        reason="dns.timeout",
    ),
    Case("MX-NOADDR", "not_applicable", "story.example. MX 10 gone.example.", why="superseded by MX-NXDOMAIN"),
    Case(
        "MX-CNAME",
        "fail",
        "story.example. MX 10 a.example.\na.example. CNAME gone.example.",
        why="of a name that does not exist",
    ),
    Case(
        "MX-NOADDR",
        "unknown",
        answering("mx0"),
        why="more hosts than are asked",
        subject="story.example",
        reason="budget",
    ),
)
SERVERS = (
    Case("MX-PRIVATE", "pass", IPV4),
    Case(
        "MX-REACH",
        "not_applicable",
        IPV4,
        why="superseded by MX-PRIVATE",
        settings={"allow_net": ()},
        sessions={"192.0.2.1": sessions.timeout()},
    ),
    Case(
        "MX-PRIVATE",
        "fail",
        "story.example. MX 10 mx.story.example.\nmx.story.example. A 10.0.0.25",
        severity="high",
        arguments={"host": "mx.story.example", "address": "10.0.0.25", "use": "private"},
    ),
    Case(
        "MX-PRIVATE",
        "fail",
        "story.example. MX 10 mx.story.example.\nmx.story.example. A 203.0.113.1",
        why="documentation",
    ),
    Case(
        "MX-PRIVATE",
        "unknown",
        "story.example. MX 10 mx.story.example.\nmx.story.example. ANY timeout",
        reason="dns.timeout",
    ),
    Case("MX-REACH", "pass", IPV4),
    Case(
        "MX-REACH",
        "fail",
        IPV4,
        sessions={"192.0.2.1": sessions.refused()},
        severity="critical",
        arguments={"host": "mx.story.example", "address": "192.0.2.1", "outcome": "refused"},
    ),
    Case(
        "MX-REACH",
        "fail",
        TWO,
        why="one of two",
        sessions={"192.0.2.2": sessions.timeout()},
        subject="b.story.example 192.0.2.2",
        severity="medium",
    ),
    Case(
        "MX-REACH",
        "fail",
        TWO,
        why="all of two",
        sessions={"192.0.2.1": sessions.refused(), "192.0.2.2": sessions.timeout()},
        subject="b.story.example 192.0.2.2",
        severity="critical",
    ),
    Case(
        "MX-REACH",
        "fail",
        TWO,
        why="the other one unknown",
        sessions={"192.0.2.1": sessions.connect(Outcome.PAUSED), "192.0.2.2": sessions.timeout()},
        subject="b.story.example 192.0.2.2",
        severity="medium",
        reason="smtp.paused",
    ),
    Case(
        "MX-REACH", "unknown", CLOSED, why="nothing gets out", sessions=NO_WAY_OUT, reason="smtp.egress_blocked"
    ),  # T10
    Case(
        "MX-REACH",
        "unknown",
        "canary-1.test. A servfail\ncanary-2.test. A servfail\n" + IPV4,
        why="nobody knows whether we get out",
        sessions={"192.0.2.1": sessions.timeout()},
        reason="smtp.egress_blocked",
    ),
    Case(
        "MX-REACH",
        "pass",
        CLOSED,
        why="it gets out after all",
        sessions=NO_WAY_OUT | {"192.0.2.1": sessions.greeting(554)},
    ),
    Case("MX-REACH", "pass", IPV4, why="greets with 554", sessions={"192.0.2.1": sessions.greeting(554)}),
    Case("MX-REACH", "pass", IPV4, why="greets with 450", sessions={"192.0.2.1": sessions.greeting(450)}),
    Case(
        "MX-REACH",
        "unknown",
        IPV4,
        why="must not be dialled",
        sessions={"192.0.2.1": sessions.connect(Outcome.GUARD_REFUSED)},
        reason="net.guard_refused",
    ),
    Case(
        "MX-REACH",
        "unknown",
        IPV4,
        why="time was over",
        sessions={"192.0.2.1": sessions.connect(Outcome.BUDGET)},
        reason="budget",
    ),
    Case(
        "MX-REACH",
        "unknown",
        IPV4,
        why="a stage that no connect ends in",
        sessions={"192.0.2.1": sessions.connect(Outcome.NOT_OFFERED)},
        reason="smtp.not_offered",
    ),
    Case(
        "MX-REACH",
        "unknown",
        WELL,
        why="no IPv6 here",
        routes=frozenset({"ipv4"}),
        subject="mx.story.example 2001:db8::1",
        reason="vantage.no_ipv6",
    ),  # T13
    Case(
        "MX-REACH",
        "pass",
        WELL,
        why="IPv4 without IPv6",
        routes=frozenset({"ipv4"}),
        subject="mx.story.example 192.0.2.1",
    ),
    Case(
        "MX-REACH",
        "unknown",
        IPV4 + "mx.story.example. AAAA timeout",
        why="a family unknown",
        subject="mx.story.example",
        reason="dns.timeout",
    ),
    Case(
        "MX-REACH",
        "unknown",
        "story.example. MX 10 mx.story.example.\nmx.story.example. A 10.0.0.25",
        why="private",
        reason="net.guard_refused",
        sessions={"10.0.0.25": sessions.connect(Outcome.GUARD_REFUSED)},
    ),
)
CASES = (*MISSING, *NULL_MX, *SHAPE, *HOSTS, *SERVERS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
