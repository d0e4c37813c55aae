"""Blocklists: what they say of addresses, and whether they can be believed."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.world import GONE, Case, check

SENDS = 'story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\nstory.example. TXT "v=spf1 mx -all"\n'
TAKES = SENDS.replace("mx -all", "-all")
PROVIDER = 'story.example. MX 1 smtp.google.com.\nsmtp.google.com. A 192.0.2.1\nstory.example. TXT "v=spf1 -all"\n'
EVIL = PROVIDER.replace("smtp.google.com.", "smtp.google.com.evil.example.")
IPV6 = (
    'story.example. MX 10 mx.story.example.\nmx.story.example. AAAA 2001:db8::1\nstory.example. TXT "v=spf1 mx -all"\n'
)

SPAMCOP = "192.0.2.1 spamcop"
ZEN = "192.0.2.1 spamhaus-zen"
LISTED = "192.0.2.1@bl.spamcop.net A 127.0.0.2\n"
WHY = '192.0.2.1@bl.spamcop.net TXT "Blocked, see https://www.spamcop.net/"\n'
ON_ZEN = "192.0.2.1@zen.spamhaus.org A "
TEST, COUNTER = "127.0.0.2@bl.spamcop.net A ", "127.0.0.1@bl.spamcop.net A "
MADE_UP = "absent.test. A 198.51.100.99\n"
ONLY_IPV4 = {"blocklists": ("spamcop",)}
ONLY_DRONEBL = {"blocklists": ("dronebl",)}


def zen(answer: str) -> str:
    return f"{SENDS}{ON_ZEN}{answer}\n"


LISTINGS = (
    Case("DNSBL-IP-LISTED", "pass", SENDS, subject=SPAMCOP),
    Case(
        "DNSBL-IP-LISTED",
        "fail",
        SENDS + LISTED + WHY,
        subject=SPAMCOP,
        severity="high",
        arguments={
            "address": "192.0.2.1",
            "list": "spamcop",
            "meanings": ("source of reported spam",),
            "reasons": ("Blocked, see https://www.spamcop.net/",),
            "delist": "https://www.spamcop.net/bl.shtml",
        },
    ),
    Case(
        "DNSBL-IP-LISTED",
        "fail",
        SENDS + LISTED,
        why="no reason",
        subject=SPAMCOP,
        arguments={"reasons": ("none given",)},
    ),
    Case("DNSBL-IP-LISTED", "fail", zen("127.0.0.2"), why="weight 5", subject=ZEN, severity="critical"),
    Case("DNSBL-IP-LISTED", "fail", zen("127.0.0.30"), why="a high octet", subject=ZEN),  # T4
    Case("DNSBL-IP-LISTED", "fail", zen("127.0.0.10") + ON_ZEN + "127.0.0.4", why="among others", subject=ZEN),  # T8
    Case("DNSBL-IP-LISTED", "fail", TAKES + LISTED, why="receiving", subject=SPAMCOP, severity="low"),  # T7
    Case("DNSBL-IP-LISTED", "fail", PROVIDER + LISTED, why="a provider's", subject=SPAMCOP, severity="info"),  # T7
    Case("DNSBL-IP-LISTED", "fail", EVIL + LISTED, why="no provider's", subject=SPAMCOP, severity="low"),  # T27
    Case(
        "DNSBL-IP-LISTED",
        "fail",
        TAKES + LISTED,
        why="configured",
        subject=SPAMCOP,
        options=DomainOptions(sending_ips=("192.0.2.1",)),
        severity="high",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "fail",
        SENDS.replace("TXT", "TXT timeout #") + LISTED,
        why="role unknown",
        subject=SPAMCOP,
        severity="info",
        reason="dns.timeout",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "fail",
        IPV6 + "2001:db8::1@zen.spamhaus.org A 127.0.0.3",
        why="IPv6",
        subject="2001:db8::1 spamhaus-zen",
    ),  # T5
    Case("DNSBL-IP-LISTED", "pass", zen("127.0.0.10"), why="policy only", subject=ZEN),  # T6
    Case("DNSBL-IP-LISTED", "pass", SENDS + "192.0.2.1@bl.spamcop.net A nodata", why="NODATA", subject=SPAMCOP),
    Case(
        "DNSBL-IP-LISTED",
        "pass",
        SENDS + "192.0.2.1@dnsbl.dronebl.org A 127.0.0.1",
        why="ignored code",
        settings=ONLY_DRONEBL,
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + "192.0.2.1@bl.spamcop.net A servfail",
        subject=SPAMCOP,
        reason="dns.servfail",
    ),  # T2
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + "192.0.2.1@bl.spamcop.net A timeout",
        why="silence",
        subject=SPAMCOP,
        reason="dns.timeout",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + "192.0.2.1@bl.spamcop.net A refused",
        why="REFUSED",
        subject=SPAMCOP,
        reason="dns.refused",
    ),
    Case(
        "DNSBL-IP-LISTED", "unknown", zen("127.255.255.254"), why="refused .254", subject=ZEN, reason="dnsbl.refused"
    ),  # T1
    Case(
        "DNSBL-IP-LISTED", "unknown", zen("127.255.255.252"), why="refused .252", subject=ZEN, reason="dnsbl.refused"
    ),  # T1
    Case(
        "DNSBL-IP-LISTED", "unknown", zen("127.255.255.255"), why="refused .255", subject=ZEN, reason="dnsbl.refused"
    ),  # T1
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        zen("127.0.0.2") + ON_ZEN + "127.255.255.254",
        why="refused beside a code",
        subject=ZEN,
        reason="dnsbl.refused",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        zen("127.0.0.1"),
        why="127.0.0.1 is no listing",
        subject=ZEN,
        reason="dnsbl.refused",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        zen("127.0.0.99"),
        why="a code of nobody's",
        subject=ZEN,
        reason="dnsbl.unknown_code",
    ),
    Case(
        "DNSBL-IP-LISTED", "unknown", zen("198.51.100.7"), why="outside 127/8", subject=ZEN, reason="dnsbl.rewritten"
    ),  # T3
    Case("DNSBL-IP-LISTED", "unknown", zen("garbage"), why="no address", subject=ZEN, reason="dns.malformed"),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + LISTED + COUNTER + "127.0.0.2",
        why="lists the world",
        subject=SPAMCOP,
        reason="dnsbl.broken",
    ),  # T3
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + TEST + "nxdomain",
        why="lists nobody",
        subject=SPAMCOP,
        reason="dnsbl.broken",
    ),  # T3
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + LISTED + TEST + "servfail",
        why="health unknown",
        subject=SPAMCOP,
        reason="dns.servfail",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + MADE_UP,
        why="answers are invented",
        subject=SPAMCOP,
        settings=ONLY_IPV4,
        reason="vantage.rewriting",
    ),  # T9
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        SENDS + MADE_UP + "192.0.2.1@bl.spamcop.net A 198.51.100.99",
        why="an invention",
        subject=SPAMCOP,
        settings=ONLY_IPV4,
        reason="vantage.rewriting",
    ),
    Case(
        "DNSBL-IP-LISTED",
        "unknown",
        zen("127.0.0.2"),
        why="by a public resolver",
        subject=ZEN,
        settings={"resolver_kind": "public"},
        reason="dnsbl.public_resolver",
    ),
    Case("DNSBL-IP-LISTED", "unknown", "story.example. MX timeout", why="no address known", reason="dns.timeout"),
)
DBL = "story.example.dbl.spamhaus.org A "
SURBL = "story.example.multi.surbl.org A "
URIBL = "story.example.multi.uribl.com A "
POINTS = (
    "dbltest.com.dbl.spamhaus.org A 127.0.1.2\n"
    "test.surbl.org.multi.surbl.org A 127.0.0.254\n"
    "test.uribl.com.multi.uribl.com A 127.0.0.14\n"
)
BY_NAME = SENDS + POINTS
NAMES = {"blocklists": ("spamhaus-dbl", "surbl", "uribl")}
ON_DBL, ON_SURBL, ON_URIBL = (f"story.example {name}" for name in NAMES["blocklists"])
FOREIGN = BY_NAME.replace("mx.story.example", "mx.host.example")


def by_name(expected: str, zone: str = "", **more: Any) -> Case:
    subject = more.pop("subject", ON_DBL)
    return Case("DNSBL-DOMAIN-LISTED", expected, BY_NAME + zone, settings=NAMES, subject=subject, **more)


DOMAINS = (
    by_name("pass"),
    by_name("pass", f"{DBL}nodata\n", why="NODATA"),
    by_name(
        "fail",
        f'{DBL}127.0.1.2\nstory.example.dbl.spamhaus.org TXT "https://check.spamhaus.org/"\n',
        severity="critical",
        arguments={
            "name": "story.example",
            "list": "spamhaus-dbl",
            "meanings": ("spam, or a name of low reputation",),
            "reasons": ("https://check.spamhaus.org/",),
            "delist": "https://check.spamhaus.org/",
        },
    ),
    by_name("fail", f"{DBL}127.0.1.104\n", why="a legitimate name, abused", severity="high"),
    by_name("fail", f"{SURBL}127.0.0.80\n", why="bits", subject=ON_SURBL, severity="high"),
    by_name("fail", f"{URIBL}127.0.0.2\n", why="black", subject=ON_URIBL, severity="medium"),
    by_name("fail", f"{URIBL}127.0.0.4\n", why="grey", subject=ON_URIBL, severity="info"),
    Case(
        "DNSBL-DOMAIN-LISTED",
        "fail",
        FOREIGN + "host.example.dbl.spamhaus.org A 127.0.1.5\n",
        why="the domain of an MX host",
        settings=NAMES,
        subject="host.example spamhaus-dbl",
    ),
    Case(
        "DNSBL-DOMAIN-LISTED",
        "fail",
        BY_NAME + DBL + "127.0.1.2\nsub.story.example MX 0 .\n",
        why="the registrable domain",
        domain="sub.story.example",
        settings=NAMES,
        subject=ON_DBL,
    ),
    Case(
        "DNSBL-DOMAIN-LISTED",
        GONE,
        BY_NAME.replace("mx.story.example", "smtp.google.com") + "google.com.dbl.spamhaus.org A 127.0.1.2\n",
        why="a provider's name is not asked",
        settings=NAMES,
        subject="google.com spamhaus-dbl",
    ),
    Case("DNSBL-DOMAIN-LISTED", GONE, SENDS, why="no list of names"),
    by_name("unknown", f"{DBL}timeout\n", reason="dns.timeout"),
    by_name("unknown", f"{DBL}servfail\n", why="SERVFAIL", reason="dns.servfail"),  # T2
    by_name("unknown", f"{DBL}127.0.1.255\n", why="asked about an address", reason="dnsbl.refused"),  # T1
    by_name("unknown", f"{SURBL}127.0.0.1\n", why="blocked", subject=ON_SURBL, reason="dnsbl.refused"),
    by_name("unknown", f"{URIBL}127.0.0.255\n", why="the refusing bit", subject=ON_URIBL, reason="dnsbl.refused"),
    by_name("unknown", f"{DBL}127.0.1.77\n", why="a code of nobody's", reason="dnsbl.unknown_code"),
    by_name("unknown", f"{DBL}203.0.113.7\n", why="outside 127/8", reason="dnsbl.rewritten"),
    by_name("unknown", "invalid.dbl.spamhaus.org A 127.0.1.2\n", why="lists the world", reason="dnsbl.broken"),  # T3
    by_name("unknown", "dbltest.com.dbl.spamhaus.org A nxdomain\n", why="lists nobody", reason="dnsbl.broken"),
    by_name("unknown", f"{MADE_UP}", why="answers are invented", reason="vantage.rewriting"),  # T9
    Case(
        "DNSBL-DOMAIN-LISTED",
        "unknown",
        BY_NAME.replace("MX 10 mx.story.example.", "MX timeout"),
        why="MX unknown",
        settings=NAMES,
        subject="story.example",
        reason="dns.timeout",
    ),
)
SEED_23 = tuple(
    Case(
        rule,
        "unknown",
        (SENDS if rule == "DNSBL-IP-LISTED" else BY_NAME) + point + answer,
        why=f"seed 23: {answer} at {point.split()[0]}",
        settings=chosen,
        subject=subject,
        reason={"203.0.113.7": outside}.get(answer, "dnsbl.refused"),
    )
    for rule, chosen, subject, point, outside in (
        ("DNSBL-IP-LISTED", ONLY_IPV4, SPAMCOP, "192.0.2.1@bl.spamcop.net A ", "dnsbl.rewritten"),
        ("DNSBL-IP-LISTED", ONLY_IPV4, SPAMCOP, COUNTER, "dnsbl.broken"),
        ("DNSBL-DOMAIN-LISTED", NAMES, ON_DBL, DBL, "dnsbl.rewritten"),
        ("DNSBL-DOMAIN-LISTED", NAMES, ON_DBL, "invalid.dbl.spamhaus.org A ", "dnsbl.broken"),
    )
    for answer in ("127.255.255.254", "127.0.0.1", "203.0.113.7")
)
POLICIES = (
    Case("DNSBL-POLICY", "pass", SENDS, subject=ZEN),
    Case("DNSBL-POLICY", "pass", zen("127.0.0.2"), why="listed otherwise", subject=ZEN),
    Case("DNSBL-POLICY", "pass", f"{zen('127.0.0.2')}{ON_ZEN}127.0.0.10\n", why="listed as well", subject=ZEN),
    Case(
        "DNSBL-POLICY",
        "fail",
        zen("127.0.0.11"),
        subject=ZEN,
        severity="medium",
        arguments={"address": "192.0.2.1", "list": "spamhaus-zen"},
    ),  # T6
    Case("DNSBL-POLICY", "not_applicable", f"{TAKES}{ON_ZEN}127.0.0.10", why="receiving", subject=ZEN),
    Case("DNSBL-POLICY", "unknown", zen("servfail"), subject=ZEN, reason="dns.servfail"),
    Case(
        "DNSBL-POLICY",
        "unknown",
        zen("127.0.0.10").replace("TXT", "TXT timeout #"),
        why="role unknown",
        subject=ZEN,
        reason="dns.timeout",
    ),
)
LISTS = (
    Case("DNSBL-LIST-BROKEN", "pass", subject="spamcop"),
    Case(
        "DNSBL-LIST-BROKEN",
        "fail",
        COUNTER + "127.0.0.2",
        why="lists the world",
        subject="spamcop",
        severity="info",
        arguments={"list": "spamcop", "zone": "bl.spamcop.net"},
    ),
    Case("DNSBL-LIST-BROKEN", "fail", TEST + "nxdomain", why="lists nobody", subject="spamcop"),
    Case("DNSBL-LIST-BROKEN", "fail", f"{TEST}198.51.100.7\n{COUNTER}198.51.100.7", why="parked", subject="spamcop"),
    Case(
        "DNSBL-LIST-BROKEN",
        "pass",
        "::ffff:7f00:1@zen.spamhaus.org A 127.0.0.2",
        why="one family is enough",
        subject="spamhaus-zen",
    ),
    Case("DNSBL-LIST-BROKEN", "pass", settings=ONLY_DRONEBL, why="a list without test entry"),
    Case("DNSBL-LIST-BROKEN", "unknown", TEST + "servfail", subject="spamcop", reason="dns.servfail"),
    Case("DNSBL-LIST-BROKEN", "unknown", COUNTER + "timeout", why="silence", subject="spamcop", reason="dns.timeout"),
    Case(
        "DNSBL-LIST-BROKEN",
        "unknown",
        TEST + "127.255.255.254",
        why="refused",
        subject="spamcop",
        reason="dnsbl.refused",
    ),
    Case(
        "DNSBL-LIST-BROKEN",
        "unknown",
        settings={"resolver_kind": "public"},
        why="by a public resolver",
        subject="spamhaus-zen",
        reason="dnsbl.public_resolver",
    ),
    Case(
        "DNSBL-LIST-BROKEN",
        "unknown",
        MADE_UP + COUNTER + "198.51.100.99",
        why="answers are invented",
        subject="spamcop",
        reason="vantage.rewriting",
    ),  # T9
)
CASES = (*LISTINGS, *DOMAINS, *SEED_23, *POLICIES, *LISTS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
