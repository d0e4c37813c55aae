"""Losing information never makes a result better or worse: each observation of the lab removed in turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.lab.stories import STORIES
from audit.model.evidence import DomainEvidence
from audit.model.probe import SmtpVisit
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence
from tests.scenarios.lab_run import lab_evidence, raised, results

Results = dict[tuple[str, str, str], str]


def judged(record: DomainEvidence, without: SmtpVisit | None = None) -> Results:
    _, whole = lab_evidence()
    sessions = {v: s for v, s in whole.sessions.items() if v != without}
    report = judge(Evidence(whole.head, (record,), (), sessions), fault=raised, second_opinion=False)
    return results(next(iter(report.domains)))


def violations(before: Results, after: Results) -> list[str]:
    """What is not allowed: another result, a result that came from nowhere, one that went without a hole above it."""
    unknown_rules = {rule for (rule, _, _), result in after.items() if result.startswith("unknown")}
    found = []
    for key, was in before.items():
        now = after.get(key)
        gone = now is None and key[0] in unknown_rules
        lower_rung = was.startswith("fail") and (now or "").startswith("fail")
        if now != was and not gone and not lower_rung and not (now or "").startswith("unknown"):
            found.append(f"{key}: {was} -> {now}")
    found += [f"{k}: new {v}" for k, v in after.items() if k not in before and not v.startswith("unknown")]
    return found


@pytest.mark.parametrize("domain", [s.domain for s in STORIES])
def test_one_observation_less(domain: str) -> None:
    _, evidence = lab_evidence()
    (record,) = (d for d in evidence.domains if d.domain == domain)
    before = judged(record)
    bad = []
    for asked in record.answers:
        less = replace(record, answers=tuple(a for a in record.answers if a is not asked))
        bad += [f"without {asked.question.key}: {v}" for v in violations(before, judged(less))]
    for visit in record.visits:
        bad += [f"without {visit.key}: {v}" for v in violations(before, judged(record, visit))]
    assert not bad, "\n".join(bad[:20])
