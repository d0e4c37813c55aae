"""DMARC reports: whether they are asked for, in a way that can be read, and whether they arrive."""

from __future__ import annotations

import pytest

from tests.rules.dmarc.zones import BELOW, DEAD, DEAD_ABOVE, HERE, REJECT, SILENT, SUB, at, own
from tests.rules.world import GONE, Case, check

ELSEWHERE = own("p=none", "rua=mailto:d@reports.test")
MX = "reports.test. MX 10 mx.reports.test.\nmx.reports.test. A 192.0.2.7\n"
CONSENT = "story.example._report._dmarc.reports.test."
CIRCLE = f"{CONSENT} CNAME r.reports.test.\nr.reports.test. CNAME {CONSENT}\n"
CHAIN = f"{CONSENT} CNAME c0.reports.test.\n" + "".join(
    f"c{n}.reports.test. CNAME c{n + 1}.reports.test.\n" for n in range(9)
)
AGREED = 'story.example._report._dmarc.reports.test. TXT "v=DMARC1"\n'
BOX = "rua mailto:d@reports.test"


def many(count: int) -> str:
    return own("p=none", '" "'.join(("rua=", *(f"mailto:d@r{n}.test," for n in range(count))))[:-1])


MANY = many(9)
# 248 characters: with _report and _dmarc too long for the DNS
LONG_HOST = ".".join(["h" * 58] * 4) + ".reports.test"
LONG_BOX = f"rua mailto:d@{LONG_HOST}"

