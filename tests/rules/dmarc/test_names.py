"""The names for which a DMARC record speaks: those below the domain, and its organization."""

from __future__ import annotations

import pytest

from tests.rules.dmarc.zones import (
    BELOW,
    DEAD,
    DEAD_ABOVE,
    HERE,
    REJECT,
    SILENT,
    SUB,
    at,
    own,
)
from tests.rules.world import Case, check

DEPT = "dept.story.example"
DEPT_HERE = f"{DEPT}. A 192.0.2.9\n"
LONG = "a.b.c.d.e.f.story.example"  # eight labels: names below it pass it over

SUBDOMAINS = (
    Case("DMARC-SP-WEAK", "pass", REJECT),
    Case("DMARC-SP-WEAK", "pass", own("p=none", "sp=reject"), why="stricter"),
    Case("DMARC-SP-WEAK", "pass", own("p=reject", "np=none"), why="np is for others"),
    Case(
        "DMARC-SP-WEAK",
        "fail",
        own("p=reject", "sp=none"),
        severity="medium",
        arguments={"domain": "story.example", "below": "none", "own": "reject"},
    ),
    Case("DMARC-SP-WEAK", "fail", own("p=reject", "sp=quarantine", "psd=n") + DEAD_ABOVE, why="psd=n ends the walk"),
    Case("DMARC-SP-WEAK", "fail", own("p=reject", "sp=none", "t=y"), why="also in a test"),
    Case("DMARC-SP-WEAK", "not_applicable", HERE),
    Case("DMARC-SP-WEAK", "not_applicable", own("p=reject", "sp=none") + BELOW, why="inherited", domain=SUB),
    Case(
        "DMARC-SP-WEAK",
        "not_applicable",
        REJECT + at(DEPT, "p=reject", "sp=none") + DEPT_HERE,
        why="not at the organizational domain",
        domain=DEPT,
    ),
    Case("DMARC-SP-WEAK", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-SP-WEAK", "unknown", own("p=reject", "sp=none") + DEAD_ABOVE, why="above", reason="dns.servfail"),
    Case("DMARC-NP", "pass", REJECT),
    Case("DMARC-NP", "pass", own("p=quarantine", "np=reject"), why="np"),
    Case("DMARC-NP", "pass", own("p=quarantine", "sp=reject"), why="sp counts for np"),
    Case(
        "DMARC-NP",
        "fail",
        own("p=quarantine"),
        severity="low",
        arguments={"domain": "story.example", "below": "quarantine"},
    ),
    Case("DMARC-NP", "fail", own("p=reject", "np=none"), why="weaker", arguments={"below": "none"}),
    Case("DMARC-NP", "fail", own("p=reject", "sp=none"), why="sp counts for it", arguments={"below": "none"}),
    Case("DMARC-NP", "fail", own("p=reject", "t=y"), why="a test", arguments={"below": "quarantine"}),
    Case("DMARC-NP", "fail", own("p=reject", "sp=none", "t=y"), why="weaker in a test", arguments={"below": "none"}),
    Case("DMARC-NP", "not_applicable", HERE),
    Case("DMARC-NP", "not_applicable", own("p=quarantine", "t=y"), why="a test of quarantine"),
    Case("DMARC-NP", "not_applicable", own("p=none"), why="none"),
    Case("DMARC-NP", "not_applicable", own("p=reject", "np=none") + BELOW, why="inherited", domain=SUB),
    Case(
        "DMARC-NP",
        "not_applicable",
        REJECT + at(DEPT, "p=quarantine") + DEPT_HERE,
        why="not at the organizational domain",
        domain=DEPT,
    ),
    Case("DMARC-NP", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-SP-IGNORED", "pass", own("p=reject", "sp=none")),
    Case("DMARC-SP-IGNORED", "pass", at(DEPT, "p=reject") + REJECT + DEPT_HERE, why="none there", domain=DEPT),
    Case("DMARC-SP-IGNORED", "pass", at(DEPT, "p=reject", "sp=none") + DEPT_HERE, why="no record above", domain=DEPT),
    Case(
        "DMARC-SP-IGNORED",
        "pass",
        at(DEPT, "p=reject", "sp=none", "psd=n") + REJECT + DEPT_HERE,
        why="psd=n",
        domain=DEPT,
    ),
    Case(
        "DMARC-SP-IGNORED",
        "fail",
        REJECT + at(DEPT, "p=reject", "sp=none", "np=reject") + DEPT_HERE,
        domain=DEPT,
        severity="info",
        arguments={"domain": DEPT, "tags": ("sp", "np"), "instead": "the record of story.example"},
    ),
    Case(
        "DMARC-SP-IGNORED",
        "fail",
        at(LONG, "p=reject", "sp=none") + f"{LONG}. A 192.0.2.9",
        why="names below pass over it",
        domain=LONG,
        arguments={"instead": "no record"},
    ),
    Case("DMARC-SP-IGNORED", "not_applicable", HERE),
    Case("DMARC-SP-IGNORED", "not_applicable", own("p=none", "sp=none") + BELOW, why="inherited", domain=SUB),
    Case("DMARC-SP-IGNORED", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-SP-IGNORED", "unknown", own("p=none", "sp=none") + DEAD_ABOVE, why="above", reason="dns.servfail"),
)
ORGANIZATION = (
    Case("DMARC-PSD", "pass", REJECT),
    Case("DMARC-PSD", "pass", own("p=reject", "psd=n"), why="psd=n"),
    Case("DMARC-PSD", "pass", at("uk", "p=reject", "psd=y") + "story.uk. A 192.0.2.1", why="uk", domain="story.uk"),
    Case("DMARC-PSD", "fail", own("p=reject", "psd=y"), severity="high", arguments={"at": "story.example"}),
    Case("DMARC-PSD", "fail", own("p=reject", "psd=y") + BELOW, why="inherited", domain=SUB),
    Case("DMARC-PSD", "not_applicable", HERE),
    Case("DMARC-PSD", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-PSL-DIVERGE", "pass", REJECT),
    Case("DMARC-PSL-DIVERGE", "pass", REJECT + BELOW, why="inherited", domain=SUB),
    Case("DMARC-PSL-DIVERGE", "pass", at("example", "p=none", "psd=y") + REJECT, why="the registry says so"),
    Case(
        "DMARC-PSL-DIVERGE",
        "pass",
        at("story.co.uk", "p=none") + "story.co.uk. A 192.0.2.1",
        why="co.uk",
        domain="story.co.uk",
    ),  # T28
    Case(
        "DMARC-PSL-DIVERGE",
        "fail",
        REJECT + at("example", "p=none"),
        why="above",
        severity="low",
        arguments={"domain": "story.example", "walked": "example", "listed": "story.example"},
    ),
    Case(
        "DMARC-PSL-DIVERGE",
        "fail",
        at(DEPT, "p=none") + DEPT_HERE,
        domain=DEPT,
        severity="info",
        arguments={"domain": DEPT, "walked": DEPT, "listed": "story.example"},
    ),
    Case("DMARC-PSL-DIVERGE", "not_applicable", HERE),
    Case("DMARC-PSL-DIVERGE", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-PSL-DIVERGE", "unknown", REJECT + DEAD_ABOVE, why="above", reason="dns.servfail"),
)
CASES = (*SUBDOMAINS, *ORGANIZATION)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
