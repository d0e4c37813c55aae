"""Losing information never turns a result into pass or fail.

So it is with the answers that are drawn from them: each stays as it was, or could not be tested.

Of the evidence of each case each observation is taken away in turn: an answer, a session, the end of a session, the
certificates in it. Then every result is as it was, or unknown, or gone with its subject while the subject above is
unknown for that rule; none is new but unknown; and no failure is graver than before. One thing more may happen: where a
failure had been left unsaid because another said it better, and the other is unknown now, it is said again. It was as
certain before: only its words were spared.

A rule that does not apply to a subject claims nothing of it, but is not new either: where a subject is there that was
not, its rules are unknown. The few exceptions stand in `IN_ITS_STEAD`, each with its reason.

Where DKIM selectors are named, a guess is a gift: it may be gone without an unknown in its stead, and of what the named
ones alone are to show, nothing else is said (`GIFTS`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias
from zlib import crc32

import pytest

from audit.model.fact import Known
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsGet, Probe, Question, SmtpSession, SmtpVisit
from audit.model.report import DomainVerdict, Finding, Result, State
from audit.protocol.survey import Survey
from audit.protocol.vantage import Vantage
from audit.rules.registry import RULES, named
from audit.rules.rule import ORDER
from audit.rules.summary.verdicts import verdicts
from tests.rules.standing import Whole
from tests.rules.summary.test_verdicts import STORIES
from tests.rules.tables import CASES
from tests.rules.world import Case, World, domain_replayed, evidence_of, not_gathered, run_replayed, selected

Results: TypeAlias = Mapping[tuple[str, str, str], Finding]
Evidence: TypeAlias = dict[Probe[Any], Any]
SHARE = 5  # every fifth of the observations that a case's rule does not rest on
GIFTS = frozenset({"DKIM-ED25519-ONLY"})  # a guess beside a named key may show that it is not the only kind
# Of many hosts or addresses only the first are looked at: without one of those another takes its place, and of that all
# is known. That it sends no mail, so that SPF need not let it, was true before.
IN_ITS_STEAD = frozenset({("MX-DUP-ADDR unknown more hosts than are asked", "SPF-SENDER-NOT-PASS", "address")})
GUESSES = 2  # DKIM selectors that were tried without being named: one is like another


def worlds() -> tuple[Case, ...]:
    """One case of each evidence."""
    return tuple({evidence_of(case): case for case in reversed(CASES)}.values())[::-1]


def stories() -> tuple[Case, ...]:
    """What the answers are tested with: several servers, lists and hosts at once."""
    return tuple({evidence_of(case): case for _, case, _, _ in STORIES}.values())


def by_rule(findings: tuple[Finding, ...]) -> Results:
    return {(f.rule, f.subject.kind, f.subject.name): f for f in findings}


def binding(findings: tuple[Finding, ...], case: Case) -> Results:
    """What must not be lost: where selectors are named, all but what rests on guesses."""
    if not case.options.selectors:
        return by_rule(findings)
    named = {f"{s}._domainkey.{case.domain}" for s in case.options.selectors}
    kept = (f for f in findings if f.subject.kind != "selector" or f.subject.name in named)
    return by_rule(tuple(f for f in kept if f.rule not in GIFTS))


def bereft(evidence: Evidence, case: Case, findings: Iterable[Finding]) -> Iterator[tuple[str, Probe[Any], Evidence]]:
    """The evidence without one observation, and what it was, of which probe: each on which the case's own rule rests,
    and a share of the others, another for each case. Hundreds of cases have most of them in common."""
    guesses = 0
    whole = not case.rule
    own = {key for f in findings if f.rule == case.rule for key in f.evidence}
    for probe, came in evidence.items():
        if not whole and probe.key not in own and crc32(f"{case.id} {probe.key}".encode()) % SHARE:
            continue
        if isinstance(probe, Question) and "._domainkey." in probe.name and not came.records:
            guesses += 1
            if guesses > GUESSES:
                continue
        yield probe.key, probe, {k: v for k, v in evidence.items() if k != probe}
        if isinstance(probe, SmtpVisit):
            for what, left in _less_of(came):
                yield f"{what} of {probe.key}", probe, {**evidence, probe: left}
        if isinstance(probe, TlsHello):
            for count in range(len(came.stages)):
                yield (
                    f"all after {count} stages of {probe.key}",
                    probe,
                    {**evidence, probe: TlsFlight(stages=came.stages[:count])},
                )
            yield f"the chain of {probe.key}", probe, {**evidence, probe: replace(came, chain=())}
        if isinstance(probe, HttpsGet) and came.tls:
            yield f"TLS of {probe.key}", probe, {**evidence, probe: replace(came, tls=None)}
            yield (
                f"the chain of {probe.key}",
                probe,
                {**evidence, probe: replace(came, tls=replace(came.tls, chain=()))},
            )


def _less_of(session: SmtpSession) -> Iterator[tuple[str, SmtpSession]]:
    for count in range(len(session.stages)):
        yield f"all after {count} stages", replace(session, stages=session.stages[:count], tls=None)
    if session.tls:
        yield "TLS", replace(session, tls=None)
        yield "the chain", replace(session, tls=replace(session.tls, chain=()))


def violations(case: Case, before: Results, after: Results) -> Iterator[str]:
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
    for key, now in after.items():
        replacing = now.result is Result.NOT_APPLICABLE and (case.id, *key[:2]) in IN_ITS_STEAD
        if key not in before and now.result is not Result.UNKNOWN and not replacing:
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


def answers(case: Case, domain: Survey, findings: tuple[Finding, ...]) -> tuple[DomainVerdict, ...]:
    smtp, lists = case.settings.get("smtp", True), case.settings.get("blocklists", True)
    return verdicts(findings, domain.facts, smtp=bool(smtp), lists=bool(lists))


def overturned(before: tuple[DomainVerdict, ...], after: tuple[DomainVerdict, ...]) -> Iterator[str]:
    """What became another answer, or one where there had been none."""
    for was, now in zip(before, after, strict=True):
        if now.state is not State.UNKNOWN and (now.state, now.answer) != (was.state, was.answer):
            yield f"{was.id}: {was.state} {was.answer} became {now.state} {now.answer}"


@pytest.mark.parametrize("case", worlds(), ids=lambda c: c.id)
def test_an_observation_less_is_never_a_claim_more(case: Case) -> None:
    hold_without_each(case)


@pytest.mark.parametrize("case", stories())
def test_an_observation_less_never_answers_more(case: Case) -> None:
    hold_without_each(case)


def hold_without_each(case: Case) -> None:
    faults: list[BaseException] = []
    rules = selected(case) if case.settings else RULES
    run, _ = run_replayed(case, World(case), faults)
    world = World(case)
    whole = Whole(case, run, world, faults, rules)
    before, answered = binding(whole.findings, case), answers(case, whole.domain, whole.findings)
    for lost, probe, left in bereft(world.asked, case, whole.findings):
        domain, findings = whole.without(probe, partial(_left_of, left))
        assert not list(violations(case, before, binding(findings, case))), lost
        assert not list(overturned(answered, answers(case, domain, findings))), lost
    assert not faults


@pytest.mark.parametrize("case", [*worlds()[::60], *stories()[::15]])
def test_what_is_kept_is_what_a_replay_of_all_finds(case: Case) -> None:
    faults: list[BaseException] = []
    rules = selected(case) if case.settings else RULES
    run, _ = run_replayed(case, World(case), faults)
    world = World(case)
    whole = Whole(case, run, world, faults, rules)
    assert whole.findings == domain_replayed(case, run, World(case), faults, rules)[1]
    for lost, probe, left in bereft(world.asked, case, whole.findings):
        seen = partial(_left_of, left)
        domain, findings = domain_replayed(case, run, seen, faults, rules)
        kept, found = whole.without(probe, seen)
        assert found == findings, lost
        assert answers(case, kept, found) == answers(case, domain, findings), lost
    assert not faults


def _left_of(evidence: Evidence, probe: Probe[Any]) -> Any:
    return evidence.get(probe) or not_gathered(probe)


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
    before = binding(findings, case)
    for lost, _, left in bereft(evidence, case, findings):
        run, insights = run_replayed(case, partial(_left_of, left), faults)
        found = domain_replayed(case, run, World(case), faults)[1]
        assert not list(violations(case, before, binding((*insights, *found), case))), lost
    assert not faults
