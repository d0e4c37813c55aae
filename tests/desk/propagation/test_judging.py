"""How far a change has come, of the whole; and that less that was seen makes nothing more certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import Doubt, Propagation, ServerState, Spread
from audit.model.fact import Unknown
from audit.model.probe import Answer, DnsStatus
from audit.protocol.propagation import Copies, Truth
from tests.desk.propagation.sayings import (
    NEW,
    NOON,
    OLD,
    denies,
    fails,
    later,
    leads_to,
    resolver,
    says,
    server,
    truth,
)

C, B, D, U, V = (ServerState(s) for s in ("current", "behind", "differs", "unpublished", "varies"))
NOT_KNOWN = ServerState.UNKNOWN
AGREED = truth(server(1, says(NEW)), server(2, says(NEW)))
BEHIND = truth(server(1, says(NEW), serial=5), server(2, says(OLD), serial=4))
LOST = truth(server(1, says(NEW)), server(2, None))
NEAR, FAR, THIRD = "9.9.0.1", "9.9.0.2", "9.9.0.3"
GEO = truth(server(1, says(NEAR), says(FAR)), rdtype="A")
PLACE = truth(server(1, says(NEAR)), rdtype="A")
HIJACKED = says("203.0.113.9", ttl=60)


@dataclass(frozen=True)
class Case:
    why: str
    of: Truth
    copies: tuple[Copies, ...]
    outcome: Spread
    after: float | None
    servers: tuple[ServerState, ...]
    doubts: frozenset[Doubt] = frozenset()
    expect: tuple[str, ...] = ()

    @property
    def found(self) -> Propagation:
        return judge(self.of, self.copies, self.expect, NOON)


EVERYWHERE, NOT_YET, UNKNOWN = Spread
CASES = (
    Case("all have it", AGREED, (resolver(says(NEW)),), EVERYWHERE, 0, (C, C)),
    Case(
        "the last end counts",
        AGREED,
        (resolver(says(OLD, ttl=60)), resolver(denies(ttl=90)), resolver(says(NEW, ttl=300))),
        NOT_YET,
        90,
        (C, C),
    ),
    Case(
        "a server is behind",
        BEHIND,
        (resolver(says(NEW)),),
        NOT_YET,
        None,
        (C, B),
        frozenset({Doubt.INCONSISTENT}),
    ),
    Case(
        "around the end of the serials",
        truth(server(1, says(NEW), serial=3), server(2, says(OLD), serial=4_294_967_290)),
        (),
        NOT_YET,
        None,
        (C, B),
        frozenset({Doubt.INCONSISTENT}),
    ),
    Case(
        "a server is behind, but not in this",
        truth(server(1, says(NEW), serial=5), server(2, says(NEW), serial=4)),
        (resolver(says(NEW)),),
        EVERYWHERE,
        0,
        (C, C),
    ),
    Case(
        "two masters",
        truth(server(1, says(NEW)), server(2, says(OLD))),
        (resolver(says(NEW)),),
        NOT_YET,
        None,
        (D, D),
        frozenset({Doubt.INCONSISTENT}),
    ),
    Case(
        "no serial",
        truth(server(1, says(NEW), serial=None), server(2, says(OLD))),
        (),
        NOT_YET,
        None,
        (D, D),
        frozenset({Doubt.INCONSISTENT}),
    ),
    Case(
        "addresses by place",
        truth(server(1, says(NEAR)), server(2, says(FAR)), rdtype="A"),
        (resolver(says(FAR)),),
        UNKNOWN,
        0,
        (V, V),
    ),
    Case("addresses in turn", GEO, (resolver(says(FAR)),), UNKNOWN, 0, (V,)),
    Case(
        "a server is silent",
        LOST,
        (resolver(says(NEW)),),
        UNKNOWN,
        0,
        (C, NOT_KNOWN),
        frozenset({Doubt.SERVERS_UNHEARD}),
    ),
    Case(
        "a server is silent, and a copy is old",
        LOST,
        (resolver(says(OLD, ttl=60)),),
        NOT_YET,
        60,
        (C, NOT_KNOWN),
        frozenset({Doubt.SERVERS_UNHEARD}),
    ),
    Case(
        "a server was not found",
        replace(AGREED, hole=Unknown("dns.timeout")),
        (resolver(says(NEW)),),
        UNKNOWN,
        0,
        (C, C),
        frozenset({Doubt.SERVERS_UNHEARD}),
    ),
    Case(
        "no server",
        truth(),
        (resolver(says(NEW)),),
        UNKNOWN,
        None,
        (),
        frozenset({Doubt.SERVERS_UNHEARD, Doubt.RESOLVERS_UNHEARD}),
    ),
    Case(
        "a resolver is silent",
        AGREED,
        (resolver(says(NEW)), resolver(fails(DnsStatus.TIMEOUT))),
        UNKNOWN,
        0,
        (C, C),
        frozenset({Doubt.RESOLVERS_UNHEARD}),
    ),
    Case("a resolver is stale", AGREED, (resolver(says(OLD, ede=3)),), NOT_YET, 0, (C, C), frozenset({Doubt.STALE})),
    Case(
        "several caches",
        AGREED,
        (resolver(says(OLD, ttl=60), says(OLD, ttl=200)),),
        NOT_YET,
        200,
        (C, C),
        frozenset({Doubt.SEVERAL_CACHES}),
    ),
    Case(
        "a TTL that stands still",
        AGREED,
        (resolver(says(OLD, ttl=60, at=50), before=(says(OLD, ttl=60),)),),
        NOT_YET,
        110,
        (C, C),
        frozenset({Doubt.NO_END}),
    ),
    Case(
        "what is expected is not published",
        truth(server(1, says(OLD)), server(2, says(OLD))),
        (resolver(says(OLD)),),
        NOT_YET,
        None,
        (U, U),
        frozenset({Doubt.UNPUBLISHED}),
        (NEW,),
    ),
    Case(
        "what is expected is at one of two",
        BEHIND,
        (resolver(says(NEW)),),
        NOT_YET,
        None,
        (C, B),
        frozenset({Doubt.INCONSISTENT}),
        (NEW,),
    ),
    Case("what is expected is everywhere", AGREED, (resolver(says(NEW)),), EVERYWHERE, 0, (C, C), frozenset(), (NEW,)),
    Case(
        "what is expected is at another place",
        PLACE,
        (resolver(says(FAR, flags="aa ra")),),
        NOT_YET,
        0,
        (C,),
        frozenset(),
        (NEAR,),
    ),
    Case(
        "what is expected is there in turn",
        GEO,
        (resolver(says(FAR)),),
        NOT_YET,
        None,
        (U,),
        frozenset({Doubt.UNPUBLISHED}),
        (FAR,),
    ),
    Case(
        "what an alias leads to is another question",
        truth(server(1, leads_to("x.example")), rdtype="TXT"),
        (),
        UNKNOWN,
        None,
        (NOT_KNOWN,),
        frozenset({Doubt.SERVERS_UNHEARD}),
        ("text",),
    ),
    Case("another place", PLACE, (resolver(says(FAR)), resolver(says(THIRD))), UNKNOWN, 0, (C,)),
    Case("an old address", PLACE, (resolver(says(FAR, ttl=60)),), NOT_YET, 60, (C,)),
    Case("an invented address", PLACE, (resolver(HIJACKED, canary=HIJACKED),), NOT_YET, 0, (C,)),
    Case("all is gone", truth(server(1, denies())), (resolver(denies()),), EVERYWHERE, 0, (C,)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_how_far_it_has_come(case: Case) -> None:
    found = case.found
    assert (found.outcome, found.safe_after) == (case.outcome, None if case.after is None else later(case.after))
    assert tuple(s.state for s in found.servers) == case.servers
    assert set(found.doubts) == case.doubts


def test_it_waits_for_what_time_mends() -> None:
    waits = {c.why: c.found.waits for c in CASES}
    assert waits["the last end counts"]
    assert waits["a server is behind"]
    assert waits["a resolver is silent"]
    assert not waits["all have it"]
    assert not waits["an invented address"]
    assert not waits["another place"]


def lessened(case: Case) -> Iterator[Case]:
    """The case without one of the answers that were heard, each in turn."""
    for at, one in enumerate(case.of.servers):
        for number in range(len(one.said)):
            said = (*one.said[:number], Unknown("dns.timeout"), *one.said[number + 1 :])
            yield _with_server(case, at, said=said)
        yield _with_server(case, at, serial=None)
    for at, copy in enumerate(case.copies):
        *before, last = copy.rounds
        for number, _ in enumerate(last):
            mute: tuple[Answer, ...] = (*last[:number], Answer(status=DnsStatus.TIMEOUT), *last[number + 1 :])
            yield _with_copy(case, at, replace(copy, rounds=(*before, mute)))
        yield _with_copy(case, at, replace(copy, rounds=(last,)))
        yield _with_copy(case, at, replace(copy, canary=None))


def _with_server(case: Case, at: int, **changes: object) -> Case:
    servers = list(case.of.servers)
    servers[at] = replace(servers[at], **changes)  # type: ignore[arg-type]
    return replace(case, of=replace(case.of, servers=tuple(servers)))


def _with_copy(case: Case, at: int, copy: Copies) -> Case:
    copies = list(case.copies)
    copies[at] = copy
    return replace(case, copies=tuple(copies))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_less_that_was_seen_makes_nothing_more_certain(case: Case) -> None:
    whole = case.found.outcome
    for less in lessened(case):
        assert less.found.outcome in {whole, UNKNOWN}, less
