"""The way that a receiver takes: what each sender meets, and what nobody is spared."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.model.subject import Domain
from audit.protocol.spf.path import (
    out_of_reach,
    own_policy,
    own_terms,
    reached_twice,
    too_many_hosts,
    voids_for_everybody,
)
from audit.protocol.spf.tree import SpfTree, changed, spf_planned, spf_tree
from tests.protocol.spf.test_tree import DEAD, zone
from tests.protocol.walking import value

HERE = Domain("a.example")
TEN = " ".join(["include:c.example"] * 10)
HOST = "h.example A 192.0.2.1"


def tree(text: str) -> SpfTree:
    return value(spf_tree(HERE), text)


@pytest.mark.parametrize(
    ("terms", "behind"),
    [
        ("a mx -all", ()),
        (f"{TEN} ip4:192.0.2.1 -all", ()),
        (f"{TEN} mx ip4:192.0.2.1 -all", ("mx", "ip4:192.0.2.1")),
        ("mx include:d.example a:h.example", ("include:d.example", "a:h.example")),
        (f"{TEN} redirect=c.example", ("redirect=c.example",)),
        (f"-all {TEN} mx", ()),
    ],
)
def test_terms_behind_the_tenth_lookup(terms: str, behind: tuple[str, ...]) -> None:
    found = out_of_reach(tree(zone(a=terms, c="-all", d=f"{TEN} -all")), 10)
    assert tuple(t.term.text for t in found) == behind


def test_an_include_may_be_reached_in_part() -> None:
    text = zone(a="mx include:d.example a -all", c="-all", d=f"{TEN} -all")
    within = {t.term.text: t.within(10) for t in own_terms(tree(text))}
    assert within == {"mx": False, "include:d.example": True, "a": False, "-all": False}


@pytest.mark.parametrize(
    ("text", "voids"),
    [
        (zone(a="a:x.example a:y.example -all"), 2),
        (zone(a="a:x.example ip4:192.0.2.1 a:y.example -all"), 1),
        (zone(a="a:x.example a:h.example a:y.example -all") + "\n" + HOST, 1),
        (zone(a="ptr a:x.example -all"), 0),
        (zone(a="exists:%{i}.x.example a:x.example -all"), 0),
        (zone(a="include:b.example a:x.example -all", b="a:y.example -all"), 2),
        (zone(a="include:b.example a:x.example -all", b="a:y.example +all"), 1),
        (zone(a="include:b.example a:x.example -all", b="mx:y.example exists:y.example"), 3),
        (zone(a="include:b.example a:x.example -all", b="include:%{d}.c.example"), 0),
        (zone(a="a:x.example redirect=b.example", b="a:y.example -all"), 2),
        (zone(a="include:b.example a:x.example -all") + "\n" + DEAD, 0),
        (zone(a="include:a.example a:x.example -all"), 0),
    ],
)
def test_lookups_in_vain_that_nobody_is_spared(text: str, voids: int) -> None:
    assert voids_for_everybody(tree(text)) == voids


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (zone(a="include:b.example include:b.example -all", b="-all"), ("b.example",)),
        (zone(a="include:b.example include:c.example", b="include:c.example", c="-all"), ("c.example",)),
        (zone(a="include:b.example include:c.example", b="redirect=d.example", c="include:d.example"), ("d.example",)),
        (zone(a="include:b.example -all include:b.example", b="-all"), ()),
        (zone(a="include:b.example -all", b="include:a.example"), ()),
    ],
)
def test_names_that_are_met_twice(text: str, names: tuple[str, ...]) -> None:
    assert reached_twice(tree(text)) == names


def test_hosts_of_mx_are_counted_wherever_they_stand() -> None:
    hosts = "\n".join(f"b.example MX 1 mx{n}.b.example." for n in range(11))
    assert too_many_hosts(tree(zone(a="mx:b.example -all") + "\n" + hosts)) == ((("b.example", 11),), Known(True))
    assert too_many_hosts(tree(zone(a="-all mx:b.example") + "\n" + hosts)) == ((), Known(False))
    silent = too_many_hosts(tree(zone(a="mx:b.example -all") + "\nb.example MX timeout"))[1]
    assert isinstance(silent, Unknown)
    assert silent.reason == "dns.timeout"


def test_a_policy_goes_on_through_redirects() -> None:
    terms, hole = own_policy(tree(zone(a="mx redirect=b.example", b="a include:c.example -all", c="ptr")))
    assert [(n, t.text) for n, t in terms] == [
        ("a.example", "mx"),
        ("b.example", "a"),
        ("b.example", "include:c.example"),
        ("b.example", "-all"),
    ]
    assert hole is None
    assert own_policy(tree(zone(a="redirect=%{d}.b.example")))[1] is not None
    assert own_policy(tree(zone(a="redirect=a.example")))[1] is None


def test_a_changed_record_costs_what_is_left() -> None:
    text = zone(a="include:b.example include:c.example -all", b="a mx -all", c="include:d.example", d="a:x.example")
    now = tree(text)
    assert now.lookups.at_least == 6
    less = changed(now, "v=spf1 include:c.example -all")
    assert (less.lookups.at_least, less.lookups.hole) == (3, None)
    assert [n for n, _ in less.nodes] == ["c.example", "d.example"]
    assert less == value(spf_planned(HERE, "v=spf1 include:c.example -all"), text)
    more = changed(now, "v=spf1 include:new.example -all")
    assert more.lookups.hole is not None
    assert value(spf_planned(HERE, "v=spf1 include:new.example -all"), text).lookups.at_least == 1
