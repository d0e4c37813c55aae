"""Senders that the owner names, and what the domain's SPF makes of them."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.rules.summary.found_senders import found_senders
from tests.rules.world import Case, check, replayed

RULE, A, AAAA = "SPF-SENDER-NOT-PASS", "192.0.2.1", "2001:db8::1"
SENDER = DomainOptions(sending_ips=(A,))
SENDER6 = DomainOptions(sending_ips=(AAAA,))
GREETS = DomainOptions(sending_ips=(A,), helo=("out.story.example",))


def spf(record: str, more: str = "") -> str:
    return f'story.example TXT "{record}"\n{more}'


CASES = (
    Case(RULE, "pass", spf("v=spf1 ip4:192.0.2.1 -all"), options=SENDER),
    Case(RULE, "pass", spf("v=spf1 ip6:2001:db8::/32 -all"), options=SENDER6, why="IPv6"),
    Case(
        RULE,
        "pass",
        spf("v=spf1 exists:%{l}.%{h}.ok.example -all", "postmaster.out.story.example.ok.example A 127.0.0.2"),
        options=GREETS,
        why="greets by its name",
    ),
    Case(
        RULE,
        "pass",
        spf("v=spf1 exists:%{h}.ok.example -all", "story.example.ok.example A 127.0.0.2"),
        options=SENDER,
        subject=A,
        why="greets by the domain",
    ),
    Case(
        RULE,
        "pass",
        spf("v=spf1 ip4:192.0.2.1 include:dead.example -all", "dead.example ANY servfail"),
        options=SENDER,
        subject=A,
        why="before a dead include",
    ),
    Case(
        RULE,
        "fail",
        spf("v=spf1 ip4:192.0.2.2 -all"),
        options=SENDER,
        subject=A,
        severity="high",
        arguments={"result": "fail", "address": A, "why": "-all of story.example decides"},
    ),
    Case(
        RULE,
        "fail",
        spf("v=spf1 ~all"),
        options=SENDER,
        subject=A,
        severity="medium",
        why="softfail",
        arguments={"result": "softfail"},
    ),
    Case(
        RULE,
        "fail",
        spf("v=spf1 ip4:192.0.2.2"),
        options=SENDER,
        subject=A,
        severity="medium",
        why="neutral",
        arguments={"result": "neutral", "why": "no term names it"},
    ),
    Case(
        RULE,
        "fail",
        "story.example A 192.0.2.9",
        options=SENDER,
        subject=A,
        severity="high",
        why="none",
        arguments={"result": "none", "why": "there is no SPF record"},
    ),
    Case(
        RULE,
        "fail",
        spf("v=spf1 ip4:192.0.2.1 nonsense -all"),
        options=SENDER,
        subject=A,
        severity="high",
        why="permerror",
        arguments={"result": "permerror", "why": "the record cannot be read: unknown mechanism: nonsense"},
    ),
    Case(
        RULE,
        "fail",
        spf("v=spf1 include:a.example -all", 'a.example TXT "v=spf1 -all"\ndead.example ANY servfail'),
        options=SENDER,
        subject=A,
        severity="high",
        why="not included",
    ),
    Case(RULE, "unknown", "story.example TXT servfail", options=SENDER, subject=A, reason="dns.servfail"),
    Case(
        RULE,
        "unknown",
        spf("v=spf1 include:dead.example -all", "dead.example ANY timeout"),
        options=SENDER,
        subject=A,
        why="behind a dead include",
        reason="dns.timeout",
    ),
    Case(
        RULE,
        "unknown",
        spf("v=spf1 exists:%{i}.x.example -all", "192.0.2.1.x.example A not_gathered"),
        options=SENDER,
        subject=A,
        why="not asked",
        reason="not_gathered",
    ),
    Case(
        RULE,
        "not_applicable",
        spf("v=spf1 mx -all", "story.example MX 10 mx.story.example.\nmx.story.example A 192.0.2.1"),
        why="not named by its owner",
    ),
    Case(
        RULE,
        "not_applicable",
        "story.example TXT servfail\nstory.example MX 10 mx.story.example.\nmx.story.example A 192.0.2.1",
        subject=A,
        why="SPF not known",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_spf_sender(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("record", "more", "expected"),
    [
        ("v=spf1 mx -all", "", "v=spf1 mx ip4:192.0.2.1 -all"),
        ("v=spf1 mx ~all exp=e.example", "", "v=spf1 mx ip4:192.0.2.1 ~all exp=e.example"),
        ("v=spf1 mx redirect=b.example", 'b.example TXT "v=spf1 -all"', "v=spf1 mx ip4:192.0.2.1 redirect=b.example"),
        ("v=spf1 redirect=b.example", 'b.example TXT "v=spf1 -all"', "v=spf1 ip4:192.0.2.1 redirect=b.example"),
        ("v=spf1 mx", "", "v=spf1 mx ip4:192.0.2.1"),
        ("v=spf1", "", "v=spf1 ip4:192.0.2.1"),
        ("v=spf1 -ip4:192.0.2.0/24 +all", "", "v=spf1 ip4:192.0.2.1 -ip4:192.0.2.0/24 ~all"),
        ("v=spf1 include:gone.example -all", "", "v=spf1 ip4:192.0.2.1 include:gone.example -all"),
        ("v=spf1 nonsense -all", "", None),
        ("v=spf1 -all", 'story.example TXT "v=spf1 ~all"', None),
    ],
)
def test_the_record_to_paste_lets_it_pass(record: str, more: str, expected: str | None) -> None:
    found = check(Case(RULE, "fail", spf(record, more), options=SENDER))
    assert found is not None
    assert found.publish == (() if expected is None else (f'story.example. 3600 IN TXT "{expected}"',))
    if expected is not None:
        check(Case(RULE, "pass", spf(expected, more), options=SENDER))


def test_a_row_for_each_sender() -> None:
    zone = spf(
        "v=spf1 include:a.example ip6:2001:db8::/64 -all exp=e.example", 'a.example TXT "v=spf1 ip4:192.0.2.9 -all"'
    )
    zone += '\ne.example TXT "no: %{i}"\n2001:db8:9::1 PTR x.example.'
    options = DomainOptions(sending_ips=("192.0.2.9", A, AAAA))
    rows = tuple(found_senders("story.example", replayed(Case("", "", zone, options=options)).domain.facts))
    assert [(r.name, r.status, r.values) for r in rows] == [
        ("192.0.2.9", "pass", ("include:a.example of story.example", "ip4:192.0.2.9 of a.example")),
        (A, "fail", ("-all of story.example", "explanation: no: 192.0.2.1")),
        (AAAA, "pass", ("ip6:2001:db8::/64 of story.example",)),
    ]
    assert {(r.type, r.evidence) for r in rows} == {("check_host", "dns story.example TXT")}


@pytest.mark.parametrize(
    ("zone", "status", "values"),
    [
        ("story.example TXT servfail", "temperror", ("because: dns.servfail",)),
        ("story.example TXT not_gathered", "not_gathered", ()),
        ("story.example A 192.0.2.9", "none", ("because: there is no SPF record",)),
    ],
)
def test_a_row_of_a_sender_of_which_nothing_is_known(zone: str, status: str, values: tuple[str, ...]) -> None:
    (row,) = found_senders("story.example", replayed(Case("", "", zone, options=SENDER)).domain.facts)
    assert (row.status, row.values) == (status, values)


def test_no_row_where_nobody_is_named() -> None:
    assert list(found_senders("story.example", replayed(Case("", "", spf("v=spf1 -all"))).domain.facts)) == []
    assert list(found_senders("story.example", {})) == []
