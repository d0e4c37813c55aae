"""All that a move touches, as far as it can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from audit.catalog.migration import load_migrations
from audit.catalog.providers import load_providers
from audit.model.fact import Known, Unknown
from audit.model.probe import HttpsFetch, Probe, Question, Route, RouteCheck
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.drive import replay
from audit.protocol.migration.goal import Goal, goal_of
from audit.protocol.migration.ground import MoveGround, MoveWish, move_ground
from audit.protocol.spf.plan import SpfPlan
from tests.rules import fetches
from tests.rules.pki import NOW
from tests.rules.world import SETTINGS, zone

HERE = """
    story.example.                 3600 SOA   ns1.story.example. h.story.example. 1 7200 900 1209600 600
    story.example.                 NS    ns1.story.example.
    ns1.story.example.             A     192.0.2.53
    story.example.                 7200 MX 10 aspmx.l.google.com.
    story.example.                 900 TXT "v=spf1 include:_spf.google.com include:esp.example -all"
    _spf.google.com.               TXT   "v=spf1 ip4:198.51.100.0/24 -all"
    esp.example.                   TXT   "v=spf1 ip4:192.0.2.9 -all"
    spf.messagingengine.com.       TXT   "v=spf1 ip4:192.0.2.7 -all"
    google._domainkey.story.example. TXT "v=DKIM1; p=x"
    autodiscover.story.example.    CNAME auto.google.com.
"""
STS = """
    _mta-sts.story.example.        TXT   "v=STSv1; id=1"
    mta-sts.story.example.         A     192.0.2.80
"""
POLICY = b"version: STSv1\nmode: enforce\nmx: aspmx.l.google.com\nmax_age: 604800\n"
URL = "https://mta-sts.story.example/.well-known/mta-sts.txt"


def goal(word: str = "fastmail", **given: str) -> Goal:
    entry = load_migrations().of(word)
    assert entry is not None
    return goal_of(entry, "story.example", given)


def ground(text: str = HERE, policy: HttpsFetch | None = None, wanted: Goal | None = None, **wish: Any) -> MoveGround:
    def seen(probe: Probe[Any]) -> Any:
        if isinstance(probe, Question):
            return zone(text).answer(probe)
        if isinstance(probe, RouteCheck):
            return Route(available=True)
        return policy or fetches.got(b"", 404)

    faults: list[BaseException] = []
    work = move_ground(
        Domain("story.example"), MoveWish(wanted or goal(), **wish), load_providers(), SETTINGS, Circumstances(NOW)
    )
    fact = replay(work, seen, faults.append)[0]
    assert not faults, faults
    assert isinstance(fact, Known), fact
    return fact.value


def text_of(plan: object) -> str:
    assert isinstance(plan, Known), plan
    assert isinstance(plan.value, SpfPlan)
    return plan.value.mended.root.found[0]


def test_who_leaves_and_what_is_theirs() -> None:
    found = ground()
    assert [p.id for p in found.former] == ["google"]
    assert found.leaving == ("include:_spf.google.com",)
    assert text_of(found.both) == (
        "v=spf1 include:_spf.google.com include:esp.example include:spf.messagingengine.com -all"
    )
    assert text_of(found.after) == "v=spf1 include:esp.example include:spf.messagingengine.com -all"


@pytest.mark.parametrize(
    ("name", "rdtype", "records", "ttl"),
    [
        ("story.example", "MX", ("10 aspmx.l.google.com.",), 7200),
        ("google._domainkey.story.example", "TXT", ('"v=DKIM1; p=x"',), 3600),
        ("autodiscover.story.example", "A", ("auto.google.com.",), 3600),
        ("fm1._domainkey.story.example", "CNAME", (), None),
    ],
)
def test_each_name_is_looked_at(name: str, rdtype: str, records: tuple[str, ...], ttl: int | None) -> None:
    fact = ground().at(name, rdtype)
    assert isinstance(fact, Known)
    assert (fact.value.records, fact.value.ttl) == (records, Known(ttl))


def test_a_name_that_nobody_asked_about_is_not_known() -> None:
    assert isinstance(ground().at("other.example", "TXT"), Unknown)


def test_no_policy_is_none_and_one_that_cannot_be_had_is_not_known() -> None:
    assert ground().sts == Known(None)
    lost = ground(HERE + STS.replace("A     192.0.2.80", "A timeout"))
    assert isinstance(lost.sts, Unknown)


def test_the_policy_that_senders_hold() -> None:
    found = ground(HERE + STS, fetches.got(POLICY)).sts
    assert isinstance(found, Known)
    assert found.value is not None
    policy = found.value.policy.policy
    assert policy is not None
    assert (found.value.id, policy.max_age, found.value.url) == ("1", 604800, URL)


LOST: Mapping[str, str] = {
    "mx": "story.example. MX timeout\nstory.example. MX@192.0.2.53 timeout\n",
    "txt": "story.example. TXT timeout\nstory.example. TXT@192.0.2.53 timeout\n",
    "soa": "story.example. ANY servfail\nstory.example. ANY@192.0.2.53 timeout\n",
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_what_is_lost_leaves_the_rest(lost: str) -> None:
    found = ground(HERE + lost)
    assert any(isinstance(fact, Unknown) for fact in (*(f for _, f in found.sets), found.denial, found.spf))


def test_selectors_that_the_user_names_are_looked_at() -> None:
    found = ground(selectors=("s1",))
    assert isinstance(found.at("s1._domainkey.story.example", "TXT"), Known)


def test_tlsa_records_of_ones_own_hosts_are_looked_at() -> None:
    own = HERE.replace("aspmx.l.google.com", "mail.story.example")
    assert isinstance(ground(own).at("_25._tcp.mail.story.example", "TLSA"), Known)


def test_the_zone_above_is_asked_where_the_servers_move() -> None:
    assert ground().delegation is None
    assert isinstance(ground(name_servers=("ns.new.example",)).delegation, Unknown)


def test_without_the_terms_of_the_goal_no_record_is_made() -> None:
    found = ground(wanted=goal("zoho"))
    assert isinstance(found.both, Unknown)
