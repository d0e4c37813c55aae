"""The lab as a whole: every story is told, and nothing but loopback is used for it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import dns.name
import dns.rdatatype
import pytest

from audit.lab.lab import Lab, mail_hosts, name_servers, zones
from audit.lab.lists import DEAD_LIST, GOOD_LIST, entry
from audit.lab.stories import STORIES
from audit.lab.story import NAMES, MailHost, Story
from audit.model.report import Severity

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RDTYPES = dns.rdatatype.RdataType


def look(name: str, kind: RDTYPES) -> set[str]:
    found = zones().lookup(dns.name.from_text(name), kind)
    return {rdata.to_text() for rdata in found} if found else set()


def addresses_of(name: str) -> set[str]:
    """Those of a host, an alias followed."""
    target = next(iter(look(name, RDTYPES.CNAME)), name)
    return look(target, RDTYPES.A) | look(target, RDTYPES.AAAA)


def mail_addresses(story: Story) -> set[str]:
    exchanges = {text.split()[1] for text in look(story.domain, RDTYPES.MX)} or {story.domain}
    return {address for exchange in exchanges - {"."} for address in addresses_of(exchange)}


def running() -> Lab:
    async def main() -> Lab:
        async with Lab(NOW) as lab:
            return lab

    return asyncio.run(main())


def test_there_are_stories_enough_each_with_its_own_name_and_domain() -> None:
    assert len(STORIES) >= 22
    assert len({story.name for story in STORIES}) == len(STORIES)
    assert len({story.domain for story in STORIES}) == len(STORIES)
    assert all(story.domain.endswith(".example") for story in STORIES)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.domain)
def test_a_story_is_told_in_one_sentence(story: Story) -> None:
    assert story.text[0].isupper()
    assert story.text.endswith(".")
    assert story.zone


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.domain)
def test_what_a_story_means_is_about_its_own_names_and_is_no_mere_hint(story: Story) -> None:
    own = {address for each in story.hosts for address in each.addresses}
    for _rule, subject, severity in story.fails:
        assert story.domain in subject or subject.split()[0] in own | {"rua", *NAMES}  # shared, as reports may be
        assert severity is not Severity.INFO


def test_every_address_of_a_mail_host_listens_unless_it_is_private() -> None:
    reached = {address for address, port in running().connect_to if port == 25}
    for story in STORIES:
        expected = {a for a in mail_addresses(story) if ip_address(a) not in ip_network("10.0.0.0/8")}
        assert expected == {a for each in story.hosts for a in each.addresses}
        assert expected <= reached


def test_no_address_is_given_to_two_hosts() -> None:
    given = [address for each in mail_hosts() for address in each.addresses]
    given += [address for each in name_servers() for address in each.addresses]
    assert len(given) == len(set(given))


@pytest.mark.parametrize("host", mail_hosts(), ids=lambda h: h.name)
def test_addresses_and_names_lead_to_each_other(host: MailHost) -> None:
    for address in host.addresses:
        assert address in addresses_of(host.name)
        names = look(ip_address(address).reverse_pointer, RDTYPES.PTR)
        assert names == (set() if address == "203.0.113.15" else {f"{host.name}."})


def test_only_loopback_listens_and_only_what_is_allowed_is_mapped() -> None:
    lab = running()
    allowed = [ip_network(each) for each in lab.allow_net]
    assert lab.nameserver[0] == "127.0.0.1"
    for (address, port), (listening, at) in lab.connect_to.items():
        assert port in (25, 53, 443)
        assert any(ip_address(address) in each for each in allowed)
        assert listening == "127.0.0.1"
        assert at > 1023


def test_the_canaries_have_an_open_port() -> None:
    lab = running()
    assert len(lab.canaries) == 2
    for canary in lab.canaries:
        (address,) = look(canary, RDTYPES.A)
        assert (address, 25) in lab.connect_to


@pytest.mark.parametrize(
    ("address", "zone", "listed"),
    [
        ("127.0.0.2", GOOD_LIST, True),
        ("127.0.0.1", GOOD_LIST, False),
        ("::ffff:127.0.0.2", GOOD_LIST, True),
        ("::ffff:127.0.0.1", GOOD_LIST, False),
        ("203.0.113.50", GOOD_LIST, True),
        ("203.0.113.10", GOOD_LIST, False),
        ("2001:db8:25::32", GOOD_LIST, False),
        ("127.0.0.1", DEAD_LIST, True),
        ("2001:db8:25::32", DEAD_LIST, True),
    ],
)
def test_the_blocklists(address: str, zone: str, listed: bool) -> None:
    name = entry(address, zone)
    assert look(name, RDTYPES.A) == ({"127.0.0.2"} if listed else set())
    assert bool(look(name, RDTYPES.TXT)) is listed


def test_the_lab_names_its_lists() -> None:
    assert [e.zone for e in Lab(NOW).blocklists.entries] == [GOOD_LIST, DEAD_LIST]


@pytest.mark.parametrize("name", [".", "example", "113.0.203.in-addr.arpa", "lab.example", GOOD_LIST])
def test_zones_have_a_beginning(name: str) -> None:
    assert look(name, RDTYPES.SOA)


def test_the_list_has_a_line_for_each_domain() -> None:
    first, *lines = Lab(NOW).list_text.splitlines()
    assert first.startswith("# ")
    assert [line.split()[0] for line in lines] == [story.domain for story in STORIES]
    assert "parked.example parked=true" in lines
    assert "good.example selectors=lab1" in lines


def test_it_starts_fast_and_twice() -> None:
    async def main() -> float:
        began = time.process_time()
        async with Lab(NOW) as first:
            took = time.process_time() - began
            async with Lab(NOW) as second:
                assert first.nameserver != second.nameserver
                assert first.ca_der == second.ca_der
        return took

    assert asyncio.run(main()) < 2  # of processor: a tenth of a second here


def test_nothing_listens_after_the_end() -> None:
    lab = running()

    async def knock(address: tuple[str, int]) -> None:
        _, writer = await asyncio.open_connection(*address)
        writer.close()

    for address in (lab.nameserver, *list(lab.connect_to.values())[:3]):
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(knock(address))
