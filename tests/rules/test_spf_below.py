"""Whom names below a domain let send."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.test_spf import DENY
from tests.rules.test_spf_includes import REGISTRY, TAKEN
from tests.rules.world import Case, check

HALF = 'a.example. TXT "v=spf1 ip4:0.0.0.0/1"'
AWAY = "a.example. TXT timeout"
SILENT = REGISTRY + "\ngone.com. NS@198.51.100.53 timeout"
LISTED = DomainOptions(subdomains=("www",))


def www(terms: str, *more: str) -> str:
    return "\n".join((DENY, f'www.story.example. TXT "v=spf1 {terms}"', *more))


def every(terms: str, *more: str) -> str:
    return "\n".join((DENY, f'*.story.example. TXT "v=spf1 {terms}"', *more))


CASES = (
    Case("SPF-SUBDOMAIN-OPEN", "pass", www("mx -all"), options=LISTED),
    Case(
        "SPF-SUBDOMAIN-OPEN",
        "fail",
        www("+all"),
        options=LISTED,
        severity="critical",
        arguments={"name": "www.story.example", "terms": ("+all",)},
    ),
    Case(
        "SPF-SUBDOMAIN-OPEN",
        "fail",
        www("include:a.example -all", 'a.example. TXT "v=spf1 ip4:0.0.0.0/0"'),
        why="by an include",
        options=LISTED,
    ),
    Case("SPF-SUBDOMAIN-OPEN", "not_applicable", DENY, options=LISTED, why="no record"),
    Case(
        "SPF-SUBDOMAIN-OPEN",
        "unknown",
        f"{DENY}\nwww.story.example. TXT servfail",
        options=LISTED,
        reason="dns.servfail",
    ),
    Case(
        "SPF-SUBDOMAIN-OPEN",
        "unknown",
        www("include:a.example -all", "a.example. TXT timeout"),
        why="an include",
        options=LISTED,
        reason="dns.timeout",
    ),
    Case("SPF-SUBDOMAIN-BROAD", "pass", www("ip4:12.0.0.0/9 -all"), options=LISTED),
    Case(
        "SPF-SUBDOMAIN-BROAD",
        "fail",
        www("include:a.example -all", HALF),
        options=LISTED,
        severity="high",
        arguments={
            "name": "www.story.example",
            "addresses": "2092957696 IPv4 addresses",
            "terms": ("include:a.example",),
        },
    ),
    Case("SPF-SUBDOMAIN-BROAD", "not_applicable", DENY, options=LISTED, why="no record"),
    Case("SPF-SUBDOMAIN-BROAD", "not_applicable", www("+all"), options=LISTED, why="everybody"),
    Case("SPF-SUBDOMAIN-BROAD", "unknown", www("include:a.example -all", AWAY), options=LISTED, reason="dns.timeout"),
    Case("SPF-WILDCARD-BROAD", "pass", every("-all")),
    Case(
        "SPF-WILDCARD-BROAD",
        "fail",
        every("ip6:2600::/11 -all"),
        severity="high",
        arguments={
            "name": "*.story.example",
            "addresses": "2^117 IPv6 addresses",
            "terms": ("ip6:2600::/11",),
        },
    ),
    Case("SPF-WILDCARD-BROAD", "not_applicable", DENY, why="no wildcard"),
    Case("SPF-WILDCARD-BROAD", "unknown", every("include:a.example -all", AWAY), reason="dns.timeout"),
    Case("SPF-SUBDOMAIN-TAKEOVER", "pass", www("include:gone.com -all", REGISTRY, TAKEN), options=LISTED),
    Case(
        "SPF-SUBDOMAIN-TAKEOVER",
        "fail",
        www("mx include:gone.com -all", REGISTRY),
        options=LISTED,
        severity="critical",
        arguments={"name": "www.story.example", "names": ("gone.com",)},
    ),
    Case("SPF-SUBDOMAIN-TAKEOVER", "fail", www("a:h.gone.com -all", REGISTRY), options=LISTED, why="a host"),
    Case("SPF-SUBDOMAIN-TAKEOVER", "not_applicable", DENY, options=LISTED, why="no record"),
    Case("SPF-SUBDOMAIN-TAKEOVER", "unknown", www("include:gone.com", SILENT), options=LISTED, reason="dns.timeout"),
    Case("SPF-WILDCARD-TAKEOVER", "pass", every("-all")),
    Case(
        "SPF-WILDCARD-TAKEOVER",
        "fail",
        every("mx include:gone.com -all", REGISTRY),
        severity="critical",
        arguments={"domain": "story.example", "names": ("gone.com",)},
    ),
    Case("SPF-WILDCARD-TAKEOVER", "not_applicable", DENY, why="no wildcard"),
    Case("SPF-WILDCARD-TAKEOVER", "unknown", every("include:gone.com", SILENT), reason="dns.timeout"),
    Case("SPF-WILDCARD-OPEN", "pass", every("-all")),
    Case(
        "SPF-WILDCARD-OPEN",
        "fail",
        every("+all"),
        severity="critical",
        arguments={"domain": "story.example", "terms": ("+all",)},
    ),
    Case("SPF-WILDCARD-OPEN", "not_applicable", DENY, why="no wildcard"),
    Case("SPF-WILDCARD-OPEN", "not_applicable", f'{DENY}\n*.story.example. TXT "nothing"', why="no SPF"),
    Case("SPF-WILDCARD-OPEN", "unknown", f"{DENY}\n*.story.example. TXT timeout", reason="dns.timeout"),
    Case(
        "SPF-WILDCARD-OPEN",
        "unknown",
        every("include:a.example -all", "a.example. TXT timeout"),
        why="an include",
        reason="dns.timeout",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("zone", "record"),
    [
        (www("+all"), "v=spf1 -all"),
        (www("+all", "www.story.example. A 192.0.2.1"), "v=spf1 a -all"),
        (www("ip4:192.0.2.1 +all"), "v=spf1 ip4:192.0.2.1 ~all"),
        (www("redirect=a.example", 'a.example. TXT "v=spf1 +all"'), None),
    ],
)
def test_the_record_to_paste(zone: str, record: str | None) -> None:
    finding = check(Case("SPF-SUBDOMAIN-OPEN", "fail", zone, options=LISTED))
    assert finding is not None
    assert finding.publish == ((f'www.story.example. 3600 IN TXT "{record}"',) if record else ())


@pytest.mark.parametrize(
    ("zone", "record"),
    [
        (every("+all"), "v=spf1 -all"),
        (every("ip4:192.0.2.1 +all"), "v=spf1 ip4:192.0.2.1 ~all"),  # who passes by it goes on to
        (every("include:a.example -all", 'a.example. TXT "v=spf1 +all"'), None),
        (every("redirect=a.example", 'a.example. TXT "v=spf1 +all"'), None),
    ],
)
def test_the_record_to_paste_for_a_wildcard(zone: str, record: str | None) -> None:
    finding = check(Case("SPF-WILDCARD-OPEN", "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'*.story.example. 3600 IN TXT "{record}"',) if record else ())


def test_the_record_to_paste_for_a_wildcard_that_leads_to_what_anybody_can_register() -> None:
    finding = check(Case("SPF-WILDCARD-TAKEOVER", "fail", every("ip4:192.0.2.1 include:gone.com -all", REGISTRY)))
    assert finding is not None
    assert finding.publish == ('*.story.example. 3600 IN TXT "v=spf1 ip4:192.0.2.1 -all"',)