ASKED = (
    Case("DMARC-RUA-MISSING", "pass", REJECT),
    Case("DMARC-RUA-MISSING", "pass", own("p=none", "rua=nonsense"), why="DMARC-RUA-SYNTAX says it"),
    Case("DMARC-RUA-MISSING", "not_applicable", own("p=reject") + "story.example. MX 0 .", why="no mail"),
    Case("DMARC-RUA-MISSING", "fail", own("p=reject") + HERE, severity="medium", arguments={"at": "story.example"}),
    Case("DMARC-RUA-MISSING", "fail", own("p=reject") + HERE, why="takes mail"),
    Case(
        "DMARC-RUA-MISSING", "fail", own("p=reject", "ruf=mailto:d@story.example") + HERE, why="ruf is another"
    ),  # T35
    Case("DMARC-RUA-MISSING", "fail", own("p=reject", "x=mailto:d@story.example") + HERE, why="any tag"),  # T35
    Case("DMARC-RUA-MISSING", "fail", own("p=reject", "rua=") + HERE, why="empty"),
    Case("DMARC-RUA-MISSING", "not_applicable", HERE),
    Case("DMARC-RUA-MISSING", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-RUA-SYNTAX", "pass", REJECT),
    Case("DMARC-RUA-SYNTAX", "pass", own("p=none"), why="none"),
    Case(
        "DMARC-RUA-SYNTAX",
        "fail",
        own("p=none", "rua=d@story.example"),
        severity="medium",
        arguments={"at": "story.example", "items": ("rua=d@story.example",)},
    ),
    Case("DMARC-RUA-SYNTAX", "fail", own("p=none", "rua=mailto:a@x.test mailto:b@x.test"), why="a space"),
    Case("DMARC-RUA-SYNTAX", "fail", own("p=none", "rua=mailto:a@x.test,nonsense"), why="one of two"),
    Case("DMARC-RUA-SYNTAX", "fail", own("p=none", "ruf=a@x.test"), why="ruf", arguments={"items": ("ruf=a@x.test",)}),
    Case("DMARC-RUA-SYNTAX", "fail", own("p=none", "rua=nonsense"), why="nothing to mend"),
    Case(
        "DMARC-RUA-SYNTAX",
        "fail",
        own("p=none", "rua=mailto:a@x.test,,mailto:b@x.test"),
        why="an empty place",
        arguments={"items": ("rua= (an empty place)",)},
    ),
    Case(
        "DMARC-RUA-SYNTAX",
        "fail",
        own("p=none", "rua=mailto:<script>alert(1)</script>@x"),
        why="markup",
        arguments={"items": ("rua=mailto:<script>alert(1)</script>@x",)},
    ),  # seed 7
    Case(
        "DMARC-RUA-SYNTAX",
        "fail",
        own("p=none", "rua=mailto:\\233\\255@x.test"),
        why="octets",
        arguments={"items": ("rua=mailto:\\xe9\\xff@x.test",)},
    ),
    Case("DMARC-RUA-SYNTAX", "not_applicable", HERE),
    Case("DMARC-RUA-SYNTAX", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-RUA-SCHEME", "pass", REJECT),
    Case("DMARC-RUA-SCHEME", "pass", own("p=none", "rua=https://x.test/r,mailto:d@story.example"), why="both"),
    Case(
        "DMARC-RUA-SCHEME",
        "fail",
        own("p=none", "rua=https://x.test/r"),
        severity="low",
        arguments={"at": "story.example", "uris": ("https://x.test/r",)},
    ),
    Case("DMARC-RUA-SCHEME", "not_applicable", own("p=none"), why="none"),
    Case("DMARC-RUA-SCHEME", "not_applicable", HERE),
    Case("DMARC-RUA-SCHEME", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-RUA-COUNT", "pass", REJECT),
    Case("DMARC-RUA-COUNT", "fail", MANY, severity="info", arguments={"at": "story.example", "count": 9}),
    Case("DMARC-RUA-COUNT", "fail", many(20), why="as many as are read", arguments={"count": 20}),
    Case("DMARC-RUA-COUNT", "fail", many(21), why="more than are read", arguments={"count": "20 or more"}),
    Case("DMARC-RUA-COUNT", "not_applicable", own("p=none")),
    Case("DMARC-RUA-COUNT", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-URI-SIZE", "pass", REJECT),
    Case(
        "DMARC-URI-SIZE",
        "fail",
        own("p=none", "rua=mailto:d@story.example!10m"),
        severity="info",
        arguments={"at": "story.example", "uris": ("mailto:d@story.example!10m",)},
    ),
    Case("DMARC-URI-SIZE", "fail", own("p=none", "ruf=mailto:d@story.example!1"), why="ruf"),
    Case("DMARC-URI-SIZE", "not_applicable", HERE),
    Case("DMARC-URI-SIZE", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-RUF", "pass", REJECT),
    Case(
        "DMARC-RUF",
        "fail",
        own("p=none", "ruf=mailto:d@story.example"),
        severity="info",
        arguments={"at": "story.example", "notes": ("sent to mailto:d@story.example",)},
    ),
    Case("DMARC-RUF", "fail", own("p=none", "fo=1"), why="fo", arguments={"notes": ("fo has no effect without ruf",)}),
    Case(
        "DMARC-RUF",
        "fail",
        own("p=none", "ruf=mailto:d@story.example", "fo=1:d:s"),
        why="fo of the former standard",
        arguments={"notes": ("sent to mailto:d@story.example", "fo=1:d:s is unknown and counts as 0")},
    ),
    Case("DMARC-RUF", "not_applicable", HERE),
    Case("DMARC-RUF", "unknown", SILENT, reason="dns.timeout"),
)
ARRIVING = (
    Case("DMARC-RUA-MX", "pass", ELSEWHERE + MX, subject=BOX),
    Case("DMARC-RUA-MX", "pass", ELSEWHERE + "reports.test. A 192.0.2.7", why="an address", subject=BOX),
    Case(
        "DMARC-RUA-MX",
        "fail",
        ELSEWHERE,
        subject=BOX,
        severity="medium",
        arguments={"tag": "rua", "uri": "mailto:d@reports.test", "host": "reports.test"},
    ),
    Case("DMARC-RUA-MX", "fail", ELSEWHERE + "reports.test. MX 0 .", why="a null MX", subject=BOX),
    Case(
        "DMARC-RUA-MX",
        "fail",
        own("p=none", "ruf=mailto:d@reports.test"),
        why="ruf",
        subject="ruf mailto:d@reports.test",
        arguments={"tag": "ruf"},
    ),
    Case(
        "DMARC-RUA-MX",
        "not_applicable",
        own("p=none", "rua=https://reports.test/r"),
        subject="rua https://reports.test/r",
    ),
    Case("DMARC-RUA-MX", "unknown", ELSEWHERE + "reports.test. MX timeout", subject=BOX, reason="dns.timeout"),
    Case("DMARC-RUA-MX", "unknown", DEAD, why="no record", subject="story.example", reason="dns.servfail"),
    Case("DMARC-RUA-MX", "unknown", MANY, why="too many", subject="story.example", reason="budget"),
    Case("DMARC-RUA-MX", GONE, own("p=none"), why="nobody is sent any"),
    Case("DMARC-EXT-AUTH", "pass", ELSEWHERE + AGREED, subject=BOX),
    Case("DMARC-EXT-AUTH", "pass", ELSEWHERE + AGREED + DEAD_ABOVE, why="whatever stands above", subject=BOX),
    Case(
        "DMARC-EXT-AUTH",
        "pass",
        ELSEWHERE + '*._report._dmarc.reports.test. TXT "v=DMARC1;"',
        why="a wildcard",
        subject=BOX,
    ),
    Case(
        "DMARC-EXT-AUTH",
        "pass",
        ELSEWHERE + AGREED + BELOW,
        why="the domain with the record counts",
        domain=SUB,
        subject=BOX,
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        ELSEWHERE + MX,
        subject=BOX,
        severity="medium",
        arguments={
            "host": "reports.test",
            "tag": "rua",
            "domain": "story.example",
            "why": "there is no DMARC record at story.example._report._dmarc.reports.test",
        },
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        ELSEWHERE + 'story.example._report._dmarc.reports.test. TXT "v=spf1 -all"',
        why="another text",
        subject=BOX,
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        own("p=none", "rua=https://reports.test/r"),
        why="https",
        subject="rua https://reports.test/r",
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        own("p=none", f"rua=mailto:d@{LONG_HOST}"),
        why="too long a name",
        subject=LONG_BOX,
        arguments={"why": "the name where it would say so is longer than the 253 characters that the DNS allows"},
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        own("p=none", "rua=mailto:d@dept.story.example") + at("dept.story.example", "p=none", "psd=n"),
        why="an organization below",
        subject="rua mailto:d@dept.story.example",
    ),
    Case(
        "DMARC-EXT-AUTH",
        "fail",
        ELSEWHERE + MX + CIRCLE,
        why="aliases in a circle",
        subject=BOX,
        arguments={"why": "there is no DMARC record at story.example._report._dmarc.reports.test"},
    ),
    Case("DMARC-EXT-AUTH", "unknown", ELSEWHERE + CHAIN, why="too many aliases", subject=BOX, reason="dns.cname_chain"),
    Case("DMARC-EXT-AUTH", "not_applicable", REJECT, subject="rua mailto:d@story.example"),
    Case(
        "DMARC-EXT-AUTH",
        "not_applicable",
        own("p=none", "rua=mailto:d@dept.story.example"),
        why="below",
        subject="rua mailto:d@dept.story.example",
    ),
    Case(
        "DMARC-EXT-AUTH",
        "not_applicable",
        own("p=none", "rua=https://192.0.2.1/r"),
        why="no name",
        subject="rua https://192.0.2.1/r",
    ),
    Case(
        "DMARC-EXT-AUTH",
        "not_applicable",
        own("p=none")
        + at("dept.story.example", "p=none", "rua=mailto:d@story.example")
        + "dept.story.example. A 192.0.2.9",
        why="above",
        domain="dept.story.example",
        subject="rua mailto:d@story.example",
    ),
    Case(
        "DMARC-EXT-AUTH",
        "unknown",
        ELSEWHERE + "story.example._report._dmarc.reports.test. TXT servfail",
        subject=BOX,
        reason="dns.servfail",
    ),
    Case("DMARC-EXT-AUTH", "unknown", ELSEWHERE + DEAD_ABOVE, why="above", subject=BOX, reason="dns.servfail"),
    Case("DMARC-EXT-AUTH", "unknown", SILENT, why="no record", subject="story.example", reason="dns.timeout"),
)
CASES = (*ASKED, *ARRIVING)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", [c for c in ARRIVING if c.expected == "fail"], ids=lambda c: c.id)
def test_a_mailbox_may_trouble_many_domains(case: Case) -> None:
    finding = check(case)
    assert finding is not None
    assert [c.kind for c in finding.causes] == ["report_mailbox"]
