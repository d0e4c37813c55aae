"""How SPF records are published, and what stands beside them."""

from __future__ import annotations

import pytest

from tests.rules.test_spf import DENY, NO_RECORD, SILENT, TWO, UNKNOWN, spf
from tests.rules.world import Case, check


def verification(octets: int) -> str:
    return 'story.example. TXT "verification=' + "x" * (octets - 13) + '"'


NETWORKS = " ".join(f"ip4:192.0.2.{n}" for n in range(100, 128))
SIZES = (
    Case("SPF-SIZE", "pass", DENY),
    Case("SPF-SIZE", "pass", spf("-all", verification(430)), why="just below"),
    Case("SPF-SIZE", "fail", spf("-all", verification(450)), severity="low", arguments={"beyond": "more than 512"}),
    Case(
        "SPF-SIZE",
        "fail",
        spf("-all", *(verification(250 + n) for n in range(5))),
        why="fragments",
        severity="low",
        arguments={"beyond": "more than 1232"},
    ),
    Case(
        "SPF-SIZE",
        "fail",
        spf(NETWORKS),
        why="the record alone",
        severity="info",
        arguments={"beyond": "more than 450"},
    ),
    Case("SPF-SIZE", "not_applicable", NO_RECORD),
    Case("SPF-SIZE", "not_applicable", TWO, why="two records"),
    Case("SPF-SIZE", "unknown", UNKNOWN, reason="dns.servfail"),
)
BESIDE = (
    Case("SPF-TYPE99", "pass", DENY),
    Case("SPF-TYPE99", "fail", f'{DENY}\nstory.example. SPF "v=spf1 -all"', severity="low", arguments={"count": 1}),
    Case("SPF-TYPE99", "unknown", f"{DENY}\nstory.example. SPF timeout", reason="dns.timeout"),
    Case("SPF-SENDERID", "pass", DENY),
    Case("SPF-SENDERID", "fail", f'{DENY}\nstory.example. TXT "spf2.0/pra -all"', severity="info"),
    Case("SPF-SENDERID", "unknown", SILENT, reason="dns.timeout"),
)
WHY = 'why.story.example. TXT "see https://story.example"'
EXPLAINED = (
    Case("SPF-EXP", "pass", spf("-all exp=why.story.example", WHY)),
    Case("SPF-EXP", "pass", spf("-all exp=why.%{d}", WHY), why="its own name"),
    Case(
        "SPF-EXP", "fail", spf("-all exp=why.story.example"), severity="info", arguments={"fault": "there is no text"}
    ),
    Case("SPF-EXP", "fail", spf("-all exp=why.story.example", WHY, 'why.story.example. TXT "b"'), why="two texts"),
    Case("SPF-EXP", "fail", spf("-all exp=why.story.example", 'why.story.example. TXT "\\195\\169"'), why="no ASCII"),
    Case("SPF-EXP", "not_applicable", DENY, why="none is named"),
    Case("SPF-EXP", "unknown", spf("-all exp=%{i}.why.example"), why="a macro", reason="spf.macro"),
    Case(
        "SPF-EXP", "unknown", spf("-all exp=why.story.example", "why.story.example. TXT timeout"), reason="dns.timeout"
    ),
)
CASES = (*SIZES, *BESIDE, *EXPLAINED)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
