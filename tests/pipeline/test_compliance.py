"""Evidence is held to compliance profiles that are younger than it; and of what it has lost, nothing is claimed.

Evidence of the lab is gathered without a thought of any profile. Of each domain each observation is taken away in
turn: an answer, a session, a fetch. Then each control is as it was, or not assessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from audit.catalog.compliance import compliance_profiles
from audit.lab.lab import Lab
from audit.model.compliance import ControlState
from audit.model.evidence import DomainEvidence
from audit.model.report import DomainReport
from audit.pipeline.judging import Bench
from audit.pipeline.store import read_evidence
from audit.report.compliance.judging import assess
from audit.report.compliance.seen import Selection
from audit.rules.registry import RULES
from audit.rules.summary.domain_report import rule_text
from tests.cli.command import NOW, beside, lab_options, mxaudit

DOMAINS = {
    "good.example": "selectors=lab1",
    "parked.example": "parked=true",
    "mail.inherits.example": "selectors=lab1",
    "dkim1024.example": "selectors=lab1",
    "stsleftout.example": "selectors=lab1",
}
SHARE = 5  # of the domains but the first, every fifth observation
States = dict[tuple[str, str], ControlState]
NO_GUESS = "._domainkey."


@dataclass(frozen=True)
class Gathered:
    """The evidence of some domains, and what judges it."""

    bench: Bench
    given: Mapping[type, Any]
    records: Mapping[str, DomainEvidence]

    def judged(self, record: DomainEvidence) -> DomainReport:
        return self.bench.domain(record, self.given)[0]


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    directory = tmp_path_factory.mktemp("lab")
    text = "".join(f"{name} {options}\n" for name, options in DOMAINS.items())
    with beside(Lab(NOW)) as started:
        options = lab_options(started, directory / "ca.pem")
        done = mxaudit("gather", "-", "--out-dir", directory / "run", *options, stdin=text.encode())
        assert done.code == 0, done.err
    evidence = read_evidence(directory / "run")
    bench = Bench(evidence, None, fault)
    return Gathered(bench, bench.given(bench.run()[0]), {record.domain: record for record in evidence.listed()})


def fault(error: BaseException) -> None:
    raise error


def states(report: DomainReport) -> States:
    selection = Selection.of(rule_text(rule) for rule in RULES if rule.id != "DKIM-AGE")
    return {
        (profile.id, each.control): each.state
        for profile in compliance_profiles()
        for each in assess(profile, report, selection, lambda *_: None)
    }


def less(record: DomainEvidence) -> Iterator[tuple[str, DomainEvidence]]:
    """The evidence without one observation, and which."""
    for gone in record.answers:
        if NO_GUESS in gone.question.name and not gone.answer.records:
            continue  # one guess is like another
        yield gone.question.key, replace(record, answers=tuple(a for a in record.answers if a is not gone))
    for visit in record.visits:
        yield visit.key, replace(record, visits=tuple(v for v in record.visits if v != visit))
    for get in record.fetches:
        yield get.key, replace(record, fetches=tuple(g for g in record.fetches if g != get))


@pytest.mark.parametrize("name", DOMAINS)
def test_an_observation_less_is_no_control_more(gathered: Gathered, name: str) -> None:
    record = gathered.records[name]
    before = states(gathered.judged(record))
    assert {ControlState.MET, ControlState.NOT_ASSESSED} < set(before.values())
    opened = set()
    for number, (lost, rest) in enumerate(less(record)):
        if name != "good.example" and number % SHARE:
            continue
        after = states(gathered.judged(rest))
        changed = {c: (before[c], s) for c, s in after.items() if s not in (before[c], ControlState.NOT_ASSESSED)}
        assert changed == {}, lost
        opened |= {c for c, s in after.items() if s is not before[c]}
    assert len(opened) > 10
