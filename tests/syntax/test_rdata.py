"""Which texts have the form of their type."""

from __future__ import annotations

import pytest

from audit.syntax.rdata import well_formed


@pytest.mark.parametrize(
    ("rdtype", "text", "well"),
    [
        ("A", "192.0.2.1", True),
        ("A", "192.0.2.256", False),
        ("A", "192.0.2.01", False),
        ("A", "2001:db8::1", False),
        ("A", "", False),
        ("AAAA", "2001:db8::1", True),
        ("AAAA", "::ffff:192.0.2.1", True),
        ("AAAA", "192.0.2.1", False),
        ("AAAA", "fe80::1%eth0", False),
        ("MX", "10 mx.example.", True),
        ("MX", "0 .", True),
        ("MX", "65535 mx.example.", True),
        ("MX", "123456 mx.example.", False),
        ("MX", "-1 mx.example.", False),
        ("MX", "１０ mx.example.", False),
        ("MX", "mx.example.", False),
        ("MX", "10 mx.example. more", False),
        ("MX", "", False),
        ("TXT", "", True),
        ("PTR", "anything", True),
    ],
)
def test_the_form_of_a_record(rdtype: str, text: str, *, well: bool) -> None:
    assert well_formed(rdtype, text) is well
