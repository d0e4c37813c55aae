"""Who runs a host, presumably: what a name alone tells."""

from __future__ import annotations

from audit.catalog.providers import load_providers
from audit.catalog.suffixes import registrable


def operator_of(host: str) -> str:
    """A provider of the catalogue, else the registrable domain of the host, else the host itself."""
    name = host.lower().rstrip(".")
    provider = load_providers().of_mx(name)
    if provider is not None:
        return provider.id
    try:
        return registrable(name) or name
    except ValueError:
        return name


def named_operator(host: str) -> str:
    """The same for a person: the provider by its name."""
    provider = load_providers().of_mx(host)
    return provider.name if provider is not None else operator_of(host)
