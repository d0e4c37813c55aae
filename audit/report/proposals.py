"""The records that findings give to paste, and which of them exclude each other.

A set of records of one name and type takes the place of what stands there (RFC 2181 section 5), so that two findings
which want different sets for one place cannot both be followed: each mends its own fault, and not the other's. What
they show are alternatives, and is never mixed into one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Place: TypeAlias = tuple[str, ...]
Wanted: TypeAlias = Mapping[Place, Mapping[frozenset[str], Mapping[str, None]]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Records to be published together. `rivals` are the rules, this one among them, of which a finding wants something
    else in a place of theirs."""

    records: tuple[str, ...]
    rivals: tuple[str, ...] = ()


def wanted(publishing: Iterable[tuple[str, tuple[str, ...]]]) -> Wanted:
    """For each place the sets that are to be published there, and the rules that want them."""
    found: dict[Place, dict[frozenset[str], dict[str, None]]] = {}
    for rule, records in publishing:
        if not records:  # as most findings give
            continue
        for place, here in _by_place(records).items():
            found.setdefault(place, {}).setdefault(here, {})[rule] = None
    return found


def proposals(rule: str, publishing: Iterable[tuple[str, ...]], all_wanted: Wanted) -> tuple[Proposal, ...]:
    """What the findings of one rule give to paste: all in one, but for what cannot be had together."""
    sets = tuple(dict.fromkeys(filter(None, publishing)))
    if not sets:
        return ()
    torn = {place for place, here in wanted((rule, records) for records in sets).items() if len(here) > 1}
    apart = [records for records in sets if torn & _by_place(records).keys()]
    together = tuple(dict.fromkeys(line for records in sets if records not in apart for line in records))
    return tuple(Proposal(r, _rivals(r, all_wanted)) for r in ([together] if together else []) + apart)


def _rivals(records: tuple[str, ...], all_wanted: Wanted) -> tuple[str, ...]:
    others = (
        rule
        for place, here in _by_place(records).items()
        for there, rules in all_wanted.get(place, {}).items()
        if there != here
        for rule in rules
    )
    return tuple(sorted(set(others)))


def _by_place(records: tuple[str, ...]) -> dict[Place, frozenset[str]]:
    found: dict[Place, set[str]] = {}
    for line in records:
        if place := _place(line):
            found.setdefault(place, set()).add(line)
    return {place: frozenset(lines) for place, lines in found.items()}


def _place(line: str) -> Place:
    """The owner and the type of a record: `name. 3600 IN TXT …`."""
    parts = line.split(None, 4)[:4]
    return (parts[0].lower(), parts[-1]) if parts else ()
