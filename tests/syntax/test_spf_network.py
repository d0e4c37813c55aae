"""Networks as terms of SPF write them."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.spf import parse
from audit.syntax.spf_network import NetworkFault, network

PIECES = st.sampled_from(["0", "1", "ab", "FfFf", "12345", "g", "", ":", "::", ":::", ".", "192.0.2.1", "%", "/"])
NAME = {4: "ip4", 6: "ip6"}


@pytest.mark.parametrize(
    ("name", "rest", "expected"),
    [
        ("ip4", ":192.0.2.1", "192.0.2.1/32"),
        ("ip4", ":192.0.2.255/24", "192.0.2.0/24"),
        ("ip4", ":0.0.0.0/0", "0.0.0.0/0"),
        ("ip4", "", "missing address"),
        ("ip4", ":", "missing address"),
        ("ip4", "/24", "missing address"),
        ("ip4", ":192.0.2", "bad address"),
        ("ip4", ":192.0.2.01", "bad address"),
        ("ip4", ":192.0.2.256", "bad address"),
        ("ip4", ":::1", "bad address"),
        ("ip4", ":192.0.2.1/", "bad prefix length"),
        ("ip4", ":192.0.2.1/08", "bad prefix length"),
        ("ip4", ":192.0.2.1/33", "bad prefix length"),
        ("ip4", ":192.0.2.1/1000", "bad prefix length"),
        ("ip6", ":::", "::/128"),
        ("ip6", ":::/0", "::/0"),
        ("ip6", ":2001:DB8::1/64", "2001:db8::/64"),
        ("ip6", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128"),
        ("ip6", ":1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8/128"),
        ("ip6", ":::ffff:192.0.2.1/96", "::ffff:0:0/96"),
        ("ip6", ":1::2:3:4:5:6:7:8", "bad address"),
        ("ip6", ":1:2:3:4:5:6:7", "bad address"),
        ("ip6", ":1:2:3:4:5:6:7:8:9", "bad address"),
        ("ip6", ":12345::", "bad address"),
        ("ip6", ":1:::2", "bad address"),
        ("ip6", ":1::2::3", "bad address"),
        ("ip6", ":192.0.2.1", "bad address"),
        ("ip6", ":fe80::1%eth0", "bad prefix length"),
        ("ip6", ":::1/129", "bad prefix length"),
    ],
)
def test_networks(name: str, rest: str, expected: str) -> None:
    try:
        found = str(network(name, rest).network)
    except NetworkFault as fault:
        found = str(fault)
    assert found == expected


@given(st.one_of(st.ip_addresses(v=6).map(str), st.ip_addresses(v=6).map(lambda a: a.exploded)))
def test_each_address_is_read_as_it_was_written(address: str) -> None:
    assert network("ip6", f":{address}/64").network == IPv6Network((address, 64), strict=False)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_other_text_is_an_address_than_the_library_takes_for_one(text: str) -> None:
    """Also where it is read without its help."""
    try:
        expected = str(IPv6Address(text)) if "%" not in text else None
    except ValueError:
        expected = None
    try:
        found = str(network("ip6", f":{text}").network.network_address)
    except NetworkFault:
        found = None
    assert found == expected


LENGTHS = st.sampled_from(["", "/", "/0", "/00", "/8", "/32", "/33", "/099", "/128", "/129", "/1280"])
OCTETS = st.lists(st.sampled_from(["0", "00", "1", "01", "9", "10", "99", "199", "255", "256", "999", "1000", ""]))


@given(
    st.tuples(st.just("ip6"), st.lists(PIECES, max_size=12).map("".join), LENGTHS)
    | st.tuples(st.just("ip6"), st.ip_addresses(v=6).map(str), LENGTHS)
    | st.tuples(st.just("ip4"), st.ip_addresses(v=4).map(str), LENGTHS)
    | st.tuples(st.just("ip4"), OCTETS.map(lambda octets: ".".join(octets[:4])), LENGTHS)
)
def test_a_record_names_the_same_networks(term: tuple[str, str, str]) -> None:
    """Of the usual ways to write one, it reads a term in one go."""
    name, address, length = term
    try:
        expected = [network(name, f":{address}{length}")]
    except NetworkFault:
        expected = []
    record = parse(f"v=spf1 {name}:{address}{length}")
    assert [t.span for t in record.terms] == expected
    assert bool(record.problems) == (not expected)
