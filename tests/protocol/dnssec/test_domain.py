"""What is asked to know how a domain stands, and that a domain cannot make it more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from audit.model.fact import Known
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.bogus import bogus_found
from audit.protocol.dnssec.domain import DomainSecurity, domain_security
from audit.syntax.dnssec.state import State
from tests.protocol.dnssec.test_host import VANTAGE
from tests.protocol.dnssec.tree import internet, walked
from tests.rules.pki import NOW
from tests.rules.world import SETTINGS, Case, World, replayed
from tests.signed import Internet, Zone

SHARED = {". DNSKEY", "test DS", "test DNSKEY"}


def found(domain: str) -> tuple[DomainSecurity, list[str]]:
    settings = replace(SETTINGS, trust_anchors=(internet().anchor,))
    fact, asked = walked(domain_security(Domain(domain), settings, Circumstances(NOW), VANTAGE))
    assert isinstance(fact, Known)
    return fact.value, [q for q in dict.fromkeys(asked) if q not in SHARED]


@pytest.mark.parametrize(
    ("domain", "questions"),
    [
        ("plain.test", {"SOA", "DS", "MX", "TXT"}),  # MX and TXT are asked anyhow
        ("good.test", {"SOA", "DS", "DNSKEY", "MX", "TXT", "NSEC3PARAM"}),
        ("island.test", {"SOA", "DS", "DNSKEY", "MX", "TXT", "NSEC3PARAM"}),
        ("expired.test", {"SOA", "DS", "DNSKEY", "MX", "TXT", "NSEC3PARAM"}),
    ],
)
def test_what_is_asked(domain: str, questions: set[str]) -> None:
    assert set(found(domain)[1]) == {f"{domain} {t}" for t in questions} | {f"_dmarc.{domain} TXT"}


def test_what_is_found_of_a_signed_zone() -> None:
    seen, _ = found("salted.test")
    assert isinstance(seen.keys, Known)
    assert isinstance(seen.ds, Known)
    assert isinstance(seen.hashing, Known)
    assert isinstance(seen.lifetimes, Known)
    assert seen.hashing.value is not None
    assert [(k.algorithm, k.sep, k.bits) for k in seen.keys.value] == [(15, True, None)]
    assert [(d.algorithm, d.digest) for d in seen.ds.value] == [(15, 2)]
    assert [d.tag for d in seen.ds.value] == [k.tag for k in seen.keys.value]
    assert (seen.hashing.value.iterations, seen.hashing.value.salt) == (10, "abcd")
    assert [t for t, _ in seen.lifetimes.value] == ["SOA", "MX", "TXT"]


def test_a_name_within_a_zone_is_judged_by_that_zone() -> None:
    seen, _ = found("mx.good.test")
    assert (seen.state, seen.own.zone) == (State.SECURE, "good.test")


def test_an_alias_leads_to_another_zone() -> None:
    assert found("out.good.test")[0].state is State.INSECURE


# ---- budgets ------------------------------------------------------------------------------------------------------


def many_hosts(count: int, *, signed: bool) -> Internet:
    """A domain whose mail hosts lie each in a domain of its own."""
    mail = "\n".join(f"story.example MX {n} mx.h{n}.example" for n in range(count))
    hosts = (Zone(apex=f"h{n}.example.", text=f"mx.h{n}.example A 192.0.2.{n}", signed=signed) for n in range(count))
    return Internet(Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=mail), *hosts)


@pytest.mark.parametrize(("signed", "each"), [(True, 5), (False, 1)])
def test_a_hundred_mail_hosts_cost_no_more_than_eight(signed: bool, each: int) -> None:
    case = Case("DNSSEC-BOGUS", "unknown", internet=many_hosts(100, signed=signed))
    world = World(case)
    replayed(case, world)
    proofs = [p for p in world.asked if isinstance(p, Question) and p.cd]
    of_hosts = Counter(".".join(p.name.split(".")[-2:]) for p in proofs)
    hosts = {h: n for h, n in of_hosts.items() if h.startswith("h")}
    assert len(hosts) == 8
    assert max(hosts.values()) <= each
    assert len(proofs) <= 8 * each + 10


def test_bogus_hosts_are_asked_again_once() -> None:
    settings = replace(SETTINGS, trust_anchors=(internet().anchor,))
    fact, asked = walked(bogus_found(Domain("mx-expired.test"), settings, Circumstances(NOW), VANTAGE))
    assert isinstance(fact, Known)
    assert fact.value.hole is not None  # a resolver that validates accepts it
    assert fact.value.hole.reason == "dnssec.disputed"
    assert max(Counter(asked).values()) <= 3
