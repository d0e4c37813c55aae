"""What SPF records cost their readers."""

from __future__ import annotations

import pytest

from audit.model.report import SubjectName
from tests.rules.test_spf import ELEVEN, ELEVEN_BELOW, NO_RECORD, TEN, UNKNOWN, include, spf
from tests.rules.world import Case, check

NINE = " ".join(f"include:i{n}.example" for n in range(9))
EIGHT = " ".join(f"include:i{n}.example" for n in range(8))
BIG = include("big.example", TEN)
NEAR = (
    Case("SPF-LOOKUPS-NEAR", "pass", spf(f"{EIGHT} -all", *ELEVEN_BELOW), why="eight"),
    Case(
        "SPF-LOOKUPS-NEAR",
        "fail",
        spf(f"{NINE} -all", *ELEVEN_BELOW),
        severity="low",
        arguments={"lookups": "9", "allowed": 10},
    ),
    Case("SPF-LOOKUPS-NEAR", "fail", spf(f"{TEN} -all", *ELEVEN_BELOW), why="ten"),
    Case("SPF-LOOKUPS-NEAR", "not_applicable", spf(f"{ELEVEN} -all", *ELEVEN_BELOW), why="too many"),
    Case("SPF-LOOKUPS-NEAR", "not_applicable", NO_RECORD),
    Case(
        "SPF-LOOKUPS-NEAR",
        "unknown",
        spf(f"{EIGHT} -all", *ELEVEN_BELOW[:7], "i7.example. TXT servfail"),
        reason="dns.servfail",
    ),
    Case(
        "SPF-LOOKUPS-NEAR",
        "fail",
        spf(f"{NINE} -all", *ELEVEN_BELOW[:8], "i8.example. TXT servfail"),
        why="at least nine",
        arguments={"lookups": "9 or more", "allowed": 10},
    ),
)
REACHED = (
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf("a include:big.example mx ip4:192.0.2.1 -all", BIG, *ELEVEN_BELOW),
        why="T31: who is behind the tenth",
        arguments={
            "lookups": "13",
            "unreached": ("include:big.example (a part of it)", "mx", "ip4:192.0.2.1"),
            "costs": ("include:big.example (11)",),
        },
    ),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf(f"ip4:192.0.2.1 {TEN} ip4:192.0.2.2 mx -all", *ELEVEN_BELOW),
        why="a network behind ten is reached",
        arguments={"unreached": ("mx",)},
    ),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf(" ".join(["a:h.example"] * 1200) + " -all", "h.example. A 192.0.2.1"),
        why="more than are counted",
        arguments={"lookups": "1000 or more"},
    ),
)
VOIDS = (
    Case("SPF-VOID-ANY", "pass", spf("a -all", "story.example. A 192.0.2.1", "story.example. AAAA 2001:db8::1")),
    Case(
        "SPF-VOID-ANY",
        "fail",
        spf("a:x.example a -all", "story.example. A 192.0.2.1", "story.example. AAAA 2001:db8::1"),
        severity="low",
        arguments={"terms": ("a:x.example (story.example)",), "whom": "every client", "allowed": 2},
    ),
    Case(
        "SPF-VOID-ANY",
        "fail",
        spf("a -all", "story.example. A 192.0.2.1"),
        why="one family",
        severity="info",
        arguments={"terms": ("a (story.example)",), "whom": "IPv6 clients", "allowed": 2},
    ),
    Case("SPF-VOID-ANY", "not_applicable", spf("a:x.example a:y.example a:z.example -all"), why="three"),
    Case("SPF-VOID-ANY", "not_applicable", NO_RECORD),
    Case("SPF-VOID-ANY", "unknown", spf("a:x.example -all", "x.example. ANY timeout"), reason="dns.timeout"),
)


def hosts(count: int, name: str = "story.example") -> tuple[str, ...]:
    return tuple(f"{name}. MX 10 mx{n}.{name}." for n in range(count))


HOSTS = (
    Case("SPF-MX-GT10", "pass", spf("mx -all", *hosts(10)), why="ten"),
    Case(
        "SPF-MX-GT10",
        "fail",
        spf("mx -all", *hosts(11)),
        severity="high",
        arguments={"names": ("story.example (11)",)},
    ),
    Case(
        "SPF-MX-GT10",
        "fail",
        spf("include:a.example -all", include("a.example", "mx -all"), *hosts(12, "a.example")),
        why="deep",
    ),
    Case("SPF-MX-GT10", "pass", spf("-all mx", *hosts(11)), why="behind all"),
    Case("SPF-MX-GT10", "not_applicable", NO_RECORD),
    Case("SPF-MX-GT10", "unknown", spf("mx:x.example -all", "x.example. MX timeout"), reason="dns.timeout"),
    Case("SPF-MX-GT10", "unknown", spf("mx:%{d}.x.example -all"), why="a macro", reason="spf.macro"),
    Case("SPF-MX-GT10", "unknown", UNKNOWN, why="no answer", reason="dns.servfail"),
)
CASES = (*NEAR, *REACHED, *VOIDS, *HOSTS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_the_dearest_include_is_the_cause() -> None:
    finding = check(Case("SPF-LOOKUPS", "fail", spf("include:big.example mx -all", BIG, *ELEVEN_BELOW)))
    assert finding is not None
    assert finding.causes == (SubjectName(kind="include", name="big.example"),)


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-LOOKUPS", spf(f"{ELEVEN} -all", *ELEVEN_BELOW), None),  # all of them are wanted, for all that is known
        ("SPF-LOOKUPS", spf(f"{TEN} include:i3.example -all", *ELEVEN_BELOW), f"v=spf1 {TEN} -all"),
        ("SPF-LOOKUPS", spf(f"a:gone.example {TEN} -all", *ELEVEN_BELOW), f"v=spf1 {TEN} -all"),
        ("SPF-LOOKUPS-NEAR", spf(f"{EIGHT} a:gone.example -all", *ELEVEN_BELOW), f"v=spf1 {EIGHT} -all"),
        # Whoever was meant by an include that is gone gets permerror today, as everybody does whom no earlier term
        # names: "-all" was never in effect, and would have his mail refused. What finds nothing never stood in its way.
        ("SPF-LOOKUPS", spf(f"{TEN} include:gone.example -all", *ELEVEN_BELOW), f"v=spf1 {TEN} ~all"),
        (
            "SPF-LOOKUPS",
            spf(f"{TEN} include:h.example -all", *ELEVEN_BELOW, "h.example. A 192.0.2.1"),
            f"v=spf1 {TEN} ~all",
        ),
        ("SPF-LOOKUPS-NEAR", spf(f"{EIGHT} include:gone.example -all", *ELEVEN_BELOW), f"v=spf1 {EIGHT} ~all"),
        ("SPF-LOOKUPS", spf(f"{TEN} include:gone.example ~all", *ELEVEN_BELOW), f"v=spf1 {TEN} ~all"),
        ("SPF-VOID-ANY", spf("a:gone.example mx ~all", *hosts(1)), "v=spf1 mx ~all"),
        ("SPF-VOID-ANY", spf("a:gone.example exists:%{i}.x.example -all"), "v=spf1 exists:%{i}.x.example -all"),
        ("SPF-VOID-ANY", spf("a:gone.example -all"), None),  # nobody would be left
        ("SPF-VOID-ANY", spf("a:gone.example ~all"), None),
        ("SPF-VOID-ANY", spf("include:a.example -all", include("a.example", "a:gone.example -all")), None),
    ],
)
def test_the_record_to_paste(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())
