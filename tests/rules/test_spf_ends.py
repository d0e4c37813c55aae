"""How SPF records end."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.test_spf import DENY, ELEVEN_BELOW, MAIL, NO_RECORD, PROTECTED, TEN, UNKNOWN, include, spf
from tests.rules.world import Case, check

FEW = include("a.example", "ip4:192.0.2.0/24 ip6:2001:db8::/64 -all")
HOST = "h.example. A 192.0.2.1"
OWN = "story.example. A 192.0.2.2"
ASIDE = "; not moved before it, as many might send by them: "
CASES = (
    Case("SPF-ALL-NOT-LAST", "pass", DENY),
    Case("SPF-ALL-NOT-LAST", "pass", spf("-all exp=why.story.example"), why="a modifier"),
    Case("SPF-ALL-NOT-LAST", "pass", spf("mx"), why="no all"),
    Case(
        "SPF-ALL-NOT-LAST",
        "fail",
        spf("mx -all include:a.example"),
        severity="medium",
        arguments={"end": "-all", "terms": ("include:a.example",), "kept_out": f"{ASIDE}include:a.example"},
    ),
    Case(
        "SPF-ALL-NOT-LAST",
        "fail",
        spf("-all ip4:192.0.2.1 exists:%{i}.a.example", MAIL),
        why="one term that names few",
        arguments={"terms": ("ip4:192.0.2.1", "exists:%{i}.a.example"), "kept_out": f"{ASIDE}exists:%{{i}}.a.example"},
    ),
    Case(
        "SPF-ALL-NOT-LAST",
        "fail",
        spf("mx -all ip4:192.0.2.1", MAIL),
        why="all can be moved",
        arguments={"kept_out": ""},
    ),
    Case(
        "SPF-ALL-NOT-LAST",
        "fail",
        spf("-all ip4:192.0.2.1", "story.example. MX 0 ."),
        why="no mail",
        arguments={"kept_out": ""},
    ),
    Case("SPF-ALL-NOT-LAST", "fail", spf("mx -all ~all"), why="another end", severity="low"),
    Case("SPF-ALL-NOT-LAST", "not_applicable", NO_RECORD),
    Case("SPF-ALL-NOT-LAST", "unknown", UNKNOWN, reason="dns.servfail"),
    Case("SPF-REDIRECT-IGNORED", "pass", spf("redirect=a.example", include("a.example"))),
    Case("SPF-REDIRECT-IGNORED", "pass", DENY, why="none"),
    Case(
        "SPF-REDIRECT-IGNORED",
        "fail",
        spf("redirect=a.example mx -all"),
        severity="low",
        arguments={"end": "-all", "redirect": "redirect=a.example"},
    ),
    Case("SPF-REDIRECT-IGNORED", "not_applicable", NO_RECORD),
    Case("SPF-REDIRECT-IGNORED", "unknown", UNKNOWN, reason="dns.servfail"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-ALL-PASS", spf("mx +all"), "v=spf1 mx ~all"),
        ("SPF-ALL-PASS", spf("mx ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"), "v=spf1 mx ~all"),
        ("SPF-ALL-PASS", spf("include:a.example -all", include("a.example", "+all")), None),
        ("SPF-ALL-PASS", spf("redirect=a.example", f"{MAIL}\n{include('a.example', '+all')}"), None),
        (
            "SPF-ALL-PASS",
            spf("ip4:192.0.2.1 ?a:h.example +all exp=e.example"),
            "v=spf1 ip4:192.0.2.1 ?a:h.example exp=e.example ~all",
        ),
        ("SPF-ALL-PASS", spf("+all", MAIL), "v=spf1 mx ~all"),
        ("SPF-ALL-PASS", spf("-ip4:192.0.2.1 +all", MAIL), "v=spf1 -ip4:192.0.2.1 mx ~all"),
        ("SPF-ALL-PASS", spf("+all", "story.example. MX 1 smtp.google.com."), "v=spf1 include:_spf.google.com ~all"),
        ("SPF-ALL-PASS", spf("ip4:0.0.0.0/0", MAIL), "v=spf1 mx ~all"),
        ("SPF-ALL-PASS", spf("+all", "story.example. MX 0 ."), "v=spf1 -all"),
        ("SPF-ALL-PASS", spf("+all", "story.example. A 192.0.2.1"), None),
        ("SPF-ALL-PASS", spf("+all", "story.example. MX servfail"), None),
        (
            "SPF-ALL-PASS",
            spf("include:b.example +all include:a.example", include("b.example", "ip4:192.0.2.1")),
            "v=spf1 include:b.example ~all",
        ),
        ("SPF-ALL-NEUTRAL", PROTECTED, "v=spf1 mx ~all"),
        ("SPF-ALL-NEUTRAL", spf("mx"), "v=spf1 mx ~all"),
        ("SPF-ALL-NEUTRAL", spf("redirect=a.example", include("a.example", "mx")), None),
        ("SPF-ALL-SOFTFAIL", spf("mx ~all exp=why.a.example"), "v=spf1 mx exp=why.a.example -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all include:a.example ~all"), "v=spf1 mx -all"),  # no such name
        ("SPF-ALL-NOT-LAST", spf("mx -all include:a.example ~all", FEW), "v=spf1 mx include:a.example -all"),
        (
            "SPF-ALL-NOT-LAST",
            spf("mx -all include:a.example", include("a.example", "ip4:192.0.0.0/12")),
            "v=spf1 mx -all",
        ),
        (
            "SPF-ALL-NOT-LAST",
            spf("mx -all include:a.example", include("a.example", "exists:%{i}.x.example")),
            "v=spf1 mx -all",
        ),
        ("SPF-ALL-NOT-LAST", spf("mx -all include:a.example", include("a.example", "+all")), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all include:a.example", "a.example. TXT servfail"), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all a:h.example ptr exists:h.example", HOST), "v=spf1 mx a:h.example -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all a:h.example/15", HOST), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all a:gone.example"), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("a -all mx", f"{MAIL}\nmx.story.example. A 192.0.2.1"), "v=spf1 a mx -all"),
        ("SPF-ALL-NOT-LAST", spf("a -all mx/8", f"{MAIL}\nmx.story.example. A 192.0.2.1\n{OWN}"), "v=spf1 a -all"),
        ("SPF-ALL-NOT-LAST", spf("a -all mx", f"{MAIL}\nmx.story.example. A timeout\n{OWN}"), "v=spf1 a -all"),
        (
            "SPF-ALL-NOT-LAST",
            spf("-all ip4:192.0.2.0/16 ip6:2001:db8::/48", MAIL),
            "v=spf1 ip4:192.0.2.0/16 ip6:2001:db8::/48 -all",
        ),
        ("SPF-ALL-NOT-LAST", spf("mx -all ip4:192.0.0.0/15 ip6:2001:db8::/47"), "v=spf1 mx -all"),
        (
            "SPF-ALL-NOT-LAST",
            spf("mx -all -ip4:192.0.2.1 ip4:192.0.2.0/24"),
            "v=spf1 mx -ip4:192.0.2.1 ip4:192.0.2.0/24 -all",
        ),
        ("SPF-ALL-NOT-LAST", spf("mx -all -a:h.example ip4:192.0.2.0/24", HOST), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("mx +all ip4:192.0.2.1"), "v=spf1 mx ip4:192.0.2.1 ~all"),
        ("SPF-ALL-NOT-LAST", spf("+all include:a.example"), None),
        (
            "SPF-ALL-NOT-LAST",
            spf("mx -all MX ip4:192.0.2.1 exp=e.example", f"{MAIL}\nmx.story.example. A 192.0.2.1"),
            "v=spf1 mx ip4:192.0.2.1 -all exp=e.example",
        ),
        (
            "SPF-ALL-NOT-LAST",
            spf(f"{TEN} -all include:a.example ip4:192.0.2.1", *ELEVEN_BELOW, FEW),
            f"v=spf1 {TEN} ip4:192.0.2.1 -all",
        ),
        ("SPF-ALL-NOT-LAST", spf("mx -all ip4:0.0.0.0/0"), "v=spf1 mx -all"),
        ("SPF-ALL-NOT-LAST", spf("mx -all a:h.example/8"), "v=spf1 mx -all"),
        ("SPF-ALL-SOFTFAIL", spf("mx ~all ip4:198.18.0.1"), "v=spf1 mx -all"),
        ("SPF-REDIRECT-IGNORED", spf("redirect=a.example mx -all"), "v=spf1 mx -all"),
        ("SPF-REDIRECT-IGNORED", spf("redirect=a.example -all", MAIL), "v=spf1 -all"),  # the effect that it has
        ("SPF-ALL-NOT-LAST", spf("-all ip4:192.0.2.1", "story.example. MX 0 ."), "v=spf1 -all"),
        ("SPF-ALL-NEUTRAL", spf("?all", MAIL), None),  # the domain's own mail would be marked
        ("SPF-ALL-NEUTRAL", spf("a:gone.example ?all", MAIL), None),
        ("SPF-ALL-NEUTRAL", spf("ip4:10.0.0.1 ?all", MAIL), None),
        ("SPF-ALL-SOFTFAIL", spf("~all", MAIL), None),
        ("SPF-ALL-SOFTFAIL", spf("include:a.example ~all", MAIL), None),
        ("SPF-PRIVATE-IP", spf("ip4:10.0.0.1 ~all", MAIL), None),
    ],
)
def test_the_record_to_paste(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())


@pytest.mark.parametrize(
    ("zone", "record"),
    [
        (spf("mx +all", MAIL), "v=spf1 mx ip4:192.0.2.99 ~all"),
        (spf("ip4:192.0.2.0/24 +all", MAIL), "v=spf1 ip4:192.0.2.0/24 ~all"),
        (spf("include:a.example +all", MAIL, FEW), "v=spf1 include:a.example ~all"),
        (spf("+all", MAIL), "v=spf1 ip4:192.0.2.99 mx ~all"),
        # The mail hosts are named already.
        (spf("mx +all", MAIL, "mx.story.example. A 192.0.2.99"), "v=spf1 mx ~all"),
        (spf("+all", MAIL, "mx.story.example. A 192.0.2.99"), "v=spf1 mx ~all"),
        (spf("mx/24 +all", MAIL, "mx.story.example. A 192.0.2.1"), "v=spf1 mx/24 ~all"),
        (spf("mx +all", MAIL, "mx.story.example. A 192.0.2.98"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        (spf("mx +all", MAIL, "mx.story.example. A timeout"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        (spf("-ip4:192.0.2.0/24 mx +all", MAIL, "mx.story.example. A 192.0.2.99"),
         "v=spf1 -ip4:192.0.2.0/24 mx ip4:192.0.2.99 ~all"),
    ],
)  # fmt: skip
def test_a_closed_record_names_the_configured_senders(zone: str, record: str) -> None:
    finding = check(Case("SPF-ALL-PASS", "fail", zone, options=DomainOptions(sending_ips=("192.0.2.99",))))
    assert finding is not None
    assert finding.publish == (f'story.example. 3600 IN TXT "{record}"',)
