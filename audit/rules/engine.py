"""Rules meet facts: every rule is judged for every subject of its kind. What is not established becomes unknown here,
and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audit.model.fact import Unestablished, Unknown
from audit.model.probe import Probe
from audit.model.report import Confidence, Finding, Result, Severity, SubjectName
from audit.model.subject import Subject, lineage
from audit.protocol.inquiry import FaultHook, Inquiry
from audit.protocol.survey import Survey
from audit.rules.rule import ORDER, Rule, Verdict
from audit.rules.summary.excerpts import pointer

EXISTENCE = "DOMAIN-NXDOMAIN"


@dataclass(frozen=True, slots=True)
class Engine:
    """The rules that a profile selects, with the severities that it changes."""

    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    fault: FaultHook | None = None

    def judge(self, survey: Survey, traced: Callable[[Inquiry[Any]], Sequence[Probe[Any]]]) -> tuple[Finding, ...]:
        """Judge a subject and those below it; sorted by rule and subject."""
        found = self._superseded(list(self._walk(survey, traced)))
        return tuple(sorted(found, key=lambda f: (f.rule, f.subject.kind, f.subject.name)))

    def _walk(self, survey: Survey, traced: Callable[[Inquiry[Any]], Sequence[Probe[Any]]]) -> Iterator[Finding]:
        for rule in self.rules:
            if rule.judge.subject is type(survey.subject):
                yield self._judged(rule, survey, traced)
            elif survey.absent and type(survey.subject) in lineage(rule.judge.subject):
                yield _finding(rule, survey.subject, Result.NOT_APPLICABLE, ())
            for kind, hole in survey.holes.items():
                if kind in lineage(rule.judge.subject):
                    yield _finding(rule, survey.subject, Result.UNKNOWN, hole.probes, reason=hole.reason)
                    break
        for child in survey.children:
            yield from self._walk(child, traced)

    def _judged(self, rule: Rule, survey: Survey, traced: Callable[[Inquiry[Any]], Sequence[Probe[Any]]]) -> Finding:
        if survey.absent and rule.id != EXISTENCE:
            return _finding(rule, survey.subject, Result.NOT_APPLICABLE, ())
        try:
            return self._concluded(rule, survey, traced)
        except Unestablished as end:
            return _finding(rule, survey.subject, Result.UNKNOWN, end.unknown.probes, reason=end.unknown.reason)
        except Exception as error:  # noqa: BLE001 -- a fault of ours in one rule is that rule's unknown
            if self.fault:
                self.fault(error)
            return _finding(rule, survey.subject, Result.UNKNOWN, (), reason=f"internal.{type(error).__name__}")

    def _concluded(self, rule: Rule, survey: Survey, traced: Callable[[Inquiry[Any]], Sequence[Probe[Any]]]) -> Finding:
        """What the rule says, in its words. A step or an argument that its text does not know is its fault, too."""
        verdict = rule.judge.function(**survey.arguments(rule.judge.takes))
        used = {p: None for _, taken in rule.judge.takes if taken in survey.asked for p in traced(survey.asked[taken])}
        severity, reason = self._severity(rule, verdict)
        return _finding(rule, survey.subject, verdict.result, used, severity=severity, reason=reason, verdict=verdict)

    def _severity(self, rule: Rule, verdict: Verdict) -> tuple[Severity | None, str | None]:
        if verdict.result is not Result.FAIL:
            return None, None
        if rule.id in self.severities:
            return self.severities[rule.id], None
        if isinstance(verdict.rung, Unknown):  # the context is not known: the lowest step, and why
            return rule.severities[-1], verdict.rung.reason
        return rule.ladder[verdict.rung.value], verdict.doubt.reason if verdict.doubt else None

    def _superseded(self, found: list[Finding]) -> Iterator[Finding]:
        """What says the same thing less well is not said."""
        said = {
            (other, f.subject)
            for f in found
            if f.result is Result.FAIL
            for rule in self.rules
            if rule.id == f.rule
            for other in rule.supersedes
        }
        for f in found:
            if (f.rule, f.subject) in said and f.result is Result.FAIL:
                yield _superseded(f)
            else:
                yield f


def _superseded(finding: Finding) -> Finding:
    return replace(
        finding,
        result=Result.NOT_APPLICABLE,
        severity=None,
        reason=None,
        message=None,
        arguments={},
        confidence=None,
        publish=(),
        causes=(),
        evidence=(),
    )


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among failures."""
    found = [f.severity for f in findings if f.severity is not None]
    return min(found, key=ORDER.index) if found else None


def _finding(
    rule: Rule,
    subject: Subject,
    result: Result,
    probes: Iterable[Probe[Any]],
    *,
    severity: Severity | None = None,
    reason: str | None = None,
    verdict: Verdict | None = None,
) -> Finding:
    said = verdict if verdict is not None and result is Result.FAIL else None
    given = dict(said.arguments) if said else {}
    shown = {k: ", ".join(v) if isinstance(v, tuple) else v for k, v in given.items()}
    return Finding(
        rule=rule.id,
        subject=SubjectName(kind=subject.kind, name=subject.label),
        result=result,
        severity=severity,
        reason=reason,
        message=rule.message.format_map(shown) if result is Result.FAIL else None,
        arguments=given,
        confidence=Confidence.SINGLE if said and said.single else None,
        publish=said.publish if said else (),
        causes=said.causes if said else (),
        evidence=tuple(pointer(p.key) for p in probes),
    )
