"""The trust anchors of the DNS root, as IANA publishes them (RFC 9718).

Both keys are there while the root goes over from one to the other: whichever signs, the root is believed.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from audit.catalog import tables
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchor:
    """A key that is believed without a signature: `record` is `owner DS data`."""

    record: str
    since: date
    source: str
    checked: date


@cache
def load_anchors() -> tuple[TrustAnchor, ...]:
    """The anchors that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return tables.section("anchors", tuple[TrustAnchor, ...])
