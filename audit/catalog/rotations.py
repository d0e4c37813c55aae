"""Authorities that change the intermediates which they issue from, without asking those who have their certificates."""

from __future__ import annotations

from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """An authority, by the organizations that its intermediates bear, and of how many intermediates any may issue the
    next certificate for one kind of key."""

    name: str
    organizations: tuple[str, ...]
    intermediates: int
    source: str
    checked: date


@cache
def load_rotations() -> tuple[Rotation, ...]:
    """The authorities that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return tables.section("rotations", tuple[Rotation, ...])


def rotation_of(organization: str) -> Rotation | None:
    """The authority behind an organization, None for one that is not known to change its intermediates."""
    wanted = organization.casefold()
    return next((r for r in load_rotations() if any(o.casefold() == wanted for o in r.organizations)), None)
