"""The addresses of mail hosts, and TLSA records, which are asked only where those are secure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain, Host
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.host import HostSecurity, TlsaFound, host_security, tlsa_found
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.state import State, Why
from tests.protocol.dnssec.tree import walked
from tests.rules.pki import NOW
from tests.rules.world import SETTINGS
from tests.signed import DAYS, Internet, Zone

TLSA = f"3 1 1 {'ab' * 32}"
DOMAIN = """
    a.test.        MX    10 mx.a.test.
    a.test.        MX    20 bare.a.test.
    a.test.        MX    30 alias.a.test.
    a.test.        MX    40 mx.plain.test.
    a.test.        MX    50 mx.expired.test.
    a.test.        MX    60 far.plain.test.
    a.test.        MX    70 out.a.test.
    a.test.        MX    80 gone.a.test.
    a.test.        MX    90 late.a.test.
    mx.a.test.     A     192.0.2.1
    mx.a.test.     AAAA  2001:db8::1
    _25._tcp.mx.a.test. TLSA {0}
    bare.a.test.   A     192.0.2.2
    alias.a.test.  CNAME mx.a.test.
    out.a.test.    CNAME mx.plain.test.
    _25._tcp.out.a.test. TLSA {0}
    late.a.test.   A     192.0.2.9
"""
PLAIN = """
    mx.plain.test.  A     192.0.2.3
    far.plain.test. CNAME mx.a.test.
    _25._tcp.mx.plain.test. TLSA {0}
"""
WORLD = Internet(
    Zone(apex="."),
    Zone(apex="test."),
    Zone(apex="a.test.", text=DOMAIN.format(TLSA)),
    Zone(apex="plain.test.", text=PLAIN.format(TLSA), signed=False),
    Zone(apex="expired.test.", text="mx.expired.test. A 192.0.2.4", dates=(-40 * DAYS, -10 * DAYS)),
)
HERE = Known(True)
VANTAGE = Vantage(HERE, Known(False), (), HERE, HERE, HERE, HERE, HERE, HERE)


def given(host: str) -> tuple[Domain, Host, Settings, Circumstances, Vantage]:
    settings = replace(SETTINGS, trust_anchors=(WORLD.anchor,))
    return Domain("a.test"), Host(host), settings, Circumstances(NOW), VANTAGE


def secured(host: str) -> tuple[Fact[HostSecurity], list[str]]:
    return walked(host_security(*given(host)), of=WORLD)


def withheld(question: Question, answer: Answer) -> Answer:
    """As a validating resolver has it, of which nobody asks for bogus data."""
    bogus = "expired" in question.name and not question.cd
    return Answer(status=DnsStatus.BOGUS) if bogus else answer


def tlsa(host: str) -> tuple[Fact[TlsaFound], list[str]]:
    return walked(tlsa_found(*given(host)), withheld, WORLD)


@pytest.mark.parametrize(
    ("host", "state", "why"),
    [
        ("mx.a.test", State.SECURE, None),
        ("bare.a.test", State.SECURE, None),
        ("alias.a.test", State.SECURE, None),
        ("gone.a.test", State.SECURE, None),
        ("mx.plain.test", State.INSECURE, Why.NO_DS),
        ("far.plain.test", State.INSECURE, Why.NO_DS),
        ("out.a.test", State.INSECURE, Why.NO_DS),
        ("mx.expired.test", State.BOGUS, Why.EXPIRED),
    ],
)
def test_each_family_has_its_state(host: str, state: State, why: Why | None) -> None:
    fact, _ = secured(host)
    assert isinstance(fact, Known)
    assert isinstance(fact.value.ipv6, Known)
    for each in (fact.value.ipv4, fact.value.ipv6.value):
        assert (each.state, each.standing.why) == (state, why)


def test_a_host_in_an_unsigned_domain_costs_one_question() -> None:
    _, asked = secured("mx.plain.test")
    shared = {". DNSKEY", "test DS", "test DNSKEY", "a.test MX", "mx.plain.test A", "mx.plain.test AAAA"}
    assert [q for q in asked if q not in shared] == ["plain.test DS"]


def test_a_host_that_comes_late_is_not_asked() -> None:
    fact, asked = secured("late.a.test")
    assert isinstance(fact, Unknown)
    assert (fact.reason, asked) == ("budget", ["a.test MX"])


@pytest.mark.parametrize(
    ("host", "base", "records"),
    [
        ("mx.a.test", "mx.a.test", (TLSA,)),
        ("alias.a.test", "mx.a.test", (TLSA,)),  # at the end of the aliases
        ("bare.a.test", "bare.a.test", ()),
        ("mx.plain.test", None, ()),
        ("out.a.test", "out.a.test", (TLSA,)),  # a signed alias to unsigned addresses
        ("far.plain.test", None, ()),  # an unsigned alias to signed addresses
        ("mx.expired.test", None, ()),
    ],
)
def test_tlsa_records_are_asked_where_the_addresses_are_secure(
    host: str, base: str | None, records: tuple[str, ...]
) -> None:
    fact, asked = tlsa(host)
    assert isinstance(fact, Known)
    assert (fact.value.base, fact.value.records) == (base, records)
    assert any(q.endswith("TLSA") for q in asked) is (base is not None)
    assert (fact.value.security is not None and fact.value.security.state is State.SECURE) is (base is not None)


def test_without_the_addresses_nothing_is_said_of_tlsa() -> None:
    fact, _ = walked(
        tlsa_found(*given("mx.a.test")),
        lambda q, a: Answer(status=DnsStatus.TIMEOUT) if (q.rdtype, q.dnssec) == ("AAAA", True) else a,
        WORLD,
    )
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.timeout"


def test_our_clock_must_be_right() -> None:
    domain, host, settings, _, vantage = given("mx.a.test")
    wrong = Vantage(HERE, Known(False), (), HERE, HERE, HERE, HERE, Known(False), HERE)
    moment = Circumstances(datetime(2030, 1, 1, tzinfo=UTC))
    fact, _ = walked(host_security(domain, host, settings, moment, wrong), of=WORLD)
    assert isinstance(fact, Unknown)
    assert fact.reason == "vantage.clock"
    assert vantage.clock == HERE
