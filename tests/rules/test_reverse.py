"""The names of addresses, which matter for those that send."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.world import GONE, Case, World, check, replayed

ADDRESS = "192.0.2.1"
MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NAMED = "192.0.2.1 PTR mx.story.example.\n"
SENDS = MX + 'story.example. TXT "v=spf1 mx -all"\n'
TAKES = MX + 'story.example. TXT "v=spf1 -all"\n'
CONFIGURED = DomainOptions(sending_ips=("192.0.2.1",))
ELEVEN = "".join(f"192.0.2.1 PTR n{i:02}.story.example.\n" for i in range(11))


def sent_by(term: str) -> str:
    return f'{MX}story.example. TXT "v=spf1 {term} -all"\nsend.story.example. A 192.0.2.1\n'


BY_OTHERS = MX + 'story.example. TXT "v=spf1 {}"\nsend.story.example. TXT "v=spf1 ip4:192.0.2.1 -all"\n'

MISSING = (
    Case("PTR-MISSING", "pass", SENDS + NAMED),
    Case("PTR-MISSING", "fail", SENDS, why="sending", severity="high", arguments={"address": ADDRESS}),
    Case("PTR-MISSING", "fail", TAKES, why="receiving", severity="info"),
    Case("PTR-MISSING", "fail", SENDS + "192.0.2.1 PTR nodata", why="NODATA", severity="high"),
    Case("PTR-MISSING", "fail", TAKES, why="configured", options=CONFIGURED, severity="high"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.1"), why="ip4", severity="high"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.0/28"), why="small network", subject=ADDRESS, severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("redirect=send.story.example"), why="redirect", severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("include:send.story.example -all"), why="include", severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("-include:send.story.example -all"), why="refused", severity="info"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.0/24"), why="large network", severity="info"),
    Case("PTR-MISSING", "fail", sent_by("a:send.story.example"), why="a", severity="high"),
    Case("PTR-MISSING", "fail", sent_by("?ip4:192.0.2.1"), why="neutral", severity="info"),
    Case(
        "PTR-MISSING",
        "fail",
        MX + "story.example. TXT servfail",
        why="SPF unknown",
        subject=ADDRESS,
        severity="info",
        reason="dns.servfail",
    ),
    Case(
        "PTR-MISSING",
        "fail",
        sent_by("a:send.story.example") + "send.story.example. A timeout",
        why="a term unknown",
        subject=ADDRESS,
        severity="info",
        reason="dns.timeout",
    ),
    Case("PTR-MISSING", "unknown", SENDS + "192.0.2.1 PTR servfail", reason="dns.servfail"),  # T22
    Case("PTR-MISSING", "unknown", SENDS + "192.0.2.1 PTR timeout", why="silence", reason="dns.timeout"),
    Case("PTR-MISSING", "unknown", "story.example. MX timeout", why="no addresses known", reason="dns.timeout"),
)
CONFIRMED = (
    Case("PTR-FCRDNS", "pass", SENDS + NAMED),
    Case("PTR-FCRDNS", "pass", SENDS + NAMED + "192.0.2.1 PTR other.example.", why="one of two names"),
    Case(
        "PTR-FCRDNS",
        "fail",
        SENDS + "192.0.2.1 PTR elsewhere.example.\nelsewhere.example. A 192.0.2.200",
        severity="high",
        arguments={"address": ADDRESS, "names": ("elsewhere.example",)},
    ),
    Case("PTR-FCRDNS", "fail", TAKES + "192.0.2.1 PTR gone.example.", why="receiving", severity="low"),
    Case("PTR-FCRDNS", "not_applicable", SENDS),
    Case("PTR-FCRDNS", "unknown", SENDS + "192.0.2.1 PTR a.example.\na.example. A servfail", reason="dns.servfail"),
    Case("PTR-FCRDNS", "unknown", SENDS + "192.0.2.1 PTR timeout", why="no name known", reason="dns.timeout"),
    Case("PTR-FCRDNS", "unknown", SENDS + ELEVEN, why="more names than are followed", reason="budget"),
    Case("PTR-FCRDNS", "pass", SENDS + NAMED + "192.0.2.1 PTR b.example.\nb.example. A timeout", why="one is enough"),
)


def named(name: str) -> str:
    return f"{SENDS}192.0.2.1 PTR {name}.\n{name}. A 192.0.2.1\n"


HELO = DomainOptions(helo=("out.story.example",), sending_ips=("192.0.2.7",))
OUT = "out.story.example. A 192.0.2.7\n"
PROVIDER = (
    'story.example. MX 10 mx1.mail.icloud.com.\nmx1.mail.icloud.com. A 192.0.2.1\nstory.example. TXT "v=spf1 -all"\n'
)
LAN = DomainOptions(sending_ips=("10.0.0.25",))
GENERIC = (
    Case("PTR-GENERIC", "pass", SENDS + NAMED),
    Case(
        "PTR-GENERIC",
        "fail",
        named("192-0-2-1.isp.example"),
        severity="medium",
        arguments={"address": ADDRESS, "names": ("192-0-2-1.isp.example",), "signs": ("the address",)},
    ),
    Case("PTR-GENERIC", "fail", named("cust7.isp.example"), why="by a word", arguments={"signs": ("“cust”",)}),
    Case("PTR-GENERIC", "fail", named("static7.isp.example"), why="static alone", severity="low"),
    Case("PTR-GENERIC", "fail", TAKES + "192.0.2.1 PTR cust7.isp.example.", why="receiving", severity="info"),
    Case("PTR-GENERIC", "pass", named("cust7.isp.example") + NAMED, why="a real name beside it"),
    Case("PTR-GENERIC", "pass", named("pool7.mail.google.com"), why="a provider's own machine"),
    Case("PTR-GENERIC", "fail", named("192-0-2-1.mail.google.com"), why="a provider's customer"),
    Case("PTR-GENERIC", "not_applicable", PROVIDER + "192.0.2.1 PTR cust7.isp.example.", why="shared by many"),
    Case("PTR-GENERIC", "not_applicable", SENDS, why="no name"),
    Case("PTR-GENERIC", "unknown", SENDS + "192.0.2.1 PTR timeout", reason="dns.timeout"),
)
MULTIPLE = (
    Case("PTR-MULTIPLE", "pass", SENDS + NAMED),
    Case("PTR-MULTIPLE", "fail", SENDS + NAMED + "192.0.2.1 PTR b.example.", severity="low", arguments={"count": 2}),
    Case("PTR-MULTIPLE", "fail", SENDS + ELEVEN, why="eleven", severity="medium"),
    Case("PTR-MULTIPLE", "fail", TAKES + ELEVEN, why="receiving", severity="info"),
    Case("PTR-MULTIPLE", "not_applicable", SENDS, why="no name"),
    Case("PTR-MULTIPLE", "unknown", SENDS + "192.0.2.1 PTR refused", reason="dns.refused"),
)
ALIASED = SENDS + "192.0.2.1 CNAME 1.0-28.2.0.192.in-addr.arpa.\n1.0-28.2.0.192.in-addr.arpa. PTR mx.story.example.\n"
CNAME = (
    Case("PTR-CNAME", "pass", SENDS + NAMED),
    Case(
        "PTR-CNAME",
        "fail",
        ALIASED,
        severity="info",
        arguments={"address": ADDRESS, "target": "1.0-28.2.0.192.in-addr.arpa"},
    ),
    Case("PTR-FCRDNS", "pass", ALIASED, why="by way of an alias"),
    Case("PTR-CNAME", "not_applicable", SENDS, why="no name"),
    Case("PTR-CNAME", "unknown", SENDS + "192.0.2.1 PTR servfail", reason="dns.servfail"),
)
PRIVATE = tuple(
    Case(rule, "not_applicable", SENDS + NAMED, why="private", options=LAN, subject="10.0.0.25")
    for rule in ("PTR-MISSING", "PTR-FCRDNS", "PTR-GENERIC", "PTR-MULTIPLE", "PTR-CNAME")
)
NETWORK = MX + NAMED + 'story.example. TXT "v=spf1 mx ip4:198.51.100.32/{} -all"\n'
POSSIBLE = (
    Case("PTR-MISSING", "fail", NETWORK.format(28), why="of a network", subject="198.51.100.40", severity="low"),
    Case(
        "PTR-MISSING",
        "pass",
        NETWORK.format(28) + "198.51.100.40 PTR out.story.example.",
        why="of a network",
        subject="198.51.100.40",
    ),
    Case(
        "PTR-FCRDNS",
        "fail",
        NETWORK.format(30) + "198.51.100.33 PTR out.story.example.",
        why="of a network",
        subject="198.51.100.33",
        severity="low",
    ),
    Case(
        "PTR-GENERIC",
        "fail",
        NETWORK.format(31) + "198.51.100.32 PTR dyn1.isp.example.",
        why="of a network",
        subject="198.51.100.32",
        severity="info",
    ),
    Case("PTR-MISSING", GONE, NETWORK.format(28), why="the network itself is no host", subject="198.51.100.32"),
    Case("PTR-MISSING", GONE, NETWORK.format(27), why="a larger network", subject="198.51.100.40"),
    Case("DNSBL-IP-LISTED", GONE, NETWORK.format(28), why="no list is asked", subject="198.51.100.40 spamcop"),
    Case(
        "PTR-MISSING",
        "fail",
        NETWORK.format(28),
        why="known to send",
        options=DomainOptions(sending_ips=("198.51.100.40",)),
        subject="198.51.100.40",
        severity="high",
    ),
)
CASES = (*MISSING, *CONFIRMED, *POSSIBLE, *GENERIC, *MULTIPLE, *CNAME, *PRIVATE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("case", "publish"),
    [
        (Case("PTR-MISSING", "fail", SENDS), ("1.2.0.192.in-addr.arpa. 3600 IN PTR mx.story.example.",)),
        (
            Case("PTR-MISSING", "fail", SENDS + NAMED + OUT, options=HELO, subject="192.0.2.7"),
            ("7.2.0.192.in-addr.arpa. 3600 IN PTR out.story.example.",),
        ),
        (Case("PTR-MISSING", "fail", SENDS + NAMED, options=HELO, subject="192.0.2.7"), ()),  # no name leads there
        (Case("PTR-MISSING", "fail", PROVIDER), ()),  # not the domain's to change
        (Case("PTR-MULTIPLE", "fail", SENDS + ELEVEN), ("1.2.0.192.in-addr.arpa. 3600 IN PTR mx.story.example.",)),
    ],
)
def test_the_record_that_mends_it(case: Case, publish: tuple[str, ...]) -> None:
    found = check(case)
    assert found is not None
    assert found.publish == publish


def test_of_a_private_address_nobody_is_asked() -> None:
    world = World(Case("", "", SENDS + NAMED, options=LAN))
    replayed(world.case, world)
    assert not [p.key for p in world.asked if "25.0.0.10" in p.key]
