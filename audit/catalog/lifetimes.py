"""How long certificates of public authorities may be valid: the CA/Browser Forum shortens it step by step."""

from __future__ import annotations

from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """The most days that a certificate may be valid which was issued on this day or later."""

    issued_from: date
    most_days: int
    source: str
    checked: date


@cache
def load_lifetimes() -> tuple[Lifetime, ...]:
    """The steps that are shipped, the newest first.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return tuple(sorted(tables.section("lifetimes", tuple[Lifetime, ...]), key=lambda each: each.issued_from)[::-1])


def most_days(issued: date) -> int | None:
    """For how many days a certificate that was issued on that day may be valid; null before there was a limit."""
    return next((each.most_days for each in load_lifetimes() if issued >= each.issued_from), None)
