"""Whom SPF records let send."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.keys import rsa_text
from tests.rules.test_spf import DENY, MAIL, NO_RECORD, UNKNOWN, include, spf
from tests.rules.world import Case, check

AWAY = "a.example. TXT timeout"
BROAD = (
    Case("SPF-CIDR-BROAD", "pass", spf("ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("ip4:12.0.0.0/15 -all"),
        severity="medium",
        arguments={"addresses": "131072 IPv4 addresses", "terms": ("ip4:12.0.0.0/15",)},
    ),
    Case(
        "SPF-CIDR-BROAD", "fail", spf("ip6:2600::/31 -all"), why="IPv6", arguments={"addresses": "2^97 IPv6 addresses"}
    ),
    Case("SPF-CIDR-BROAD", "fail", spf("ip4:0.0.0.0/1 -all"), why="half of IPv4", severity="high"),
    Case("SPF-CIDR-BROAD", "fail", spf("ip6:2600::/11 -all"), why="a great part of IPv6", severity="high"),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("mx/1//12 -all", MAIL, "mx.story.example. A 12.0.0.1"),
        why="half of IPv4 around MX hosts",
        severity="high",
        arguments={"addresses": "at least 2147483648 IPv4 addresses and 2^116 IPv6 addresses", "terms": ("mx/1//12",)},
    ),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("mx/8 -all", "story.example. MX 10 mx.story.example."),
        why="around MX hosts that are not there",
        severity="medium",
    ),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("mx/8 -all", MAIL, "mx.story.example. A 12.0.0.1"),
        why="around MX hosts",
        severity="high",
    ),
    Case("SPF-CIDR-BROAD", "fail", spf("a:h.example/12 -all", "h.example. A 192.0.2.1"), why="around a host"),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf(f"{' '.join(f'ip4:12.{n}.0.0/16' for n in range(1, 35, 2))} -all"),
        why="many",
        arguments={"addresses": "1114112 IPv4 addresses", "terms": ("all of them together",)},
    ),
    Case("SPF-CIDR-BROAD", "pass", spf("-ip4:12.0.0.0/8 -all"), why="refused"),
    Case(
        "SPF-CIDR-BROAD", "pass", spf("include:a.example -all", include("a.example", "ip4:12.0.0.0/9")), why="another's"
    ),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("include:a.example -all", include("a.example", "ip4:12.0.0.0/8")),
        why="another's, for very many",
        severity="high",
        arguments={
            "addresses": "16777216 IPv4 addresses",
            "by": "with what it includes",
            "terms": ("include:a.example",),
        },
    ),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("ip4:12.0.0.0/15 include:a.example -all", include("a.example", "ip6:2600::/11")),
        why="both wide and another's",
        severity="high",
        arguments={"addresses": "2^117 IPv6 addresses", "terms": ("ip4:12.0.0.0/15", "include:a.example")},
    ),
    Case("SPF-CIDR-BROAD", "fail", spf("ip4:10.0.0.0/8 -all"), why="nobody's", severity="medium"),
    Case(
        "SPF-CIDR-BROAD",
        "fail",
        spf("ip4:12.0.0.0/15 include:a.example -all", AWAY),
        why="and perhaps very many",
        severity="medium",
        reason="dns.timeout",
    ),
    Case("SPF-CIDR-BROAD", "unknown", spf("include:a.example -all", AWAY), why="an include", reason="dns.timeout"),
    Case(
        "SPF-CIDR-BROAD", "fail", spf("redirect=a.example", include("a.example", "ip4:12.0.0.0/8")), why="by redirect"
    ),
    Case("SPF-CIDR-BROAD", "not_applicable", spf("ip4:0.0.0.0/0 -all"), why="all of IPv4"),
    Case("SPF-CIDR-BROAD", "not_applicable", NO_RECORD),
    Case("SPF-CIDR-BROAD", "unknown", spf("redirect=a.example", AWAY), reason="dns.timeout"),
    Case("SPF-PRIVATE-IP", "pass", spf("ip4:192.0.2.1 -all"), why="allowed"),
    Case(
        "SPF-PRIVATE-IP",
        "fail",
        spf("ip4:10.1.0.0/16 ip4:8.8.8.8 ip6:fe80::1 -all"),
        severity="low",
        arguments={"terms": ("ip4:10.1.0.0/16 (private)", "ip6:fe80::1 (link-local)")},
    ),
    Case("SPF-PRIVATE-IP", "pass", spf("ip4:8.0.0.0/6 -all"), why="more than private"),
    Case("SPF-PRIVATE-IP", "pass", spf("-all ip4:10.0.0.1"), why="behind all"),
    Case("SPF-PRIVATE-IP", "not_applicable", NO_RECORD),
    Case("SPF-PRIVATE-IP", "unknown", spf("redirect=%{d}.example"), reason="spf.macro"),
    Case("SPF-PTR", "pass", DENY),
    Case("SPF-PTR", "fail", spf("ptr -all"), severity="medium", arguments={"terms": ("ptr",)}),
    Case("SPF-PTR", "fail", spf("mx ptr:story.example -all"), why="beside another", severity="low"),
    Case(
        "SPF-PTR",
        "fail",
        spf("ptr redirect=a.example", AWAY),
        why="beside what is not seen",
        severity="low",
        reason="dns.timeout",
    ),
    Case("SPF-PTR", "pass", spf("include:a.example -all", include("a.example", "ptr -all")), why="another's"),
    Case("SPF-PTR", "not_applicable", NO_RECORD),
    Case("SPF-PTR", "unknown", spf("mx redirect=a.example", AWAY), reason="dns.timeout"),
)
GOOGLE = "story.example. MX 1 smtp.google.com."
KEY = f'google._domainkey.story.example. TXT "v=DKIM1; p={rsa_text(2048)}"'
GOOGLE_SPF = include("_spf.google.com", "ip4:192.0.2.0/24 ~all")
SHARED = (
    Case("SPF-SHARED", "pass", DENY),
    Case("SPF-SHARED", "pass", spf("include:_spf.google.com -all", GOOGLE_SPF, KEY), why="signed"),
    Case(
        "SPF-SHARED",
        "fail",
        spf("include:_spf.google.com -all", GOOGLE_SPF),
        severity="info",
        arguments={"providers": ("Google Workspace and Gmail",)},
    ),
    Case("SPF-SHARED", "pass", spf("include:a.example -all", include("a.example")), why="nobody known"),
    Case("SPF-SHARED", "not_applicable", NO_RECORD),
    Case("SPF-SHARED", "unknown", spf("include:a.example -all", AWAY), reason="dns.timeout"),
    Case("SPF-MX-NOT-AUTH", "pass", spf("include:_spf.google.com -all", GOOGLE, GOOGLE_SPF)),
    Case(
        "SPF-MX-NOT-AUTH",
        "fail",
        spf("mx -all", GOOGLE),
        severity="medium",
        arguments={"provider": "Google Workspace and Gmail", "include": "_spf.google.com"},
    ),
    Case(
        "SPF-MX-NOT-AUTH",
        "pass",
        spf("include:a.example -all", GOOGLE, include("a.example", "redirect=_spf.google.com"), GOOGLE_SPF),
        why="by another",
    ),
    Case("SPF-MX-NOT-AUTH", "not_applicable", spf("mx -all", MAIL), why="hosts of its own"),
    Case("SPF-MX-NOT-AUTH", "not_applicable", spf("-all", GOOGLE), why="sends nothing"),
    Case("SPF-MX-NOT-AUTH", "not_applicable", spf("ip4:12.0.0.0/17 -all", GOOGLE), why="perhaps copied"),
    Case("SPF-MX-NOT-AUTH", "not_applicable", spf("mx +all", GOOGLE), why="everybody may send"),
    Case(
        "SPF-MX-NOT-AUTH",
        "unknown",
        spf("exists:h.example +all", GOOGLE, "h.example. A timeout"),
        why="perhaps everybody",
        reason="dns.timeout",
    ),
    Case("SPF-MX-NOT-AUTH", "not_applicable", f"{NO_RECORD}\n{GOOGLE}"),
    Case("SPF-MX-NOT-AUTH", "unknown", spf("mx -all", "story.example. MX timeout"), reason="dns.timeout"),
    Case(
        "SPF-MX-NOT-AUTH",
        "unknown",
        spf("include:a.example -all", GOOGLE, AWAY),
        why="an include",
        reason="dns.timeout",
    ),
)
BELOW = DomainOptions(subdomains=("www", "mail.story.example"))
WWW = "www.story.example. A 192.0.2.1"
LIST = "mail.story.example. MX 10 mx.story.example."
SUBDOMAINS = (
    Case(
        "SPF-SUBDOMAIN-NONE",
        "pass",
        spf("-all", WWW, 'www.story.example. TXT "v=spf1 -all"'),
        options=BELOW,
        subject="www.story.example",
    ),
    Case(
        "SPF-SUBDOMAIN-NONE",
        "fail",
        spf("-all", WWW),
        options=BELOW,
        subject="www.story.example",
        severity="info",
        arguments={"name": "www.story.example", "what": "an address"},
    ),
    Case(
        "SPF-SUBDOMAIN-NONE",
        "fail",
        spf("-all", LIST, "mail.story.example. AAAA timeout"),
        why="mail hosts",
        options=BELOW,
        subject="mail.story.example",
        arguments={"what": "mail hosts"},
    ),
    Case("SPF-SUBDOMAIN-NONE", "not_applicable", DENY, options=BELOW, subject="www.story.example"),
    Case(
        "SPF-SUBDOMAIN-NONE",
        "unknown",
        spf("-all", "www.story.example. ANY timeout"),
        options=BELOW,
        subject="www.story.example",
        reason="dns.timeout",
    ),
    Case("SPF-SUBDOMAIN-NONE", "gone", DENY, why="none is named"),
    Case(
        "SPF-SUBDOMAIN-NONE",
        "unknown",
        DENY,
        why="too many",
        options=DomainOptions(subdomains=tuple(f"n{i}" for i in range(9))),
        subject="story.example",
        reason="budget",
    ),
)
CASES = (*BROAD, *SHARED, *SUBDOMAINS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-PRIVATE-IP", spf("mx ip4:10.0.0.1 -all"), "v=spf1 mx -all"),
        ("SPF-PRIVATE-IP", spf("ip4:10.0.0.1 -all"), None),  # nobody would be left
        ("SPF-PTR", spf("mx ptr -all"), "v=spf1 mx -all"),
        ("SPF-PTR", spf("ptr -all"), None),
        ("SPF-MX-NOT-AUTH", spf("mx -all", GOOGLE), "v=spf1 mx include:_spf.google.com -all"),
        (
            "SPF-MX-NOT-AUTH",
            spf("redirect=a.example", GOOGLE, include("a.example", "mx -all")),
            "v=spf1 include:_spf.google.com redirect=a.example",
        ),
    ],
)
def test_the_record_to_paste(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())


def test_a_subdomain_is_given_what_it_has() -> None:
    finding = check(Case("SPF-SUBDOMAIN-NONE", "fail", spf("-all", WWW), options=BELOW, subject="www.story.example"))
    assert finding is not None
    assert finding.publish == ('www.story.example. 3600 IN TXT "v=spf1 a -all"',)
    assert check(Case("SPF-SHARED", "unknown", UNKNOWN, reason="dns.servfail"))
