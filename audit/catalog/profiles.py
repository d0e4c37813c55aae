"""Profiles: which rules are judged, how grave a failure is, and where the limits lie.

RFCs say what must be; how much of it somebody wants to be told differs. So limits, severities and selection are data.
Profile `baseline` holds what RFC 7208, RFC 8301, RFC 9325 and the CA/Browser Forum's lifetimes ask of everybody.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from functools import cache

from audit.catalog import tables
from audit.catalog.tables import CatalogError
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers by which rules decide. Lifetimes are in days, keys in bits, a share is of 1.

    A certificate expires soon when less than `cert_expiring_days` is left, or less than `cert_expiring_share` of its
    lifetime but at least `cert_expiring_floor_days`, whichever is the less; one that lives no longer than
    `cert_short_lived_days` when less than `cert_short_lived_threshold_days` is left.
    """

    spf_lookups: int = 10
    spf_voids: int = 2
    cert_expiring_days: int = 30
    cert_expiring_floor_days: int = 7
    cert_expiring_share: float = 0.2
    cert_short_lived_days: int = 10
    cert_short_lived_threshold_days: int = 1
    dkim_min_bits: int = 1024
    dkim_good_bits: int = 2048
    rsa_key_min: int = 1024
    rsa_key_good: int = 2048
    ec_key_min: int = 224
    ttl_ceiling: int = 0  # seconds; 0: no move is planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A view on the rules. `severities` overrides a rule's own by its id; `without` names rules that are left out."""

    id: str
    name: str
    description: str
    thresholds: Thresholds
    severities: Mapping[str, str]
    without: tuple[str, ...]
    source: str
    checked: date


@cache
def profiles() -> tuple[Profile, ...]:
    """All profiles that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return tables.section("profiles", tuple[Profile, ...])


def profile_names() -> tuple[str, ...]:
    """The ids by which a profile is asked for."""
    return tuple(profile.id for profile in profiles())


def load_profile(name: str) -> Profile:
    """The profile of that id.

    Raises:
        CatalogError: there is none; the message suggests the nearest, or says which there are.
    """
    for profile in profiles():
        if profile.id == name:
            return profile
    near = difflib.get_close_matches(name[:100].lower(), profile_names(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there is {', '.join(profile_names())}."
    raise CatalogError(f"There is no profile {name[:100]!r}: {hint}")
