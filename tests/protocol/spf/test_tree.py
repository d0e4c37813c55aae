"""SPF: what a record costs, and what it leads to."""

from __future__ import annotations

from itertools import pairwise

import pytest

from audit.model.fact import Count, Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.protocol.spf.terms import MACRO
from audit.protocol.spf.tree import SpfDefault, spf_default, spf_record, spf_tree
from audit.syntax.spf import Qualifier
from tests.protocol.walking import found, value

HERE = Domain("a.example")


def zone(**records: str) -> str:
    """`a="mx -all"` is the record of a.example."""
    return "\n".join(f'{name}.example TXT "v=spf1 {terms}"' for name, terms in records.items())


DEAD = "b.example TXT timeout"
HOLE = Unknown("dns.timeout", (Question(name="b.example", rdtype="TXT"),))


@pytest.mark.parametrize(
    ("text", "lookups"),
    [
        (zone(a="-all"), Count(0)),
        (zone(a="ip4:192.0.2.1 ip6:2001:db8::1 exp=x.example -all"), Count(0)),
        (zone(a="a mx ptr exists:x.example -all"), Count(4)),
        (zone(a="a:%{d}.x.example exists:%{i}.x.example -all"), Count(2)),
        (zone(a="include:b.example -all", b="a mx -all"), Count(3)),
        (zone(a="redirect=b.example", b="a mx -all"), Count(3)),
        (zone(a="include:b.example include:b.example -all", b="a -all"), Count(4)),
        (zone(a="include:b.example include:c.example -all", b="include:c.example -all", c="a -all"), Count(5)),
        (zone(a="include:%{d}.b.example -all"), Count(1)),
        (zone(a="-all include:b.example a mx"), Count(0)),
        (zone(a="include:B.Example. -all", b="a -all"), Count(2)),
        (zone(a="include:b.example a -all") + "\n" + DEAD, Count(2, HOLE)),
        (zone(a="include:c.example -all", c="include:b.example mx -all") + "\n" + DEAD, Count(3, HOLE)),
        (zone(a="include:a.example a -all"), Count(2)),
        (zone(a="oops a -all"), Count(1)),
    ],
)
def test_lookups_are_counted_for_the_worst_case(text: str, lookups: Count) -> None:
    assert value(spf_tree(HERE), text).lookups == lookups


@pytest.mark.parametrize(
    ("terms", "voids", "named"),
    [
        ("a -all", 1, ("a (a.example)",)),
        ("a:here.example -all", 0, ()),
        ("a:v6.example -all", 0, ()),  # void in one family only
        (
            "mx:here.example exists:gone.example -all",
            2,
            ("mx:here.example (a.example)", "exists:gone.example (a.example)"),
        ),
        ("ptr include:b.example -all", 0, ()),
    ],
)
def test_voids_are_terms_that_find_nothing(terms: str, voids: int, named: tuple[str, ...]) -> None:
    hosts = "\nhere.example A 192.0.2.1\nv6.example AAAA 2001:db8::1\n"
    tree = value(spf_tree(HERE), zone(a=terms, b="-all") + hosts)
    assert (tree.voids, tree.void_terms) == (Count(voids), named)


def test_a_macro_makes_voids_unknown_and_not_lookups() -> None:
    tree = value(spf_tree(HERE), zone(a="exists:%{i}.x.example a -all"))
    assert tree.voids == Count(1, MACRO)
    assert tree.lookups == Count(2)


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        (zone(a="include:b.example -all", b="-all"), Known(())),
        (zone(a="include:a.example -all"), Known(("a.example", "a.example"))),
        (
            zone(a="include:c.example -all", c="redirect=d.example", d="include:c.example -all"),
            Known(("c.example", "d.example", "c.example")),
        ),
        (
            zone(a="include:b.example include:c.example -all", c="include:a.example") + "\n" + DEAD,
            Known(("a.example", "c.example", "a.example")),
        ),
        (zone(a="include:b.example -all") + "\n" + DEAD, HOLE),
        (
            zone(a="include:b.example include:c.example -all", b="include:d.example", c="include:d.example", d="-all"),
            Known(()),
        ),
    ],
)
def test_a_loop_is_a_way_back(text: str, loop: Known[tuple[str, ...]] | Unknown) -> None:
    assert value(spf_tree(HERE), text).loop == loop


