"""How a zone is delegated, and to which servers."""

from __future__ import annotations

import pytest

from tests.rules.world import Case, check
from tests.rules.zone.zones import DUAL, HOSTS, MAIL, OWN, PARENT, SOA, SOUND, TWO, ZONE, mark

ALONE = PARENT + "story.example. NS@198.51.100.1 referral ns1.story.example=192.0.2.53\n" + SOA + MAIL
ALONE += "story.example. NS ns1.story.example.\nns1.story.example. A 192.0.2.53\n"
SILENT = "story.example. NS@198.51.100.1 timeout\n"
NO_PARENT = "story.example. NS@198.51.100.1 nodata\n"
BOTH = "story.example. NS@198.51.100.1 ns1.story.example.\nstory.example. NS@198.51.100.1 ns2.story.example.\n"
REGISTRY_HOLDS = PARENT + "story.example. TXT x\nstory.example. SOA nodata\n"
COUNT = (
    Case("NS-COUNT", "pass", SOUND),
    Case("NS-COUNT", "pass", SOUND + BOTH, why="held by the parent's servers"),
    Case(
        "NS-COUNT",
        "fail",
        ALONE,
        severity="medium",
        arguments={"zone": "story.example", "count": "1", "hosts": ("ns1.story.example",)},
    ),
    Case("NS-COUNT", "not_applicable", REGISTRY_HOLDS, why="in the registry's own zone"),
    Case("NS-COUNT", "unknown", SOUND + SILENT, reason="dns.timeout"),
    Case("NS-COUNT", "unknown", SOUND + NO_PARENT, why="not delegated", reason="dns.no_authority"),
    Case("NS-COUNT", "unknown", SOUND + "example. NS servfail", why="whose it is", reason="dns.servfail"),
    Case("NS-COUNT", "unknown", SOUND + "story.example. SOA servfail\n" + SILENT, why="none", reason="dns.timeout"),
)
MOVED = ZONE.replace(OWN, "story.example. NS ns1.other.example.\nstory.example. NS ns2.other.example.\n") + HOSTS
MOVED += "ns1.other.example. A 192.0.2.54\nns2.other.example. A 198.51.100.54\n"
MORE = SOUND + "story.example. NS ns3.story.example.\nns3.story.example. A 198.51.100.153\n"
PARENT_CHILD = (
    Case("NS-PARENT-CHILD", "pass", SOUND),
    Case(
        "NS-PARENT-CHILD",
        "fail",
        MORE,
        severity="low",
        arguments={
            "delegated": ("ns1.story.example", "ns2.story.example"),
            "published": ("ns1.story.example", "ns2.story.example", "ns3.story.example"),
        },
    ),
    Case("NS-PARENT-CHILD", "fail", MOVED, why="disjoint", severity="medium"),
    Case("NS-PARENT-CHILD", "not_applicable", SOUND + BOTH, why="the parent's servers hold it"),
    Case("NS-PARENT-CHILD", "unknown", SOUND + SILENT, reason="dns.timeout"),
    Case(
        "NS-PARENT-CHILD",
        "unknown",
        SOUND + mark("192.0.2.53", "malformed", "NS"),
        why="of the zone",
        reason="dns.malformed",
    ),
)
ALIAS = ZONE + "ns1.story.example. CNAME host.story.example.\nhost.story.example. A 192.0.2.53\n"
ALIAS += "ns2.story.example. A 198.51.100.53\n"
CNAME = (
    Case("NS-CNAME", "pass", SOUND, subject="ns1.story.example"),
    Case(
        "NS-CNAME",
        "fail",
        ALIAS,
        subject="ns1.story.example",
        severity="medium",
        arguments={"server": "ns1.story.example", "target": "host.story.example"},
    ),
    Case(
        "NS-CNAME",
        "not_applicable",
        ALIAS.replace("host.story.example. A 192.0.2.53\n", "").replace("=192.0.2.53", ""),
        why="superseded by NS-UNRESOLVABLE",
        subject="ns1.story.example",
    ),
    Case(
        "NS-CNAME",
        "unknown",
        SOUND.replace("=192.0.2.53", "") + "ns1.story.example. ANY timeout",
        subject="ns1.story.example",
        reason="dns.timeout",
    ),
)
GONE_HOST = "story.example. NS@198.51.100.1 referral ns1.story.example=192.0.2.53 ns.gone.com\n"
COM = "com. SOA ns.nic.com. hostmaster.nic.com. 1 2 3 4 5\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.54\n"
GONE = PARENT + GONE_HOST + SOA + MAIL + DUAL + "story.example. NS ns1.story.example.\nstory.example. NS ns.gone.com.\n"
UNGLUED = ZONE.replace("ns2.story.example=198.51.100.53", "ns2.story.example") + "ns1.story.example. A 192.0.2.53\n"
UNRESOLVABLE = (
    Case("NS-UNRESOLVABLE", "pass", SOUND, subject="ns2.story.example"),
    Case("NS-UNRESOLVABLE", "pass", ZONE, why="by glue alone", subject="ns2.story.example"),
    Case(
        "NS-UNRESOLVABLE",
        "fail",
        UNGLUED,
        subject="ns2.story.example",
        severity="high",
        arguments={"server": "ns2.story.example"},
    ),
    Case("NS-UNRESOLVABLE", "not_applicable", GONE + COM, why="superseded by NS-TAKEOVER", subject="ns.gone.com"),
    Case("NS-UNRESOLVABLE", "fail", GONE + COM + "gone.com. NS ns.gone.com.", why="registered", subject="ns.gone.com"),
    Case(
        "NS-UNRESOLVABLE",
        "unknown",
        UNGLUED + "ns2.story.example. ANY servfail",
        subject="ns2.story.example",
        reason="dns.servfail",
    ),
    Case("NS-UNRESOLVABLE", "unknown", UNGLUED + SILENT, why="glue", subject="ns2.story.example", reason="dns.timeout"),
)
TAKEOVER = (
    Case("NS-TAKEOVER", "pass", SOUND, subject="ns1.story.example"),
    Case("NS-TAKEOVER", "pass", GONE + COM + "gone.com. NS ns.gone.com.", why="registered", subject="ns.gone.com"),
    Case("NS-TAKEOVER", "pass", UNGLUED, why="the domain's own", subject="ns2.story.example"),
    Case(
        "NS-TAKEOVER",
        "fail",
        GONE + COM,
        subject="ns.gone.com",
        severity="critical",
        arguments={"server": "ns.gone.com", "registrable": "gone.com"},
    ),
    Case(
        "NS-TAKEOVER",
        "unknown",
        GONE + COM + "gone.com. NS@192.0.2.54 timeout",
        subject="ns.gone.com",
        reason="dns.timeout",
    ),
    Case(
        "NS-TAKEOVER",
        "unknown",
        GONE + COM + "ns.gone.com. ANY timeout",
        why="nobody knows",
        subject="ns.gone.com",
        reason="dns.timeout",
    ),
)
NEAR = SOUND.replace(TWO, "192.0.2.54").replace("2001:db8:1::53", "2001:db8:1::54")
ONLY_IPV6 = ZONE.replace("=192.0.2.53", "").replace("=198.51.100.53", "")
DIVERSITY = (
    Case("NS-DIVERSITY", "pass", SOUND),
    Case("NS-DIVERSITY", "fail", NEAR, severity="low", arguments={"zone": "story.example", "network": "192.0.2.0/24"}),
    Case(
        "NS-DIVERSITY",
        "fail",
        ONLY_IPV6 + "ns1.story.example. AAAA 2001:db8:1::1\nns2.story.example. AAAA 2001:db8:1::2\n",
        why="IPv6",
        arguments={"network": "2001:db8:1::/48"},
    ),
    Case("NS-DIVERSITY", "not_applicable", ALONE, why="superseded by NS-COUNT"),
    Case("NS-DIVERSITY", "not_applicable", REGISTRY_HOLDS, why="in the registry's own zone"),
    Case("NS-DIVERSITY", "pass", SOUND + SILENT, why="two networks are certain"),
    Case("NS-DIVERSITY", "unknown", NEAR + SILENT, reason="dns.timeout"),
)
IPV6 = (
    Case("NS-IPV6", "pass", SOUND),
    Case("NS-IPV6", "fail", ZONE + HOSTS, severity="info", arguments={"zone": "story.example"}),
    Case("NS-IPV6", "not_applicable", REGISTRY_HOLDS),
    Case("NS-IPV6", "unknown", ZONE + HOSTS + "ns2.story.example. AAAA timeout", reason="dns.timeout"),
)
CASES = (*COUNT, *PARENT_CHILD, *CNAME, *UNRESOLVABLE, *TAKEOVER, *DIVERSITY, *IPV6)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_hundreds_of_name_servers_do_not_fill_a_message() -> None:
    many = SOUND + "".join(f"story.example. NS n{i}.other.example.\n" for i in range(300))
    found = check(Case("NS-PARENT-CHILD", "fail", many))
    assert found is not None
    published = found.arguments["published"]
    assert isinstance(published, tuple)
    assert (len(published), published[-1]) == (14, "289 more")
