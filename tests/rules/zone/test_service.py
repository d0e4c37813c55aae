"""What the name servers of a zone do when they are asked, and what silence says."""

from __future__ import annotations

import pytest

from audit.model.probe import Question
from audit.model.report import DomainReport, Result
from audit.rules.summary.insights import insights
from tests.rules.summary.test_insights import domain as report
from tests.rules.world import Case, World, check, replayed
from tests.rules.zone.zones import BY_IPV6, FIRST, ONE, SECOND, SIX, SOA, SOUND, TWO, mark

PARENT_SILENT = "story.example. NS@198.51.100.1 timeout\nexample. ANY@198.51.100.1 timeout\n"
THREE = SOUND.replace(
    "ns2.story.example=198.51.100.53", "ns2.story.example=198.51.100.53 ns3.story.example=198.51.100.153"
)
THREE += "story.example. NS ns3.story.example.\nns3.story.example. A 198.51.100.153\n"
MOVED = SOUND.replace("ns2.story.example.  A     198.51.100.53", "ns2.story.example.  A     198.51.100.99")
GLUE_INSIDE = SOUND.replace("ns2.story.example=198.51.100.53", "ns2.story.example=10.0.0.53")
ALL_NETS = ("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32", "10.0.0.0/8", "fd00::/8")
LAME = (
    Case("NS-LAME", "pass", SOUND, subject=FIRST),
    Case("NS-LAME", "pass", SOUND, why="by IPv6", subject=BY_IPV6),
    Case("NS-LAME", "pass", SOUND + mark(ONE, "servfail +0", "SOA"), why="once", subject=FIRST),
    Case("NS-LAME", "pass", SOUND + mark(f"{ONE}/tcp", "timeout", "SOA"), why="UDP only", subject=FIRST),
    Case("NS-LAME", "pass", SOUND + "story.example. SOA@192.0.2.53 plain", why="without EDNS", subject=FIRST),
    *(
        Case(
            "NS-LAME",
            "fail",
            SOUND + mark(TWO, how),
            why=how,
            subject=SECOND,
            severity="high",
            arguments={"server": "ns2.story.example", "address": TWO, "zone": "story.example", "what": what},
        )
        for how, what in (
            ("refused", "refused"),
            ("servfail", "servfail"),
            ("lame", "refers elsewhere"),
            ("timeout", "timeout"),
            ("unreachable", "unreachable"),
            ("nodata", "denies the zone"),
            ("cached", "not authoritative"),
        )
    ),
    Case("NS-LAME", "pass", MOVED, why="old glue that still serves", subject=SECOND),
    Case("NS-LAME", "pass", MOVED + mark(TWO, "timeout"), why="beside", subject="ns2.story.example 198.51.100.99"),
    Case(
        "NS-LAME",
        "fail",
        MOVED + mark(TWO, "timeout"),
        why="old glue",
        subject=SECOND,
        arguments={"address": TWO, "what": "timeout, where the delegation sends resolvers first"},
    ),
    Case(
        "NS-ADDRESS",
        "fail",
        GLUE_INSIDE,
        why="glue that the zone's own records do not bear out",
        subject="ns2.story.example",
        arguments={"addresses": ("10.0.0.53 (private)",)},
    ),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + mark(SIX, "timeout"),
        why="nobody answers by IPv6",
        subject=BY_IPV6,
        reason="vantage.dns53_blocked",
    ),
    Case(
        "NS-LAME",
        "fail",
        SOUND + mark(SIX, "timeout") + "a.nic.example. AAAA 2001:db8::1\n",
        why="the parent answers by IPv6",
        subject=BY_IPV6,
        arguments={"what": "timeout"},
    ),
    Case("NS-LAME", "fail", THREE + mark(TWO, "refused"), why="one of three", subject=SECOND, severity="medium"),
    Case("NS-LAME", "fail", THREE + mark(TWO, "refused") + mark(ONE, "refused"), why="two", subject=SECOND),
    Case(
        "NS-LAME",
        "fail",
        THREE + mark(TWO, "refused") + mark("198.51.100.153", "malformed"),
        why="another is not known",
        subject=SECOND,
        severity="medium",
        reason="dns.malformed",
    ),
    Case(
        "NS-LAME",
        "fail",
        SOUND + "story.example. ANY servfail\n" + mark(ONE, "refused") + mark(TWO, "timeout"),
        why="all, so that no resolver knows the zone",
        subject=FIRST,
        severity="high",
    ),
    Case("NS-LAME", "unknown", SOUND + mark(TWO, "malformed"), subject=SECOND, reason="dns.malformed"),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + mark(TWO, "guard_refused"),
        why="private",
        subject=SECOND,
        reason="net.guard_refused",
    ),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + mark(ONE, "timeout") + mark(TWO, "timeout") + mark(SIX, "timeout") + PARENT_SILENT,
        why="port 53 is closed to us",
        subject=FIRST,
        reason="dns.timeout",
    ),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + mark(ONE, "cached") + mark(TWO, "cached") + PARENT_SILENT,
        why="port 53 is somebody else's",
        subject=FIRST,
        reason="dns.timeout",
    ),
    Case(
        "NS-LAME",
        "unknown",
        SOUND,
        why="no IPv6 here",
        subject="story.example",
        routes=frozenset({"ipv4"}),
        reason="vantage.no_ipv6",
    ),
    Case("NS-LAME", "pass", SOUND, why="no IPv6 here", subject=FIRST, routes=frozenset({"ipv4"})),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + PARENT_SILENT,
        why="the parent is silent",
        subject="story.example",
        reason="dns.timeout",
    ),
    Case("NS-LAME", "pass", SOUND + PARENT_SILENT, why="the parent is silent", subject=FIRST),
)
CUT = mark(TWO, "truncated")
LATER = SOA.replace(" SOA ", f" SOA@{TWO}/tcp ") + mark(f"{TWO}/tcp", "timeout +0", "SOA")
TCP = (
    Case("NS-TCP", "pass", SOUND, subject=FIRST),
    Case("NS-TCP", "pass", SOUND + mark(f"{TWO}/tcp", "timeout +0", "SOA"), why="once", subject=SECOND),
    *(
        Case(
            "NS-TCP",
            "fail",
            SOUND + mark(f"{TWO}/tcp", how, "SOA"),
            why=how,
            subject=SECOND,
            severity="medium",
            arguments={"server": "ns2.story.example", "address": TWO},
        )
        for how in ("timeout", "unreachable", "refused")
    ),
    Case("NS-TCP", "fail", SOUND + CUT + mark(f"{TWO}/tcp", "timeout"), why="it says TC by UDP", subject=SECOND),
    Case("NS-TCP", "pass", SOUND + CUT + LATER, why="TC, and TCP later", subject=SECOND),
    Case(
        "NS-TCP",
        "unknown",
        SOUND + CUT + mark(f"{TWO}/tcp", "malformed"),
        why="TC, and no DNS by TCP",
        subject=SECOND,
        reason="dns.malformed",
    ),
    Case(
        "NS-LAME",
        "unknown",
        SOUND + CUT + mark(f"{TWO}/tcp", "timeout"),
        why="it says TC by UDP",
        subject=SECOND,
        reason="dns.tcp_failed",
    ),
    Case(
        "NS-TCP",
        "fail",
        SOUND + mark(f"{ONE}/tcp", "timeout", "SOA") + mark(f"{TWO}/tcp", "timeout", "SOA"),
        why="the parent has it",
        subject=SECOND,
    ),
    Case(
        "NS-TCP",
        "unknown",
        SOUND
        + mark(f"{ONE}/tcp", "timeout", "SOA")
        + mark(f"{TWO}/tcp", "timeout", "SOA")
        + "example. SOA@198.51.100.1/tcp timeout",
        why="nobody has it",
        subject=SECOND,
        reason="vantage.dns53_blocked",
    ),
    Case("NS-TCP", "not_applicable", SOUND + mark(TWO, "refused"), why="superseded by NS-LAME", subject=SECOND),
    Case("NS-TCP", "unknown", SOUND + mark(f"{TWO}/tcp", "malformed", "SOA"), subject=SECOND, reason="dns.malformed"),
)
EDNS = (
    Case("NS-EDNS", "pass", SOUND, subject=FIRST),
    Case(
        "NS-EDNS",
        "fail",
        SOUND + mark(TWO, "plain"),
        subject=SECOND,
        severity="low",
        arguments={"server": "ns2.story.example", "address": TWO},
    ),
    Case("NS-EDNS", "not_applicable", SOUND + mark(TWO, "timeout"), subject=SECOND),
    Case("NS-EDNS", "unknown", SOUND + mark(TWO, "malformed"), subject=SECOND, reason="dns.malformed"),
)
INSIDE = SOUND + "ns2.story.example. A 10.0.0.1\n"  # beside its public address
PRIVATE = THREE.replace(TWO, "10.0.0.1").replace("2001:db8:1::53", "fd00::53")
HOST = "ns2.story.example"
ADDRESS = (
    Case("NS-ADDRESS", "pass", SOUND, subject=HOST),
    Case("NS-ADDRESS", "pass", PRIVATE, why="allowed", subject=HOST, settings={"allow_net": ALL_NETS}),
    Case(
        "NS-ADDRESS",
        "fail",
        PRIVATE,
        subject=HOST,
        severity="medium",
        arguments={"server": HOST, "addresses": ("10.0.0.1 (private)",)},
    ),
    Case("NS-ADDRESS", "fail", PRIVATE, why="IPv6", subject="ns1.story.example", severity="high"),
    Case("NS-ADDRESS", "fail", INSIDE, why="one of two, and of two addresses", subject=HOST, severity="high"),
    Case(
        "NS-ADDRESS",
        "fail",
        PRIVATE + mark("198.51.100.153", "malformed"),
        why="of another it is not known whether it serves",
        subject=HOST,
        severity="medium",
        reason="dns.malformed",
    ),
    Case("NS-ADDRESS", "unknown", SOUND + f"{HOST}. ANY servfail\n", subject=HOST, reason="dns.servfail"),
)
CASES = (*ADDRESS, *LAME, *TCP, *EDNS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("rule", "result"),
    [("DNS-INCONSISTENT", "pass"), ("SOA-SERIAL", "pass"), ("NS-DIVERSITY", "pass"), ("NS-IPV6", "fail")],
)
def test_of_a_server_that_nobody_reaches_the_others_are_judged(rule: str, result: str) -> None:
    check(Case(rule, result, PRIVATE))


