"""Subjects below a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from audit.model.fact import Unknown
from audit.model.subject import Subject

S = TypeVar("S", bound=Subject)


@dataclass(frozen=True, slots=True)
class Children(Generic[S]):
    """The subjects below that are known, and the hole where others could not be found."""

    known: tuple[S, ...]
    hole: Unknown | None = None
