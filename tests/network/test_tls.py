"""What is said in a ClientHello about whom we want to see (RFC 6066 section 3)."""

from __future__ import annotations

import pytest

from audit.network.tls import server_name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mx.example.org", "mx.example.org"),
        ("mx.example.org.", "mx.example.org"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("[2001:db8::1]", None),
        ("", None),
        ("stra\u00dfe.example", None),
        ("_odd.example.org", "_odd.example.org"),
    ],
)
def test_server_name(host: str, name: str | None) -> None:
    assert server_name(host) == name