def test_an_address_that_nobody_reaches_is_not_asked() -> None:
    world = World(Case("", "", PRIVATE))
    found = replayed(world.case, world)
    asked = {p.server for p in world.asked if isinstance(p, Question) and p.rdtype in ("SOA", "TXT", "NS")}
    assert asked == {None, "198.51.100.1", ONE, "198.51.100.153"}
    assert "10.0.0.1" not in {f.subject.name.partition(" ")[2] for f in found.findings}


def test_the_networks_that_nobody_reaches_make_no_second_one() -> None:
    check(Case("NS-DIVERSITY", "fail", SOUND.replace(TWO, "10.0.0.1").replace(SIX, "fd00::53")))


def test_a_lame_server_leaves_the_records_alone() -> None:
    """What is said of the records rests on the servers that serve them."""
    sound, lame = (
        {(f.rule, f.subject.name): f.result for f in replayed(Case("", "", z)).all}
        for z in (SOUND, SOUND + mark(TWO, "timeout"))
    )
    differ = {key for key in sound | lame if sound.get(key) != lame.get(key)}
    assert {rule for rule, _ in differ} == {"NS-LAME", "NS-TCP", "NS-EDNS", "DNS-INCONSISTENT", "SOA-SERIAL"}
    assert Result.FAIL not in {lame[key] for key in differ if key[0] != "NS-LAME"}


def test_who_shares_a_lame_server_is_told_once() -> None:
    found = check(Case("NS-LAME", "fail", SOUND + mark(TWO, "refused"), subject=SECOND))
    assert found is not None
    assert [(c.kind, c.name) for c in found.causes] == [("name_server", "ns2.story.example")]


def test_a_lame_server_of_several_domains_is_one_trouble() -> None:
    shared = (SOUND + mark(TWO, "refused")).replace("ns2.story.example", "ns.shared.example")

    def audited(number: int) -> DomainReport:
        zone = shared.replace("story", f"d{number}")
        return report(number, *replayed(Case("", "", zone, domain=f"d{number}.example")).findings)

    told = [i for i in insights([audited(n) for n in (1, 2, 3)]) if i.rule == "NS-LAME"]
    assert [(i.cause.kind, i.cause.name, i.affected) for i in told] == [("name_server", "ns.shared.example", 3)]
