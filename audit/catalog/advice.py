"""What mail providers ask of those who send through them, and to them.

Programs send by a submission server (RFC 6409) over TLS (RFC 8314), with a login (RFC 4954) that more and more
providers take by OAuth (RFC 7628) or with a password made for the program. Servers that send to a provider must keep
its rules. Both change every year, so each fact says where it comes from, and by when somebody must look again.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables
from audit.model.value import dataclass

Topic = Literal["submission", "login", "requirement", "limit", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFact:
    """One thing that a provider asks or offers. `since` is the day, month or year from which it holds, "" for now."""

    topic: Topic
    text: str
    since: str
    source: str
    confidence: Literal["high", "medium", "low"]
    checked: date
    review_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAdvice:
    """A provider, with other words by which it is asked for."""

    id: str
    name: str
    aliases: tuple[str, ...]
    note: str
    facts: tuple[AdviceFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    entries: tuple[ProviderAdvice, ...]

    def of(self, word: str) -> ProviderAdvice | None:
        """The provider of an id, a name or another word for it, in any case; None for one that is not known."""
        wanted = word.strip().casefold()
        return next((e for e in self.entries if wanted in {e.id, e.name.casefold(), *e.aliases}), None)


@cache
def load_advice() -> Advice:
    """The advice that is shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Advice(entries=tables.section("advice", tuple[ProviderAdvice, ...]))
