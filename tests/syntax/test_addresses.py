"""The table of special-use addresses: what must never be dialled on the word of a stranger, and what may be."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.addresses import NOT_AN_ADDRESS, collapsed, special_use, use_of_all
from audit.syntax.span import Network, Span, extent

SPECIAL = {
    "0.0.0.0": "this network",
    "10.0.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.1.1": "link-local",
    "169.254.169.254": "cloud metadata",
    "168.63.129.16": "cloud metadata",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.8": "protocol assignments",
    "192.0.0.9": "protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.0.1": "private",
    "198.18.0.1": "benchmarking",
    "198.19.255.255": "benchmarking",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "::ffff:10.0.0.1": "IPv4-mapped",
    "::ffff:0:10.0.0.1": "IPv4-translated",
    "64:ff9b::a9fe:a9fe": "cloud metadata",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b:1::1": "local NAT64",
    "100::1": "discard-only",
    "2001::1": "protocol assignments",
    "2001:db8::1": "documentation",
    "2002:a9fe:a9fe::": "6to4",
    "2002:7f00:1::": "6to4",
    "3fff::1": "documentation",
    "4000::1": "not global unicast",
    "5f00::1": "segment routing",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fe80::1": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
}
ORDINARY = (
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "168.63.129.17",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
    "64:ff9b::8.8.8.8",
)
NO_ADDRESS = (
    "",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "１２７.０.０.１",
    "fe80::1%eth0",
    "2606:4700::1%1",
    "8.8.8.8/32",
    "8.8.8.8 ",
    "[::1]",
)


@pytest.mark.parametrize(("address", "use"), SPECIAL.items())
def test_special_use(address: str, use: str) -> None:
    assert special_use(address) == use


@pytest.mark.parametrize("address", ORDINARY)
def test_ordinary(address: str) -> None:
    assert special_use(address) is None


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_a_library_might_take_for_an_address(text: str) -> None:
    assert special_use(text) == NOT_AN_ADDRESS


@pytest.mark.parametrize(
    ("address", "allowed", "use"),
    [
        ("203.0.113.9", ("203.0.113.0/24",), None),
        ("203.0.113.9", ("203.0.113.8/32",), "documentation"),
        ("2001:db8:25::1", ("203.0.113.0/24", "2001:db8:25::/64"), None),
        ("2001:db8:26::1", ("203.0.113.0/24", "2001:db8:25::/64"), "documentation"),
        ("64:ff9b::10.0.0.1", ("10.0.0.0/8",), None),
        ("::ffff:10.0.0.1", ("10.0.0.0/8",), "IPv4-mapped"),
        ("fe80::1%eth0", ("fe80::/10",), NOT_AN_ADDRESS),
    ],
)
def test_an_allowed_range_is_ordinary(address: str, allowed: tuple[str, ...], use: str | None) -> None:
    assert special_use(address, allowed) == use


def test_a_range_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="not-a-range"):
        special_use("8.8.8.8", ("not-a-range",))


@st.composite
def networks(draw: st.DrawFn) -> list[Network]:
    """Networks of one family, of which some hold others, and some stand side by side."""
    bits = draw(st.sampled_from([32, 128]))
    near = st.integers(0, 15) | st.integers(0, 15).map(lambda n: n << (bits - 4)) | st.integers(0, (1 << bits) - 1)
    lengths = st.integers(0, bits) | st.integers(bits - 4, bits) | st.integers(0, 5)
    drawn = draw(st.lists(st.tuples(near, lengths), max_size=30))
    if bits == 32:
        return [IPv4Network(each, strict=False) for each in drawn]
    return [IPv6Network(each, strict=False) for each in drawn]


@given(networks())
def test_networks_are_collapsed_as_the_library_does(several: list[Network]) -> None:
    assert list(collapsed(several)) == list(collapse_addresses(several))  # type: ignore[type-var]


@given(networks())
def test_each_address_of_networks_counts_once(several: list[Network]) -> None:
    assert extent(map(Span.of, several)) == sum(n.num_addresses for n in collapse_addresses(several))  # type: ignore[type-var,misc]


@pytest.mark.parametrize(
    ("network", "use"),
    [
        ("192.0.2.0/24", "documentation"),
        ("10.0.0.0/8", "private"),
        ("10.0.0.0/7", None),
        ("0.0.0.0/0", None),
        ("8.8.8.0/24", None),
        ("224.0.0.0/3", None),
        ("2001:db8::/32", "documentation"),
        ("fe80::/10", "link-local"),
        ("::/0", None),
        ("2000::/3", None),
        ("64:ff9b::a00:0/104", "private"),
    ],
)
def test_a_network_has_a_use_that_all_of_it_has(network: str, use: str | None) -> None:
    span = Span.of(ip_network(network))
    assert use_of_all(span) == use
    assert use_of_all(span, (network,)) is None
