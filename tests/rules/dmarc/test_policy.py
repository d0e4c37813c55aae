"""What DMARC asks receivers to do with mail of the domain, and how much of it is heeded."""

from __future__ import annotations

import pytest

from tests.rules.dmarc.zones import (
    BELOW,
    DEAD,
    HERE,
    NO_MAIL,
    NO_SEND,
    PERHAPS_MAIL,
    REJECT,
    RUA,
    SILENT,
    SPF,
    SUB,
    own,
)
from tests.rules.world import Case, check

DEPT = "dept.story.example"
DEPT_HERE = f"{DEPT}. A 192.0.2.9\n"
LONG = "a.b.c.d.e.f.story.example"  # eight labels: names below it pass it over

POLICY = (
    Case("DMARC-P-MISSING", "pass", REJECT),
    Case("DMARC-P-MISSING", "pass", own("p=rejct"), why="DMARC-P-INVALID says it"),
    Case("DMARC-P-MISSING", "fail", own(RUA) + HERE, severity="medium", arguments={"at": "story.example"}),
    Case("DMARC-P-MISSING", "fail", own("sp=reject") + NO_SEND, why="sends nothing"),
    Case("DMARC-P-MISSING", "fail", own(RUA) + BELOW, why="inherited", domain=SUB),
    Case("DMARC-P-MISSING", "not_applicable", HERE),
    Case("DMARC-P-MISSING", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-P-INVALID", "pass", REJECT),
    Case("DMARC-P-INVALID", "pass", own(RUA), why="no p"),
    Case(
        "DMARC-P-INVALID",
        "fail",
        own("p=rejct"),
        severity="high",
        arguments={"at": "story.example", "tags": ("p=rejct",), "effect": "the whole record is void"},
    ),
    Case(
        "DMARC-P-INVALID",
        "fail",
        own("p=reject", "sp=no", "np=never"),
        why="sp and np",
        arguments={"tags": ("sp=no", "np=never")},
    ),
    Case(
        "DMARC-P-INVALID",
        "fail",
        own("p=rejct", RUA),
        why="with reports",
        arguments={"effect": "the whole record is taken for p=none"},
    ),
    Case("DMARC-P-INVALID", "not_applicable", HERE),
    Case("DMARC-P-INVALID", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-P-NONE", "pass", REJECT + HERE),
    Case("DMARC-P-NONE", "pass", own("p=quarantine") + HERE, why="quarantine"),
    Case("DMARC-P-NONE", "pass", own("p=reject", "rua=nonsense") + HERE, why="a bad rua voids nothing"),  # T35
    Case("DMARC-P-NONE", "pass", own("p=reject", "pct=0") + HERE, why="pct is ignored"),  # T35
    Case("DMARC-P-NONE", "pass", own("p=reject", "t=y") + HERE, why="t=y is one step less"),  # T35
    Case("DMARC-P-NONE", "pass", own("p=reject", "x=none") + HERE, why="unknown tags"),  # T35
    Case("DMARC-P-NONE", "fail", own("p=quarantine", "t=y") + HERE, why="t=y on quarantine", severity="medium"),  # T35
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=none") + HERE,
        severity="medium",
        arguments={"domain": "story.example", "tag": "p"},
    ),  # T36
    Case("DMARC-P-NONE", "fail", own("p=none") + NO_MAIL, why="takes no mail", severity="high"),
    Case("DMARC-P-NONE", "fail", own("p=none") + HERE + NO_SEND, why="sends no mail", severity="high"),
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=none") + PERHAPS_MAIL,
        why="who takes mail is unknown",
        severity="medium",
        reason="dns.timeout",
    ),
    Case("DMARC-P-NONE", "fail", own(RUA) + HERE, why="no p"),
    Case("DMARC-P-NONE", "fail", own(RUA) + BELOW, why="no p above", domain=SUB),
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=reject", "sp=none") + BELOW,
        why="sp is inherited",
        domain=SUB,
        arguments={"domain": SUB, "tag": "sp"},
    ),  # T35
    Case("DMARC-P-NONE", "fail", own("p=none") + BELOW, why="p is inherited", domain=SUB, arguments={"tag": "p"}),
    Case("DMARC-P-NONE", "pass", own("p=none", "sp=reject") + BELOW, why="sp may be stricter", domain=SUB),
    Case("DMARC-P-NONE", "pass", own("p=reject", "np=none") + BELOW, why="np is not for names that exist", domain=SUB),
    Case("DMARC-P-NONE", "pass", own("p=reject", "sp=none") + HERE, why="sp is for those below"),
    Case(
        "DMARC-P-NONE",
        "fail",
        own("sp=reject") + BELOW,
        why="sp without p",
        domain=SUB,
        arguments={"tag": "no policy that can be used"},
    ),
    Case("DMARC-P-NONE", "not_applicable", own("p=rejct") + HERE, why="superseded by DMARC-P-INVALID"),
    Case("DMARC-P-NONE", "not_applicable", HERE),
    Case("DMARC-P-NONE", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-P-QUARANTINE", "pass", REJECT),
    Case(
        "DMARC-P-QUARANTINE",
        "fail",
        own("p=quarantine") + HERE + SPF,
        severity="info",
        arguments={"domain": "story.example", "tag": "p"},
    ),
    Case("DMARC-P-QUARANTINE", "fail", own("p=quarantine") + NO_SEND, why="sends nothing", severity="low"),
    Case(
        "DMARC-P-QUARANTINE",
        "fail",
        own("p=quarantine") + PERHAPS_MAIL,
        why="perhaps sends",
        severity="info",
        reason="dns.timeout",
    ),
    Case("DMARC-P-QUARANTINE", "fail", own("p=reject", "sp=quarantine") + BELOW, why="inherited", domain=SUB),
    Case("DMARC-P-QUARANTINE", "not_applicable", own("p=none"), why="none"),
    Case("DMARC-P-QUARANTINE", "fail", own("p=reject", "t=y"), why="a test", arguments={"tag": "p with t=y"}),
    Case("DMARC-P-QUARANTINE", "not_applicable", own("p=quarantine", "t=y"), why="a test of quarantine"),
    Case("DMARC-P-QUARANTINE", "not_applicable", HERE),
    Case("DMARC-P-QUARANTINE", "unknown", SILENT, reason="dns.timeout"),
)
HEEDED = (
    Case("DMARC-T-Y", "pass", REJECT),
    Case("DMARC-T-Y", "pass", own("p=reject", "t=n"), why="t=n"),
    Case("DMARC-T-Y", "pass", own("p=reject", "t=yes"), why="no such value"),
    Case(
        "DMARC-T-Y",
        "fail",
        own("p=reject", "t=y"),
        severity="medium",
        arguments={"at": "story.example", "policy": "reject, taken for quarantine"},
    ),
    Case(
        "DMARC-T-Y",
        "fail",
        own("p=none", "t=y"),
        why="none",
        severity="info",
        arguments={"policy": "nothing to soften"},
    ),
    Case("DMARC-T-Y", "fail", own("p=none", "sp=reject", "t=y") + BELOW, why="sp", domain=SUB, severity="medium"),
    Case("DMARC-T-Y", "not_applicable", HERE),
    Case("DMARC-T-Y", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-PCT", "pass", REJECT),
    Case("DMARC-PCT", "fail", own("p=reject", "pct=100"), why="all", severity="info", arguments={"pct": "100"}),
    Case("DMARC-PCT", "fail", own("p=none", "pct=20"), why="none", severity="info"),
    Case("DMARC-PCT", "fail", own("p=reject", "pct=half"), why="no number", severity="info"),
    Case(
        "DMARC-PCT",
        "fail",
        own("p=reject", "pct=20"),
        severity="medium",
        arguments={
            "at": "story.example",
            "pct": "20",
            "effect": "receivers that follow RFC 9989 ignore, while others apply the policy to that share of the mail "
            "only",
        },
    ),
    Case("DMARC-PCT", "fail", own("p=quarantine", "pct=0"), why="nothing", severity="medium"),
    Case(
        "DMARC-PCT",
        "fail",
        own("p=reject", "pct=0", "t=y"),
        why="beside t=y",
        severity="info",
        arguments={"effect": "tells receivers that follow RFC 7489 what t=y tells the others"},
    ),
    Case("DMARC-PCT", "fail", own("p=none", "sp=reject", "pct=50"), why="sp", severity="medium"),
    Case("DMARC-PCT", "not_applicable", HERE),
    Case("DMARC-PCT", "unknown", SILENT, reason="dns.timeout"),
)
CASES = (*POLICY, *HEEDED)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.expected == "fail" and c.domain == SUB], ids=lambda c: c.id)
def test_a_record_that_others_inherit_is_named(case: Case) -> None:
    finding = check(case)
    assert finding is not None
    assert [(c.kind, c.name) for c in finding.causes] in ([("domain", "story.example")], [])
    assert finding.causes or finding.severity == "info"