def test_each_name_is_asked_once_level_by_level() -> None:
    text = zone(
        a="include:c.example include:b.example mx -all",
        b="include:c.example a -all",
        c="include:d.example -all",
        d="-all",
    )
    assert found(spf_tree(HERE), text)[1] == (
        "a.example TXT",
        "c.example TXT",
        "b.example TXT",
        "a.example MX",
        "d.example TXT",
        "b.example A",
        "b.example AAAA",
    )


def test_of_the_hosts_of_mx_ten_are_asked_whether_they_are_there() -> None:
    hosts = "\n".join(f"a.example MX 10 mx{i}.a.example" for i in range(10, 22))
    there = tuple(f"mx{i}.a.example A" for i in range(10, 20))
    record = ("a.example TXT", "a.example MX")
    assert found(spf_tree(HERE), f"{zone(a='mx -all')}\n{hosts}")[1] == (*record, *there)
    assert found(spf_tree(HERE), f"{zone(a='?mx -all')}\n{hosts}")[1] == record
    both = {f"mx{i}.a.example {rdtype}" for i in range(10, 20) for rdtype in ("A", "AAAA")}
    assert set(found(spf_tree(HERE), f"{zone(a='mx/8//8 -all')}\n{hosts}")[1]) == {*record, *both}


@pytest.mark.parametrize(
    ("text", "default"),
    [
        (zone(a="mx -all"), SpfDefault(Qualifier.FAIL, permerror=False)),
        (zone(a="mx ~all ?all"), SpfDefault(Qualifier.SOFTFAIL, permerror=False)),
        (zone(a="mx"), SpfDefault(None, permerror=False)),
        (zone(a="redirect=b.example", b="redirect=c.example", c="+all"), SpfDefault(Qualifier.PASS, permerror=False)),
        (zone(a="redirect=b.example ~all", b="+all"), SpfDefault(Qualifier.SOFTFAIL, permerror=False)),
        (zone(a="redirect=b.example"), SpfDefault(None, permerror=True)),
        (zone(a="redirect=a.example"), SpfDefault(None, permerror=True)),
        ("a.example A 192.0.2.1", SpfDefault(None, permerror=True)),
    ],
)
def test_the_all_that_decides_is_followed_through_redirects(text: str, default: SpfDefault) -> None:
    assert value(spf_default(HERE), text) == default


@pytest.mark.parametrize(
    ("text", "hole"), [(zone(a="redirect=b.example") + "\n" + DEAD, HOLE), (zone(a="redirect=%{d}.example"), MACRO)]
)
def test_the_all_that_decides_may_be_out_of_sight(text: str, hole: Unknown) -> None:
    assert found(spf_default(HERE), text)[0] == hole


@pytest.mark.parametrize(
    ("texts", "count", "read"),
    [
        (('"v=spf1 -all"',), 1, True),
        (('"v=spf1 -all"', '"v=spf10 -all"', '"verification=1"'), 1, True),
        (('"v=spf1 -all"', '"v=spf1 mx -all"'), 2, False),
        (('"verification=1"',), 0, False),
        (('"v=spf1 -" "all"',), 1, True),
    ],
)
def test_the_record_is_chosen_among_texts(texts: tuple[str, ...], count: int, read: bool) -> None:
    record = value(spf_record(HERE), "\n".join(f"a.example TXT {t}" for t in texts))
    assert (len(record.found), record.record is not None) == (count, read)


def test_a_deep_chain_ends() -> None:
    names = [f"n{i}" for i in range(40)]
    text = zone(a="include:n0.example -all", **{n: f"include:{m}.example -all" for n, m in pairwise(names)})
    tree = value(spf_tree(HERE), text)
    assert tree.lookups.exceeds(10) == Known(True)
    assert tree.loop == Known(())
