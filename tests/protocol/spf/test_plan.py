"""Planning a change of an SPF record: what it costs, and the ways back within the limit."""

from __future__ import annotations

import pytest

from audit.catalog.providers import load_providers
from audit.model.fact import Count, Known, Unknown
from audit.model.subject import Domain
from audit.protocol.spf.outline import MAX_LINES, TermLine, outline
from audit.protocol.spf.plan import PlanFault, SpfPlan, planned, spf_plan, term
from audit.protocol.spf.tree import spf_tree
from audit.protocol.spf.ways import Price
from tests.protocol.spf.test_tree import DEAD, zone
from tests.protocol.walking import value

HERE = Domain("a.example")
PROVIDERS = load_providers()
NINE = " ".join(f"include:n{n}.example" for n in range(9))
NAMES = {f"n{n}": f"ip4:198.51.100.{n} -all" for n in range(9)}


def plan(text: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> SpfPlan:
    found = value(spf_plan(HERE, tuple(map(term, add)), tuple(map(term, remove)), PROVIDERS), text)
    assert isinstance(found, SpfPlan), found
    return found


@pytest.mark.parametrize(
    ("found", "add", "remove", "text"),
    [
        ((), (), (), "v=spf1 ~all"),
        ((), ("mx", "-all"), (), "v=spf1 mx -all"),
        (("v=spf1 mx -all",), ("include:b.example",), (), "v=spf1 mx include:b.example -all"),
        (("v=spf1 MX -all",), ("mx",), (), "v=spf1 MX -all"),  # it is there
        (("v=spf1 mx a -all",), (), ("+MX",), "v=spf1 a -all"),
        (("v=spf1 ?mx mx -all",), (), ("mx",), "v=spf1 -all"),
        (("v=spf1 ?mx mx -all",), (), ("?mx",), "v=spf1 mx -all"),
        (("v=spf1 mx -all",), ("a",), ("mx",), "v=spf1 a -all"),
        (("v=spf1 mx -all",), ("~all",), (), "v=spf1 mx ~all"),
        (("v=spf1 mx redirect=b.example",), ("a",), (), "v=spf1 mx a redirect=b.example"),
        (("v=spf1 mx -all", "v=spf1 a -all"), ("ip4:192.0.2.1",), (), "v=spf1 mx a ip4:192.0.2.1 -all"),
    ],
)
def test_the_planned_record(found: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], text: str) -> None:
    assert planned(found, tuple(map(term, add)), tuple(map(term, remove))) == text


@pytest.mark.parametrize("text", ["", "foo", "mx a", "redirect=b.example", "ip4:x", "include:", "🦊"])
def test_what_is_no_term(text: str) -> None:
    with pytest.raises(PlanFault):
        term(text)


def test_what_cannot_be_planned() -> None:
    with pytest.raises(PlanFault, match="not in the record"):
        planned(("v=spf1 mx -all",), (), (term("a"),))
    with pytest.raises(PlanFault, match="cannot be read at mxx"):
        planned(("v=spf1 mxx -all",), (term("a"),), ())
    assert isinstance(value(spf_plan(HERE, (), (term("a"),), PROVIDERS), zone(a="-all")), PlanFault)


def test_before_and_after() -> None:
    hosts = "\n".join(f"{n}.example MX 1 mx.x.example.\n{n}.example A 192.0.2.1" for n in "bc")
    text = zone(a="include:b.example -all", b="a mx -all", c="mx -all") + "\n" + hosts
    found = plan(text, add=("include:c.example",))
    assert (found.before.lookups, found.after.lookups) == (Count(3), Count(5))
    assert found.changes == ()
    assert found.mended is found.after


def test_a_new_include_is_read_as_it_is_now() -> None:
    found = plan(zone(a="-all") + "\n" + DEAD, add=("include:b.example",))
    assert found.after.lookups.at_least == 1
    assert found.after.lookups.hole is not None


def test_what_lets_nobody_send_goes_first() -> None:
    found = plan(zone(a=f"{NINE} a:x.example include:n3.example -all", **NAMES))
    assert found.after.lookups == Count(11)
    assert [(c.term, c.price) for c in found.changes] == [("a:x.example", Price.NOTHING)]
    assert found.mended.root.found == (f"v=spf1 {NINE} include:n3.example -all",)
    assert found.mended.lookups == Count(10)
    assert [w.change.term for w in found.ways][:2] == ["a:x.example", "include:n3.example"]


def test_what_was_to_be_added_is_not_taken_out_again() -> None:
    """Other terms let the same addresses send today."""
    text = zone(
        a=f"ip4:198.51.100.0/24 {NINE} include:x.example -all", x="ip4:203.0.113.9 -all", b=NAMES["n1"], **NAMES
    )
    found = plan(text, add=("include:b.example",))
    assert found.after.lookups == Count(11)
    assert "include:b.example" not in [change.term for change in found.changes]
    assert "include:b.example" in found.mended.root.found[0]
    assert found.mended.lookups.at_least <= 10


