"""DMARC: the record that applies, and what it asks for."""

from __future__ import annotations

import pytest

from tests.rules.world import Case, check

SUB = "mail.dept.story.example"


def own(*tags: str) -> str:
    return f'_dmarc.story.example. TXT "{"; ".join(("v=DMARC1", *tags))}"\n'


REJECT = own("p=reject", "rua=mailto:d@story.example")
HERE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NO_MAIL = "story.example. MX 0 .\n"
BELOW = f"{SUB}. A 192.0.2.9\n"
TWO = REJECT + own("p=none")
SILENT = "_dmarc.story.example. TXT timeout"
DEAD = "_dmarc.story.example. TXT servfail"
DEAD_ABOVE = "_dmarc.example. TXT servfail\n"

FOUND = (
    Case("DMARC-MISSING", "pass", REJECT),
    Case("DMARC-MISSING", "pass", REJECT + DEAD_ABOVE, why="the walk above fails"),
    Case("DMARC-MISSING", "pass", REJECT + BELOW, why="inherited", domain=SUB),
    Case("DMARC-MISSING", "fail", HERE, severity="high", arguments={"domain": "story.example"}),
    Case("DMARC-MISSING", "fail", HERE + "_dmarc.story.example. TXT nodata", why="NODATA"),
    Case("DMARC-MISSING", "fail", HERE + '_dmarc.story.example. TXT "v=dmarc1; p=reject"', why="lower case"),
    Case("DMARC-MISSING", "fail", HERE + '_dmarc.story.example. TXT "p=reject; v=DMARC1"', why="v= not first"),
    Case("DMARC-MISSING", "fail", HERE + 'story.example. TXT "v=DMARC1; p=reject"', why="at the wrong place"),  # T35
    Case("DMARC-MISSING", "unknown", DEAD, reason="dns.servfail"),  # T22
    Case("DMARC-MISSING", "unknown", SILENT, why="silence", reason="dns.timeout"),
    Case("DMARC-MISSING", "unknown", "_dmarc.story.example. TXT bogus", why="bogus", reason="dns.bogus"),
    Case("DMARC-MISSING", "unknown", HERE + DEAD_ABOVE, why="the walk fails", reason="dns.servfail"),
    Case("DMARC-MISSING", "not_applicable", TWO, why="superseded by DMARC-MULTIPLE"),
    Case("DMARC-INHERITED", "pass", REJECT),
    Case(
        "DMARC-INHERITED",
        "fail",
        REJECT + BELOW,
        domain=SUB,
        severity="info",
        arguments={"domain": SUB, "at": "story.example"},
    ),
    Case("DMARC-INHERITED", "not_applicable", HERE),
    Case("DMARC-INHERITED", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-MULTIPLE", "pass", REJECT),
    Case("DMARC-MULTIPLE", "pass", REJECT + '_dmarc.story.example. TXT "v=spf1 -all"', why="another text is discarded"),
    Case("DMARC-MULTIPLE", "fail", TWO, severity="high", arguments={"domain": "story.example", "count": 2}),
    Case("DMARC-MULTIPLE", "unknown", SILENT, reason="dns.timeout"),
)
GRAMMAR = (
    Case("DMARC-SYNTAX", "pass", REJECT),
    Case("DMARC-SYNTAX", "pass", own("p=none", "x=y", "ri=3600", "pct=50"), why="unknown tags"),
    Case(
        "DMARC-SYNTAX",
        "fail",
        own("p=none", "oops"),
        severity="medium",
        arguments={"at": "story.example", "places": ("oops (character 18: not a tag)",)},
    ),
    Case("DMARC-SYNTAX", "fail", own("p=none", "p=reject"), why="twice"),
    Case("DMARC-SYNTAX", "not_applicable", HERE),
    Case("DMARC-SYNTAX", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-P-INVALID", "pass", REJECT),
    Case("DMARC-P-INVALID", "pass", own("rua=mailto:d@story.example"), why="no p"),
    Case("DMARC-P-INVALID", "fail", own("p=rejct"), severity="high", arguments={"at": "story.example", "tags": ("p",)}),
    Case(
        "DMARC-P-INVALID",
        "fail",
        own("p=reject", "sp=no", "np=never"),
        why="sp and np",
        arguments={"tags": ("sp", "np")},
    ),
    Case("DMARC-P-INVALID", "not_applicable", HERE),
    Case("DMARC-P-INVALID", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-RUA-MISSING", "pass", REJECT),
    Case("DMARC-RUA-MISSING", "fail", own("p=reject"), severity="medium", arguments={"at": "story.example"}),
    Case("DMARC-RUA-MISSING", "fail", own("p=reject", "ruf=mailto:d@story.example"), why="ruf is another"),  # T35
    Case("DMARC-RUA-MISSING", "not_applicable", HERE),
    Case("DMARC-RUA-MISSING", "unknown", DEAD, reason="dns.servfail"),
)
POLICY = (
    Case("DMARC-P-NONE", "pass", REJECT + HERE),
    Case("DMARC-P-NONE", "pass", own("p=quarantine") + HERE, why="quarantine"),
    Case("DMARC-P-NONE", "pass", own("p=reject", "rua=nonsense") + HERE, why="a bad rua voids nothing"),  # T35
    Case("DMARC-P-NONE", "pass", own("p=reject", "pct=0") + HERE, why="pct is ignored"),  # T35
    Case("DMARC-P-NONE", "pass", own("p=reject", "t=y") + HERE, why="t=y is one step less"),  # T35
    Case("DMARC-P-NONE", "fail", own("p=quarantine", "t=y") + HERE, why="t=y on quarantine", severity="medium"),  # T35
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=none") + HERE,
        severity="medium",
        arguments={"domain": "story.example", "tag": "p"},
    ),
    Case("DMARC-P-NONE", "fail", own("p=none") + NO_MAIL, why="takes no mail", severity="high"),
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=none") + "story.example. MX timeout",
        why="who takes mail is unknown",
        severity="medium",
        reason="dns.timeout",
    ),
    Case("DMARC-P-NONE", "fail", own("rua=mailto:d@story.example") + HERE, why="no p"),
    Case(
        "DMARC-P-NONE",
        "fail",
        own("p=reject", "sp=none") + BELOW,
        why="sp is inherited",
        domain=SUB,
        arguments={"domain": SUB, "tag": "sp"},
    ),  # T35
    Case("DMARC-P-NONE", "pass", own("p=none", "sp=reject") + BELOW, why="sp may be stricter", domain=SUB),
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
)
CASES = (*FOUND, *GRAMMAR, *POLICY)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
