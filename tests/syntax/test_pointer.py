"""Names of addresses that were made by rule."""

from __future__ import annotations

import pytest

from audit.syntax.pointer import generic_by
from tests.timing import within

IPV4, IPV6 = "192.0.2.10", "2001:db8:1:2::a10"
ADDRESS = "the address"


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("mx.story.example", None),
        ("mail-10.story.example", None),
        ("mx2-10.story.example", None),  # two octets of three digits may be chance
        ("mail.2026.example", None),
        ("mailhost.story.example", None),  # `host` is no label of its own
        ("ip.story.example", None),  # no number
        ("192-0-2-10.story.example", ADDRESS),
        ("10.2.0.192.story.example", ADDRESS),
        ("h192-000-002-010.story.example", ADDRESS),
        ("192x0x2x10.story.example", ADDRESS),
        ("host-2-0-192.story.example", ADDRESS),
        ("192000002010.story.example", ADDRESS),
        ("c000020a.story.example", ADDRESS),
        ("0a0200c0.story.example", ADDRESS),
        ("3221225994.story.example", ADDRESS),
        ("dyn1.story.example", "dyn"),
        ("a.dynamic-7.story.example", "dynamic"),
        ("dsl.3.story.example", "dsl"),
        ("user99.story.example", "user"),
        ("residential4.story.example", "residential"),
        ("static-7.story.example", "static"),
        ("static7.pool8.story.example", "pool"),
        ("", None),
    ],
)
def test_ipv4(name: str, by: str | None) -> None:
    assert generic_by(name, IPV4) == by


@pytest.mark.parametrize(
    ("name", "address", "generic"),
    [
        ("203-113.isp.example", "203.113.9.9", True),  # two octets of six digits are no chance
        ("1-2.isp.example", "10.9.1.2", False),
        ("9-1-2.isp.example", "10.9.1.2", True),
    ],
)
def test_how_many_octets_count(name: str, address: str, generic: bool) -> None:
    assert (generic_by(name, address) == ADDRESS) is generic


@pytest.mark.parametrize(
    ("name", "generic"),
    [
        ("mx.story.example", False),
        ("20010db800010002000000000a10.story.example", False),  # some digits are missing
        ("20010db8000100020000000000000a10.story.example", True),
        ("2001-db8-1-2--a10.story.example", True),
        ("2001.db8.story.example", True),
        ("1-2.story.example", False),
        ("0.1.a.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.story.example", True),
    ],
)
def test_ipv6(name: str, generic: bool) -> None:
    assert (generic_by(name, IPV6) == ADDRESS) is generic


@pytest.mark.parametrize("address", [IPV4, IPV6])
@pytest.mark.parametrize("part", ["1-", "dyn", "a.", "0", "residential.", "192-0-2-", "2001-db8-", "ip-ip", "\\000"])
def test_a_hostile_name_costs_no_more_than_any(part: str, address: str) -> None:
    name = part * (64 * 1024 // len(part))
    assert within(0.2, lambda: generic_by(name, address))
