"""DKIM selectors that are in use at many domains (RFC 6376 section 3.1).

A domain's selectors cannot be listed: they are names below `_domainkey`, each chosen by whoever signs. Where the owner
does not tell them, all that is left is to try the names that signers usually choose.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Selector names, the likeliest first; lower case, as DNS compares names without case (RFC 4343)."""

    names: tuple[str, ...]
    source: str
    checked: date


@cache
def load_selectors() -> Selectors:
    """The selectors that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return tables.section("selectors", Selectors)
