"""Authorities are known by the organization that their certificates name."""

from __future__ import annotations

import pytest

from audit.catalog.issuers import load_issuers


@pytest.mark.parametrize(
    ("organization", "domain"),
    [
        ("Let's Encrypt", "letsencrypt.org"),
        ("let's encrypt", "letsencrypt.org"),
        ("DigiCert Inc", "digicert.com"),
        ("Sectigo Limited", "sectigo.com"),
        ("Google Trust Services", "pki.goog"),
        ("Amazon", "amazonaws.com"),
    ],
)
def test_an_authority_is_found(organization: str, domain: str) -> None:
    found = load_issuers().of(organization)
    assert found is not None
    assert domain in found.domains


@pytest.mark.parametrize("organization", ["", "Let's Encrypt Ltd", "Snake Oil"])
def test_another_is_not(organization: str) -> None:
    assert load_issuers().of(organization) is None


def test_no_organization_stands_twice() -> None:
    all_of_them = [o.casefold() for e in load_issuers().entries for o in e.organizations]
    assert len(all_of_them) == len(set(all_of_them))
