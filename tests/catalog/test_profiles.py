"""Profiles are found by name."""

from __future__ import annotations

import pytest

from audit.catalog.profiles import Thresholds, load_profile, profile_names
from audit.catalog.tables import CatalogError


def test_baseline_changes_nothing() -> None:
    baseline = load_profile("baseline")
    assert baseline.thresholds == Thresholds()
    assert (dict(baseline.severities), baseline.without) == ({}, ())


def test_names() -> None:
    assert "baseline" in profile_names()
    assert len(profile_names()) == len(set(profile_names()))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("basline", "did you mean 'baseline'?"),
        ("BASELINE", "did you mean 'baseline'?"),
        ("zzz", "there is baseline, migration."),
        ("../../etc/passwd", "there is baseline, migration."),
        ("x" * 5000, "there is baseline, migration."),
    ],
)
def test_a_profile_that_is_not_there(name: str, said: str) -> None:
    with pytest.raises(CatalogError, match="There is no profile") as caught:
        load_profile(name)
    assert str(caught.value).endswith(said)
    assert len(str(caught.value)) < 300


def test_migration_is_baseline_with_a_ceiling_on_lifetimes() -> None:
    migration = load_profile("migration")
    assert migration.thresholds == Thresholds(ttl_ceiling=300)
    assert (dict(migration.severities), migration.without) == ({}, ())
