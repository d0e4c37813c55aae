"""Blocklists: what is asked, and when an answer is believed (RFC 5782)."""

from __future__ import annotations

from typing import Any

import pytest

from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus
from audit.model.subject import Address, ListEntry
from audit.protocol.dnsbl import ListHealth, ListHealths, Listing, _sound, list_entries, listing
from audit.protocol.inquiry import replay
from tests.protocol.walking import found
from tests.rules.world import SETTINGS, Case, replayed

LISTS = load_blocklists().selected(("spamcop", "spamhaus-zen", "dronebl", "bl.user.example"))
SOUND = ListHealths(tuple((b.id, Known(ListHealth(Known(True), Known(True)))) for b in LISTS.entries))


def looked_up(
    address: str, name: str, text: str, healths: ListHealths = SOUND
) -> tuple[Fact[Listing], tuple[str, ...]]:
    return found(listing(ListEntry(address, name), LISTS, healths), text)


@pytest.mark.parametrize(
    ("address", "name", "asked"),
    [
        ("192.0.2.99", "spamcop", "99.2.0.192.bl.spamcop.net A"),
        ("127.0.0.2", "dronebl", "2.0.0.127.dnsbl.dronebl.org A"),
        (
            "2001:db8::1",
            "spamhaus-zen",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org A",
        ),
    ],
)
def test_the_name_that_is_asked(address: str, name: str, asked: str) -> None:
    assert looked_up(address, name, "")[1] == (asked,)


@pytest.mark.parametrize(
    ("name", "answers", "listed", "policy"),
    [
        ("spamcop", "127.0.0.2", ("127.0.0.2",), ()),
        ("spamhaus-zen", "127.0.0.2 127.0.0.4 127.0.0.10", ("127.0.0.2", "127.0.0.4"), ("127.0.0.10",)),
        ("spamhaus-zen", "127.0.0.11", (), ("127.0.0.11",)),
        ("dronebl", "127.0.0.1", (), ()),  # its own test code
        ("bl.user.example", "127.0.0.77", ("127.0.0.77",), ()),  # a list of which no code is known
        ("spamcop", "127.0.0.2 127.0.0.3", ("127.0.0.2",), ()),  # what is certain stays so beside what cannot be read
    ],
)
def test_what_codes_mean(name: str, answers: str, listed: tuple[str, ...], policy: tuple[str, ...]) -> None:
    zone = LISTS[name].zone
    fact, asked = looked_up("192.0.2.1", name, "\n".join(f"192.0.2.1@{zone} A {a}" for a in answers.split()))
    assert isinstance(fact, Known)
    assert (fact.value.listed, fact.value.policy) == (listed, policy)
    assert len(asked) == 2  # why is asked only after a hit


@pytest.mark.parametrize(
    ("name", "answers", "reason"),
    [
        ("spamcop", "127.0.0.1", "dnsbl.refused"),
        ("spamcop", "127.255.255.254", "dnsbl.refused"),
        ("spamcop", "127.255.255.9", "dnsbl.refused"),
        ("bl.user.example", "127.255.255.252", "dnsbl.refused"),
        ("spamcop", "127.0.0.3", "dnsbl.unknown_code"),
        ("spamcop", "146.112.61.108", "dnsbl.rewritten"),
    ],
)
def test_answers_that_say_nothing_of_the_address(name: str, answers: str, reason: str) -> None:
    zone = LISTS[name].zone
    fact, _ = looked_up("192.0.2.1", name, "\n".join(f"192.0.2.1@{zone} A {a}" for a in answers.split()))
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


def test_the_lists_reason_is_kept_and_cut() -> None:
    text = "192.0.2.1@bl.spamcop.net A 127.0.0.2\n" + "".join(f'192.0.2.1@bl.spamcop.net TXT "{i}"\n' for i in range(9))
    fact, _ = looked_up("192.0.2.1", "spamcop", text)
    assert isinstance(fact, Known)
    assert fact.value.reasons == ("0", "1", "2")


