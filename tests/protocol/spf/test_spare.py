"""What SPF records could do without, and which networks they come to."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from audit.model.subject import Domain
from audit.protocol.spf.networks import MAX_REFUSED, Held, Networks, Reader
from audit.protocol.spf.spare import Spare, spare_terms, spared
from audit.protocol.spf.tree import SpfTree, spf_tree
from tests.protocol.spf.test_tree import DEAD, zone
from tests.protocol.walking import value

VOID, DEAD_NAME, DUPLICATE, COVERED, INCLUDED = (
    Spare.VOID, Spare.DEAD, Spare.DUPLICATE, Spare.COVERED, Spare.INCLUDED
)  # fmt: skip
WIDE, WITH_C = "ip4:192.0.2.0/24", "include:c.example mx -all"
REFUSED = " ".join(f"-ip4:198.51.100.{n * 2}" for n in range(MAX_REFUSED + 1))
HOST = "\nh.example A 192.0.2.1\nh.example AAAA 2001:db8::1\n"


def tree(text: str) -> SpfTree:
    return value(spf_tree(Domain("a.example")), text + HOST)


@pytest.mark.parametrize(
    ("text", "spare"),
    [
        (zone(a="mx:h.example include:gone.example -all"), {"mx:h.example": VOID, "include:gone.example": DEAD_NAME}),
        (zone(a="include:h.example -all"), {"include:h.example": Spare.NONE}),
        (zone(a="a:x.example exists:x.example a:h.example -all"), {"a:x.example": VOID, "exists:x.example": VOID}),
        (zone(a="a:h.example A:H.example +a:h.example -all"), {"A:H.example": DUPLICATE, "+a:h.example": DUPLICATE}),
        (zone(a="a:h.example ?a:h.example -all"), {}),
        (zone(a="ip4:192.0.2.0/24 a:h.example ip4:192.0.2.9 -all"), {"ip4:192.0.2.9": COVERED}),
        (zone(a="ip4:192.0.2.0/24 ip6:2001:db8::/32 a:h.example -all"), {"a:h.example": COVERED}),
        (zone(a="-ip4:192.0.2.1 ip4:192.0.2.0/24 ip4:192.0.2.9 -all"), {}),  # the order matters
        (zone(a="?ip4:192.0.2.0/24 ip4:192.0.2.9 -all"), {}),
        (zone(a="include:b.example ip4:192.0.2.9 -all", b=f"~ip4:192.0.2.9 {WIDE} -all"), {}),
        (zone(a="include:b.example ip4:192.0.2.9 -all", b=f"{WIDE} -all"), {"ip4:192.0.2.9": COVERED}),
        (zone(a=f"{WIDE} include:b.example -all", b="ip4:192.0.2.9 -all"), {"include:b.example": COVERED}),
        (zone(a=f"{WIDE} include:b.example -all", b="ip4:192.0.2.9 mx -all"), {}),  # more than is known
        (zone(a=f"{WIDE} include:b.example -all", b="-ip4:192.0.2.9 ip4:192.0.2.9 -all"), {}),
        (zone(a="include:b.example include:c.example -all", b=WITH_C, c="mx -all"), {"include:c.example": INCLUDED}),
        (zone(a="include:c.example include:b.example -all", b=WITH_C, c="mx -all"), {"include:c.example": INCLUDED}),
        (zone(a="include:b.example include:c.example -all", b=f"?{WITH_C}", c="mx -all"), {}),
        (zone(a="include:b.example include:c.example -all", b="include:c.example", c="include:b.example"), {}),
        (zone(a="include:b.example ip4:192.0.2.9 -all", b=f"{WIDE} include:a.example -all"), {}),  # a circle
        (zone(a="mx -all a:h.example"), {"mx": VOID, "a:h.example": Spare.BEHIND}),
        (zone(a="include:b.example exists:%{i}.x.example ptr -all") + "\n" + DEAD, {}),
    ],
)
def test_terms_that_could_go(text: str, spare: dict[str, Spare]) -> None:
    assert {s.term.text: s.why for s in spare_terms(tree(text))} == spare


def test_the_record_without_them() -> None:
    found = tree(zone(a="a:h.example a:h.example include:gone.example -all mx"))
    assert spared(found, Spare.DUPLICATE) == "v=spf1 a:h.example include:gone.example -all mx"
    assert spared(found, *Spare) == "v=spf1 a:h.example -all"
    assert spared(found, Spare.VOID) is None


@pytest.mark.parametrize(
    ("text", "networks", "whole"),
    [
        ("ip4:192.0.2.0/25 ip4:192.0.2.128/25 ip6:2001:db8::1 -all", ("192.0.2.0/24", "2001:db8::1/128"), True),
        ("a:h.example -all", ("192.0.2.1/32", "2001:db8::1/128"), True),
        ("a:h.example/24//64 -all", ("192.0.2.0/24", "2001:db8::/64"), True),
        ("mx ip4:192.0.2.1 -all", ("192.0.2.1/32",), False),
        ("?ip4:192.0.2.1 ip4:192.0.2.2 -all", ("192.0.2.2/32",), True),
        ("-ip4:192.0.2.6 ip4:192.0.2.6 ip4:203.0.113.0/24 -all", ("203.0.113.0/24",), True),
        ("-ip4:192.0.2.1 ip4:192.0.2.0/30 ip6:::1 -all", ("192.0.2.0/32", "192.0.2.2/31", "::1/128"), True),
        ("~include:c.example ip4:192.0.2.6/31 -all", ("192.0.2.6/32",), True),
        ("ip4:192.0.2.6 -ip4:192.0.2.6 -all", ("192.0.2.6/32",), True),  # it was let send before
        ("-ip6:::/0 redirect=c.example", ("192.0.2.7/32",), True),
        ("-ip4:192.0.2.7 redirect=c.example", (), True),
        ("-mx ip4:192.0.2.6 -all", ("192.0.2.6/32",), False),  # whose addresses are not known
        (f"{REFUSED} ip4:192.0.2.0/30 -all", ("192.0.2.0/30",), False),
        ("include:c.example -all", ("192.0.2.7/32",), True),
        ("redirect=c.example", ("192.0.2.7/32",), True),
        ("include:%{d}.example -all", (), False),
        ("include:gone.example -all", (), False),
        ("ip4:192.0.2.1 +all", ("192.0.2.1/32",), False),
        ("oops ip4:192.0.2.1 -all", ("192.0.2.1/32",), False),
    ],
)
def test_networks_of_a_record(text: str, networks: tuple[str, ...], whole: bool) -> None:
    found = Reader.of(tree(zone(a="include:b.example -all", b=text, c="ip4:192.0.2.7 -all"))).record("b.example")
    assert (tuple(map(str, found.all)), found.whole) == (networks, whole)


def test_networks_lie_in_wider_ones() -> None:
    held = Held()
    held.add([ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"), ip_network("0.0.0.0/8")])
    for inside in ("192.0.2.0/24", "192.0.2.9/32", "2001:db8:1::/48", "0.1.2.3/32"):
        assert held.hold(Networks.of([ip_network(inside)])), inside
    for outside in ("192.0.2.0/23", "192.0.3.1/32", "2001:db9::/48", "::/32"):
        assert not held.hold(Networks.of([ip_network(outside)])), outside
    assert not held.hold(Networks.of([ip_network("192.0.2.9")], whole=False))
    assert not held.hold(Networks())
