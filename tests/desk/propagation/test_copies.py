"""Each cause for which a resolver gives something else than the zone's servers, by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import CopyState, CopyVerdict, Note
from audit.model.probe import DnsStatus
from audit.protocol.propagation import Copies, Truth
from tests.desk.propagation.sayings import (
    COM,
    NEW,
    NOON,
    OLD,
    OTHER,
    denies,
    fails,
    later,
    leads_to,
    resolver,
    says,
    server,
    truth,
)

AGREED = truth(server(1, says(NEW)), server(2, says(NEW)))
DIVIDED = truth(server(1, says(NEW), serial=2), server(2, says(OLD), serial=1))
WIDE = truth(server(1, says("9.9.0.1")), rdtype="A")
ABSENT = truth(server(1, denies()))
HIJACKED = says("203.0.113.9", ttl=60)


def one(copies: Copies, of: Truth = AGREED, *expect: str) -> CopyVerdict:
    return judge(of, (copies,), expect, NOON).copies[0]


@dataclass(frozen=True)
class Case:
    why: str
    copies: Copies
    state: CopyState
    until: float | None = None
    of: Truth = AGREED
    reason: str | None = None


S = CopyState
CASES = (
    Case("the same", resolver(says(NEW, ttl=120)), S.CURRENT),
    Case("older records", resolver(says(OLD, ttl=120)), S.LAG, 120),
    Case("older records, with a longer TTL than now", resolver(says(OLD, ttl=9000)), S.LAG, 9000),
    Case("a TTL of decades ends in a week", resolver(says(OLD, ttl=2_000_000_000)), S.LAG, 7 * 86_400),
    Case("records that are gone", resolver(says(OLD, ttl=90)), S.LAG, 90, of=ABSENT),
    Case("a denial of records that are gone", resolver(says(ttl=90)), S.CURRENT, of=ABSENT),
    Case("a denial from before", resolver(denies(ttl=200)), S.NEGATIVE_CACHE, 200),
    Case("no such type, from before", resolver(says(ttl=250)), S.NEGATIVE_CACHE, 250),
    Case(
        "a denial without an end, by one that leaves out every SOA",
        resolver(denies(ttl=None, soa=""), canary=denies(ttl=None, soa="")),
        S.NEGATIVE_CACHE,
        300,
    ),
    Case("it says that it is stale", resolver(says(OLD, ttl=30, ede=3)), S.STALE),
    Case("a denial that it says is stale", resolver(denies(ttl=30, ede=19)), S.STALE),
    Case(
        "old records after their end",
        resolver(says(OLD, ttl=30, at=100), before=(says(OLD, ttl=60, at=0),)),
        S.STALE,
    ),
    Case(
        "old records before their end",
        resolver(says(OLD, ttl=20, at=40), before=(says(OLD, ttl=60, at=0),)),
        S.LAG,
        60,
    ),
    Case(
        "fetched anew from somewhere else",
        resolver(says(OLD, ttl=300, at=100), before=(says(OLD, ttl=60, at=0),)),
        S.SPLIT,
    ),
    Case(
        "another cache that ends later",
        resolver(says(OLD, ttl=100, at=100), says(OLD, ttl=40, at=100), before=(says(OLD, ttl=60, at=0),)),
        S.LAG,
        200,
    ),
    Case("what a server still says", resolver(says(OLD, ttl=50)), S.INCONSISTENT_ZONE, 50, of=DIVIDED),
    Case("what the newest server says", resolver(says(NEW)), S.CURRENT, of=DIVIDED),
    Case(
        "what a server still says, which leads nowhere",
        resolver(says("127.0.0.1", ttl=5)),
        S.INCONSISTENT_ZONE,
        5,
        of=truth(server(1, says("9.9.0.1"), serial=2), server(2, says("127.0.0.1")), rdtype="A"),
    ),
    Case("refused, though it answers us", resolver(fails(DnsStatus.REFUSED)), S.FILTERED),
    Case(
        "refused, as all is",
        resolver(fails(DnsStatus.REFUSED), canary=fails(DnsStatus.REFUSED)),
        S.UNKNOWN,
        reason="dns.refused",
    ),
    Case("it says that it filters", resolver(denies(ede=17)), S.FILTERED),
    Case("it says that it censors, and fails", resolver(fails(DnsStatus.SERVFAIL, ede=16)), S.FILTERED),
    Case("it forges", resolver(says("9.9.9.1", ede=4)), S.FILTERED, of=WIDE),
    Case("an address that leads nowhere", resolver(says("0.0.0.0")), S.FILTERED, of=WIDE),
    Case("itself as the address", resolver(says("127.0.0.1")), S.FILTERED, of=WIDE),
    Case("a denial in another's name", resolver(fails(DnsStatus.LAME, authority=(COM,))), S.FILTERED),
    Case("a denial by nobody, from one that names who denies", resolver(denies(soa="", ttl=None)), S.FILTERED),
    Case("what it gives for anything", resolver(HIJACKED, canary=HIJACKED), S.REWRITTEN, of=WIDE),
    Case("a denial that it may have made up", resolver(says(ttl=60), canary=HIJACKED), S.REWRITTEN),
    Case("the truth, by one that invents", resolver(says(NEW), canary=HIJACKED), S.CURRENT),
    Case("a zone of its own", resolver(says(OLD, flags="aa ra")), S.SPLIT),
    Case("an address inside", resolver(says("10.1.1.1")), S.SPLIT, of=WIDE),
    Case("silence", resolver(fails(DnsStatus.TIMEOUT)), S.UNKNOWN, reason="dns.timeout"),
    Case("wrong signatures", resolver(fails(DnsStatus.BOGUS)), S.UNKNOWN, reason="dns.bogus"),
    Case("silence once of twice", resolver(says(NEW), fails(DnsStatus.TIMEOUT)), S.UNKNOWN, reason="dns.timeout"),
    Case("older once of twice", resolver(says(NEW), says(OLD, ttl=9)), S.LAG, 9),
    Case("no server heard", resolver(says(NEW)), S.UNKNOWN, of=truth(server(1, None)), reason="dns.no_authority"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_each_cause_has_its_name(case: Case) -> None:
    found = one(case.copies, case.of)
    assert (found.state, found.until, found.reason) == (
        case.state,
        None if case.until is None else later(case.until),
        case.reason,
    )


def test_a_copy_of_an_inconsistent_zone_names_the_server() -> None:
    assert one(resolver(says(OLD)), DIVIDED).from_server == "ns2.story.example"


@pytest.mark.parametrize(
    ("expect", "said", "state"),
    [
        ("10 NEW.example", says(NEW), S.CURRENT),
        ("10 new.example.", says(OLD, ttl=5), S.LAG),
        ("10 new.example.", says(NEW, OTHER), S.CURRENT),
    ],
)
def test_what_is_expected_is_looked_for(expect: str, said: object, state: CopyState) -> None:
    assert one(resolver(said), AGREED, expect).state is state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("copies", "of", "notes"),
    [
        (resolver(says(NEW, ttl=300), says(NEW, ttl=100)), AGREED, {Note.SEVERAL_CACHES}),
        (resolver(says(NEW, ttl=300), says(NEW, ttl=299)), AGREED, set()),
        (resolver(says(NEW, ttl=3600)), AGREED, {Note.TTL_RAISED}),
        (resolver(says(OLD, ttl=60, at=50), before=(says(OLD, ttl=60),)), AGREED, {Note.TTL_FIXED}),
        (resolver(says(OLD, ttl=10, at=50), before=(says(OLD, ttl=60),)), AGREED, set()),
        (resolver(says(OLD, ttl=100, at=20), before=(says(OLD, ttl=60),)), AGREED, {Note.SEVERAL_CACHES}),
        (resolver(says(NEW, ttl=290, at=20), before=(says(NEW, ttl=60),)), AGREED, set()),
        (resolver(denies(ttl=3600)), AGREED, {Note.TTL_RAISED}),
        (resolver(denies(ttl=300)), AGREED, set()),
        (resolver(says(NEW), fails(DnsStatus.TIMEOUT)), AGREED, {Note.SILENT_ONCE}),
        (resolver(says(NEW), canary=HIJACKED), AGREED, {Note.INVENTS}),
    ],
)
def test_what_else_shows(copies: Copies, of: Truth, notes: set[Note]) -> None:
    assert set(one(copies, of).notes) == notes


def test_expected_records_beside_others_are_told() -> None:
    assert one(resolver(says(NEW, OTHER)), AGREED, NEW).notes == (Note.OTHER_RECORDS,)


def test_addresses_of_more_than_one_other_kind_are_no_change() -> None:
    copies = tuple(resolver(says(address)) for address in ("9.9.0.2", "9.9.0.3"))
    assert [c.state for c in judge(WIDE, copies, (), NOON).copies] == [S.SPLIT, S.SPLIT]
    assert one(resolver(says("9.9.0.2")), WIDE).state is S.LAG
    assert judge(AGREED, (resolver(says(OLD)), resolver(says(OTHER))), (), NOON).copies[0].state is S.LAG


def test_at_an_alias_it_is_compared_where_it_leads() -> None:
    of = truth(server(1, leads_to("new.example")), rdtype="TXT")
    assert one(resolver(leads_to("new.example", '"x"')), of).state is S.CURRENT
    assert one(resolver(leads_to("old.example", '"x"', ttl=40)), of).state is S.LAG
    assert one(resolver(says('"x"', ttl=40)), of).state is S.LAG


def test_who_was_asked_nothing_is_unknown() -> None:
    assert one(replace(resolver(), rounds=())).reason == "not_gathered"
