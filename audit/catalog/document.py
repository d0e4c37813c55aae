"""The catalogue as one JSON document, for other programs: `schemas/catalog.json` describes it."""

from __future__ import annotations

from dataclasses import dataclass

from audit import contract
from audit.catalog.anchors import TrustAnchor, load_anchors
from audit.catalog.blocklists import Blocklist, DeadZone, load_blocklists
from audit.catalog.issuers import Issuer, load_issuers
from audit.catalog.lifetimes import Lifetime, load_lifetimes
from audit.catalog.profiles import Profile, profiles
from audit.catalog.providers import Provider, load_providers
from audit.catalog.resolvers import Resolver, load_resolvers
from audit.catalog.selectors import Selectors, load_selectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that the catalogue knows."""

    blocklists: tuple[Blocklist, ...]
    dead: tuple[DeadZone, ...]
    providers: tuple[Provider, ...]
    selectors: Selectors
    resolvers: tuple[Resolver, ...]
    anchors: tuple[TrustAnchor, ...]
    issuers: tuple[Issuer, ...]
    lifetimes: tuple[Lifetime, ...]
    profiles: tuple[Profile, ...]


def catalog() -> Catalog:
    """The catalogue that is shipped.

    Raises:
        CatalogError: it is broken.
    """
    lists = load_blocklists()
    return Catalog(
        blocklists=lists.entries,
        dead=lists.dead,
        providers=load_providers().entries,
        selectors=load_selectors(),
        resolvers=load_resolvers().entries,
        anchors=load_anchors(),
        issuers=load_issuers().entries,
        lifetimes=load_lifetimes(),
        profiles=profiles(),
    )


def document() -> bytes:
    """The catalogue as indented JSON; dates are written YYYY-MM-DD."""
    return contract.pretty(catalog())
