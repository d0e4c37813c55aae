"""What was seen of a change on its way: who was asked, and all that they said, round by round."""

from __future__ import annotations

from datetime import datetime

from audit.model.evidence import Asked, Routed
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedResolver:
    """A resolver; `name` is for people."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationRound:
    """Answers of one round. `at`: when the last of them was there."""

    at: datetime
    answers: tuple[Asked, ...]
    routes: tuple[Routed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationSession:
    """All that a judgement rests on. `canary` is a name that does not exist; null where none was asked for."""

    name: str
    rdtype: str
    expect: tuple[str, ...]
    resolvers: tuple[AskedResolver, ...]
    canary: str | None
    rounds: tuple[PropagationRound, ...]
