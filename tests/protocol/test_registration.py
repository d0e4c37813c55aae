"""A domain is called unregistered only when its registry says so itself, twice."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.protocol.drive import replay
from audit.protocol.registration import MAX_QUESTIONS, Registration, registration
from tests.protocol.walking import found, value
from tests.rules.world import zone

SOA = '"ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"'
TWO = f"""
    com.           SOA  {SOA}
    com.           NS   a.nic.com.
    com.           NS   b.nic.com.
    a.nic.com.     A    192.0.2.53
    b.nic.com.     A    198.51.100.53
"""
ONE = f"com. SOA {SOA}\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n"
UPWARD = "gone.com. NS@192.0.2.53 refused\ngone.com. NS@198.51.100.53 refused"


def registered(name: str, text: str) -> Fact[bool]:
    return value(registration(name), text).registered


@pytest.mark.parametrize(
    ("name", "text", "domain", "expected"),
    [
        ("gone.com", TWO, "gone.com", False),
        ("mx.mail.gone.com", TWO, "gone.com", False),
        ("gone.com", ONE, "gone.com", False),
        ("gone.com", TWO + "gone.com. NS@198.51.100.53 lame", "gone.com", True),  # one server knows the delegation
        ("gone.com", TWO + "gone.com. NS ns.gone.com.", "gone.com", True),
        ("gone.com", TWO + "gone.com. TXT x", "gone.com", True),
        ("gone.com", TWO + "gone.com. NS@192.0.2.53 servfail\ngone.com. NS@198.51.100.53 lame", "gone.com", True),
        ("mx.gone.nosuchtld", f". SOA {SOA}", "gone.nosuchtld", True),  # nobody can register it
        ("com", TWO, None, True),
        ("mx.g_one.com", TWO, "g_one.com", True),
        ("mx.-gone.com", TWO, "-gone.com", True),
        ("mx\\.gone.com", TWO, None, True),  # one label with a dot in it
        ("", TWO, None, True),
    ],
)
def test_what_the_registry_says(name: str, text: str, domain: str | None, expected: bool) -> None:
    assert value(registration(name), text) == Registration(domain, Known(expected))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TWO + "gone.com. NS@192.0.2.53 timeout", "dns.timeout"),
        (TWO + "gone.com. NS@198.51.100.53 servfail", "dns.servfail"),
        (ONE + "gone.com. NS@192.0.2.53 timeout +1", "dns.timeout"),  # denied only once
        (UPWARD + TWO, "dns.refused"),
        ("com. SOA timeout", "dns.timeout"),
        (f"com. SOA {SOA}\ncom. NS servfail", "dns.servfail"),
        (f"com. SOA {SOA}\ncom. NS a.nic.com.\na.nic.com. ANY timeout", "dns.timeout"),
    ],
)
def test_what_the_registry_does_not_say_is_unknown(text: str, reason: str) -> None:
    fact = registered("gone.com", text)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


def bent(got: Answer) -> Fact[bool]:
    """What is found when the registry's servers say this."""

    def said(probe: Probe[Any]) -> Answer:
        assert isinstance(probe, Question)
        return got if probe.server else zone(TWO).answer(probe)

    fact, _ = replay(registration("gone.com"), said)
    assert isinstance(fact, Known)
    return fact.value.registered


DENIAL = ("com. 900 SOA a. b. 1 2 3 4 5",)


GONE = DnsStatus.NXDOMAIN


def test_a_denial_counts_with_authority_and_by_the_zone_of_the_suffix() -> None:
    assert bent(Answer(status=GONE, flags=("aa",), authority=DENIAL)) == Known(False)


@pytest.mark.parametrize(
    "got",
    [
        Answer(status=GONE, flags=("ra",), authority=DENIAL),  # somebody on the way answers in the registry's stead
        Answer(status=GONE, flags=("aa",), authority=(". 900 SOA a. b. 1 2 3 4 5",)),
        Answer(status=GONE, flags=("aa",)),
    ],
)
def test_any_other_denial_says_nothing(got: Answer) -> None:
    fact = bent(got)
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.not_authoritative"


@pytest.mark.parametrize("owner", [".", "com", "other.com"])
def test_a_referral_elsewhere_is_no_delegation_of_the_domain(owner: str) -> None:
    fact = bent(Answer(status=DnsStatus.LAME, authority=(f"{owner} 900 NS ns.example.",)))
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.lame"


def test_servers_are_asked_directly_and_little() -> None:
    _, asked = found(registration("mx.gone.com"), TWO)
    assert asked == (
        "com SOA",
        "com NS",
        "a.nic.com A",
        "b.nic.com A",
        "gone.com NS @192.0.2.53 +norecurse",
        "gone.com NS @198.51.100.53 +norecurse #1",
    )
    assert len(asked) <= MAX_QUESTIONS
