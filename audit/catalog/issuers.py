"""Certification authorities, and the names by which a CAA record lets them issue (RFC 8659 section 4.2).

A certificate names its issuer as an organization, a CAA record by a domain name. Which belongs to which, only the
authorities' own statements say. The list holds those that mail servers mostly have; of another it can't be told
whether a record would let it issue.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authority: the organizations that its certificates name as issuer, and its names in CAA records."""

    name: str
    organizations: tuple[str, ...]
    domains: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuers:
    entries: tuple[Issuer, ...]

    def __hash__(self) -> int:
        """A run has one or two of these, which are in the identity of hundreds of inquiries a domain: to tell them
        apart by their size is enough."""
        return len(self.entries)

    def of(self, organization: str) -> Issuer | None:
        """The authority behind an issuer's organization, or None for one that is not known."""
        wanted = organization.casefold()
        return next((e for e in self.entries if any(o.casefold() == wanted for o in e.organizations)), None)


@cache
def load_issuers() -> Issuers:
    """The authorities that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Issuers(entries=tables.section("issuers", tuple[Issuer, ...]))
