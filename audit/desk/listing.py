"""Which blocklist a reply speaks of (RFC 5782).

Receivers name the zone that they asked (`blocked using zen.spamhaus.org`) or a page of the list. Who is listed there
asks there for removal. A list that is dead removes nobody: whoever still asks it must stop (RFC 6471 section 3.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.catalog.blocklists import Blocklist, DeadZone, load_blocklists
from audit.catalog.suffixes import registry_domain
from audit.desk.reading import HOST

NAMES = 20  # of a text, that are looked at
_NAME = re.compile(rf"(?<![a-z0-9.@-])({HOST})(?![a-z0-9-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list, by its name for people, and what to do about a listing there."""

    name: str
    advice: str


def listing(text: str) -> Listing | None:
    """The list that a text names: by its zone, else by its domain. None where no known one is named."""
    names = [found[1].lower() for _, found in zip(range(NAMES), _NAME.finditer(text), strict=False)]
    known = load_blocklists()
    for same in (_is, _is_near):
        for name in names:
            for entry in known.entries:
                if not entry.allows and same(name, _public(entry.zone)):
                    return _living(entry)
            for zone in known.dead:
                if same(name, zone.zone.removeprefix("*.")):
                    return _dead(zone)
    return None


def _public(zone: str) -> str:
    """A zone without the key of its user."""
    return zone.partition("}.")[2] or zone


def _is(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


def _is_near(name: str, zone: str) -> bool:
    """Whether a name is in the registered domain of a zone: `www.spamhaus.org` is of `zen.spamhaus.org`."""
    domain = registry_domain(zone)
    return domain is not None and registry_domain(name) == domain


def _living(entry: Blocklist) -> Listing:
    where = f" at {entry.delist}" if entry.delist else ""
    return Listing(name=entry.name, advice=f"Look yourself up in {entry.name}{where}, and ask for removal there.")


def _dead(zone: DeadZone) -> Listing:
    name = zone.zone.removeprefix("*.")
    told = f"{name} is {zone.fate}. It removes nobody: ask the receiver's postmaster to stop asking it."
    return Listing(name=name, advice=told)
