"""Public resolvers are known by each of their addresses."""

from __future__ import annotations

import ipaddress

import pytest

from audit.catalog.resolvers import load_resolvers


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("8.8.8.8", "Google Public DNS"),
        ("8.8.4.4", "Google Public DNS"),
        ("2001:4860:4860::8888", "Google Public DNS"),
        ("2001:4860:4860:0:0:0:0:8844", "Google Public DNS"),
        ("::ffff:8.8.8.8", "Google Public DNS"),
        ("1.1.1.1", "Cloudflare"),
        ("1.0.0.3", "Cloudflare"),
        ("2606:4700:4700::1001", "Cloudflare"),
        ("9.9.9.9", "Quad9"),
        ("149.112.112.112", "Quad9"),
        ("2620:FE::FE", "Quad9"),
        ("208.67.222.222", "OpenDNS"),
        ("94.140.14.14", "AdGuard DNS"),
        ("185.228.168.9", "CleanBrowsing"),
        ("4.2.2.1", "Level 3"),
        ("4.2.2.6", "Level 3"),
        ("84.200.69.80", "DNS.WATCH"),
        ("77.88.8.8", "Yandex DNS"),
        ("64.6.64.6", "Verisign Public DNS"),
        ("8.26.56.26", "Comodo Secure DNS"),
        ("127.0.0.1", None),
        ("::1", None),
        ("192.0.2.53", None),
        ("8.8.8.8.8", None),
        ("dns.google", None),
        ("", None),
    ],
)
def test_name_of(address: str, name: str | None) -> None:
    assert load_resolvers().name_of(address) == name


def test_each_address_is_one_service() -> None:
    addresses = [ipaddress.ip_address(a) for entry in load_resolvers().entries for a in entry.addresses]
    assert len(addresses) == len(set(addresses))
    assert all(address.is_global for address in addresses)


def test_what_filters_nothing_is_one_of_the_addresses() -> None:
    entries = load_resolvers().entries
    assert all(set(entry.unfiltered) <= set(entry.addresses) for entry in entries)
    assert sum(bool(entry.unfiltered) for entry in entries) >= 5
