"""Losing information never makes a result better or worse: observations of the lab removed one at a time.

Of a domain's answers every third is, from another one on for each domain, since much is asked of all of them; each
session is. tests/rules/test_monotone.py takes away whatever the cases of a rule rest on.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.lab.stories import STORIES
from audit.model.evidence import DomainEvidence
from audit.model.probe import SmtpVisit
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence
from tests.scenarios.lab_run import lab_evidence, raised, results

EACH = 3  # of that many answers one is taken away
Results = dict[tuple[str, str, str], str]


def judged(*records: DomainEvidence, without: SmtpVisit | None = None) -> list[Results]:
    """What is found by each of some records, in one run: what holds for all of them is worked out once."""
    _, whole = lab_evidence()
    sessions = {v: s for v, s in whole.sessions.items() if v != without}
    report = judge(Evidence(whole.head, records, (), sessions), fault=raised, second_opinion=False)
    return [results(domain) for domain in report.domains]


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


@pytest.mark.parametrize(("first", "domain"), [(at % EACH, s.domain) for at, s in enumerate(STORIES)])
def test_one_observation_less(first: int, domain: str) -> None:
    _, evidence = lab_evidence()
    (record,) = (d for d in evidence.domains if d.domain == domain)
    taken = record.answers[first::EACH]
    less = [replace(record, answers=tuple(a for a in record.answers if a is not asked)) for asked in taken]
    before, *after = judged(record, *less)
    bad = []
    for asked, now in zip(taken, after, strict=True):
        bad += [f"without {asked.question.key}: {v}" for v in violations(before, now)]
    for visit in record.visits:
        bad += [f"without {visit.key}: {v}" for v in violations(before, *judged(record, without=visit))]
    assert not bad, "\n".join(bad[:20])
