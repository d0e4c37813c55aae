"""Blocklists: what is asked, and when an answer is believed (RFC 5782)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.catalog.providers import load_providers
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus
from audit.model.subject import Address, Domain, ListedName, ListEntry, NameEntry
from audit.protocol.dnsbl import (
    IPV4,
    NAMES,
    ListedNames,
    ListHealth,
    ListHealths,
    Listing,
    NameListing,
    _sound,
    approvals,
    list_entries,
    listed_names,
    listing,
    name_approvals,
    name_entries,
    name_listing,
    names_listed,
)
from audit.protocol.drive import replay
from audit.protocol.reverse import MailRole
from tests.protocol.walking import found
from tests.rules.world import SETTINGS, Case, replayed

LISTS = load_blocklists().selected(
    (
        *("spamcop", "spamhaus-zen", "dronebl", "bl.user.example", "senderscore", "senderscore-score", "dnswl"),
        *("spamhaus-dbl", "surbl", "uribl", "spamhaus-zrd", "names:dbl.user.example", "dnswl-dwl", "spamhaus-zen-dqs"),
    )
)
SENDS = MailRole(Known(True), shared=False, possible=False, name=None)
HERE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
SOUND = ListHealths(tuple((b.id, Known(ListHealth(Known(True), Known(True), Known(True)))) for b in LISTS.entries))
IP_LISTS = tuple(b.id for b in LISTS.entries if b.ipv4 and not b.allows)
NAME_LISTS = ("spamhaus-dbl", "surbl", "uribl", "spamhaus-zrd", "names:dbl.user.example")


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
        ("senderscore", "127.0.0.3", ("127.0.0.3",), ()),  # bits: a bot, and not accepted
        ("senderscore", "127.0.0.16", ("127.0.0.16",), ()),
        ("senderscore-score", "127.0.4.7", (), ()),  # a score is no listing
        ("dnswl", "127.0.5.3", (), ()),  # a list of good senders lists nobody
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
        ("senderscore", "127.0.0.1", "dnsbl.refused"),  # never a listing, also where the bit has a meaning
        ("senderscore", "127.0.0.32", "dnsbl.unknown_code"),
        ("senderscore", "127.0.4.2", "dnsbl.unknown_code"),
        ("senderscore", "127.255.255.255", "dnsbl.refused"),
        ("senderscore-score", "127.0.4.101", "dnsbl.unknown_code"),
        ("dnswl", "127.0.0.255", "dnsbl.refused"),
        ("dnswl", "127.0.10.3", "dnsbl.refused"),
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
        (Known(ListHealth(Unknown("dns.timeout"), Known(True), Known(True))), "dns.timeout"),
        (Known(ListHealth(Known(False), Known(True), Known(True))), "dnsbl.broken"),
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
        ("192.0.2.1", IP_LISTS),
        ("2001:db8::1", tuple(i for i in IP_LISTS if i not in ("spamcop", "senderscore", "senderscore-score"))),
    ],
)
def test_an_address_is_looked_up_where_its_family_is_known(address: str, lists: tuple[str, ...]) -> None:
    assert list_entries(Address(address), SENDS, LISTS, SETTINGS).known == tuple(
        ListEntry(address, name) for name in lists
    )


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

    assert replay(_sound(LISTS["spamcop"], IPV4), seen)[0] == Known(False)


def test_the_lists_words_are_a_phrase_of_ascii() -> None:
    text = '192.0.2.1@bl.spamcop.net A 127.0.0.2\n192.0.2.1@bl.spamcop.net TXT "caf\\195\\169 \\027[2J."\n'
    fact, _ = looked_up("192.0.2.1", "spamcop", text)
    assert isinstance(fact, Known)
    assert fact.value.reasons == ("caf\\xc3\\xa9 \\x1b[2J",)


def test_of_an_address_whose_network_may_send_no_list_is_asked() -> None:
    assert list_entries(Address("192.0.2.1"), replace(SENDS, possible=True), LISTS, SETTINGS).known == ()


def test_no_list_is_none() -> None:
    assert list_entries(Address("192.0.2.1"), SENDS, Blocklists(entries=(), dead=()), SETTINGS).known == ()


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.2", "169.254.169.254", "100.64.0.1", "::1", "fe80::1", "fc00::1"]
)
def test_of_an_address_that_is_not_public_no_list_is_asked(address: str) -> None:
    assert list_entries(Address(address), SENDS, LISTS, SETTINGS).known == ()


# ---- names ------------------------------------------------------------------------------------------------------


def of_name(name: str, text: str, healths: ListHealths = SOUND) -> tuple[Fact[NameListing], tuple[str, ...]]:
    return found(name_listing(NameEntry("bad.example", name), LISTS, healths), text)


def named(name: str, *answers: str) -> str:
    return "".join(f"bad.example.{LISTS[name].zone} A {a}\n" for a in answers)


@pytest.mark.parametrize(
    ("name", "answers", "listed", "weight"),
    [
        ("spamhaus-dbl", ("127.0.1.2",), ("spam, or a name of low reputation",), 5),
        ("spamhaus-dbl", ("127.0.1.102",), ("legitimate name, abused for spam",), 4),
        ("spamhaus-dbl", ("127.0.1.102", "127.0.1.4"), ("legitimate name, abused for spam", "phishing"), 5),
        ("surbl", ("127.0.0.72",), ("PH: phishing", "ABUSE: seen in spam"), 4),
        ("surbl", ("127.0.0.254",), None, 4),
        ("surbl", ("127.0.0.10",), ("PH: phishing",), 4),  # beside a bit of which nothing is known
        ("uribl", ("127.0.0.2",), ("black: seen in spam",), 3),
        ("uribl", ("127.0.0.4",), ("grey: seen in bulk mail that was not asked for",), 1),
        ("uribl", ("127.0.0.12",), None, 1),
        ("uribl", ("127.0.0.6",), None, 3),
        ("spamhaus-zrd", ("127.0.2.17",), None, 1),
        ("names:dbl.user.example", ("127.0.0.77",), ("listed",), 3),
    ],
)
def test_what_codes_mean_for_a_name(
    name: str, answers: tuple[str, ...], listed: tuple[str, ...] | None, weight: int
) -> None:
    fact, asked = of_name(name, named(name, *answers))
    assert isinstance(fact, Known)
    assert set(fact.value.said.listed) == set(answers)
    assert listed is None or fact.value.said.listed_for == listed
    assert fact.value.said.weight == weight
    assert asked == (f"bad.example.{LISTS[name].zone} A", f"bad.example.{LISTS[name].zone} TXT")


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        ("spamhaus-dbl", "127.0.1.255", "dnsbl.refused"),  # "you asked about an address"
        ("spamhaus-dbl", "127.255.255.252", "dnsbl.refused"),
        ("spamhaus-dbl", "127.0.0.2", "dnsbl.unknown_code"),
        ("spamhaus-dbl", "127.0.0.1", "dnsbl.refused"),
        ("surbl", "127.0.0.1", "dnsbl.refused"),
        ("surbl", "127.0.0.9", "dnsbl.refused"),  # the lowest bit is the refusal, whatever else is set
        ("surbl", "127.0.0.2", "dnsbl.unknown_code"),
        ("surbl", "127.0.1.8", "dnsbl.unknown_code"),
        ("uribl", "127.0.0.1", "dnsbl.refused"),
        ("uribl", "127.0.0.255", "dnsbl.refused"),
        ("spamhaus-zrd", "127.0.2.25", "dnsbl.unknown_code"),
        ("spamhaus-zrd", "127.0.2.1", "dnsbl.unknown_code"),
        ("uribl", "146.112.61.108", "dnsbl.rewritten"),
    ],
)
def test_answers_that_say_nothing_of_the_name(name: str, answer: str, reason: str) -> None:
    fact, _ = of_name(name, named(name, answer))
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


def test_a_name_that_no_list_holds() -> None:
    fact, asked = of_name("surbl", "")
    assert isinstance(fact, Known)
    assert (fact.value.said.listed, len(asked)) == ((), 1)


def test_a_list_of_names_that_cannot_be_believed_is_not_asked() -> None:
    broken = ListHealths((("surbl", Known(ListHealth(Known(True), Known(True), Known(False)))),))
    assert of_name("surbl", named("surbl", "127.0.0.8"), broken) == (Unknown("dnsbl.broken"), ())


def test_names_and_addresses_go_to_their_own_lists() -> None:
    """A list of names answers whoever asks it about an address as if everything were listed."""
    assert {e.list for e in name_entries(ListedName("bad.example"), LISTS).known} == set(NAME_LISTS)
    assert not {e.list for e in list_entries(Address("192.0.2.1"), SENDS, LISTS, SETTINGS).known} & set(NAME_LISTS)


MX = "mail.story.co.uk. MX 10 "


@pytest.mark.parametrize(
    ("domain", "zone", "names", "reason"),
    [
        ("story.example", "", ("story.example",), None),
        ("www.story.example", "", ("story.example",), None),
        ("mail.story.co.uk", "", ("mail.story.co.uk", "story.co.uk"), None),
        ("mail.story.co.uk", f"{MX}mx.host.example.", ("mail.story.co.uk", "story.co.uk", "host.example"), None),
        ("mail.story.co.uk", f"{MX}aspmx.l.google.com.", ("mail.story.co.uk", "story.co.uk"), None),
        ("mail.story.co.uk", f"{MX}aspmx.l.google.com.evil.example.", None, None),
        ("mail.story.co.uk", f"{MX}192.0.2.1.", ("mail.story.co.uk", "story.co.uk"), None),  # no address is asked
        ("mail.story.co.uk", f"{MX}a\\032b.c\\032d.example.", ("mail.story.co.uk", "story.co.uk"), None),
        ("mail.story.co.uk", f"{MX}.", ("mail.story.co.uk", "story.co.uk"), None),
        ("mail.story.co.uk", "mail.story.co.uk. MX timeout", ("mail.story.co.uk", "story.co.uk"), "dns.timeout"),
        ("co.uk", "", ("co.uk",), None),
        ("story.example", "".join(f"story.example. MX 1 mx.h{i}.example.\n" for i in range(9)), None, "budget"),
    ],
)
def test_the_names_that_are_looked_up(
    domain: str, zone: str, names: tuple[str, ...] | None, reason: str | None
) -> None:
    fact, _ = found(listed_names(Domain(domain), load_providers()), zone)
    assert isinstance(fact, Known)
    assert names is None or fact.value.names == names
    assert (fact.value.hole and fact.value.hole.reason) == reason
    assert len(fact.value.names) <= 8


def test_without_a_list_of_names_there_is_no_name_and_no_hole() -> None:
    nothing = names_listed(
        Domain("story.example"),
        ListedNames(("story.example",), Unknown("dns.timeout")),
        load_blocklists().selected(("spamcop",)),
    )
    assert (nothing.known, nothing.hole) == ((), None)


@pytest.mark.parametrize(
    ("name", "zone", "sound"),
    [
        ("surbl", "", False),
        ("surbl", "test.surbl.org.multi.surbl.org A 127.0.0.254", True),
        ("surbl", "test.multi.surbl.org A 127.0.0.254", False),
        ("surbl", "*.multi.surbl.org A 127.0.0.254", False),
        ("surbl", "test.surbl.org.multi.surbl.org A 127.0.0.1", "dnsbl.refused"),
        ("spamhaus-dbl", "dbltest.com.dbl.spamhaus.org A 127.0.1.2", True),
        ("spamhaus-zrd", "", True),  # it keeps no test entry
        ("spamhaus-zrd", "invalid.{spamhaus_dqs}.zrd.dq.spamhaus.net A 127.0.2.3", False),
        ("names:dbl.user.example", "test.dbl.user.example A 127.0.0.2", True),
        ("names:dbl.user.example", "test.dbl.user.example A timeout", "dns.timeout"),
    ],
)
def test_the_health_of_a_list_of_names(name: str, zone: str, sound: bool | str) -> None:
    fact, asked = found(_sound(LISTS[name], NAMES), zone)
    assert (fact.reason if isinstance(fact, Unknown) else fact.value) == sound
    assert len(asked) == 3


def test_a_list_that_lists_nobody_may_not_know_our_key() -> None:
    fact, _ = found(_sound(LISTS["spamhaus-zen-dqs"], IPV4), "")
    assert isinstance(fact, Unknown)
    assert fact.reason == "dnsbl.key"
    assert fact.probes[0].key == "dns 2.0.0.127.{spamhaus_dqs}.zen.dq.spamhaus.net A"


@pytest.mark.parametrize(
    ("health", "usable"),
    [
        (ListHealth(Known(True), Known(False), Known(False)), True),
        (ListHealth(Unknown("x"), Known(True), Unknown("x")), True),
        (ListHealth(Unknown("x"), Unknown("x"), Known(True)), True),
        (ListHealth(Unknown("x"), Unknown("x"), Known(False)), False),
        (ListHealth(Unknown("x"), Known(False), Unknown("x")), False),
    ],
)
def test_a_list_is_of_use_while_it_can_be_believed_about_something(health: ListHealth, usable: bool) -> None:
    assert health.usable is usable


# ---- lists of good senders --------------------------------------------------------------------------------------


def test_lists_of_good_senders_are_asked_beside_the_others() -> None:
    about = Address("192.0.2.1")
    fact, asked = found(approvals(about, LISTS, SETTINGS, SOUND), "192.0.2.1@list.dnswl.org A 127.0.5.3")
    assert isinstance(fact, Known)
    (said,) = fact.value.said
    assert isinstance(said, Known)
    assert (said.value.listed, said.value.policy) == ((), ())
    assert asked[0] == "1.2.0.192.list.dnswl.org A"
    fact_of_name, asked = found(name_approvals(ListedName("good.example"), LISTS, SOUND), "")
    assert isinstance(fact_of_name, Known)
    assert asked == ("good.example.dwl.dnswl.org A",)


@pytest.mark.parametrize(("answer", "reason"), [("127.0.0.255", "dnsbl.refused"), ("timeout", "dns.timeout")])
def test_a_list_of_good_senders_that_says_nothing_is_nobodys_finding(answer: str, reason: str) -> None:
    fact, _ = found(approvals(Address("192.0.2.1"), LISTS, SETTINGS, SOUND), f"192.0.2.1@list.dnswl.org A {answer}")
    assert isinstance(fact, Known)
    assert [f.reason for f in fact.value.said if isinstance(f, Unknown)] == [reason]
    case = Case("", "", HERE + f"192.0.2.1@list.dnswl.org A {answer}", settings={"blocklists": ("dnswl",)})
    assert not [f for f in replayed(case).findings if f.rule.startswith("DNSBL-")]


def test_who_calls_everybody_good_is_broken() -> None:
    fact, _ = found(_sound(LISTS["dnswl"], IPV4), "*.list.dnswl.org A 127.0.2.3")
    assert fact == Known(False)
