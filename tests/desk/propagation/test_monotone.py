"""Whatever servers and resolvers say: less of it makes nothing more certain, and the account holds together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import TIMELESS, CopyState, Propagation, Spread
from audit.model.probe import Answer, DnsStatus
from audit.protocol.propagation import Copies
from tests.desk.propagation.sayings import GONE, NOON, denies, fails, leads_to, resolver, says, server, truth
from tests.desk.propagation.test_judging import Case, lessened

A = ("9.9.0.1", "9.9.0.2", "10.0.0.1", "203.0.113.9")
MX = ("10 a.example.", "10 b.example.", "20 c.example.")


def answers(rdtype: str) -> st.SearchStrategy[Answer]:
    """What somebody may say."""
    records = A if rdtype == "A" else MX
    ttls, times = st.sampled_from((0, 30, 300, 9000)), st.sampled_from((0.0, 40.0))
    return st.one_of(
        st.builds(
            lambda one, ttl, at, ede, flags: says(one, ttl=ttl, at=at, ede=ede, flags=flags),
            *(
                st.sampled_from(records),
                ttls,
                times,
                st.sampled_from((None, None, 3, 17)),
                st.sampled_from(("ra", "aa ra")),
            ),
        ),
        st.builds(lambda ttl, at: denies(ttl=ttl, at=at), ttls, times),
        st.builds(lambda ttl, at: says(ttl=ttl, at=at), ttls, times),
        st.just(leads_to("x.example")),
        st.sampled_from((DnsStatus.REFUSED, DnsStatus.TIMEOUT, DnsStatus.SERVFAIL)).map(fails),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rdtype = draw(st.sampled_from(("A", "MX")))
    saying = answers(rdtype)
    heard = st.one_of(st.none(), saying.filter(lambda a: a.speaks))
    servers = [
        server(n, *draw(st.lists(heard, min_size=1, max_size=2)), serial=draw(st.sampled_from((None, 1, 2))))
        for n in range(1, draw(st.integers(1, 3)) + 1)
    ]
    copies: list[Copies] = [
        resolver(
            *draw(st.lists(saying, min_size=1, max_size=3)),
            before=tuple(draw(st.lists(saying, max_size=1))),
            canary=draw(st.sampled_from((None, GONE, says(A[-1], ttl=60)))),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    expect = draw(st.sampled_from(((), (A[0] if rdtype == "A" else MX[0],))))
    hole = draw(st.sampled_from((None, None, "dns.timeout")))
    of = truth(*servers, rdtype=rdtype, hole=hole)
    return Case("made", of, tuple(copies), Spread.UNKNOWN, None, (), frozenset(), expect)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_less_that_was_seen_makes_nothing_more_certain(case: Case) -> None:
    whole = case.found.outcome
    for less in lessened(case):
        assert less.found.outcome in {whole, Spread.UNKNOWN}, less


@settings(max_examples=100, deadline=None)
@given(cases())
def test_the_account_holds_together(case: Case) -> None:
    found: Propagation = judge(case.of, case.copies, case.expect, NOON)
    assert len(found.copies) == len(case.copies)
    assert len(found.servers) == len(case.of.servers)
    assert found.safe_after is None or found.safe_after >= NOON
    if TIMELESS & set(found.doubts):
        assert found.safe_after is None
    if found.outcome is Spread.EVERYWHERE:
        assert {c.state for c in found.copies} <= {CopyState.CURRENT}
        assert not found.waits
    for copy in found.copies:
        assert (copy.reason is not None) == (copy.state is CopyState.UNKNOWN)
        assert (copy.from_server is not None) == (copy.state is CopyState.INCONSISTENT_ZONE)
