"""Records that are made on purpose, thousands of ways: what can go takes nothing from anybody, and all ways of counting
come to the same."""

from __future__ import annotations

import random

import pytest

from audit.catalog.providers import load_providers
from audit.model.fact import Count, Known, first_hole
from audit.model.subject import Domain
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.lookups import MAX_TERMS, MAX_VOIDS
from audit.protocol.spf.outcome import SpfQuery, SpfResult
from audit.protocol.spf.outline import outline
from audit.protocol.spf.path import voids_for_everybody
from audit.protocol.spf.plan import SpfPlan, spf_plan
from audit.protocol.spf.spare import Spare, spared
from audit.protocol.spf.tree import SpfTree, changed, spf_planned, spf_tree
from tests.protocol.walking import found, value

HERE = Domain("a.example")
NAMES = ("a", "b", "c", "d", "e")
MECHANISMS = (
    "ip4:192.0.2.0/24",
    "ip4:192.0.2.8/29",
    "ip4:192.0.2.9",
    "ip4:198.51.100.0/24",
    "ip6:2001:db8::/32",
    "ip6:2001:db8::9",
    "a:host.example",
    "a:host.example/24",
    "a:six.example",
    "a:void.example",
    "mx:host.example",
    "mx:void.example",
    "exists:host.example",
    "exists:void.example",
    "include:gone.example",
    *(f"include:{n}.example" for n in "bcde"),
    *(f"include:{n}.example" for n in "bcde"),
)
HOSTS = """
    host.example  A     192.0.2.77
    host.example  MX    10 both.example.
    both.example  A     192.0.2.78
    both.example  AAAA  2001:db8::78
    six.example   AAAA  2001:db8::77
"""
CLIENTS = (
    "192.0.2.9",
    "192.0.2.77",
    "192.0.2.200",
    "198.51.100.1",
    "203.0.113.1",
    "2001:db8::9",
    "2001:db8::77",
    "::2",
)
WITHOUT_DANGER = (Spare.VOID, Spare.DUPLICATE, Spare.INCLUDED, Spare.COVERED, Spare.BEHIND)


def made(seed: int) -> str:
    """Five records that lead to each other."""
    pick = random.Random(seed)
    lines = []
    for index, name in enumerate(NAMES):
        deeper = [m for m in MECHANISMS if not m.startswith("include:") or m[8] > name or pick.random() < 0.05]
        terms = [
            f"{pick.choice(('', '', '', '', '', '+', '?', '-', '~'))}{pick.choice(deeper)}"
            for _ in range(pick.randint(1, 5 if index else 7))
        ]
        end = pick.choice(("-all", "-all", "~all", "?all", "", "redirect=e.example" if name < "e" else "-all"))
        lines.append(f'{name}.example TXT "v=spf1 {" ".join([*terms, end]).strip()}"')
    return "\n".join((*lines, HOSTS))


def result(client: str, text: str) -> SpfResult:
    return value(check_host(SpfQuery(client, "x@a.example", "h.example")), text).result


def _over(tree: SpfTree) -> bool:
    """Whether a record breaks a limit for somebody anyway: then who matches later may get there."""
    return tree.lookups.at_least > MAX_TERMS or max(v.at_least for v in tree.family_voids) > MAX_VOIDS


def republished(text: str, record: str) -> str:
    return "\n".join((f'a.example TXT "{record}"', *text.splitlines()[1:]))


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_what_can_go_takes_nothing_from_anybody(start: int) -> None:
    changes = 0
    for seed in range(start, start + 50):
        text = made(seed)
        less = spared(value(spf_tree(HERE), text), *WITHOUT_DANGER)
        if less is None:
            continue
        changes += 1
        for client in CLIENTS:
            before, after = result(client, text), result(client, republished(text, less))
            over = after is SpfResult.PERMERROR and _over(value(spf_tree(HERE), republished(text, less)))
            assert after is before or before is SpfResult.PERMERROR or over, (seed, client, before, after, text, less)
    assert changes


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_all_ways_of_counting_agree(start: int) -> None:
    compared = 0
    for seed in range(start, start + 100):
        text = made(seed)
        tree = value(spf_tree(HERE), text)
        drawn = outline(tree, load_providers()).lines
        totals = [line.total for line in drawn]
        assert totals[-1] == tree.lookups, (seed, text)
        record = made(seed + 1000).splitlines()[0].split('"')[1]
        planned = value(spf_planned(HERE, record), text)
        after = changed(tree, record)
        if not first_hole(*(f for _, f in (*after.nodes, *after.looked_up))):
            compared += 1
            assert after == planned, (seed, text, record)
    assert compared


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_a_plan_leads_where_it_says(start: int) -> None:
    for seed in range(start, start + 50):
        text = made(seed)
        plan = found(spf_plan(HERE, (), (), load_providers()), text)[0]
        assert isinstance(plan, Known)
        assert isinstance(plan.value, SpfPlan)
        for way in plan.value.ways:
            there = value(spf_tree(HERE), republished(text, way.text))
            assert there.lookups == way.after, (seed, way)
            assert way.saves == plan.value.after.lookups.at_least - there.lookups.at_least > 0
        mended = value(spf_tree(HERE), republished(text, plan.value.mended.root.found[0]))
        assert mended.lookups == plan.value.mended.lookups
        assert isinstance(mended.lookups, Count)


def _broken(tree: SpfTree) -> bool:
    """Whether some record that the tree leads to is missing, or in a circle."""
    nodes = [f.value for _, f in tree.nodes if isinstance(f, Known)]
    return any(node.record is None for node in nodes) or tree.loop != Known(())


@pytest.mark.parametrize("start", range(0, 500, 100))
def test_what_the_tree_says_of_everybody_receivers_see(start: int) -> None:
    kept = 0
    for seed in range(start, start + 100):
        text = made(seed)
        tree = value(spf_tree(HERE), text)
        results = {client: result(client, text) for client in CLIENTS}
        if not _over(tree) and not _broken(tree):
            kept += 1
            assert SpfResult.PERMERROR not in results.values(), (seed, text, results)
        if voids_for_everybody(tree) > MAX_VOIDS:
            assert set(results.values()) == {SpfResult.PERMERROR}, (seed, text, results)
        if "exists:host" not in text and tree.lookups.at_least > MAX_TERMS:  # `exists` matches everybody
            assert results["203.0.113.1"] is SpfResult.PERMERROR, (seed, text, results)
    assert kept


def test_some_records_are_in_vain_for_everybody() -> None:
    found_some = [seed for seed in range(500) if voids_for_everybody(value(spf_tree(HERE), made(seed))) > MAX_VOIDS]
    assert found_some
