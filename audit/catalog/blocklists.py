"""DNS blocklists of addresses and of names (RFC 5782), and those not to be asked any more (RFC 6471 section 3.4).

`192.0.2.99` is looked up as `99.2.0.192.<zone>`, a name as `<name>.<zone>`. No such name: not listed. An A record in
127.0.0.0/8 is a code whose meaning only the list itself defines; some codes say "listed", some "ours to ignore", some
"we refuse to serve you". A list that was shut down may answer every question, and so list the world: a dead zone is
refused by name. Some lists serve each user below a key of his own: their zone holds `{…}` in its place, and the key
itself never leaves the network layer.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import takewhile
from typing import Literal

from audit.catalog import tables
from audit.catalog.tables import CatalogError
from audit.model.value import dataclass

ZONE_OCTETS = 189  # an IPv6 address takes 64 of a name's 253 characters (RFC 5782 section 2.4)
AD_HOC_WEIGHT = 3
NAMES = "names:"  # before a zone that only the user knows: it lists names, not addresses
DEFAULT = "default"
BIT_BASE = "127.0.0."
NEVER = date.min  # nobody has looked at a list that only the user knows
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_KEYED = re.compile(r"\{([a-z_]{1,30})\}\.")
_LISTED = (ipaddress.IPv4Address("127.0.0.2"), ipaddress.IPv4Address("127.0.0.254"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An answer and what the list means by it.

    `answer` is an IPv4 address, or several of which the last octet counts: `127.0.2.2-24`. Of a list of bits it is one
    bit, `127.0.0.8`. `listed`: seen doing wrong. `policy`: a range that should not send mail directly, such as dial-up.
    `ignored`: known, and no listing.
    """

    answer: str
    meaning: str
    kind: Literal["listed", "policy", "ignored"]

    def fits(self, answer: str) -> bool:
        """Whether an answer is this code."""
        first, dash, last = self.answer.partition("-")
        if not dash:
            return answer == first
        base, _, low = first.rpartition(".")
        above, _, octet = answer.rpartition(".")
        return above == base and octet.isdecimal() and int(low) <= int(octet) <= int(last)

    @property
    def octet(self) -> int:
        """The last octet: the bit, in a list of bits."""
        return int(self.answer.partition("-")[0].rpartition(".")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """A list, and how to read and to treat it.

    `weight` is from 1 (few receivers look at it) to 5 (most do); codes in `minor` weigh `minor_weight`. `names`: it
    lists names, and is never asked about an address. `bits`: an answer is the sum of the codes that hold. `allows`: it
    names good senders, so nothing that it says is held against anybody. `refusals` are answers by which it says that it
    does not serve us. `test_entry`: it lists 127.0.0.2, ::FFFF:7F00:2 or the name `test`, as RFC 5782 section 5 asks;
    `test_name` is the name that it lists instead. `no_public_resolver`: it refuses resolvers that are open to all.
    `any_code`: each answer from 127.0.0.2 to 127.0.0.254 is a listing, also without a code of its own. `replaces` is
    the id of the list that it stands for when its key is there. `default` says whether it is asked when the user names
    none; of a list that takes a key, whether it is asked once the key is there. `delist` and `terms` are empty where
    there are none.
    """

    id: str
    name: str
    zone: str
    weight: int
    default: bool
    ipv4: bool
    ipv6: bool
    names: bool
    allows: bool
    codes: tuple[Code, ...]
    bits: bool
    any_code: bool
    minor: tuple[str, ...]
    minor_weight: int
    refusals: tuple[str, ...]
    test_entry: bool
    test_name: str
    no_public_resolver: bool
    replaces: str
    delist: str
    terms: str
    source: str
    checked: date

    @property
    def key(self) -> str | None:
        """The name of the key that the zone takes, such as `spamhaus_dqs`; None for a list that takes none."""
        found = _KEYED.match(self.zone)
        return found[1] if found else None

    def meanings(self, answer: str) -> tuple[Code, ...]:
        """What an answer means; nothing when the list defines no such code."""
        if self.bits:
            base, octet = answer[: len(BIT_BASE)], answer[len(BIT_BASE) :]
            held = int(octet) if base == BIT_BASE and octet.isdecimal() else 0
            return tuple(code for code in self.codes if code.octet & held)
        found = next((code for code in self.codes if code.fits(answer)), None)
        if found is None and self.any_code and _in_listed_range(answer):
            found = Code(answer=answer, meaning="listed", kind="listed")
        return (found,) if found else ()

    def refuses(self, answer: str) -> bool:
        """Whether an answer says that the list does not serve whoever asks."""
        lowest_bit = self.bits and answer.startswith(BIT_BASE) and answer[-1] in "13579"
        return answer in self.refusals or (lowest_bit and not any(code.octet == 1 for code in self.codes))

    def weight_of(self, code: Code) -> int:
        """How much a listing by this code counts."""
        return self.minor_weight if code.answer in self.minor else self.weight


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

    def __hash__(self) -> int:
        """A run has one or two of these, which are in the identity of hundreds of inquiries a domain: to tell them
        apart by their size is enough."""
        return len(self.entries)

    def __getitem__(self, id: str) -> Blocklist:
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the keys that lists take."""
        return tuple(dict.fromkeys(e.key for e in self.entries if e.key is not None))

    def chosen(self, wanted: tuple[str, ...] | None, keys: frozenset[str], *, forced: bool) -> Blocklists:
        """The lists of a new run, with the keys that the user has, by name.

        `None` is those that are on by default, with all for which there is a key; of two that stand for each other, the
        one with the key. `forced` takes dead zones as well.

        Raises:
            CatalogError: as `selected`; or a list takes a key that is not there.
        """
        own = tuple(e.id for e in self.entries if e.default and (e.key is None or e.key in keys))
        replaced = {e.replaces for e in self.entries if e.id in own}
        usual = tuple(id_ for id_ in own if id_ not in replaced)
        words = (DEFAULT,) if wanted is None else wanted
        picked = tuple(w for word in words for w in (usual if word.strip().lower() == DEFAULT else (word,)))
        found = self.selected(picked, forced=forced)
        for entry in found.entries:
            if entry.key is not None and entry.key not in keys:
                raise CatalogError(f"The blocklist {entry.id} takes a key: put it into {key_variable(entry.key)}.")
        return found

    def selected(self, wanted: tuple[str, ...], *, forced: bool = False) -> Blocklists:
        """The lists that are named, each once, in the order named.

        `("none",)` and `()` are no list. Else each is an id or a zone of the catalogue, or a zone that only the user
        knows: any answer from 127.0.0.2 to 127.0.0.254 is then a listing. `names:` before such a zone says that it
        lists names.

        Raises:
            CatalogError: a list is dead, unless `forced`; or the word is neither an id nor a zone.
        """
        if tuple(word.strip().lower() for word in wanted) == ("none",):
            return replace(self, entries=())
        chosen = {entry.id: entry for entry in (self._one(word, forced=forced) for word in wanted)}
        return replace(self, entries=tuple(chosen.values()))

    def is_dead(self, zone: str) -> str | None:
        """What became of a dead zone, such as "dead since 2015: it lists every address"; None for any other."""
        name = zone.lower().removesuffix(".")
        return next((entry.fate for entry in self.dead if _covers(entry.zone, name)), None)

    def _one(self, word: str, *, forced: bool) -> Blocklist:
        name = word.strip().lower().removesuffix(".")
        for entry in self.entries:
            if name in (entry.id, entry.zone):
                return entry
        self._refuse_key(name)
        zone = name.removeprefix(NAMES)
        fate = None if forced else self.is_dead(zone)
        if fate is not None:
            raise CatalogError(f"The blocklist {zone} cannot be used: it is {fate}. --force-zone asks it all the same.")
        if not _is_zone(zone):
            raise CatalogError(self._puzzled(word))
        return _ad_hoc(zone, names=name != zone)

    def _refuse_key(self, name: str) -> None:
        """Refuse a name in which somebody's key stands, as it would be written down; it is not repeated either.

        Raises:
            CatalogError: it names the list, and where to put the key.
        """
        for key in self.keys:
            zones = {e.id: e.zone.partition(".")[2] for e in self.entries if e.key == key}
            known = [id_ for id_, zone in zones.items() if zone in name]
            if known or _shared(tuple(zones.values())) in name:
                who = f"list {known[0]} takes" if known else f"lists there ({', '.join(zones)}) take"
                where = f"put it into {key_variable(key)}, and name the list by its id"
                raise CatalogError(f"The block{who} a key, which is to be in no command: {where}.")

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


def key_variable(key: str) -> str:
    """The environment variable that holds a key."""
    return f"MXAUDIT_{key.upper()}_KEY"


def _shared(zones: tuple[str, ...]) -> str:
    """The domain of all who are served by one key: what their zones end in, or the first where that is too little."""
    ends = zip(*(reversed(zone.split(".")) for zone in zones), strict=False)
    alike = [labels[0] for labels in takewhile(lambda labels: len(set(labels)) == 1, ends)]
    return ".".join(reversed(alike)) if len(alike) > 2 else zones[0]


def _ad_hoc(zone: str, *, names: bool) -> Blocklist:
    """A list of which nothing is known but its zone: it is read and tested as RFC 5782 (2.1 and 5) has it."""
    return Blocklist(
        id=f"{NAMES}{zone}" if names else zone,
        name=zone,
        zone=zone,
        weight=AD_HOC_WEIGHT,
        default=False,
        ipv4=not names,
        ipv6=not names,
        names=names,
        allows=False,
        codes=(Code(answer="127.0.0.2", meaning="listed", kind="listed"),),
        bits=False,
        any_code=True,
        minor=(),
        minor_weight=AD_HOC_WEIGHT,
        refusals=("127.255.255.252", "127.255.255.254", "127.255.255.255"),
        test_entry=True,
        test_name="",
        no_public_resolver=False,
        replaces="",
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
