"""What a provider expects in the zone of a domain whose mail it takes: where a move is to lead.

The provider's hosts stand in the MX records (RFC 5321 section 5.1), what it sends by in the SPF record (RFC 7208), its
keys at DKIM selectors (RFC 6376), and names by which programs find it are aliases or SRV records (RFC 6186). Some of
these hold a word that only the provider's console shows; such a word is a placeholder, and is never guessed.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables
from audit.catalog.providers import Provider, Providers, load_providers
from audit.model.value import dataclass

OWN = "own"
OWN_NAME = "servers of your own, or of a provider that is not listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRecord:
    """A record that the provider expects. `name` is relative to the domain, empty for the domain itself; it and `value`
    may hold placeholders in braces."""

    role: Literal["mx", "dkim", "clients", "verification"]
    name: str
    type: Literal["MX", "TXT", "CNAME", "SRV"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationValue:
    """A placeholder: what it stands for, and where the administrator finds it."""

    key: str
    kind: Literal["host", "hosts", "text", "word", "term"]
    what: str
    where: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A goal of a move. `id` is that of a provider, or `own`. `spf` are terms of an SPF record. `dane`: the provider
    has hosts with TLSA records in a signed zone, for domains that want them."""

    id: str
    aliases: tuple[str, ...]
    spf: tuple[str, ...]
    records: tuple[MigrationRecord, ...]
    values: tuple[MigrationValue, ...]
    notes: tuple[str, ...]
    dane: bool
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    entries: tuple[Migration, ...]

    def of(self, word: str) -> Migration | None:
        """The goal that a word names, in any case; None where nothing is known of it."""
        wanted = word.strip().casefold()
        return next((e for e in self.entries if wanted in {e.id, *e.aliases}), None)


def provider_of(goal: Migration, providers: Providers | None = None) -> Provider | None:
    """The provider that a goal leads to; None where it leads to servers of one's own."""
    known = providers or load_providers()
    return None if goal.id == OWN else known[goal.id]


def name_of(goal: Migration) -> str:
    """A goal's name, for people."""
    provider = provider_of(goal)
    return provider.name if provider else OWN_NAME


@cache
def load_migrations() -> Migrations:
    """The goals that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Migrations(entries=tables.section("migrations", tuple[Migration, ...]))
