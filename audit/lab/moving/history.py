"""What the world said while a company moved, and what a cache may still hold of it (RFC 1034 section 4.3.5, RFC 2308).

Whoever asked at some moment may go on with that answer until its TTL is over; with a denial, until the negative TTL of
the zone. Who knows which resolver asked when? So nothing here is drawn by lot: `views` gives every answer with which
somebody may work at a moment, and what holds for all of them holds for every resolver that keeps to the TTLs.

Time is in seconds since the beginning of the story. The first epoch has been true for ever before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

import dns.rdatatype

from audit.lab.zone import Zones, parse

Key: TypeAlias = tuple[str, str]  # of an RRset: name in lower case without final dot, and type
MAX_ALIASES = 8


class Door(StrEnum):
    """What a server says to mail for the company. Where nobody listens there is none."""

    TAKES = "takes"
    REFUSES = "refuses"  # 550: it knows the company not yet, or not any more


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a question: values of an RRset, the target of an alias, or neither, which is a denial."""

    ttl: int
    values: tuple[str, ...] = ()
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Sts:
    """An MTA-STS policy as it is fetched, with the id of the record that announced it (RFC 8461 section 3)."""

    id: str
    mode: str
    max_age: int
    mx: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is true from a moment on, until the next epoch.

    `doors` are by address, `keys` the digests that a server's certificate has, as TLSA records name them. `sending` are
    the names of the services with which the company sends.
    """

    since: int
    records: Mapping[Key, Said]
    negative_ttl: int = 300
    policy: Sts | None = None
    doors: Mapping[str, Door] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    sending: frozenset[str] = frozenset()

    def says(self, name: str, kind: str) -> Said:
        """What the authoritative servers answer now, one link of a chain of aliases at a time."""
        alias = self.records.get((name, "CNAME"))
        if alias is not None and kind != "CNAME":
            return Said(alias.ttl, alias=bare(alias.values[0]))
        return self.records.get((name, kind), Said(self.negative_ttl))


@dataclass(frozen=True, slots=True)
class History:
    """Epochs in the order of time."""

    epochs: tuple[Epoch, ...]

    def __post_init__(self) -> None:
        if not self.epochs or any(one.since >= next_.since for one, next_ in pairwise(self.epochs)):
            raise ValueError("a history is epochs in the order of time")

    def at(self, moment: int) -> Epoch:
        """What is true at a moment."""
        return next((each for each in reversed(self.epochs) if each.since <= moment), self.epochs[0])

    def lasting(self) -> Iterator[tuple[Epoch, int | None]]:
        """Each epoch, with the last second that it is true; None for the last one."""
        for one, following in pairwise(self.epochs):
            yield one, following.since - 1
        yield self.epochs[-1], None

    def held(self, moment: int) -> Iterator[tuple[Epoch, int]]:
        """The epochs in which a cache may have been filled that is in use at a moment, and how old it then is at the
        least."""
        for epoch, last in self.lasting():
            begun = epoch is self.epochs[0] or epoch.since <= moment
            if begun:
                yield epoch, 0 if last is None else max(0, moment - last)

    def views(self, name: str, kind: str, moment: int) -> frozenset[Said]:
        """Every answer with which a resolver that keeps to the TTLs may work at a moment; aliases are followed, each
        link from a cache of its own."""
        return frozenset(self._followed(name, kind, moment, MAX_ALIASES))

    def _followed(self, name: str, kind: str, moment: int, left: int) -> Iterator[Said]:
        for said in self._links(name, kind, moment):
            if said.alias is None:
                yield said
            elif left:
                yield from self._followed(said.alias, kind, moment, left - 1)

    def _links(self, name: str, kind: str, moment: int) -> frozenset[Said]:
        answers = ((epoch.says(name, kind), age) for epoch, age in self.held(moment))
        return frozenset(said for said, age in answers if age == 0 or age < said.ttl)

    def policies(self, moment: int) -> frozenset[Sts]:
        """Every MTA-STS policy that a sender may have kept, each until its max_age is over."""
        found = ((epoch.policy, age) for epoch, age in self.held(moment))
        return frozenset(policy for policy, age in found if policy and (age == 0 or age < policy.max_age))

    def turns(self) -> tuple[int, ...]:
        """The moments between which nothing changes, for nobody: where an epoch begins, and where the last cache of
        what it ended runs out; each with the second before."""
        found: set[int] = set()
        for epoch, last in self.lasting():
            if last is None:
                break
            lives = {said.ttl for said in epoch.records.values()} | {epoch.negative_ttl}
            lives |= {epoch.policy.max_age} if epoch.policy else set()
            found |= {last, last + 1} | {last + life + off for life in lives for off in (-1, 0)}
        return tuple(sorted(found))


def bare(name: str) -> str:
    """A name as keys have it."""
    return name.lower().rstrip(".") or "."


def published(zones: Zones) -> Mapping[Key, Said]:
    """All records of zones, by name and type. Wildcards answer for themselves alone."""
    return {
        (bare(rrset.name.to_text()), dns.rdatatype.to_text(kind)): Said(rrset.ttl, tuple(r.to_text() for r in rrset))
        for (_, kind), rrset in zones.records.items()
    }


def records(lines: Iterable[str]) -> Mapping[Key, Said]:
    """Lines of zone text, as `published` has them."""
    return published(parse(lines))
