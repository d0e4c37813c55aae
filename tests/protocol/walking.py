"""Inquiries answered from zone text."""

from __future__ import annotations

from typing import Any, TypeVar

from audit.model.fact import Fact, Known
from audit.model.probe import Probe, Question
from audit.protocol.drive import replay
from audit.protocol.inquiry import Inquiry, Work
from tests.rules.world import zone

T = TypeVar("T")


def found(work: Work[T], text: str) -> tuple[Fact[T], tuple[str, ...]]:
    """What an inquiry establishes from zone text, and what it asked, in order."""
    asked: dict[Probe[Any], None] = {}

    def seen(probe: Probe[Any]) -> Any:
        assert isinstance(probe, Question)
        asked[probe] = None
        return zone(text).answer(probe)

    faults: list[BaseException] = []
    fact = replay(work, seen, faults.append)[0]
    assert not faults, faults
    return fact, tuple(p.key.removeprefix("dns ") for p in asked)


def value(work: Inquiry[T], text: str) -> T:
    fact, _ = found(work, text)
    assert isinstance(fact, Known), fact
    return fact.value
