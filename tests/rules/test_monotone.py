"""Losing information never turns a result into pass or fail.

So it is with the answers that are drawn from them: on forgery each stays as it was, or could not be tested. On the
others, which speak of several servers or lists at once, what was seen of one still counts when another was lost: such
an answer is never graver than before, and none is there where there was none.

Of the evidence of each case each observation is taken away in turn: an answer, a session, the end of a session, the
certificates in it. Then every result is as it was, or unknown, or gone with its subject while the subject above is
unknown for that rule; none is new but unknown; and no failure is graver than before. One thing more may happen: where a
failure had been left unsaid because another said it better, and the other is unknown now, it is said again. It was as
certain before: only its words were spared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias
from zlib import crc32

import pytest

from audit.model.fact import Known
from audit.model.probe import HttpsGet, Probe, Question, SmtpSession, SmtpVisit
from audit.model.report import DomainVerdict, Finding, Result, State
from audit.protocol.survey import Survey
from audit.protocol.vantage import Vantage
from audit.rules.registry import RULES, named
from audit.rules.rule import ORDER
from audit.rules.summary.verdicts import verdicts
from tests.rules.tables import CASES
from tests.rules.world import Case, World, domain_replayed, not_gathered, run_replayed

Results: TypeAlias = Mapping[tuple[str, str, str], Finding]
Evidence: TypeAlias = dict[Probe[Any], Any]
GRAVITY = (State.GOOD, State.WARNING, State.BAD)
SHARE = 5  # every fifth of the observations that a case's rule does not rest on
GUESSES = 2  # DKIM selectors that were tried without being named: one is like another


def worlds() -> tuple[Case, ...]:
    """One case of each evidence."""
    return tuple({_evidence_of(case): case for case in reversed(CASES)}.values())[::-1]


def _evidence_of(case: Case) -> str:
    return repr(replace(case, rule="", expected="", why="", subject=None, severity=None, arguments=None, reason=None))


def by_rule(findings: tuple[Finding, ...]) -> Results:
    return {(f.rule, f.subject.kind, f.subject.name): f for f in findings}


def bereft(evidence: Evidence, case: Case, findings: Iterable[Finding]) -> Iterator[tuple[str, Evidence]]:
    """The evidence without one observation, and what it was: each on which the case's own rule rests, and a share of
    the others, another for each case. Hundreds of cases have most of them in common."""
    guesses = 0
    own = {key for f in findings if f.rule == case.rule for key in f.evidence}
    for probe, came in evidence.items():
        if probe.key not in own and crc32(f"{case.id} {probe.key}".encode()) % SHARE:
            continue
        if isinstance(probe, Question) and "._domainkey." in probe.name and not came.records:
            guesses += 1
            if guesses > GUESSES:
                continue
        yield probe.key, {k: v for k, v in evidence.items() if k != probe}
        if isinstance(probe, SmtpVisit):
            for what, left in _less_of(came):
                yield f"{what} of {probe.key}", {**evidence, probe: left}
        if isinstance(probe, HttpsGet) and came.tls:
            yield f"TLS of {probe.key}", {**evidence, probe: replace(came, tls=None)}
            yield f"the chain of {probe.key}", {**evidence, probe: replace(came, tls=replace(came.tls, chain=()))}


def _less_of(session: SmtpSession) -> Iterator[tuple[str, SmtpSession]]:
    for count in range(len(session.stages)):
        yield f"all after {count} stages", replace(session, stages=session.stages[:count], tls=None)
    if session.tls:
        yield "TLS", replace(session, tls=None)
        yield "the chain", replace(session, tls=replace(session.tls, chain=()))


def violations(before: Results, after: Results) -> Iterator[str]:
    """What became pass or fail, graver, or was lost without an unknown in its stead."""
    unknown_rules = {rule for (rule, _, _), f in after.items() if f.result is Result.UNKNOWN}
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            if key[0] not in unknown_rules and not _of_nothing(key, was):
                yield f"{key}: {was.result} is gone"
        elif now.result not in (was.result, Result.UNKNOWN) and not _spared(key, was, now, before, after):
            yield f"{key}: {was.result} became {now.result}"
        elif now.severity and was.severity and ORDER.index(now.severity) < ORDER.index(was.severity):
            yield f"{key}: {was.severity} became {now.severity}"
    for key, now in after.items():  # that a rule does not apply to a subject in a lost one's stead claims nothing
        if key not in before and now.result not in (Result.UNKNOWN, Result.NOT_APPLICABLE):
            yield f"{key}: {now.result} is new"


def _of_nothing(key: tuple[str, str, str], was: Finding) -> bool:
    """Whether a domain that does not exist stood in for subjects below it, of which there may be none now as well."""
    return was.result is Result.NOT_APPLICABLE and named(key[0]).judge.subject.kind != key[1]


def _spared(key: tuple[str, str, str], was: Finding, now: Finding, before: Results, after: Results) -> bool:
    """Whether a failure comes to light because one that said it better is not known any more."""
    better = [(r.id, *key[1:]) for r in RULES if key[0] in r.supersedes]
    return (was.result, now.result) == (Result.NOT_APPLICABLE, Result.FAIL) and any(
        k in before and before[k].result is Result.FAIL and after[k].result is Result.UNKNOWN for k in better
    )


def answers(domain: Survey, findings: tuple[Finding, ...]) -> tuple[DomainVerdict, ...]:
    return verdicts(findings, domain.facts, smtp=True, lists=True)


def overturned(before: tuple[DomainVerdict, ...], after: tuple[DomainVerdict, ...]) -> Iterator[str]:
    """What became another answer, or one where there had been none."""
    for was, now in zip(before, after, strict=True):
        if now.state is State.UNKNOWN or (now.state, now.answer) == (was.state, was.answer):
            continue
        strict = was.id.startswith("forgery") or was.state not in GRAVITY or now.state not in GRAVITY
        if strict or GRAVITY.index(now.state) > GRAVITY.index(was.state):
            yield f"{was.id}: {was.state} {was.answer} became {now.state} {now.answer}"


@pytest.mark.parametrize("case", worlds(), ids=lambda c: c.id)
def test_an_observation_less_is_never_a_claim_more(case: Case) -> None:
    faults: list[BaseException] = []
    run, _ = run_replayed(case, World(case), faults)
    world = World(case)
    domain, findings = domain_replayed(case, run, world, faults)
    before, answered = by_rule(findings), answers(domain, findings)
    for lost, left in bereft(world.asked, case, findings):
        domain, findings = domain_replayed(case, run, lambda p, left=left: left.get(p) or not_gathered(p), faults)  # type: ignore[misc]
        assert not list(violations(before, by_rule(findings))), lost
        assert not list(overturned(answered, answers(domain, findings))), lost
    assert not faults


def whole_vantage(case: Case) -> bool:
    """Whether nothing is known against our own vantage: else to forget it is to believe what it had put in doubt."""
    run, _ = run_replayed(case, World(case), [])
    seen = run.facts[Vantage]
    return isinstance(seen, Known) and seen.value.rewriting == Known(False) and seen.value.clock != Known(False)


@pytest.mark.parametrize("case", [c for c in worlds()[::9] if whole_vantage(c)], ids=lambda c: c.id)
def test_an_observation_less_of_the_run_is_never_a_claim_more(case: Case) -> None:
    faults: list[BaseException] = []
    seen = World(case)
    run, insights = run_replayed(case, seen, faults)
    evidence = dict(seen.asked)
    findings = (*insights, *domain_replayed(case, run, World(case), faults)[1])
    before = by_rule(findings)
    for lost, left in bereft(evidence, case, findings):
        run, insights = run_replayed(case, lambda p, left=left: left.get(p) or not_gathered(p), faults)  # type: ignore[misc]
        found = domain_replayed(case, run, World(case), faults)[1]
        assert not list(violations(before, by_rule((*insights, *found)))), lost
    assert not faults
