"""DNS blocklists of addresses (RFC 5782), and those that must not be asked any more (RFC 6471 section 3.4).

`192.0.2.99` is looked up as `99.2.0.192.<zone>`. No such name: not listed. An A record in 127.0.0.0/8 is a code whose
meaning only the list itself defines; some codes say "listed", some "ours to ignore", some "we refuse to serve you". A
list that was shut down may answer every question, and so list the world: a dead zone is refused by name.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables
from audit.catalog.tables import CatalogError

ZONE_OCTETS = 189  # an IPv6 address takes 64 of a name's 253 characters (RFC 5782 section 2.4)
AD_HOC_WEIGHT = 3
NEVER = date.min  # nobody has looked at a list that only the user knows
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LISTED = (ipaddress.IPv4Address("127.0.0.2"), ipaddress.IPv4Address("127.0.0.254"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An answer and what the list means by it.

    `listed`: seen doing wrong. `policy`: a range that should not send mail directly, such as dial-up. `ignored`: known,
    and no listing.
    """

    answer: str  # an exact IPv4 address
    meaning: str
    kind: Literal["listed", "policy", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """A list, and how to read and to treat it.

    `weight` is from 1 (few receivers look at it) to 5 (most do). `refusals` are answers by which it says that it does
    not serve us. `test_entry`: it lists 127.0.0.2 (or ::FFFF:7F00:2), as RFC 5782 section 5 asks. `no_public_resolver`:
    it refuses resolvers that are open to all. `any_code`: each answer from 127.0.0.2 to 127.0.0.254 is a listing, also
    without a code of its own. `delist` and `terms` are empty where there are none.
    """

    id: str
    name: str
    zone: str
    weight: int
    default: bool
    ipv4: bool
    ipv6: bool
    codes: tuple[Code, ...]
    any_code: bool
    refusals: tuple[str, ...]
    test_entry: bool
    no_public_resolver: bool
    delist: str
    terms: str
    source: str
    checked: date

    def code(self, answer: str) -> Code | None:
        """What an answer means; None when the list defines no such code."""
        for code in self.codes:
            if code.answer == answer:
                return code
        if self.any_code and _in_listed_range(answer):
            return Code(answer=answer, meaning="listed", kind="listed")
        return None

    def refuses(self, answer: str) -> bool:
        """Whether an answer says that the list does not serve whoever asks."""
        return answer in self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadZone:
    """A zone that must not be asked. `*.` before it means the zone and all below; `fate` continues "it is …"."""

    zone: str
    fate: str
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklists:
    """The lists of a run, or of the whole catalogue, and the zones that are dead."""

    entries: tuple[Blocklist, ...]
    dead: tuple[DeadZone, ...]

    def __getitem__(self, id: str) -> Blocklist:
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    def selected(self, wanted: tuple[str, ...] | None) -> Blocklists:
        """The lists that a user asks for, each once, in the order asked.

        `None` is those that are on by default, `("none",)` and `()` are no list. Else each is an id or a zone of the
        catalogue, or a zone that only the user knows: any answer from 127.0.0.2 to 127.0.0.254 is then a listing.

        Raises:
            CatalogError: a list is dead, or the word is neither an id nor a zone.
        """
        if wanted is None:
            return replace(self, entries=tuple(entry for entry in self.entries if entry.default))
        if tuple(word.strip().lower() for word in wanted) == ("none",):
            return replace(self, entries=())
        chosen = {entry.id: entry for entry in map(self._one, wanted)}
        return replace(self, entries=tuple(chosen.values()))

    def is_dead(self, zone: str) -> str | None:
        """What became of a dead zone, such as "dead since 2015: it lists every address"; None for any other."""
        name = zone.lower().removesuffix(".")
        return next((entry.fate for entry in self.dead if _covers(entry.zone, name)), None)

    def _one(self, word: str) -> Blocklist:
        name = word.strip().lower().removesuffix(".")
        for entry in self.entries:
            if name in (entry.id, entry.zone):
                return entry
        fate = self.is_dead(name)
        if fate is not None:
            raise CatalogError(f"The blocklist {name} cannot be used: it is {fate}.")
        if not _is_zone(name):
            raise CatalogError(self._puzzled(word))
        return _ad_hoc(name)

    def _puzzled(self, word: str) -> str:
        shown = repr(word[:100])
        if word.strip().lower() == "none":
            return "'none' means no blocklist at all, so it cannot stand beside others."
        near = difflib.get_close_matches(word[:100].lower(), [entry.id for entry in self.entries], n=1)
        hint = f"did you mean '{near[0]}'?" if near else "give an id of the catalogue, or a zone like bl.example.org."
        return f"There is no blocklist {shown}: {hint}"


@cache
def load_blocklists() -> Blocklists:
    """The blocklists that are shipped, all of them, and the dead zones.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Blocklists(
        entries=tables.section("blocklists", tuple[Blocklist, ...]),
        dead=tables.section("dead", tuple[DeadZone, ...]),
    )


def _ad_hoc(zone: str) -> Blocklist:
    """A list of which nothing is known but its zone: it is read and tested as RFC 5782 (2.1 and 5) has it."""
    return Blocklist(
        id=zone,
        name=zone,
        zone=zone,
        weight=AD_HOC_WEIGHT,
        default=False,
        ipv4=True,
        ipv6=True,
        codes=(Code(answer="127.0.0.2", meaning="listed", kind="listed"),),
        any_code=True,
        refusals=("127.255.255.252", "127.255.255.254", "127.255.255.255"),
        test_entry=True,
        no_public_resolver=False,
        delist="",
        terms="",
        source="given by the user",
        checked=NEVER,
    )


def _covers(pattern: str, name: str) -> bool:
    above = pattern.removeprefix("*.")
    return name == above or (pattern != above and name.endswith(f".{above}"))


def _in_listed_range(answer: str) -> bool:
    try:
        address = ipaddress.IPv4Address(answer)
    except ValueError:
        return False
    return _LISTED[0] <= address <= _LISTED[1]


def _is_zone(name: str) -> bool:
    """Whether a name can carry a list: two labels or more, the last not a number (so no address), and short enough."""
    labels = name.split(".")
    fit = len(name) <= ZONE_OCTETS and all(_LABEL.fullmatch(label) for label in labels)
    return fit and len(labels) > 1 and not labels[-1].isdigit()
