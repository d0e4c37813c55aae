"""One walk over a subject and those below it, driven by the network to gather and by evidence to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.subject import Domain, Subject
from audit.protocol.inquiry import Inquiry, Steps, attempt, every
from audit.protocol.mx import hosts as mx
from audit.protocol.survey.declaration import CHILDREN, FACTS
from audit.protocol.survey.plan import Plan


@dataclass(frozen=True, slots=True)
class Survey:
    """A subject with what was established of it, and the surveys below it."""

    scope: Mapping[type, Any]  # constants, this subject and those above it
    subject: Subject
    facts: Mapping[type, Fact[Any]]  # its own and those of the subjects above it
    asked: Mapping[type, Inquiry[Any]]
    children: tuple[Survey, ...]
    holes: Mapping[type[Subject], Unknown]
    absent: bool = False  # the subject does not exist: nothing more is to be said of it

    def arguments(self, takes: tuple[tuple[str, type], ...]) -> dict[str, Any]:
        """The values that a function declares by type.

        Raises:
            Unestablished: one of them is not known.
        """
        return {name: need(self.facts[t]) if t in self.facts else self.scope[t] for name, t in takes}


def survey(subject: Subject, scope: Mapping[type, Any], plan: Plan, above: Survey | None = None) -> Steps[Survey]:
    """Establish all facts of a subject and of the subjects below it."""
    scope = {**scope, type(subject): subject}
    asked = {
        fact: d.function(*(scope[t] for _, t in d.takes))
        for fact, d in FACTS.items()
        if d.subject is type(subject) and fact not in plan.without
    }
    absent = False
    if isinstance(subject, Domain):
        (found,) = yield from attempt((asked[mx.Existence],))
        absent = isinstance(found, Known) and not found.value.exists
        if absent:
            asked = {mx.Existence: asked[mx.Existence]}
    facts = dict(zip(asked, (yield from attempt(asked.values())), strict=True))
    here = Survey(
        scope,
        subject,
        {**(above.facts if above else {}), **facts},
        {**(above.asked if above else {}), **asked},
        (),
        {},
        absent,
    )
    if absent:
        return here
    below, holes = _children(here, plan)
    children = yield from every(survey(child, scope, plan, here) for child in below)
    return Survey(scope, subject, here.facts, here.asked, children, holes)


def _children(here: Survey, plan: Plan) -> tuple[list[Subject], dict[type[Subject], Unknown]]:
    below: list[Subject] = []
    holes: dict[type[Subject], Unknown] = {}
    for fan in CHILDREN:
        if fan.subject is type(here.subject) and plan.has(fan):
            try:
                found = fan.function(**here.arguments(fan.takes))
                below += found.known
                hole = found.hole
            except Unestablished as end:
                hole = end.unknown
            if hole:
                holes[fan.returns] = hole
    return below, holes
