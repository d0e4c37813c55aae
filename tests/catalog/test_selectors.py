"""Selectors in wide use."""

from __future__ import annotations

from audit.catalog.providers import load_providers
from audit.catalog.selectors import load_selectors


def test_the_likeliest_come_first() -> None:
    names = load_selectors().names
    assert names[:7] == ("google", "selector1", "selector2", "default", "dkim", "mail", "s1")
    assert len(names) == 83


def test_names_are_unique_and_lower_case() -> None:
    names = load_selectors().names
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)


def test_selectors_of_providers_are_lower_case_too() -> None:
    assert all(s == s.lower() for provider in load_providers().entries for s in provider.selectors)
