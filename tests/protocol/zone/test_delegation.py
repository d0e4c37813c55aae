"""The cut of a zone, what is believed of it, and the way to a zone that no resolver knows."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.model.subject import Domain, NameServer
from audit.protocol.drive import replay
from audit.protocol.zone.delegation import delegation, name_server_found, name_servers, zone_cut
from tests.protocol.walking import found, value
from tests.rules.world import SETTINGS, zone
from tests.rules.zone.zones import ONE, PARENT, REFERRAL, SOUND, ZONE

STORY = Domain("story.example")
HERE = Domain("mail.story.example")
AT = "story.example. NS@198.51.100.1 "
TWO_PARENTS = PARENT + "example. NS b.nic.example.\nb.nic.example. A 198.51.100.2\n"


@pytest.mark.parametrize(
    ("domain", "text", "apex", "own"),
    [
        (STORY, ZONE, "story.example", True),
        (HERE, ZONE + "mail.story.example. A 192.0.2.1", "story.example", True),
        (HERE, ZONE + "mail.story.example. SOA a. b. 1 2 3 4 5", "mail.story.example", True),
        (STORY, PARENT + "story.example. TXT x", "example", False),
        (STORY, "story.example. SOA servfail", "story.example", True),  # taken for one, until its delegation tells
        (STORY, PARENT + "story.example. CNAME www.story.example.", "story.example", True),
        (Domain("example"), PARENT, "example", False),
    ],
)
def test_where_a_zone_begins(domain: Domain, text: str, apex: str, own: bool) -> None:
    cut = value(zone_cut(domain), text)
    assert (cut.apex, cut.own) == (apex, own)


def test_a_name_below_a_domain_is_not_taken_for_a_zone() -> None:
    fact, _ = found(zone_cut(HERE), "mail.story.example. SOA servfail")
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.servfail"


def test_the_parent_tells_the_servers_and_their_glue() -> None:
    told = value(delegation(STORY), SOUND)
    assert told.hosts == ("ns1.story.example", "ns2.story.example")
    assert told.glue == (("ns1.story.example", "192.0.2.53"), ("ns2.story.example", "198.51.100.53"))
    assert (told.shown, told.told_by) == (True, "198.51.100.1")


@pytest.mark.parametrize("mark", ["timeout", "refused", "servfail", "nodata", "lame"])
def test_another_of_the_parents_servers_is_asked_when_the_first_does_not_tell(mark: str) -> None:
    text = TWO_PARENTS + f"{AT}{mark}\n" + REFERRAL.replace("198.51.100.1", "198.51.100.2") + "story.example. SOA x"
    told = value(delegation(STORY), text)
    assert told.told_by == ("198.51.100.2" if mark != "lame" else told.told_by)
    assert told.hosts == (("ns1.story.example", "ns2.story.example") if mark != "lame" else ("ns.elsewhere.test",))


def test_an_answer_without_authority_is_no_delegation() -> None:
    """As from a network that answers in everybody's place, out of its own cache."""
    fact, _ = found(delegation(STORY), PARENT + "story.example. SOA x\n" + AT + "ns.fake.test.\n" + AT + "cached\n")
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.no_authority"


def test_servers_of_parent_and_child_alike() -> None:
    told = value(delegation(STORY), PARENT + "story.example. SOA x\n" + AT + "ns1.story.example.\n")
    assert (told.hosts, told.shown) == (("ns1.story.example",), False)


def test_those_of_the_parent_come_first_and_all_are_looked_at() -> None:
    text = SOUND + "story.example. NS a.other.example.\n"
    servers = value(name_servers(STORY), text)
    assert servers.chosen == ("ns1.story.example", "ns2.story.example", "a.other.example")
    assert servers.hole is None


@pytest.mark.parametrize(
    ("more", "reason"), [(AT + "timeout\n", "dns.timeout"), ("story.example. NS servfail\n", "dns.servfail")]
)
def test_where_one_set_is_not_known_the_other_is_looked_at(more: str, reason: str) -> None:
    servers = value(name_servers(STORY), SOUND + more)
    assert servers.chosen == ("ns1.story.example", "ns2.story.example")
    assert servers.hole is not None
    assert servers.hole.reason == reason


def test_glue_leads_to_servers_whose_own_zone_is_dead() -> None:
    text = PARENT + REFERRAL + "story.example. ANY servfail\nns1.story.example. ANY servfail\n"
    at = value(name_server_found(STORY, NameServer("ns1.story.example"), SETTINGS), text)
    assert at.ipv4 == Known((ONE,))
    assert isinstance(at.ipv6, Unknown)


def test_what_a_host_says_itself_counts_before_glue() -> None:
    text = ZONE + "ns1.story.example. A 192.0.2.99\n"
    assert value(name_server_found(STORY, NameServer("ns1.story.example"), SETTINGS), text).ipv4 == Known(
        ("192.0.2.99",)
    )


def test_glue_that_lies_outside_the_parents_zone_is_not_believed() -> None:
    """Nor do resolvers: else whoever holds `example` could say where a name in `com` is (RFC 9471 section 2)."""
    referral = REFERRAL.rstrip() + " ns3.other.com=192.0.2.66\n"
    assert value(delegation(STORY), PARENT + referral + "story.example. SOA x\n").glue == (
        ("ns1.story.example", "192.0.2.53"),
        ("ns2.story.example", "198.51.100.53"),
    )


@pytest.mark.parametrize(
    ("address", "special", "public"),
    [
        ("10.0.0.1", (("10.0.0.1", "private"),), ()),
        ("192.0.2.99", (), ("192.0.2.99",)),  # the user says that this range is ordinary
    ],
)
def test_an_address_that_the_internet_does_not_reach(address: str, special: object, public: object) -> None:
    at = value(
        name_server_found(STORY, NameServer("ns1.story.example"), SETTINGS), f"{ZONE}ns1.story.example. A {address}\n"
    )
    assert (at.special, at.public_ipv4, at.ipv4) == (special, Known(public), Known((address,)))


def test_without_the_parent_no_address_is_not_certain() -> None:
    text = ZONE + AT + "timeout\nns9.story.example. TXT x\n"
    at = value(name_server_found(STORY, NameServer("ns9.story.example"), SETTINGS), text)
    assert isinstance(at.ipv4, Unknown)
    assert at.ipv4.reason == "dns.timeout"


def test_a_zone_whose_signatures_are_wrong_is_read_without_validation() -> None:
    def seen(probe: Probe[Any]) -> Answer:
        assert isinstance(probe, Question)
        bogus = probe.server is None and not probe.cd and probe.name.endswith("story.example")
        return Answer(status=DnsStatus.BOGUS) if bogus else zone(SOUND).answer(probe)

    fact, _ = replay(name_servers(STORY), seen)
    assert isinstance(fact, Known)
    assert (fact.value.published, fact.value.hole) == (Known(("ns1.story.example", "ns2.story.example")), None)
