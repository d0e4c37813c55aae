"""What a zone's servers, and a resolver before them, have of a domain."""

from __future__ import annotations

import pytest

from audit.catalog.profiles import Thresholds
from tests.rules.world import Case, check
from tests.rules.zone.zones import HOSTS, ONE, SOA, SOUND, TWO, ZONE, mark

BOTH = ZONE + HOSTS
REGISTRY_HOLDS = "story.example. TXT x\n"
OLD_MX = mark(TWO, "10 old.story.example.", "MX")
OLD_TXT = mark(TWO, '"v=spf1 ip4:192.0.2.9 -all"', "TXT")
OLD_SOA = mark(TWO, "ns1.story.example. hostmaster.story.example. 6 3600 900 1209600 3600", "SOA")
ALL_LAME = mark(ONE, "refused") + mark(TWO, "refused")
INCONSISTENT = (
    Case("DNS-INCONSISTENT", "pass", SOUND),
    Case("DNS-INCONSISTENT", "pass", BOTH + mark(TWO, "nodata +0", "MX"), why="at the first question alone"),
    Case(
        "DNS-INCONSISTENT",
        "fail",
        BOTH + OLD_MX,
        severity="high",
        arguments={
            "rdtype": "MX",
            "views": ("ns1.story.example 10 mx.story.example.", "ns2.story.example 10 old.story.example."),
        },
    ),
    Case("DNS-INCONSISTENT", "fail", BOTH + OLD_TXT, why="TXT", severity="high", arguments={"rdtype": "TXT"}),
    Case(
        "DNS-INCONSISTENT",
        "fail",
        BOTH + mark(TWO, "nxdomain", "TXT"),
        why="denied",
        arguments={"views": ('ns1.story.example "v=spf1 mx -all"', "ns2.story.example nothing more")},
    ),
    Case("DNS-INCONSISTENT", "fail", BOTH + mark(TWO, "192.0.2.80", "A"), why="addresses", severity="info"),
    Case("DNS-INCONSISTENT", "not_applicable", BOTH + mark(TWO, "timeout"), why="one serves"),
    Case("DNS-INCONSISTENT", "not_applicable", REGISTRY_HOLDS, why="in the registry's own zone"),
    Case(
        "DNS-INCONSISTENT", "unknown", BOTH + OLD_MX + mark(TWO, "refused +1", "MX"), why="again", reason="dns.refused"
    ),
    Case("DNS-INCONSISTENT", "unknown", BOTH + mark(TWO, "timeout", "MX"), reason="dns.timeout"),
    Case("DNS-INCONSISTENT", "unknown", BOTH + mark(TWO, "malformed"), why="a server", reason="dns.malformed"),
    Case("DNS-INCONSISTENT", "fail", BOTH + OLD_MX + mark(TWO, "timeout", "TXT"), why="MX, and TXT unknown"),
)
SERIAL = (
    Case("SOA-SERIAL", "pass", SOUND),
    Case(
        "SOA-SERIAL",
        "fail",
        BOTH + OLD_SOA,
        severity="low",
        arguments={"serials": ("ns1.story.example 7", "ns2.story.example 6")},
    ),
    Case("SOA-SERIAL", "not_applicable", BOTH + OLD_SOA + OLD_MX, why="superseded by DNS-INCONSISTENT"),
    Case("SOA-SERIAL", "not_applicable", BOTH + mark(TWO, "timeout"), why="one serves"),
    Case("SOA-SERIAL", "unknown", BOTH + mark(TWO, "malformed"), reason="dns.malformed"),
    Case("SOA-SERIAL", "unknown", BOTH + OLD_SOA + mark(TWO, "servfail +2", "SOA"), why="again", reason="dns.servfail"),
)
NEW_MX = mark(ONE, "10 new.story.example.", "MX") + mark(TWO, "10 new.story.example.", "MX")
PENDING = (
    Case("PROP-PENDING", "pass", SOUND),
    Case(
        "PROP-PENDING",
        "fail",
        BOTH.replace("MX    10", "600 MX    10") + NEW_MX,
        severity="info",
        arguments={"domain": "story.example", "rdtype": "MX", "until": "2026-11-24 12:10 UTC"},
    ),
    Case("PROP-PENDING", "pass", BOTH + OLD_MX, why="the servers differ"),
    Case("PROP-PENDING", "not_applicable", BOTH + ALL_LAME, why="nobody serves it"),
    Case("PROP-PENDING", "unknown", BOTH + mark(TWO, "timeout", "MX"), reason="dns.timeout"),
    Case(
        "PROP-PENDING",
        "unknown",
        BOTH + NEW_MX + "story.example. MX servfail",
        why="the resolver",
        reason="dns.servfail",
    ),
)
NEW = BOTH.replace("story.example.      MX    10 mx.story.example.\n", "")
DENIED = (
    Case("PROP-NEGCACHE", "pass", SOUND),
    Case("PROP-NEGCACHE", "fail", NEW + NEW_MX, severity="info", arguments={"domain": "story.example", "rdtype": "MX"}),
    Case("PROP-NEGCACHE", "not_applicable", BOTH + ALL_LAME, why="nobody serves it"),
    Case("PROP-NEGCACHE", "unknown", NEW + mark(ONE, "timeout", "MX"), reason="dns.timeout"),
)
AT_MARK = SOA.replace("hostmaster.story", "hostmaster\\@story")
REGISTRY = "example. SOA ns.nic.example. hostmaster.nic.example. 1 2 3 4 5\nstory.example. TXT x\n"
TIMES = SOA.replace("3600 900 1209600 3600", "600 900 86400 172800")
VALUES = (
    Case("SOA-VALUES", "pass", SOUND),
    Case(
        "SOA-VALUES",
        "fail",
        SOUND.replace(SOA, TIMES),
        severity="info",
        arguments={"values": ("refresh 600", "retry 900", "expire 86400", "minimum 172800")},
    ),
    Case("SOA-VALUES", "not_applicable", REGISTRY, why="in the registry's own zone"),
    Case("SOA-RNAME", "not_applicable", REGISTRY, why="in the registry's own zone"),
    Case("SOA-VALUES", "unknown", SOUND + "story.example. SOA timeout", reason="dns.timeout"),
    Case("SOA-VALUES", "unknown", SOUND.replace(SOA, "story.example. SOA x\n"), why="unread", reason="dns.malformed"),
)
RNAME = (
    Case("SOA-RNAME", "pass", SOUND),
    Case("SOA-RNAME", "pass", SOUND.replace(" hostmaster.story", " host\\.master.story"), why="a dot in the mailbox"),
    Case(
        "SOA-RNAME",
        "fail",
        SOUND.replace(SOA, AT_MARK),
        severity="info",
        arguments={"rname": "hostmaster\\@story.example."},
    ),
    Case("SOA-RNAME", "fail", SOUND.replace(" hostmaster.story.example.", " . "), why="nobody"),
    Case(
        "SOA-RNAME",
        "fail",
        SOUND.replace(" hostmaster.story", " hostmaster.nomail"),
        why="it takes no mail",
        arguments={"rname": "hostmaster@nomail.example"},
    ),
    Case("SOA-RNAME", "unknown", SOUND + "story.example. MX timeout", reason="dns.timeout"),
)
ANY = "*.story.example. "
WILDCARD = (
    Case("DOMAIN-WILDCARD", "pass", SOUND),
    Case("DOMAIN-WILDCARD", "pass", SOUND + ANY + 'TXT "v=spf1 -all"', why="nobody sends"),
    Case("DOMAIN-WILDCARD", "fail", SOUND + ANY + "A 192.0.2.80", severity="info", arguments={"what": "A records"}),
    Case("DOMAIN-WILDCARD", "fail", SOUND + ANY + "MX 10 mx.story.example.", why="MX", severity="info"),
    Case("DOMAIN-WILDCARD", "fail", SOUND + ANY + 'TXT "hello"', why="TXT", severity="info"),
    Case("DOMAIN-WILDCARD", "fail", SOUND + ANY + 'TXT "v=spf1 mx -all"', why="SPF", severity="medium"),
    Case("DOMAIN-WILDCARD", "fail", SOUND + ANY + 'TXT "v=DMARC1; p=none"', why="DMARC", severity="medium"),
    Case(
        "DOMAIN-WILDCARD",
        "fail",
        SOUND + ANY + "MX timeout\n" + ANY + "A 192.0.2.80",
        why="MX unknown",
        severity="info",
    ),
    Case("DOMAIN-WILDCARD", "unknown", SOUND + ANY + "TXT timeout", reason="dns.timeout"),
    Case("DOMAIN-WILDCARD", "unknown", SOUND + ANY + "MX timeout", why="MX", reason="dns.timeout"),
)
SOON = Thresholds(ttl_ceiling=300)
SHORT = BOTH.replace("MX    10", "300 MX    10").replace('TXT   "v', '300 TXT   "v')
SHORT = SHORT.replace("mx.story.example.   A", "mx.story.example.   300 A")
MOVING = (
    Case("TTL-MIGRATION", "not_applicable", SOUND, why="no move is planned"),
    Case("TTL-MIGRATION", "not_applicable", BOTH + ALL_LAME, why="nobody serves it", thresholds=SOON),
    Case("TTL-MIGRATION", "pass", SHORT, thresholds=SOON),
    Case(
        "TTL-MIGRATION",
        "fail",
        BOTH + "autodiscover.story.example. CNAME autodiscover.outlook.com.",
        thresholds=SOON,
        severity="medium",
        arguments={
            "ceiling": "300",
            "records": (
                "story.example MX 3600",
                "story.example TXT 3600",
                "mx.story.example A 3600",
                "autodiscover.story.example CNAME 3600",
            ),
        },
    ),
    Case("TTL-MIGRATION", "fail", SHORT + '_dmarc.story.example. TXT "v=DMARC1; p=none"', why="DMARC", thresholds=SOON),
    Case(
        "TTL-MIGRATION",
        "unknown",
        SHORT + f"_dmarc.story.example. TXT@{ONE} timeout",
        thresholds=SOON,
        reason="dns.timeout",
    ),
)
CASES = (*INCONSISTENT, *SERIAL, *PENDING, *DENIED, *VALUES, *RNAME, *WILDCARD, *MOVING)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("rule", "zone", "publish"),
    [
        ("SOA-VALUES", SOUND.replace(SOA, TIMES), "hostmaster.story.example. 8 1200 900 1209600 86400"),
        ("SOA-RNAME", SOUND.replace(SOA, AT_MARK), "hostmaster.story.example. 8 3600 900 1209600 3600"),
    ],
)
def test_the_soa_that_is_to_be_published(rule: str, zone: str, publish: str) -> None:
    found = check(Case(rule, "fail", zone))
    assert found is not None
    assert found.publish == (f"story.example. 3600 IN SOA ns1.story.example. {publish}",)


def test_records_for_a_move_are_published_with_a_short_lifetime() -> None:
    found = check(Case("TTL-MIGRATION", "fail", BOTH, thresholds=SOON))
    assert found is not None
    assert found.publish[0] == "story.example. 300 IN MX 10 mx.story.example."