def test_own_hosts_are_written_as_addresses() -> None:
    hosts = """
        a.example MX 10 mx1.a.example.
        a.example MX 20 mx2.a.example.
        mx1.a.example A 192.0.2.25
        mx2.a.example AAAA 2001:db8::25
    """
    found = plan(zone(a=f"mx {NINE} a:mx1.a.example -all", **NAMES) + hosts)
    assert found.after.lookups == Count(11)
    (change,) = found.changes
    assert change.price is Price.OWN_ADDRESSES
    assert found.mended.lookups == Count(10)
    texts = {w.change.term: w.text for w in found.ways if w.change.price is Price.OWN_ADDRESSES}
    assert texts["mx"] == f"v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 {NINE} a:mx1.a.example -all"


@pytest.mark.parametrize(
    "hosts",
    [
        "a.example MX 10 mx.provider.example.\nmx.provider.example A 192.0.2.25",
        "a.example MX 10 mx1.a.example.\nmx1.a.example A timeout\nmx1.a.example AAAA 2001:db8::1",
        "a.example MX timeout",
    ],
)
def test_hosts_of_others_or_not_known_are_not(hosts: str) -> None:
    found = plan(zone(a=f"mx a:h.other.example {NINE} -all", **NAMES) + f"\n{hosts}\nh.other.example A 192.0.2.1")
    assert not [w for w in found.ways if w.change.price is Price.OWN_ADDRESSES]


def test_a_service_may_go_or_move_and_its_networks_be_copied_last() -> None:
    text = zone(a=f"{NINE} include:sendgrid.net -all", **NAMES)
    text += '\nsendgrid.net TXT "v=spf1 ip4:167.89.0.0/17 include:ab.sendgrid.net ~all"'
    text += '\nab.sendgrid.net TXT "v=spf1 ip4:223.165.113.0/24 ~all"'
    found = plan(text)
    assert found.after.lookups == Count(11)
    sendgrid = [w for w in found.ways if w.change.term == "include:sendgrid.net"]
    assert [w.change.price for w in sendgrid] == [Price.OTHER_BOUNCES, Price.SUBDOMAIN, Price.UPKEEP]
    assert sendgrid[1].change.besides == (("news.a.example", "v=spf1 include:sendgrid.net -all"),)
    assert sendgrid[2].change.instead == ("ip4:167.89.0.0/17", "ip4:223.165.113.0/24")
    assert [w.saves for w in sendgrid] == [2, 2, 2]
    assert [c.price for c in found.changes] == [Price.OTHER_BOUNCES]
    prices = [list(Price).index(w.change.price) for w in found.ways]
    assert prices == sorted(prices)


def test_a_missing_include_goes_even_within_the_limit() -> None:
    found = plan(zone(a="mx include:gone.example -all"))
    assert found.mended.root.found == ("v=spf1 mx ~all",)  # whoever sent by it is not refused unheard
    assert [c.term for c in found.changes] == ["mx", "include:gone.example"] or [c.term for c in found.changes] == [
        "include:gone.example"
    ]
    assert found.mended.loop == Known(())


def test_no_way_is_found_for_a_record_that_is_too_long() -> None:
    assert plan(zone(a=f"{'ip4:192.0.2.1 ' * 400} a:x.example -all")).ways == ()


# ---- the drawing --------------------------------------------------------------------------------------------------


def lines(text: str) -> tuple[TermLine, ...]:
    return outline(value(spf_tree(HERE), text), PROVIDERS).lines


def flat(given: tuple[TermLine, ...], depth: int = 0) -> list[tuple[int, str, int, int]]:
    found: list[tuple[int, str, int, int]] = []
    for line in given:
        found += [(depth, line.text, line.lookups.at_least, line.total.at_least), *flat(line.below, depth + 1)]
    return found


def test_each_term_has_its_cost_and_the_sum_so_far() -> None:
    text = zone(a="mx include:b.example include:c.example -all a", b="a include:c.example -all", c="ptr -all")
    assert flat(lines(text)) == [
        (0, "mx", 1, 1),
        (0, "include:b.example", 4, 5),
        (1, "a", 1, 3),
        (1, "include:c.example", 2, 5),
        (2, "ptr", 1, 5),
        (2, "-all", 0, 5),
        (1, "-all", 0, 5),
        (0, "include:c.example", 2, 7),
        (0, "-all", 0, 7),
        (0, "a", 0, 7),
    ]
    assert value(spf_tree(HERE), text).lookups == Count(7)
    remarks = {line.text: line.remark for line in lines(text)}
    assert remarks == {
        "mx": "it finds nothing",
        "include:b.example": None,
        "include:c.example": "another include brings it",
        "-all": None,
        "a": "it stands behind all",
    }


