"""The catalogue's files: facts about the world, kept as TOML (toml.io v1.0) and held to a published schema.

Lists, providers and resolvers change while protocols don't, so they are data. An entry says where it comes from
(`source`) and when somebody last looked (`checked`). A file may open with `[defaults.<section>]`: what its entries need
not repeat. The files together make one document, `schemas/catalog.json`; it is checked whole, once, when first read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from audit import contract

T = TypeVar("T")

LISTS: Mapping[str, tuple[str, ...]] = {
    "blocklists.toml": ("blocklists", "dead"),
    "providers.toml": ("providers",),
    "resolvers.toml": ("resolvers",),
    "anchors.toml": ("anchors",),
    "issuers.toml": ("issuers",),
    "lifetimes.toml": ("lifetimes",),
    "rotations.toml": ("rotations",),
    "replies.toml": (
        "reply_classes",
        "reply_speakers",
        "reply_codes",
        "enhanced_codes",
        "reply_remedies",
        "reply_patterns",
    ),
    "bounces.toml": ("bounce_forms", "bounce_lines", "bounce_reasons"),
    "stages.toml": ("stages",),
    "advice.toml": ("advice",),
    "migration.toml": ("migrations",),
}
SELECTORS = "selectors.toml"
PROFILES = "profiles"


class CatalogError(ValueError):
    """The catalogue is broken, or does not hold what the user asked for; the message is a sentence for a person."""


def files(folder: Traversable) -> tuple[tuple[str, bytes], ...]:
    """The catalogue's files in their order, each by its path below the folder.

    Raises:
        CatalogError: one is missing.
    """
    profiles = sorted(f.name for f in folder.joinpath(PROFILES).iterdir() if f.name.endswith(".toml"))
    names = (*LISTS, SELECTORS, *(f"{PROFILES}/{name}" for name in profiles))
    try:
        return tuple((name, folder.joinpath(*name.split("/")).read_bytes()) for name in names)
    except OSError as error:
        raise CatalogError(f"The catalogue cannot be read: {error}.") from None


def read(folder: Traversable) -> dict[str, Any]:
    """The whole catalogue as plain values, in agreement with the published schema.

    Raises:
        CatalogError: a file is not TOML or does not agree; the message names the file and the place in it.
    """
    document: dict[str, Any] = {PROFILES: []}
    homes: dict[str, str] = {"selectors": SELECTORS}
    for name, content in files(folder):
        table = _parsed(name, content)
        if name in LISTS:
            sections = LISTS[name]
            document |= _sections(name, table, sections)
            homes |= dict.fromkeys(sections, name)
        elif name == SELECTORS:
            document["selectors"] = table
        else:
            homes[f"{PROFILES}/{len(document[PROFILES])}"] = name
            document[PROFILES].append(table)
    try:
        contract.check("catalog", contract.dump(document))
    except contract.ContractError as error:
        raise CatalogError(f"{_home(str(error), homes)}: {error}") from None
    return document


def section(name: str, type_: type[T]) -> T:
    """A part of the catalogue that is shipped, typed."""
    return contract.convert(_shipped()[name], type_)


def digest() -> str:
    """The SHA-256 (hex) of every shipped file, with its name, in order."""
    return contract.sha256(*(part for name, content in files(shipped()) for part in (name.encode(), content)))


def shipped() -> Traversable:
    """The folder that is installed with the package."""
    return resources.files("audit.catalog")


@cache
def _shipped() -> dict[str, Any]:
    return read(shipped())


def _parsed(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CatalogError(f"{name}: not TOML: {error}") from None


def _sections(name: str, table: dict[str, Any], sections: tuple[str, ...]) -> dict[str, Any]:
    """The lists of a file, each entry laid over the section's defaults."""
    defaults = table.pop("defaults", {})
    for found, where in ((table, ""), (defaults, "defaults.")):
        stray = sorted(set(found) - set(sections)) if isinstance(found, dict) else ["must be a table"]
        if stray:
            raise CatalogError(f"{name}: {where}{stray[0]}: this file holds {' and '.join(sections)} only")
    for section, values in defaults.items():
        if not isinstance(values, dict):
            raise CatalogError(f"{name}: defaults.{section}: must be a table")
    return {section: _filled(table.get(section, []), defaults.get(section, {})) for section in sections}


def _filled(entries: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(entries, list):
        return entries  # the schema says what is wrong with it
    return [{**defaults, **entry} if isinstance(entry, dict) else entry for entry in entries]


def _home(message: str, homes: Mapping[str, str]) -> str:
    """The file in which an error's place (`/providers/3/kind: …`) is to be looked for."""
    place = message.partition(":")[0].strip("/").split("/")
    return homes.get("/".join(place[:2])) or homes.get(place[0]) or "catalog"
