"""The names of addresses, which matter for those that send."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.world import Case, check

ADDRESS = "192.0.2.1"
MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NAMED = "192.0.2.1 PTR mx.story.example.\n"
SENDS = MX + 'story.example. TXT "v=spf1 mx -all"\n'
TAKES = MX + 'story.example. TXT "v=spf1 -all"\n'
CONFIGURED = DomainOptions(sending_ips=("192.0.2.1",))
ELEVEN = "".join(f"192.0.2.1 PTR n{i:02}.story.example.\n" for i in range(11))


def sent_by(term: str) -> str:
    return f'{MX}story.example. TXT "v=spf1 {term} -all"\nsend.story.example. A 192.0.2.1\n'


BY_OTHERS = MX + 'story.example. TXT "v=spf1 {}"\nsend.story.example. TXT "v=spf1 ip4:192.0.2.1 -all"\n'

MISSING = (
    Case("PTR-MISSING", "pass", SENDS + NAMED),
    Case("PTR-MISSING", "fail", SENDS, why="sending", severity="high", arguments={"address": ADDRESS}),
    Case("PTR-MISSING", "fail", TAKES, why="receiving", severity="info"),
    Case("PTR-MISSING", "fail", SENDS + "192.0.2.1 PTR nodata", why="NODATA", severity="high"),
    Case("PTR-MISSING", "fail", TAKES, why="configured", options=CONFIGURED, severity="high"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.1"), why="ip4", severity="high"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.0/28"), why="small network", severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("redirect=send.story.example"), why="redirect", severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("include:send.story.example -all"), why="include", severity="high"),
    Case("PTR-MISSING", "fail", BY_OTHERS.format("-include:send.story.example -all"), why="refused", severity="info"),
    Case("PTR-MISSING", "fail", sent_by("ip4:192.0.2.0/24"), why="large network", severity="info"),
    Case("PTR-MISSING", "fail", sent_by("a:send.story.example"), why="a", severity="high"),
    Case("PTR-MISSING", "fail", sent_by("?ip4:192.0.2.1"), why="neutral", severity="info"),
    Case(
        "PTR-MISSING",
        "fail",
        MX + "story.example. TXT servfail",
        why="SPF unknown",
        subject=ADDRESS,
        severity="info",
        reason="dns.servfail",
    ),
    Case(
        "PTR-MISSING",
        "fail",
        sent_by("a:send.story.example") + "send.story.example. A timeout",
        why="a term unknown",
        subject=ADDRESS,
        severity="info",
        reason="dns.timeout",
    ),
    Case("PTR-MISSING", "unknown", SENDS + "192.0.2.1 PTR servfail", reason="dns.servfail"),  # T22
    Case("PTR-MISSING", "unknown", SENDS + "192.0.2.1 PTR timeout", why="silence", reason="dns.timeout"),
    Case("PTR-MISSING", "unknown", "story.example. MX timeout", why="no addresses known", reason="dns.timeout"),
)
CONFIRMED = (
    Case("PTR-FCRDNS", "pass", SENDS + NAMED),
    Case("PTR-FCRDNS", "pass", SENDS + NAMED + "192.0.2.1 PTR other.example.", why="one of two names"),
    Case(
        "PTR-FCRDNS",
        "fail",
        SENDS + "192.0.2.1 PTR elsewhere.example.\nelsewhere.example. A 192.0.2.200",
        severity="high",
        arguments={"address": ADDRESS, "names": ("elsewhere.example",)},
    ),
    Case("PTR-FCRDNS", "fail", TAKES + "192.0.2.1 PTR gone.example.", why="receiving", severity="low"),
    Case("PTR-FCRDNS", "not_applicable", SENDS),
    Case("PTR-FCRDNS", "unknown", SENDS + "192.0.2.1 PTR a.example.\na.example. A servfail", reason="dns.servfail"),
    Case("PTR-FCRDNS", "unknown", SENDS + "192.0.2.1 PTR timeout", why="no name known", reason="dns.timeout"),
    Case("PTR-FCRDNS", "unknown", SENDS + ELEVEN, why="more names than are followed", reason="budget"),
    Case("PTR-FCRDNS", "pass", SENDS + NAMED + "192.0.2.1 PTR b.example.\nb.example. A timeout", why="one is enough"),
)
CASES = (*MISSING, *CONFIRMED)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