def test_a_reason_that_cannot_be_had_takes_nothing_away() -> None:
    text = "192.0.2.1@bl.spamcop.net A 127.0.0.2\n192.0.2.1@bl.spamcop.net TXT timeout"
    fact, _ = looked_up("192.0.2.1", "spamcop", text)
    assert isinstance(fact, Known)
    assert (fact.value.listed, fact.value.reasons) == (("127.0.0.2",), ())


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (Unknown("dnsbl.public_resolver"), "dnsbl.public_resolver"),
        (Known(ListHealth(Unknown("dns.timeout"), Known(True))), "dns.timeout"),
        (Known(ListHealth(Known(False), Known(True))), "dnsbl.broken"),
        (None, "not_gathered"),
    ],
)
def test_a_list_that_cannot_be_believed_is_not_asked(health: Fact[ListHealth] | None, reason: str) -> None:
    healths = ListHealths((("spamcop", health),) if health else ())
    fact, asked = looked_up("192.0.2.1", "spamcop", "192.0.2.1@bl.spamcop.net A 127.0.0.2", healths)
    assert fact == Unknown(reason)
    assert asked == ()


@pytest.mark.parametrize(
    ("address", "lists"),
    [
        ("192.0.2.1", ("spamcop", "spamhaus-zen", "dronebl", "bl.user.example")),
        ("2001:db8::1", ("spamhaus-zen", "dronebl", "bl.user.example")),
    ],
)
def test_an_address_is_looked_up_where_its_family_is_known(address: str, lists: tuple[str, ...]) -> None:
    assert list_entries(Address(address), LISTS, SETTINGS).known == tuple(ListEntry(address, name) for name in lists)


@pytest.mark.parametrize(
    ("zone", "ipv4", "ipv6"),
    [
        ("", True, True),
        ("127.0.0.1@zen.spamhaus.org A 127.0.0.2", False, True),
        ("::ffff:7f00:2@zen.spamhaus.org A nxdomain", True, False),
        ("127.0.0.2@zen.spamhaus.org A timeout", "dns.timeout", True),
        ("127.0.0.1@zen.spamhaus.org A servfail", "dns.servfail", True),
        ("127.0.0.2@zen.spamhaus.org A 127.255.255.254", "dnsbl.refused", True),
        ("127.0.0.1@zen.spamhaus.org A 127.0.0.1", "dnsbl.refused", True),
        ("127.0.0.2@zen.spamhaus.org A 146.112.61.108", "dnsbl.rewritten", True),
        ("127.0.0.2@zen.spamhaus.org A 127.0.0.99", "dnsbl.unknown_code", True),
    ],
)
def test_the_health_of_a_list_is_told_by_its_test_points(zone: str, ipv4: bool | str, ipv6: bool | str) -> None:
    run = replayed(Case("", "", zone, settings={"blocklists": ("spamhaus-zen",)})).run
    health = run.children[0].facts[ListHealth]
    assert isinstance(health, Known)
    families = [f.reason if isinstance(f, Unknown) else f.value for f in (health.value.ipv4, health.value.ipv6)]
    assert families == [ipv4, ipv6]


def test_a_list_of_the_world_is_broken_though_it_keeps_its_test_point() -> None:
    """Below a name that exists a wildcard does not hold (RFC 4592): the counterpart is not listed, all others are."""
    kept = {"2.0.0.127.bl.spamcop.net": ("127.0.0.2",), "1.0.0.127.bl.spamcop.net": ()}

    def seen(probe: Any) -> Answer:
        records = kept.get(probe.name, ("127.0.0.2",) if probe.name.endswith(".bl.spamcop.net") else ())
        return Answer(status=DnsStatus.NOERROR if records else DnsStatus.NXDOMAIN, records=records)

    assert replay(_sound(LISTS["spamcop"], 4), seen)[0] == Known(False)


def test_the_lists_words_are_a_phrase_of_ascii() -> None:
    text = '192.0.2.1@bl.spamcop.net A 127.0.0.2\n192.0.2.1@bl.spamcop.net TXT "caf\\195\\169 \\027[2J."\n'
    fact, _ = looked_up("192.0.2.1", "spamcop", text)
    assert isinstance(fact, Known)
    assert fact.value.reasons == ("caf\\xc3\\xa9 \\x1b[2J",)


def test_no_list_is_none() -> None:
    assert list_entries(Address("192.0.2.1"), Blocklists(entries=(), dead=()), SETTINGS).known == ()


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.2", "169.254.169.254", "100.64.0.1", "::1", "fe80::1", "fc00::1"]
)
def test_of_an_address_that_is_not_public_no_list_is_asked(address: str) -> None:
    assert list_entries(Address(address), LISTS, SETTINGS).known == ()
