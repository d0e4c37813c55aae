"""Every server of a zone is asked, and each resolver as often as it takes to meet its caches."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, Probe, Question, Route, RouteCheck
from audit.protocol.drive import Drive, replay
from audit.protocol.propagation import MOST_ADDRESSES, Round, data_of, round_of, together
from tests.rules.world import zone

SOA = "ns1.story.example. hostmaster.story.example. 7 2 3 4 60"
TEXT = f"""
example. SOA "ns.example. admin.example. 1 2 3 4 5"
example. NS ns.example.
ns.example. A 192.0.2.1
story.example. SOA {SOA}
story.example. NS ns1.story.example.
story.example. NS ns2.story.example.
story.example. NS@192.0.2.1 referral ns1.story.example=192.0.2.53 ns3.story.example=192.0.2.55
story.example. 600 MX 10 new.story.example.
story.example. MX@192.0.2.54 10 old.story.example.
story.example. 80 MX@198.51.100.8 10 old.story.example.
ns1.story.example. A 192.0.2.53
ns1.story.example. AAAA 2001:db8::53
ns2.story.example. A 192.0.2.54
story.example. SOA@192.0.2.55 servfail
story.example. MX@192.0.2.55 timeout
"""
RESOLVERS = (("One", "198.51.100.8"), ("Two", "198.51.100.9"))


def walked(
    text: str = TEXT, name: str = "story.example", rdtype: str = "MX", routes: frozenset[str] = frozenset({"ipv4"})
) -> tuple[Round, list[str]]:
    """What a round shows, and what was asked."""
    asked: dict[str, None] = {}

    def seen(probe: Probe[Any]) -> Any:
        asked[probe.key] = None
        if isinstance(probe, RouteCheck):
            return Route(available=probe.family in routes)
        assert isinstance(probe, Question)
        return zone(text).answer(probe)

    faults: list[BaseException] = []
    fact = replay(round_of(name, rdtype, RESOLVERS, "nx.example"), seen, faults.append)[0]
    assert not faults, faults
    assert isinstance(fact, Known), fact
    return fact.value, list(asked)


def test_all_servers_are_asked_that_parent_or_zone_names() -> None:
    found, asked = walked()
    assert [(s.host, s.address, s.serial) for s in found.truth.servers] == [
        ("ns1.story.example", "192.0.2.53", 7),
        ("ns3.story.example", "192.0.2.55", None),
        ("ns2.story.example", "192.0.2.54", 7),
    ]
    said = {
        s.host[:3]: {data_of(f.value) if isinstance(f, Known) else f.reason for f in s.said}
        for s in found.truth.servers
    }
    assert said == {
        "ns1": {("10 new.story.example.",)},
        "ns2": {("10 old.story.example.",)},
        "ns3": {"dns.timeout"},
    }
    assert [q for q in asked if "@192.0.2.53" in q] == [
        "dns story.example MX @192.0.2.53 +norecurse",
        "dns story.example MX @192.0.2.53 +norecurse #1",
        "dns story.example SOA @192.0.2.53 +norecurse",
    ]


def test_denials_are_kept_as_long_as_the_zone_says() -> None:
    assert walked()[0].truth.denial_ttl == 60
    assert walked(TEXT.replace(f"SOA {SOA}", f"30 SOA {SOA}"))[0].truth.denial_ttl == 30


def test_each_resolver_is_asked_thrice_and_for_a_name_that_does_not_exist() -> None:
    found, asked = walked()
    assert [(c.resolver, [data_of(a) for a in c.rounds[0]]) for c in found.copies] == [
        ("One", [("10 old.story.example.",)] * 3),
        ("Two", [("10 new.story.example.",)] * 3),
    ]
    assert [q for q in asked if q.endswith("@198.51.100.9")] == [
        "dns story.example MX @198.51.100.9",
        "dns nx.example A @198.51.100.9",
    ]


@pytest.mark.parametrize(
    ("routes", "asked", "unasked"),
    [
        ({"ipv4"}, "192.0.2.53", ("2001:db8::53",)),
        ({"ipv4", "ipv6"}, "2001:db8::53", ()),
        ({"ipv6"}, "2001:db8::53", ("192.0.2.53",)),
        (set(), "2001:db8::53", ()),
    ],
)
def test_addresses_to_which_no_way_leads_are_named(routes: set[str], asked: str, unasked: tuple[str, ...]) -> None:
    found = walked(routes=frozenset(routes))[0].truth
    assert asked in {s.address for s in found.servers}
    assert found.unasked == unasked
    assert "192.0.2.54" in {s.address for s in found.servers}


def test_at_an_alias_the_alias_is_what_the_servers_hold() -> None:
    text = f"{TEXT}www.story.example. 40 CNAME host.elsewhere.test.\nhost.elsewhere.test. A refused\n"
    found, _ = walked(text, "www.story.example", "A")
    (fact, _) = found.truth.servers[0].said
    assert isinstance(fact, Known)
    assert data_of(fact.value) == ("CNAME host.elsewhere.test.",)
    first = found.copies[0].rounds[0][0]
    assert (data_of(first), first.ttl) == (("CNAME host.elsewhere.test.",), 40)


def test_a_zone_that_nobody_registered_has_the_servers_that_it_names() -> None:
    text = """
    corp.internal. SOA "ns.corp.internal. a.corp.internal. 1 2 3 4 5"
    corp.internal. NS ns.corp.internal.
    ns.corp.internal. A 10.0.0.53
    corp.internal. TXT "x"
    """
    found, _ = walked(text, "corp.internal", "TXT")
    assert [(s.host, s.address) for s in found.truth.servers] == [("ns.corp.internal", "10.0.0.53")]
    assert found.truth.hole is None


def test_a_server_without_an_address_is_told() -> None:
    found, _ = walked(TEXT.replace("ns2.story.example. A 192.0.2.54", ""))
    (lost,) = (s for s in found.truth.servers if not s.address)
    assert (lost.host, lost.said[0]) == ("ns2.story.example", Unknown("dns.no_authority", lost.said[0].probes))  # type: ignore[union-attr]


def test_where_no_zone_is_found_the_resolvers_are_asked_all_the_same() -> None:
    found, _ = walked("story.example. SOA servfail\nstory.example. MX 10 a.example.")
    assert isinstance(found.truth.hole, Unknown)
    assert (found.truth.hole.reason, len(found.copies)) == ("dns.servfail", 2)


def test_a_zone_of_a_thousand_servers_is_asked_in_part_and_says_so() -> None:
    hosts = [f"n{i}.story.example" for i in range(1000)]
    text = f"story.example. SOA {SOA}\n" + "".join(
        f"story.example. NS {h}.\n{h}. A 192.0.2.{i % 250}\n" for i, h in enumerate(hosts)
    )
    found, asked = walked(text)
    assert len(found.truth.servers) <= MOST_ADDRESSES
    assert found.truth.hole is not None
    assert len(asked) < 400


def test_resolvers_are_not_kept_waiting_while_a_zone_is_looked_for() -> None:
    asked: list[str] = []
    drive = Drive(lambda probe, _: asked.append(probe.key))
    drive.begin(round_of("story.example", "MX", RESOLVERS, "nx.example"), lambda _, __: None)
    assert {f"dns story.example MX @{address}" for _, address in RESOLVERS} <= set(asked)


def test_rounds_come_together() -> None:
    one, two = walked()[0], walked(TEXT.replace("600 MX 10 new", "600 MX 10 newer"))[0]
    both = together([one, two])
    assert both.truth.servers[0].said == two.truth.servers[0].said
    assert ("10 new.story.example.",) in both.truth.servers[0].earlier
    assert [len(c.rounds) for c in both.copies] == [2, 2]
    assert isinstance(both.copies[0].canary, Answer)
    with pytest.raises(ValueError, match="no round"):
        together([])


def test_of_a_ds_record_the_servers_of_the_zone_above_are_asked() -> None:
    """The zone's own servers hold none, and would deny it with authority (RFC 4035 section 2.4)."""
    above = "example. NS@192.0.2.1 ns.example.\nstory.example. 900 DS@192.0.2.1 12345 13 2 AB\n"
    found, asked = walked(TEXT + above, rdtype="DS")
    assert [(s.host, s.address) for s in found.truth.servers] == [("ns.example", "192.0.2.1")]
    (fact, _) = found.truth.servers[0].said
    assert isinstance(fact, Known)
    assert fact.value.records == ("12345 13 2 AB",)
    assert "dns story.example DS @192.0.2.53 +norecurse" not in asked
