"""No record that a rule on SPF gives to paste lets a stranger send: an error that is mended opens nothing."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.fact import Known
from audit.model.subject import Domain
from audit.protocol.spf.closing import strangers
from audit.protocol.spf.tree import spf_tree
from tests.protocol.walking import value
from tests.rules.tables import CASES
from tests.rules.test_spf import ELEVEN, ELEVEN_BELOW, MAIL, include, spf
from tests.rules.test_spf_mended import FAILING, mended, published
from tests.rules.world import Case, check

OPEN_BELOW = include("open.example", "+all")
HALF = include("half.example", "ip4:0.0.0.0/1 -all")
HOST = "h.example. A 192.0.2.1"
GONE = "include:gone.example"
MANY_DEAD = " ".join(f"include:gone{n}.example" for n in range(11))
SAMPLED = "exists:%{i}.x.example"
YES = "203.0.113.254.x.example. A 127.0.0.2"
VOIDS = "a:v1.example a:v2.example a:v3.example"


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-SPACES", spf("ip4:192.0.2.1  +all"), "v=spf1 ip4:192.0.2.1 ~all"),
        ("SPF-SPACES", spf(" +all"), None),
        ("SPF-SPACES", spf(f"{GONE}  ip4:192.0.2.1 all"), f"v=spf1 {GONE} ip4:192.0.2.1 ~all"),
        ("SPF-SPACES", spf("a:h.example/0  ip4:192.0.2.1 -all", HOST), "v=spf1 ip4:192.0.2.1 -all"),
        ("SPF-SPACES", spf("ip4:0.0.0.0/1 mx  ip4:128.0.0.0/1 -all"), "v=spf1 mx -all"),
        ("SPF-EXP", spf("mx +all exp=gone.example"), "v=spf1 mx ~all"),
        ("SPF-EXP", spf("+all exp=gone.example"), None),
        ("SPF-REDIRECT-IGNORED", spf("mx +all redirect=gone.example"), "v=spf1 mx ~all"),
        ("SPF-PRIVATE-IP", spf("ip4:10.0.0.1 mx +all"), "v=spf1 mx ~all"),
        ("SPF-PTR", spf("ptr mx +all"), "v=spf1 mx ~all"),
        ("SPF-PTR", spf(f"ptr mx {GONE} +all"), f"v=spf1 mx {GONE} ~all"),
        ("SPF-PTR", spf("ptr mx include:open.example", OPEN_BELOW), None),
        ("SPF-PTR", spf("ptr mx include:a.example -all", "a.example. TXT servfail"), None),
        ("SPF-PTR", spf("ptr mx exists:%{i}.a.example -all"), "v=spf1 mx exists:%{i}.a.example -all"),
        ("SPF-PTR", spf("ptr mx include:%{h} -all"), None),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} +all"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"{GONE} +all"), None),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} ip4:0.0.0.0/0 -all"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} include:open.example -all", OPEN_BELOW), None),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} include:a.example -all", "a.example. TXT servfail"), None),
        ("SPF-INCLUDE-NONE", spf("mx include:a.example +all", 'a.example. TXT "nothing"'), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-PERMERROR", spf("mx include:a.example +all", include("a.example", "foo")), "v=spf1 mx ~all"),
        ("SPF-LOOP", spf("mx include:story.example +all"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-DUP", spf("include:a.example include:a.example mx +all", include("a.example")),
         "v=spf1 include:a.example mx ~all"),
        ("SPF-LOOKUPS", spf(f"mx {MANY_DEAD} +all", MAIL), "v=spf1 mx ~all"),
        ("SPF-LOOKUPS", spf(f"{MANY_DEAD} +all"), None),
        ("SPF-LOOKUPS", spf(f"{ELEVEN} {GONE} +all", *ELEVEN_BELOW), None),
        ("SPF-VOID", spf(f"ip4:192.0.2.1 {VOIDS} +all"), "v=spf1 ip4:192.0.2.1 ~all"),
        ("SPF-VOID", spf(f"ip4:192.0.2.1 {VOIDS} exists:h.example -all", HOST), "v=spf1 ip4:192.0.2.1 -all"),
        ("SPF-VOID-ANY", spf("ip4:192.0.2.1 a:v1.example +all"), "v=spf1 ip4:192.0.2.1 ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} {SAMPLED} -all", YES), "v=spf1 mx ~all"),  # it says yes to all
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} {SAMPLED} -all"), f"v=spf1 mx {SAMPLED} ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} exists:%{{i}}.%{{l}}.x.example -all"), None),
        ("SPF-LOOKUPS", spf(f"mx {MANY_DEAD} {SAMPLED} -all", MAIL, YES), "v=spf1 mx ~all"),
        # One in 256 is less than everybody, but nobody is let in who was not.
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} include:half.example -all", HALF), None),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} ip4:12.0.0.0/8 -all"), None),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} ip4:12.0.0.0/9 -all"), "v=spf1 mx ip4:12.0.0.0/9 ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"include:half.example {GONE} -all", HALF), "v=spf1 include:half.example ~all"),
        ("SPF-SYNTAX", spf("mx;include:half.example -all", HALF), None),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=half.example -all", HALF), "v=spf1 mx -all"),
        ("SPF-SPACES", spf("include:half.example  -all", HALF), "v=spf1 include:half.example -all"),
        ("SPF-VOID-ANY", spf("include:half.example a:v1.example -all", HALF), "v=spf1 include:half.example -all"),
    ],
)  # fmt: skip
def test_what_is_mended_is_closed(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-SPACES", spf("mx  +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-SPACES", spf(" +all"), None),  # SPF-ALL-PASS tells who is likely to send as well
        ("SPF-SPACES", spf("ip4:192.0.2.0/24  +all"), "v=spf1 ip4:192.0.2.0/24 ~all"),
        ("SPF-SPACES", spf("mx  -all"), "v=spf1 mx -all"),  # he did not pass before, which is told by another rule
        ("SPF-EXP", spf("mx +all exp=gone.example"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-REDIRECT-IGNORED", spf("mx +all redirect=gone.example"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-PRIVATE-IP", spf("ip4:10.0.0.1 mx +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-PTR", spf("ptr mx +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf(f"mx {GONE} +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-INCLUDE-PERMERROR", spf("mx include:a.example +all", include("a.example", "foo")),
         "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-LOOP", spf("mx include:story.example +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-INCLUDE-DUP", spf("include:a.example include:a.example mx +all", include("a.example")),
         "v=spf1 include:a.example mx ip4:192.0.2.99 ~all"),
        ("SPF-LOOKUPS", spf(f"mx {MANY_DEAD} +all", MAIL), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-VOID", spf(f"ip4:192.0.2.1 {VOIDS} +all"), "v=spf1 ip4:192.0.2.1 ip4:192.0.2.99 ~all"),
        ("SPF-VOID-ANY", spf("mx a:v1.example +all", MAIL), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx x=y +all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
        ("SPF-ALL-NOT-LAST", spf("mx +all ip4:192.0.2.1"), "v=spf1 mx ip4:192.0.2.1 ip4:192.0.2.99 ~all"),
        ("SPF-SYNTAX", spf("mx foo +all"), None),
        ("SPF-SYNTAX", spf("mx;+all"), "v=spf1 mx ip4:192.0.2.99 ~all"),
    ],
)  # fmt: skip
def test_who_is_configured_is_named_where_it_is_closed(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone, options=DomainOptions(sending_ips=("192.0.2.99",))))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())


def test_no_case_gives_a_record_that_opens() -> None:
    assert CASES
    looked_at = 0
    for case, finding in ((c, f) for c in FAILING for f in published(c)):
        name = finding.publish[0].split(" ", 1)[0].rstrip(".")
        opens = strangers(value(spf_tree(Domain(name)), mended(case, finding)))
        assert not isinstance(opens, Known) or not opens.value, (case.id, finding.publish, opens)
        looked_at += isinstance(opens, Known)
    assert looked_at > 20
