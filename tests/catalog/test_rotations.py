"""Authorities that change their intermediates are known by the organization that those bear."""

from __future__ import annotations

import pytest

from audit.catalog.issuers import load_issuers
from audit.catalog.rotations import load_rotations, rotation_of


@pytest.mark.parametrize(
    ("organization", "name"),
    [
        ("Let's Encrypt", "Let's Encrypt"),
        ("let's encrypt", "Let's Encrypt"),
        ("Google Trust Services", "Google Trust Services"),
        ("DigiCert Inc", None),
        ("", None),
    ],
)
def test_an_authority_is_found(organization: str, name: str | None) -> None:
    found = rotation_of(organization)
    assert (found.name if found else None) == name


def test_each_is_an_authority_of_the_catalogue() -> None:
    known = {issuer.name for issuer in load_issuers().entries}
    assert {rotation.name for rotation in load_rotations()} <= known
