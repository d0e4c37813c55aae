"""What no resolver has and a server of the zone does is not missing for certain."""

from __future__ import annotations

import pytest

from tests.rules.world import Case, check
from tests.rules.zone.zones import HOSTS, OWN, PARENT, REFERRAL, SOA, TWO, ZONE, mark

BOTH = ZONE + HOSTS
UNSEEN = PARENT + REFERRAL + SOA + OWN + HOSTS + "www.story.example. A 192.0.2.80\n"
BARE = UNSEEN + "story.example. A 192.0.2.80\n"  # an address of its own
HELD = {
    "SPF-MISSING": (UNSEEN, 'story.example. TXT@198.51.100.53 "v=spf1 -all"\n', "story.example. TXT"),
    "DMARC-MISSING": (
        UNSEEN,
        '_dmarc.story.example. TXT@198.51.100.53 "v=DMARC1; p=none"\n',
        "_dmarc.story.example. TXT",
    ),
    "MX-MISSING": (BARE, mark(TWO, "10 mx.story.example.", "MX"), "story.example. MX"),
    "MX-NONE-NOADDR": (UNSEEN, mark(TWO, "10 mx.story.example.", "MX"), "story.example. MX"),
    "DOMAIN-PARKED-INCOMPLETE": (UNSEEN, mark(TWO, "10 mx.story.example.", "MX"), "story.example. MX"),
    "DMARC-NEXT-STEP": (
        UNSEEN,
        '_dmarc.story.example. TXT@198.51.100.53 "v=DMARC1; p=none"\n',
        "_dmarc.story.example. TXT",
    ),
    "SOA-RNAME": (UNSEEN, mark(TWO, "10 mx.story.example.", "MX"), "story.example. MX"),
}
MISSING = tuple(
    case
    for rule, (denied, held, asked) in HELD.items()
    for case in (
        Case(rule, "fail", denied, why="all servers deny it"),
        Case(rule, "unknown", denied + held, why="a server holds it", reason="dns.servers_disagree"),
        Case(rule, "unknown", denied + f"{asked}@{TWO} timeout\n", why="a server may", reason="dns.timeout"),
        Case(rule, "fail", denied + mark(TWO, "timeout") + f"{asked}@{TWO} timeout\n", why="one is silent"),
        Case(rule, "fail", denied + mark(TWO, "refused") + f"{asked}@{TWO} refused\n", why="one is lame"),
        Case(rule, "fail", denied + mark(TWO, "cached") + held, why="one that holds it is no authority"),
    )
)
AT_APEX = '_dmarc.story.example. TXT@198.51.100.53 "v=DMARC1; p=none"\n'
BELOW = (
    Case(
        "DMARC-MISSING",
        "unknown",
        UNSEEN + "a.story.example. A 192.0.2.80\n" + AT_APEX,
        domain="a.story.example",
        why="that of the apex",
        reason="dns.servers_disagree",
    ),
    Case("SPF-MISSING", "pass", BOTH + mark(TWO, "nodata", "TXT"), why="the resolver was told by the other"),
    Case(
        "SPF-MISSING",
        "fail",
        UNSEEN + 'story.example. TXT@198.51.100.53 "v=spf10 -all"\n',
        why="a server holds what is none",
    ),
)
CASES = (*MISSING, *BELOW)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