@pytest.mark.parametrize(
    ("text", "remark", "reason"),
    [
        (zone(a="include:gone.example -all"), "the name that it includes does not exist", None),
        (zone(a="include:b.example -all", b="mxx -all"), "cannot be read at mxx", None),
        (zone(a="include:b.example -all", b="-all") + '\nb.example TXT "v=spf1 mx"', "2 SPF records", None),
        (zone(a="include:a.example -all"), "leads back here: a circle", None),
        (zone(a="redirect=gone.example"), "no such name", None),
        (zone(a="include:b.example -all") + "\n" + DEAD, None, "dns.timeout"),
        (zone(a="include:%{d}.b.example -all"), None, "spf.macro"),
    ],
)
def test_what_is_amiss_with_a_term_is_said(text: str, remark: str | None, reason: str | None) -> None:
    first = lines(text)[0]
    assert (first.remark, first.hole.reason if first.hole else None) == (remark, reason)


def test_providers_and_networks_are_named() -> None:
    text = (
        zone(a="include:_spf.google.com -all")
        + '\n_spf.google.com TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"'
    )
    first = lines(text)[0]
    assert first.provider == "Google Workspace and Gmail"
    assert (len(first.networks.ipv4), len(first.networks.ipv6), first.networks.whole) == (1, 1, True)


def test_a_fan_of_fans_is_cut() -> None:
    names = [f"f{n}" for n in range(40)]
    fan = " ".join(f"ip4:192.0.2.{n}" for n in range(30))
    text = zone(a=" ".join(f"include:{n}.example" for n in names), **dict.fromkeys(names, fan))
    found = outline(value(spf_tree(HERE), text), PROVIDERS)
    assert found.cut
    assert len(flat(found.lines)) == MAX_LINES


@pytest.mark.parametrize(
    ("record", "remove", "more", "text"),
    [
        ("mx +all", (), {}, "v=spf1 mx ~all"),
        ("mx include:gone.example +all", ("include:gone.example",), {}, "v=spf1 mx ~all"),
        ("mx include:gone.example all", (), {}, "v=spf1 mx ~all"),  # what is not there is left out
        (f"{NINE} mx a:x.example +all", (), NAMES, f"v=spf1 {NINE} mx ~all"),
        ("mx a ip4:0.0.0.0/0 -all", ("a",), {}, "v=spf1 mx -all"),
    ],
)
def test_no_plan_opens_a_domain(record: str, remove: tuple[str, ...], more: dict[str, str], text: str) -> None:
    found = plan(zone(a=record, **more), remove=remove)
    assert (found.closed, found.strangers) == (True, Known(()))
    assert found.mended.root.found == (text,)
    assert not any("+all" in way.text or "0.0.0.0" in way.text for way in found.ways)


@pytest.mark.parametrize("record", ["mx include:b.example -all", "include:gone.example mx include:b.example -all"])
def test_what_another_opens_is_told(record: str) -> None:
    found = plan(zone(a=record, b="+all"))
    assert (found.closed, found.strangers) == (False, Known(("+all",)))


def test_what_would_name_nobody_is_told() -> None:
    assert plan(zone(a="+all")).strangers == Known(("+all",))


def test_what_is_not_seen_is_not_taken_for_closed() -> None:
    assert isinstance(plan(zone(a="mx include:b.example -all") + "\n" + DEAD).strangers, Unknown)


def test_a_service_that_opens_is_not_moved_to_a_subdomain() -> None:
    found = plan(zone(a=f"{NINE} mx include:open.example -all", open="+all", **NAMES))
    assert not [w for w in found.ways if w.change.besides and "open" in w.change.term]


@pytest.mark.parametrize("added", ["+all", "all", "ip4:0.0.0.0/0", "a:h.example/0"])
def test_what_opens_cannot_be_planned(added: str) -> None:
    text = zone(a="mx include:gone.example -all") + "\nh.example A 192.0.2.1"
    found = value(spf_plan(HERE, (term(added),), (), PROVIDERS), text)
    assert isinstance(found, PlanFault)
    assert "would let everybody send" in str(found)


def test_halves_that_open_together_are_named_together() -> None:
    halves = (term("ip4:0.0.0.0/1"), term("ip4:128.0.0.0/1"))
    found = value(spf_plan(HERE, halves, (), PROVIDERS), zone(a="mx -all"))
    assert "“ip4:0.0.0.0/1” and “ip4:128.0.0.0/1” would let everybody send" in str(found)
