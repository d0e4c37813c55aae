"""Subjects below a subject."""

from __future__ import annotations

from typing import Generic, TypeVar

from audit.model.fact import Unknown
from audit.model.subject import Subject
from audit.model.value import dataclass

S = TypeVar("S", bound=Subject)


@dataclass(frozen=True, slots=True)
class Children(Generic[S]):
    """The subjects below that are known, and the hole where others could not be found."""

    known: tuple[S, ...]
    hole: Unknown | None = None
