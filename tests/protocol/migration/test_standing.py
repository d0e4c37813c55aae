"""What stands at a name, and for how long others keep it: the zone's own servers tell, a resolver's copy does not."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.protocol.migration.standing import Standing, delegation_times, denial, standing
from tests.protocol.walking import found, value

HERE = """
    story.example.      SOA   "ns1.story.example. h.story.example. 1 7200 900 1209600 600"
    story.example.      NS    ns1.story.example.
    story.example.      NS    ns2.story.example.
    ns1.story.example.  A     192.0.2.53
    ns2.story.example.  A     198.51.100.53
"""
SOA = "ns1.story.example. h.story.example. 1 7200 900 1209600 600"
MX = "story.example. 900 MX 10 mx.old.example.\n"
KEY = "dns story.example MX @192.0.2.53 +norecurse"


def at(text: str, name: str = "story.example", rdtype: str = "MX") -> Standing:
    return value(standing(name, rdtype), HERE.replace(f'"{SOA}"', SOA) + text)


def test_the_zones_own_servers_tell_the_time() -> None:
    assert at(MX) == Standing("story.example", "MX", ("10 mx.old.example.",), Known(900), KEY)


def test_of_servers_that_differ_the_longer_time_holds_and_that_is_told() -> None:
    seen = at(MX + "story.example. 7200 MX@198.51.100.53 20 mx.other.example.")
    assert (seen.records, seen.ttl, seen.differs) == (("20 mx.other.example.",), Known(7200), True)


@pytest.mark.parametrize(
    ("text", "ttl"),
    [
        (MX + "story.example. ANY@192.0.2.53 timeout\n", Known(900)),  # the other one does
        (
            MX + "story.example. ANY@192.0.2.53 timeout\nstory.example. ANY@198.51.100.53 timeout\n",
            "dns.not_authoritative",
        ),
        (MX + "story.example. NS servfail\n", "dns.not_authoritative"),
    ],
)
def test_a_resolvers_copy_has_the_records_and_no_time(text: str, ttl: object) -> None:
    seen = at(text)
    assert seen.records == ("10 mx.old.example.",)
    assert (seen.ttl.reason if isinstance(seen.ttl, Unknown) else seen.ttl) == ttl


def test_what_is_not_there_has_no_time() -> None:
    assert at("", "gone.story.example", "TXT").ttl == Known(None)


def test_an_alias_stands_where_it_was_asked_for_something_else() -> None:
    seen = at("autodiscover.story.example. 1800 CNAME auto.old.example.", "autodiscover.story.example", "A")
    assert (seen.rdtype, seen.alias, seen.ttl) == ("CNAME", "auto.old.example", Known(1800))


def test_an_alias_that_leads_in_a_circle_stands_all_the_same() -> None:
    seen = at("a.story.example. 60 CNAME a.story.example.\na.story.example. NS servfail", "a.story.example", "A")
    assert seen.alias == "a.story.example"


def test_nobody_says_what_is_there() -> None:
    fact, _ = found(standing("story.example", "MX"), HERE + "story.example. ANY timeout")
    assert isinstance(fact, Unknown)


@pytest.mark.parametrize(("ttl", "kept"), [(300, 300), (3600, 600)])
def test_a_denial_is_kept_for_the_lesser_time(ttl: int, kept: int) -> None:
    text = HERE.replace(f'SOA   "{SOA}"', f"{ttl} SOA {SOA}")
    told = value(denial("x.story.example"), text)
    assert (told.apex, told.ttl) == ("story.example", Known(kept))


def test_a_denial_without_a_soa_that_can_be_read_is_not_known() -> None:
    fact, _ = found(denial("story.example"), HERE.replace(SOA, "x"))
    assert isinstance(fact, Unknown)


ABOVE = """
    example.            SOA   ns.example. h.example. 1 2 3 4 5
    example.            NS    ns.example.
    ns.example.         A     192.0.2.1
    story.example.      NS@192.0.2.1 referral ns1.story.example=192.0.2.53
    story.example.      7200 DS@192.0.2.1 12345 13 2 AB
"""


def test_the_zone_above_tells_how_long_others_stay() -> None:
    ns, ds = value(delegation_times("story.example"), HERE + ABOVE)
    assert (ns.records, ns.ttl) == (("ns1.story.example.",), Known(3600))
    assert ds.records == ("12345 13 2 AB",)


def test_a_zone_above_that_is_silent_is_not_known() -> None:
    fact, _ = found(delegation_times("story.example"), HERE + ABOVE + "story.example. ANY@192.0.2.1 timeout")
    assert isinstance(fact, Unknown)
