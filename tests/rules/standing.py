"""The evidence of a case judged again and again, each time without one observation: what does not rest on it stands.

An inquiry is a function of its arguments and of the probes that it rests on, and a rule is one of its facts. So of
the replay of all evidence each fact is kept whose trace lacks the lost probe, and each finding all of whose facts are
kept; the rest is worked out anew. `test_monotone` holds a share of these to replays in which nothing is kept.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from audit.model.fact import Known
from audit.model.probe import Probe
from audit.model.report import Finding, SubjectName
from audit.model.subject import Domain, Subject
from audit.model.value import dataclass
from audit.protocol.drive import Drive, Trace
from audit.protocol.inquiry import Inquiry, Work
from audit.protocol.survey import Survey, survey
from audit.rules.engine import Engine, Traced
from audit.rules.rule import Rule
from tests.rules.world import Case, Seen, domain_scope, domain_sight, judged

Memo: TypeAlias = dict[Inquiry[Any], Any]
Said: TypeAlias = dict[tuple[Any, ...], Finding]


class Whole:
    """A domain as all of its evidence shows it."""

    def __init__(
        self, case: Case, run: Survey, seen: Seen, faults: list[BaseException], rules: tuple[Rule, ...]
    ) -> None:
        self._faults, self._run = faults, run
        self._scope, self._plan = domain_scope(case, run)
        self._domain = Domain(case.domain)
        self._rules = judged(case, rules, self._plan)
        self._memo: Memo = {}
        self._said: Said = {}
        self.domain, self.findings = self._judged(seen, self._memo, self._said, keep=True)
        self._rests = {asked: frozenset(Trace(begun.asked)) for asked, begun in self._memo.items()}

    def without(self, lost: Probe[Any], seen: Seen) -> tuple[Survey, tuple[Finding, ...]]:
        """What is found where one probe's observation is another than it was."""
        stands = {asked: begun for asked, begun in self._memo.items() if lost not in self._rests[asked]}
        return self._judged(seen, stands, self._said, keep=False)

    def _judged(self, seen: Seen, memo: Memo, said: Said, *, keep: bool) -> tuple[Survey, tuple[Finding, ...]]:
        through = domain_sight(seen, self._run)
        drive = Drive(lambda probe, done: done(through(probe)), self._faults.append)
        drive._memo = memo

        def ended(work: Work[Any]) -> Any:
            ends: list[Any] = []
            drive.begin(work, lambda *end: ends.append(end))
            return ends[0]

        domain = ended(survey(self._domain, self._scope, self._plan))[0]
        assert isinstance(domain, Known), domain
        engine = _Remembering(
            rules=self._rules, severities={}, fault=self._faults.append, memo=memo, said=said, keep=keep
        )
        return domain.value, engine.judge(domain.value, lambda asked: tuple(ended(asked)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembering(Engine):
    """An engine that says of the very same facts what it said of them before."""

    memo: Memo
    said: Said
    keep: bool

    def _judged(self, rule: Rule, name: SubjectName, survey: Survey, traced: Traced) -> Finding:
        if survey.absent:
            return Engine._judged(self, rule, name, survey, traced)
        known = (rule.id, survey.subject, *(self._given(survey, t) for _, t in rule.judge.takes))
        if self.keep:
            self.said[known] = Engine._judged(self, rule, name, survey, traced)
            return self.said[known]
        return self.said.get(known) or Engine._judged(self, rule, name, survey, traced)

    def _given(self, survey: Survey, taken: type) -> Any:
        """What tells an argument of a rule: a fact and its trace as they are, a constant, or a subject by its name."""
        if taken in survey.asked:
            return id(self.memo[survey.asked[taken]])
        constant = survey.scope[taken]
        return constant if isinstance(constant, Subject) else id(constant)
