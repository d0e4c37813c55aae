"""Which servers hold a name, and what they say of it themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.protocol.authority import ask_server, delegated_to, signed_off_by, zone_apex, zone_servers
from audit.protocol.drive import replay
from tests.protocol.walking import found, value
from tests.rules.world import zone

SOA = '"ns.example. hostmaster.example. 1 2 3 4 5"'
HERE = f"story.example. SOA {SOA}\nstory.example. NS ns1.story.example.\nstory.example. NS ns2.other.example.\n"
ADDRESSES = "ns1.story.example. A 192.0.2.53\nns1.story.example. A 192.0.2.54\nns2.other.example. A 198.51.100.53\n"


@pytest.mark.parametrize(
    ("name", "text", "apex"),
    [
        ("story.example", HERE, "story.example"),
        ("mail.story.example", HERE + "mail.story.example. A 192.0.2.1", "story.example"),
        ("gone.story.example", HERE, "story.example"),
        ("a.b.c.story.example", HERE, "story.example"),
        ("story.example", "story.example. A 192.0.2.1\nexample. SOA " + SOA, "example"),
    ],
)
def test_a_zone_begins_where_its_soa_is(name: str, text: str, apex: str) -> None:
    assert value(zone_apex(name), text) == apex


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("story.example", "story.example. SOA servfail", "dns.servfail"),
        ("story.example", "story.example. A 192.0.2.1", "dns.no_authority"),
        ("a.b.c.d.story.example", "a.b.c.d.story.example. TXT x", "dns.no_authority"),
        ("a.example", f"a.example. CNAME b.other.test.\nother.test. SOA {SOA}", "dns.no_authority"),
    ],
)
def test_a_zone_that_nobody_names_is_not_guessed(name: str, text: str, reason: str) -> None:
    fact, asked = found(zone_apex(name), text)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason
    assert len(asked) <= 3


def test_a_resolver_that_leaves_out_who_denies_is_asked_further_up() -> None:
    def stripped(probe: object) -> Answer:
        assert isinstance(probe, Question)
        return replace(zone(HERE + "mail.story.example. A 192.0.2.1").answer(probe), authority=())

    assert replay(zone_apex("mail.story.example"), stripped)[0] == Known("story.example")


def test_two_servers_are_chosen_of_two_hosts() -> None:
    chosen = value(zone_servers("mail.story.example"), HERE + ADDRESSES)
    assert chosen.zone.hosts == ("ns1.story.example", "ns2.other.example")
    assert chosen.addresses == ("192.0.2.53", "198.51.100.53")


def test_addresses_that_the_internet_does_not_reach_come_last() -> None:
    text = HERE + "ns1.story.example. A 10.0.0.1\nns1.story.example. A 9.0.0.2\nns2.other.example. A 9.0.0.1\n"
    assert value(zone_servers("story.example"), text).addresses == ("9.0.0.1", "9.0.0.2")


def test_a_host_without_address_leaves_the_other() -> None:
    text = HERE + "ns1.story.example. A timeout\nns2.other.example. A 198.51.100.53\nns2.other.example. A 198.51.100.54"
    assert value(zone_servers("story.example"), text).addresses == ("198.51.100.53", "198.51.100.54")


def test_ipv6_serves_where_there_is_no_ipv4() -> None:
    assert value(zone_servers("story.example"), HERE + "ns1.story.example. AAAA 2001:db8::53").addresses == (
        "2001:db8::53",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HERE, "dns.no_authority"),
        (HERE + "ns1.story.example. A timeout", "dns.timeout"),
        (f"story.example. SOA {SOA}", "dns.no_authority"),
        (f"story.example. SOA {SOA}\nstory.example. NS servfail", "dns.servfail"),
    ],
)
def test_no_server_is_unknown(text: str, reason: str) -> None:
    fact, _ = found(zone_servers("story.example"), text)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


def test_a_hundred_servers_are_not_all_asked() -> None:
    text = f"story.example. SOA {SOA}\n" + "".join(f"story.example. NS n{i}.story.example.\n" for i in range(100))
    _, asked = found(zone_servers("story.example"), text)
    assert len(asked) == 2 + 2 + 2


@pytest.mark.parametrize(
    ("got", "reason"),
    [
        (Answer(status=DnsStatus.NOERROR, records=("x",), flags=("ra",)), "dns.not_authoritative"),
        (Answer(status=DnsStatus.LAME, flags=("aa",)), "dns.lame"),
        (Answer(status=DnsStatus.GUARD_REFUSED), "net.guard_refused"),
    ],
)
def test_a_server_is_believed_only_as_an_authority(got: Answer, reason: str) -> None:
    fact, _ = replay(ask_server("story.example", "NS", "192.0.2.53"), lambda _: got)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


def test_a_server_is_asked_without_recursion() -> None:
    asked: list[str] = []

    def seen(probe: Probe[Any]) -> Answer:
        asked.append(probe.key)
        return Answer(status=DnsStatus.NODATA, flags=("aa",))

    assert isinstance(replay(ask_server("story.example", "NS", "192.0.2.53", repeat=1), seen)[0], Known)
    assert asked == ["dns story.example NS @192.0.2.53 +norecurse #1"]


@pytest.mark.parametrize(
    ("authority", "zone_", "delegated"),
    [
        (("example. 60 SOA a. b. 1 2 3 4 5",), "example", frozenset()),
        (("a.example. 60 NS ns.a.example.", "a.example. 60 NS ns.b.example."), None, frozenset({"a.example"})),
        ((". 60 SOA a. b. 1 2 3 4 5",), ".", frozenset()),
        (("", "x", "x y", "x 1 NS"), None, frozenset({"x"})),
        ((), None, frozenset()),
    ],
)
def test_what_the_authority_section_names(
    authority: tuple[str, ...], zone_: str | None, delegated: frozenset[str]
) -> None:
    got = Answer(status=DnsStatus.NODATA, authority=authority)
    assert (signed_off_by(got), delegated_to(got)) == (zone_, delegated)
