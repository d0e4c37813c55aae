"""Rules meet facts: every rule is judged for every subject of its kind. What is not established becomes unknown here,
and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from operator import attrgetter
from typing import Any, TypeAlias

from audit.model.fact import Unestablished, Unknown
from audit.model.probe import Probe
from audit.model.report import Confidence, Finding, Result, Severity, SubjectName
from audit.model.subject import Subject, lineage
from audit.model.value import dataclass
from audit.protocol.drive import FaultHook
from audit.protocol.inquiry import Inquiry
from audit.protocol.survey import Survey
from audit.rules.rule import ORDER, Rule, Verdict
from audit.rules.summary.excerpts import pointer

EXISTENCE = "DOMAIN-NXDOMAIN"
_PLACE = attrgetter("rule", "subject.kind", "subject.name")

Traced: TypeAlias = Callable[[Inquiry[Any]], Iterable[Probe[Any]]]


@dataclass(frozen=True, slots=True)
class Engine:
    """The rules that a profile selects, with the severities that it changes. One serves for all domains of a run."""

    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    fault: FaultHook | None = None
    _of: dict[type[Subject], list[Rule]] = field(init=False, repr=False, compare=False)  # on this kind of subject
    _below: dict[type[Subject], list[Rule]] = field(init=False, repr=False, compare=False)  # on it, and on those below
    _less: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)  # what says less than a rule

    def __post_init__(self) -> None:
        of: dict[type[Subject], list[Rule]] = {}
        below: dict[type[Subject], list[Rule]] = {}
        for rule in self.rules:
            of.setdefault(rule.judge.subject, []).append(rule)
            for kind in lineage(rule.judge.subject):
                below.setdefault(kind, []).append(rule)
        object.__setattr__(self, "_of", of)
        object.__setattr__(self, "_below", below)
        object.__setattr__(self, "_less", {rule.id: rule.supersedes for rule in self.rules if rule.supersedes})

    def judge(self, survey: Survey, traced: Traced) -> tuple[Finding, ...]:
        """Judge a subject and those below it; sorted by rule and subject. What nobody has to look up points at no
        evidence: a pass, and what does not apply."""
        found: list[Finding] = []
        self._walk(survey, traced, found.append)
        return tuple(sorted(self._superseded(found), key=_PLACE))

    def _walk(self, survey: Survey, traced: Traced, found: Callable[[Finding], None]) -> None:
        kind = type(survey.subject)
        name = SubjectName(kind=survey.subject.kind, name=survey.subject.label)
        if survey.absent:
            for rule in self._below.get(kind, ()):
                if rule.id == EXISTENCE:
                    found(self._judged(rule, name, survey, traced))
                else:
                    found(_bare(rule.id, name, Result.NOT_APPLICABLE))
        else:
            for rule in self._of.get(kind, ()):
                found(self._judged(rule, name, survey, traced))
        if survey.holes:
            for rule in self.rules:
                hole = next((h for k, h in survey.holes.items() if k in lineage(rule.judge.subject)), None)
                if hole is not None:
                    found(_unknown(rule, name, hole))
        for child in survey.children:
            self._walk(child, traced, found)

    def _judged(self, rule: Rule, name: SubjectName, survey: Survey, traced: Traced) -> Finding:
        try:
            return self._concluded(rule, name, survey, traced)
        except Unestablished as end:
            return _unknown(rule, name, end.unknown)
        except Exception as error:  # noqa: BLE001 -- a fault of ours in one rule is that rule's unknown
            if self.fault:
                self.fault(error)
            return _unknown(rule, name, Unknown(f"internal.{type(error).__name__}"))

    def _concluded(self, rule: Rule, name: SubjectName, survey: Survey, traced: Traced) -> Finding:
        """What the rule says, in its words. A step or an argument that its text does not know is its fault, too."""
        verdict = rule.judge.function(*survey.arguments(rule.judge.takes))
        if verdict.result is not Result.FAIL:
            return _bare(rule.id, name, verdict.result)
        grade = self._severity(rule, verdict)
        used = {p: None for _, taken in rule.judge.takes if taken in survey.asked for p in traced(survey.asked[taken])}
        return _failure(rule, name, verdict, grade, used)

    def _severity(self, rule: Rule, verdict: Verdict) -> tuple[Severity | None, str | None]:
        if rule.id in self.severities:
            return self.severities[rule.id], None
        if isinstance(verdict.rung, Unknown):  # the context is not known: the lowest step, and why
            return rule.severities[-1], verdict.rung.reason
        return rule.ladder[verdict.rung.value], verdict.doubt.reason if verdict.doubt else None

    def _superseded(self, found: list[Finding]) -> list[Finding]:
        """What says the same thing less well is not said."""
        failed: dict[str, list[SubjectName]] = {}
        for f in found:
            if f.result is Result.FAIL:
                failed.setdefault(f.rule, []).append(f.subject)
        said = {(other, name) for rule, names in failed.items() for other in self._less.get(rule, ()) for name in names}
        if not said:
            return found
        return [
            _bare(f.rule, f.subject, Result.NOT_APPLICABLE)
            if f.result is Result.FAIL and (f.rule, f.subject) in said
            else f
            for f in found
        ]


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among failures."""
    found = [f.severity for f in findings if f.severity is not None]
    return min(found, key=ORDER.index) if found else None


def _failure(
    rule: Rule,
    name: SubjectName,
    verdict: Verdict,
    grade: tuple[Severity | None, str | None],
    probes: Iterable[Probe[Any]],
) -> Finding:
    given = dict(verdict.arguments)
    shown = {k: ", ".join(v) if isinstance(v, tuple) else v for k, v in given.items()}
    return Finding(
        rule=rule.id,
        subject=name,
        result=Result.FAIL,
        severity=grade[0],
        reason=grade[1],
        message=rule.message.format_map(shown),
        arguments=given,
        confidence=Confidence.SINGLE if verdict.single else None,
        publish=verdict.publish,
        causes=verdict.causes,
        evidence=_keys(probes),
    )


def _unknown(rule: Rule, name: SubjectName, hole: Unknown) -> Finding:
    return _bare(rule.id, name, Result.UNKNOWN, hole.reason, _keys(hole.probes))


def _bare(
    rule: str, name: SubjectName, result: Result, reason: str | None = None, evidence: tuple[str, ...] = ()
) -> Finding:
    """A result that says no more than which it is."""
    return Finding(
        rule=rule,
        subject=name,
        result=result,
        severity=None,
        reason=reason,
        message=None,
        arguments={},
        publish=(),
        causes=(),
        evidence=evidence,
    )


def _keys(probes: Iterable[Probe[Any]]) -> tuple[str, ...]:
    return tuple(pointer(p.key) for p in probes)
