"""Whether a domain exists, and how its name is written."""

from __future__ import annotations

import pytest

from tests.rules.world import GONE, Case, check

HERE = 'story.example. TXT "v=spf1 -all"'
NOWHERE = "example. SOA nodata"
DENIED_ONCE = "story.example. SOA nxdomain +0\nstory.example. SOA servfail +1"

CASES = (
    Case("DOMAIN-NXDOMAIN", "pass", HERE),
    Case("DOMAIN-NXDOMAIN", "pass", "www.story.example. A 192.0.2.1", why="empty non-terminal"),
    Case(
        "DOMAIN-NXDOMAIN",
        "fail",
        NOWHERE,
        severity="critical",
        arguments={"domain": "story.example"},
    ),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA servfail", reason="dns.servfail"),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA timeout", why="silence", reason="dns.timeout"),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA bogus", why="bogus", reason="dns.bogus"),
    Case("DOMAIN-NXDOMAIN", "unknown", DENIED_ONCE, why="denied only once", reason="dns.servfail"),
    Case("DOMAIN-NXDOMAIN", "pass", "story.example. SOA nxdomain +0\n" + HERE, why="the second time it was there"),
    Case("DOMAIN-IDN", "pass", HERE),
    Case(
        "DOMAIN-IDN",
        "fail",
        "xn--mnchen-3ya.example. TXT nodata",
        domain="xn--mnchen-3ya.example",
        severity="info",
        arguments={"domain": "xn--mnchen-3ya.example"},
    ),
    Case("DOMAIN-IDN", "unknown", "story.example. SOA timeout", reason="dns.timeout"),
    # Nothing else is said of a domain that does not exist.
    Case("DOMAIN-IDN", "not_applicable", NOWHERE),
    Case("SPF-MISSING", "not_applicable", NOWHERE, why="no domain"),
    Case("DMARC-MISSING", "not_applicable", NOWHERE, why="no domain"),
    Case("DKIM-NONE", "not_applicable", NOWHERE, why="no domain"),
    Case("MX-REACH", "not_applicable", NOWHERE, why="no domain"),
    Case("CERT-EXPIRED", "not_applicable", NOWHERE, why="no domain", subject="story.example"),
    Case("DNSBL-IP-LISTED", "not_applicable", NOWHERE, why="no domain"),
    # Not to know whether it exists keeps nothing else from being seen.
    Case("SPF-MISSING", "pass", HERE + "\nstory.example. SOA servfail", why="existence unknown"),
    Case("MX-REACH", GONE, HERE, why="no host"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
