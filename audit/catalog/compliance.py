"""Compliance profiles: what receivers, regulators and industry bodies ask of domains, as data.

A file a profile, `compliance/<id>.toml`, as `schemas/compliance-profile.json` has it. They say nothing of how rules
judge, so they are no part of the digest of judgement: evidence is judged by a profile that is younger than it. Each has
a digest of its own instead.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from audit import contract
from audit.catalog import tables
from audit.catalog.tables import CatalogError
from audit.model.compliance import ComplianceProfile
from audit.syntax.toml import Toml, TomlFault, parse

FOLDER = "compliance"
SCHEMA = "compliance-profile"


@cache
def compliance_profiles() -> tuple[ComplianceProfile, ...]:
    """All compliance profiles that are shipped, by id.

    Raises:
        CatalogError: one is broken.
    """
    folder = tables.shipped().joinpath(FOLDER)
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(_shipped(file.name, file.read_bytes()) for file in files)


def compliance_names() -> tuple[str, ...]:
    """The ids by which a compliance profile is asked for."""
    return tuple(profile.id for profile in compliance_profiles())


def load_compliance(name: str) -> ComplianceProfile:
    """The compliance profile of that id.

    Raises:
        CatalogError: there is none; the message suggests the nearest, or says which there are.
    """
    for profile in compliance_profiles():
        if profile.id == name:
            return profile
    near = difflib.get_close_matches(name[:100].lower(), compliance_names(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there is {', '.join(compliance_names())}."
    raise CatalogError(f"There is no compliance profile {name[:100]!r}: {hint}")


def made(value: Mapping[str, Any], octets: bytes) -> ComplianceProfile:
    """The profile of a file that agrees with the schema.

    Raises:
        ContractError: it doesn't.
    """
    return contract.convert({**value, "digest": hashlib.sha256(octets).hexdigest()}, ComplianceProfile)


def _shipped(name: str, octets: bytes) -> ComplianceProfile:
    read = parse(octets)
    if isinstance(read, TomlFault):
        raise CatalogError(f"{FOLDER}/{name}:{read.line}:{read.column}: {read.message}.")
    for error in contract.errors(SCHEMA, read.value):
        raise CatalogError(f"{FOLDER}/{name}:{_place(read, tuple(error.absolute_path))}: {error.message[:500]}")
    return made(read.value, octets)


def _place(read: Toml, path: tuple[str | int, ...]) -> str:
    line, column = read.place(path)
    return f"{line}:{column}"
