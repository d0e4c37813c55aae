"""What could be established, and what could not: a fact is Known or Unknown, never silently absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeAlias, TypeVar

from audit.model.probe import Probe
from audit.model.value import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be established: why (`dns.timeout`), and the probes that failed to say it."""

    reason: str
    probes: tuple[Probe[Any], ...] = ()


Fact: TypeAlias = Known[T] | Unknown


class Unestablished(Exception):
    """Ends a rule or an inquiry that needs a fact which is not known. Only the engine and `settle` catch it."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def need(fact: Fact[T]) -> T:
    """The value, or the end of this rule or inquiry.

    Raises:
        Unestablished: the fact is not known.
    """
    if isinstance(fact, Unknown):
        raise Unestablished(fact)
    return fact.value


def holes(facts: Iterable[Fact[Any]]) -> tuple[Unknown, ...]:
    return tuple(f for f in facts if isinstance(f, Unknown))


def first_hole(*facts: Fact[Any] | None) -> Unknown | None:
    for fact in facts:  # as below: asked of dozens a domain, where a generator costs more than the looking
        if isinstance(fact, Unknown):
            return fact
    return None


def any_of(facts: Iterable[Fact[bool]]) -> Fact[bool]:
    """Kleene's or: true as soon as one is true, unknown while one is unknown, else false."""
    seen = tuple(facts)
    for fact in seen:
        if isinstance(fact, Known) and fact.value:
            return Known(True)
    return first_hole(*seen) or Known(False)


def all_of(facts: Iterable[Fact[bool]]) -> Fact[bool]:
    """Kleene's and: false as soon as one is false, unknown while one is unknown, else true."""
    seen = tuple(facts)
    for fact in seen:
        if isinstance(fact, Known) and not fact.value:
            return Known(False)
    return first_hole(*seen) or Known(True)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of which a lower bound is certain; exact when it has no hole."""

    at_least: int = 0
    hole: Unknown | None = None

    def __add__(self, other: Count) -> Count:
        return Count(self.at_least + other.at_least, self.hole or other.hole)

    def exceeds(self, limit: int) -> Fact[bool]:
        """True once certain, else unknown while there is a hole, else false."""
        return Known(True) if self.at_least > limit else self.hole or Known(False)
