"""A changed file changes the digest."""

from __future__ import annotations

from audit import contract
from audit.catalog import tables
from audit.catalog.digest import catalog_digest


def test_every_file_counts_with_its_name_and_octets() -> None:
    names = [name for name, _ in tables.files(tables.shipped())]
    shipped = sorted(p.name for p in tables.shipped().iterdir() if p.name.endswith(".toml"))
    assert sorted(n for n in names if "/" not in n) == shipped, "no file is left out"
    parts = [part for name, content in tables.files(tables.shipped()) for part in (name.encode(), content)]
    assert catalog_digest() == contract.sha256(*parts)
    assert catalog_digest() != contract.sha256(*parts[:-1], parts[-1] + b"#")
