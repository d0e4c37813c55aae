"""One walk over a subject and those below it, driven by the network to gather and by evidence to judge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.subject import Domain, Subject
from audit.model.value import dataclass
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Inquiry, Steps, attempt, every
from audit.protocol.mx import hosts as mx
from audit.protocol.survey.declaration import CHILDREN, FACTS, Declared
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

    def arguments(self, takes: tuple[tuple[str, type], ...]) -> list[Any]:
        """The values that a function declares by type, in the order of its parameters.

        Raises:
            Unestablished: one of them is not known.
        """
        facts, given = self.facts, []
        for _, kind in takes:  # hundreds of rules and fans pass here: no call for what is known
            fact = facts.get(kind)
            given.append(self.scope[kind] if fact is None else fact.value if type(fact) is Known else need(fact))
        return given


def survey(subject: Subject, scope: Mapping[type, Any], plan: Plan, above: Survey | None = None) -> Steps[Survey]:
    """Establish all facts of a subject and of the subjects below it."""
    scope = {**scope, type(subject): subject}
    asked = {fact: d.function(*[scope[t] for _, t in d.takes]) for fact, d in _wanted(plan).get(type(subject), ())}
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
        {**above.facts, **facts} if above else facts,
        {**above.asked, **asked} if above else asked,
        (),
        {},
        absent,
    )
    if absent:
        return here
    below, holes = _children(here, plan)
    children = yield from every([survey(child, scope, plan, here) for child in below])
    return Survey(scope, subject, here.facts, here.asked, children, holes)


def _children(here: Survey, plan: Plan) -> tuple[list[Subject], dict[type[Subject], Unknown]]:
    below: list[Subject] = []
    holes: dict[type[Subject], Unknown] = {}
    for fan in _fans(plan).get(type(here.subject), ()):
        try:
            found = fan.function(*here.arguments(fan.takes))
            below += found.known
            hole = found.hole
        except Unestablished as end:
            hole = end.unknown
        if hole:
            holes[fan.returns] = hole
    return below, holes


@lru_cache(maxsize=8)  # a run has one or two plans
def _wanted(plan: Plan) -> Mapping[type, list[tuple[type, Declared[Inquiry[Any]]]]]:
    """The facts to establish of each kind of subject."""
    wanted: dict[type, list[tuple[type, Declared[Inquiry[Any]]]]] = {}
    for fact, how in FACTS.items():
        if fact not in plan.without:
            wanted.setdefault(how.subject, []).append((fact, how))
    return wanted


@lru_cache(maxsize=8)
def _fans(plan: Plan) -> Mapping[type, list[Declared[Children[Any]]]]:
    """What gives the subjects below each kind of subject."""
    fans: dict[type, list[Declared[Children[Any]]]] = {}
    for fan in CHILDREN:
        if plan.has(fan):
            fans.setdefault(fan.subject, []).append(fan)
    return fans
