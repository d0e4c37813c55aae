"""The guard: it judges by the table, and the user's ranges are ordinary."""

from __future__ import annotations

import pytest

from audit.network.guard import Guard


@pytest.mark.parametrize(
    ("address", "allow_net", "refusal"),
    [
        ("8.8.8.8", (), None),
        ("127.0.0.1", (), "loopback"),
        ("64:ff9b::a9fe:a9fe", (), "cloud metadata"),
        ("203.0.113.1", (), "documentation"),
        ("203.0.113.1", ("203.0.113.0/24",), None),
        ("198.51.100.1", ("203.0.113.0/24",), "documentation"),
        ("mail.example", (), "not an address"),
    ],
)
def test_refusals(address: str, allow_net: tuple[str, ...], refusal: str | None) -> None:
    assert Guard(allow_net).refusal(address) == refusal


@pytest.mark.parametrize("range_", ["203.0.113.1/24", "everything", "10.0.0.0/33"])
def test_a_range_that_is_none_is_told_at_once(range_: str) -> None:
    with pytest.raises(ValueError):
        Guard((range_,))
