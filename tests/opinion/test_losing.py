"""Losing an answer never turns agreement into difference, nor difference into agreement: it can only end in silence.

The other tool is asked anew each time, on what is left: its verdict may change, and then ours is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from audit.model.opinion import Consultation, Told
from audit.model.probe import Answer, Probe, Question
from audit.model.report import Result
from audit.model.unasked import not_gathered
from audit.opinion.checking import opinion_on
from audit.rules.registry import RULES
from tests.opinion.generated import Maker
from tests.opinion.test_differential import SETTINGS, Recorder, run
from tests.rules.world import Case, domain_replayed

SECOND = tuple(r for r in RULES if r.topic == "second_opinion")
Answers = Mapping[Question, Answer]


def results(domain: str, told: Answers) -> dict[str, Result]:
    """What the three rules say where these answers are all that there is."""

    def seen(probe: Probe[Any]) -> Any:
        held = told.get(probe) if isinstance(probe, Question) else None
        return held or not_gathered(probe)

    opinion = opinion_on(
        Consultation(domain=domain, answers=tuple(Told(question=q, answer=a) for q, a in told.items()))
    )
    case = replace(Case("", "", settings=SETTINGS), domain=domain, opinion=opinion)
    faults: list[BaseException] = []
    _, findings = domain_replayed(case, run(), seen, faults, SECOND)
    assert not faults
    return {f.rule: f.result for f in findings}


def bereft(told: Answers) -> Iterator[tuple[str, Answers]]:
    """The answers without one, of those that the three rules are about."""
    for lost in told:
        if lost.rdtype in ("TXT", "A", "AAAA", "MX") and "_domainkey" not in lost.name:
            yield lost.key, {q: a for q, a in told.items() if q != lost}


@pytest.mark.parametrize("seed", range(0, 2000, 40))
def test_one_answer_less(seed: int) -> None:
    maker = Maker(seed)
    recorder = Recorder(maker.zone())
    domain_replayed(replace(Case("", "", settings=SETTINGS), domain=maker.domain), run(), recorder, [], ())
    before = results(maker.domain, recorder.told)
    turned = [
        f"{rule} was {before[rule]}, is {now} without {lost}"
        for lost, left in bereft(recorder.told)
        for rule, now in results(maker.domain, left).items()
        if now not in (before[rule], Result.UNKNOWN)
    ]
    assert turned == []
