"""What SPF records lead to: broken names, names met twice, and names that anybody can register."""

from __future__ import annotations

import pytest

from audit.model.report import SubjectName
from audit.rules.spf.includes import SOFTENED
from tests.rules.test_spf import DENY, MAIL, NO_RECORD, UNKNOWN, include, spf
from tests.rules.world import Case, check

BROKEN = include("a.example", "ip4:192.0.2.300 -all")
DOUBLE = "\n".join((include("a.example"), include("a.example", "mx -all")))
DEAD = "a.example. TXT servfail"
PERMERRORS = (
    Case("SPF-INCLUDE-PERMERROR", "pass", spf("include:a.example -all", include("a.example"))),
    Case(
        "SPF-INCLUDE-PERMERROR",
        "fail",
        spf("include:a.example -all", BROKEN),
        severity="high",
        arguments={"targets": ("a.example",), "given": ""},
    ),
    Case(
        "SPF-INCLUDE-PERMERROR",
        "fail",
        spf("mx include:a.example -all", BROKEN),
        why="beside a term that is kept",
        arguments={"given": SOFTENED},
    ),
    Case(
        "SPF-INCLUDE-NONE",
        "fail",
        spf("mx include:a.example ~all", "a.example. A 192.0.2.1"),
        why="beside a term that is kept",
        arguments={"given": ""},
    ),
    Case("SPF-INCLUDE-PERMERROR", "fail", spf("include:a.example -all", DOUBLE), why="two records"),
    Case("SPF-INCLUDE-PERMERROR", "pass", spf("include:a.example -all", "a.example. A 192.0.2.1"), why="no record"),
    Case("SPF-INCLUDE-PERMERROR", "pass", spf("ip4:192.0.2.300 -all"), why="its own fault"),
    Case("SPF-INCLUDE-PERMERROR", "not_applicable", NO_RECORD),
    Case("SPF-INCLUDE-PERMERROR", "unknown", spf("include:a.example -all", DEAD), reason="dns.servfail"),
)
TWICE = (
    Case("SPF-INCLUDE-DUP", "pass", spf("include:a.example -all", include("a.example"))),
    Case(
        "SPF-INCLUDE-DUP",
        "fail",
        spf("include:a.example mx include:a.example -all", include("a.example")),
        severity="low",
        arguments={"targets": ("a.example",)},
    ),
    Case(
        "SPF-INCLUDE-DUP",
        "fail",
        spf(
            "include:a.example include:b.example -all",
            include("a.example", "include:b.example -all"),
            include("b.example"),
        ),
        why="brought by another",
        arguments={"targets": ("b.example",)},
    ),
    Case(
        "SPF-INCLUDE-DUP",
        "fail",
        spf("include:a.example include:A.Example -all", DEAD),
        why="beside a silence",
    ),
    Case(
        "SPF-INCLUDE-DUP",
        "pass",
        spf("include:a.example -all include:a.example", include("a.example")),
        why="behind all",
    ),
    Case(
        "SPF-INCLUDE-DUP",
        "not_applicable",
        spf("include:a.example include:a.example -all", include("a.example", "include:story.example -all")),
        why="in a circle",
    ),
    Case("SPF-INCLUDE-DUP", "not_applicable", NO_RECORD),
    Case("SPF-INCLUDE-DUP", "unknown", spf("include:a.example -all", DEAD), reason="dns.servfail"),
)
REGISTRY = """
    com.           SOA  "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"
    com.           NS   a.nic.com.
    a.nic.com.     A    198.51.100.53
"""
MX_GONE = "h.test. MX 10 mx.gone.com."
TAKEN = "gone.com. NS ns.elsewhere.test."
FREE = (
    Case("SPF-TAKEOVER", "pass", spf("include:a.example -all", include("a.example"))),
    Case("SPF-TAKEOVER", "pass", spf("include:_spf.gone.com -all", REGISTRY, TAKEN), why="registered"),
    Case(
        "SPF-TAKEOVER",
        "fail",
        spf("include:_spf.gone.com -all", REGISTRY),
        severity="critical",
        arguments={"names": ("_spf.gone.com",), "domain": "story.example"},
    ),
    Case("SPF-TAKEOVER", "fail", spf("redirect=gone.com", REGISTRY), why="a redirect"),
    Case(
        "SPF-TAKEOVER",
        "fail",
        spf("include:spf.story.example -all", REGISTRY, "spf.story.example. CNAME x.gone.com."),
        why="behind an alias of its own",
        severity="critical",
        arguments={"names": ("x.gone.com (to which spf.story.example leads)",)},
    ),
    Case(
        "SPF-TAKEOVER",
        "fail",
        spf("a:out.here.com -all", REGISTRY, "out.here.com. CNAME x.gone.com."),
        why="a host behind another's alias",
        arguments={"names": ("x.gone.com (to which out.here.com leads)",)},
    ),
    Case("SPF-TAKEOVER", "fail", spf("a:mail.gone.com -all", REGISTRY), why="a host"),
    Case(
        "SPF-TAKEOVER", "fail", spf("include:gone.com include:a.example -all", REGISTRY, DEAD), why="beside a silence"
    ),
    # Whoever registers what does not pass lets nobody send by it.
    Case("SPF-TAKEOVER", "pass", spf("?include:gone.com mx -all", REGISTRY), why="an include that does not pass"),
    Case("SPF-TAKEOVER", "pass", spf("~a:gone.com mx -all", REGISTRY), why="a host that does not pass"),
    Case("SPF-TAKEOVER", "pass", spf("-exists:gone.com mx -all", REGISTRY), why="an exists that does not pass"),
    Case(
        "SPF-TAKEOVER",
        "pass",
        spf("include:a.example -all", REGISTRY, include("a.example", "?include:gone.com -all")),
        why="another's include that does not pass",
    ),
    Case(
        "SPF-TAKEOVER",
        "pass",
        spf("-include:a.example -all", REGISTRY, include("a.example", "include:gone.com -all")),
        why="what an include leads to that does not pass",
    ),
    Case(
        "SPF-TAKEOVER",
        "fail",
        spf("include:gone.com ?include:gone.com -all", REGISTRY),
        why="an include that passes first",
    ),
    Case("SPF-TAKEOVER", "pass", spf("?include:a.example mx -all", DEAD, MAIL), why="beside one that does not matter"),
    Case("SPF-TAKEOVER", "pass", spf("a:gone.story.example -all"), why="a name of its own"),
    Case("SPF-TAKEOVER", "pass", spf("-all include:gone.com", REGISTRY), why="behind all"),
    Case(
        "SPF-TAKEOVER",
        "fail",
        spf("mx -all", REGISTRY, "story.example. MX 10 mx.gone.com."),
        why="a mail host of its own",
        arguments={"names": ("mx.gone.com",), "domain": "story.example"},
    ),
    Case("SPF-TAKEOVER", "fail", spf("mx:h.test -all", REGISTRY, MX_GONE), why="a mail host"),
    Case("SPF-TAKEOVER", "pass", spf("?mx:h.test -all", REGISTRY, MX_GONE), why="a mail host that does not pass"),
    Case("SPF-TAKEOVER", "pass", spf("mx:h.test -all", REGISTRY, MX_GONE, TAKEN), why="a mail host, registered"),
    Case(
        "SPF-TAKEOVER",
        "unknown",
        spf("mx:h.test -all", REGISTRY, MX_GONE, "mx.gone.com. ANY timeout"),
        why="a mail host that is not seen",
        reason="dns.timeout",
    ),
    *(
        Case("SPF-TAKEOVER", result, spf(record, REGISTRY, *more), why=why, reason=reason)
        for result, record, why, reason, *more in (
            ("fail", "include:%{ir}.%{v}.gone.com -all", "a name made of the client", None),
            ("fail", "redirect=%{i}.gone.com", "a redirect made of the client", None),
            ("fail", "include:%{i}.a.com -all", "behind such a name", None, '*.a.com TXT "v=spf1 a:gone.com -all"'),
            ("pass", "include:%{i}.gone.com -all", "a name made of the client, of a registered domain", None, TAKEN),
            ("pass", "include:%{i}.a.com -all", "a name that is there", None, '*.a.com TXT "v=spf1 -all"'),
            ("unknown", "include:%{i}.a.com -all", "a name that is not seen", "dns.servfail", "*.a.com TXT servfail"),
            ("unknown", "include:%{l}.gone.com -all", "a name that the sender chooses", "spf.macro"),
            ("unknown", "include:x.%{i} -all", "a domain that each client chooses", "spf.macro"),
            ("unknown", "include:o.com include:%{i}.a.com -all", "not asked", "spf.macro", 'o.com TXT "v=spf1 +all"'),
        )
    ),
    Case("SPF-TAKEOVER", "not_applicable", NO_RECORD),
    Case("SPF-TAKEOVER", "unknown", spf("include:a.example -all", DEAD), reason="dns.servfail"),
    Case(
        "SPF-TAKEOVER",
        "unknown",
        spf("include:gone.com -all", REGISTRY, "gone.com. NS@198.51.100.53 refused"),
        why="the registry does not say",
        reason="dns.refused",
    ),
    Case(
        "SPF-TAKEOVER",
        "unknown",
        spf(
            f"{' '.join(f'include:_spf.gone{n}.com' for n in range(4))} -all",
            REGISTRY,
            *(f"gone{n}.com. NS x.test." for n in range(3)),
        ),
        why="more names than are asked",
        reason="budget",
    ),
    Case("SPF-INCLUDE-NXDOMAIN", "not_applicable", spf("include:gone.com -all", REGISTRY), why="anybody can have it"),
    Case("SPF-INCLUDE-NXDOMAIN", "fail", spf("mx include:gone.example -all"), why="beside a host of its own"),
    Case("SPF-ALL-NEUTRAL", "not_applicable", spf("include:gone.example"), why="no receiver comes to the end"),
    Case("SPF-ALL-NEUTRAL", "not_applicable", spf("include:a.example", BROKEN), why="an include that is broken"),
    Case("SPF-ALL-NEUTRAL", "fail", spf("include:a.example", DEAD), why="beside a silence", severity="medium"),
)
CASES = (*PERMERRORS, *TWICE, *FREE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_a_broken_include_is_the_cause() -> None:
    finding = check(Case("SPF-INCLUDE-PERMERROR", "fail", spf("include:a.example -all", BROKEN)))
    assert finding is not None
    assert finding.causes == (SubjectName(kind="include", name="a.example"),)


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-INCLUDE-NONE", spf("mx include:a.example ~all", MAIL, "a.example. A 192.0.2.1"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-NONE", spf("mx redirect=a.example", "a.example. A 192.0.2.1"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-NONE", spf("include:a.example -all", "a.example. A 192.0.2.1"), None),  # nobody would be left
        ("SPF-INCLUDE-NXDOMAIN", spf("mx  include:gone.example -all"), "v=spf1 mx ~all"),
        ("SPF-INCLUDE-NONE", spf("redirect=a.example", MAIL, "a.example. A 192.0.2.1"), None),  # nobody would be named
        ("SPF-INCLUDE-NONE", spf("include:a.example ~all", MAIL, "a.example. A 192.0.2.1"), None),
        ("SPF-INCLUDE-NXDOMAIN", spf("include:gone.example ?all", MAIL), None),
        ("SPF-INCLUDE-PERMERROR", spf("redirect=a.example", MAIL, DOUBLE), None),
        ("SPF-INCLUDE-NXDOMAIN", spf("include:a.example ~all", include("a.example", "include:gone.example")), None),
        ("SPF-INCLUDE-PERMERROR", spf("mx include:a.example -all", BROKEN), "v=spf1 mx ~all"),
        (
            "SPF-INCLUDE-DUP",
            spf("include:a.example mx include:a.example -all", include("a.example")),
            "v=spf1 include:a.example mx -all",
        ),
        (
            "SPF-INCLUDE-DUP",
            spf(
                "include:b.example include:a.example -all",
                include("a.example", "include:b.example -all"),
                include("b.example"),
            ),
            "v=spf1 include:a.example -all",
        ),
        (
            "SPF-INCLUDE-DUP",
            spf(
                "include:a.example include:c.example -all",
                include("a.example", "include:b.example -all"),
                include("c.example", "include:b.example -all"),
                include("b.example"),
            ),
            None,
        ),
        ("SPF-LOOP", spf("mx include:story.example -all"), "v=spf1 mx -all"),
        ("SPF-LOOP", spf("mx include:a.example -all", include("a.example", "include:story.example -all")), None),
        ("SPF-TAKEOVER", spf("mx include:gone.com -all", REGISTRY), "v=spf1 mx -all"),
        ("SPF-TAKEOVER", spf("mx a:gone.com -all", REGISTRY), "v=spf1 mx -all"),
        ("SPF-TAKEOVER", spf("mx:h.test -all", REGISTRY, MX_GONE), None),
        ("SPF-TAKEOVER", spf("mx include:%{i}.gone.com -all", REGISTRY), None),
    ],
)
def test_the_record_to_paste(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone))
    assert finding is not None
    assert finding.publish == ((f'story.example. 3600 IN TXT "{record}"',) if record else ())


def test_a_good_record_leads_nowhere() -> None:
    assert check(Case("SPF-TAKEOVER", "pass", DENY))
    assert check(Case("SPF-TAKEOVER", "unknown", UNKNOWN, reason="dns.servfail"))
