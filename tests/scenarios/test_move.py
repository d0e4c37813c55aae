"""The lab's company rehearses the zone that it means to publish: four faults are planted in it, and these are found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.catalog.migration import load_migrations
from audit.cli.demo import gather_lab
from audit.lab.lab import internet
from audit.lab.moving.company import BY_ADDRESS, DOMAIN, START, State, story
from audit.lab.moving.planted import MENDED, PLANNED, zone_file
from audit.lab.signing import SignedZones
from audit.model.evidence import DomainEvidence
from audit.model.probe import Probe
from audit.model.report import Result, Severity
from audit.pipeline.rehearsing import Rehearsed, Wish, rehearse
from audit.pipeline.store import Evidence, read_evidence
from audit.protocol.migration.goal import goal_of
from audit.syntax.planned import read_planned
from tests.cli.command import mxaudit
from tests.cli.moving import alone
from tests.lab.moving.by_plan import GIVEN
from tests.lab.replies import Replies
from tests.scenarios.lab_run import raised, unwatched

SPF, STS = "MIG-SPF-LOOKUPS", "MIG-MTASTS"
KEY, DISCOVERY = "MIG-DKIM-NEW", "MIG-AUTODISCOVER"
Found = set[tuple[str, Severity | None]]


@pytest.fixture(scope="module")
def evidence_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company before its first step, gathered in the lab."""
    directory = tmp_path_factory.mktemp("moving")
    asyncio.run(gather_lab(START, directory, unwatched, raised, (story(State()),)))
    return directory


@pytest.fixture(scope="module")
def evidence(evidence_at: Path) -> Evidence:
    return read_evidence(evidence_at)


def rehearsed(evidence: Evidence, planned: State, *, live: bool) -> Rehearsed:
    [record] = records(evidence)
    entry = load_migrations().of("google")
    assert entry is not None
    text = zone_file(planned).encode()
    wish = Wish(read_planned(text, DOMAIN, name="planned.zone"), START, START, goal_of(entry, DOMAIN, GIVEN, ()), entry)
    return rehearse(evidence, record, wish, "migration", fault=raised, ask=answers if live else None)


def records(evidence: Evidence) -> Iterator[DomainEvidence]:
    return iter(tuple(evidence.domains))


def answers(probes: tuple[Probe[Any], ...]) -> Mapping[Probe[Any], Any]:
    """What the lab says now to what the evidence does not hold."""
    stories = (story(State()),)
    replies = Replies(SignedZones(internet(stories), START), stories)
    return {probe: replies.told(probe) for probe in probes}


def new(done: Rehearsed) -> Found:
    """What fails then and does not now, of more than passing interest."""
    now, then = (
        {(f.rule, f.severity) for f in stage.findings if f.result is Result.FAIL} for stage in (done.now, done.then)
    )
    return {(rule, severity) for rule, severity in then - now if severity is not Severity.INFO}


ALL: Found = {
    (SPF, Severity.HIGH),
    (STS, Severity.CRITICAL),
    (KEY, Severity.HIGH),
    (DISCOVERY, Severity.MEDIUM),
}


def test_the_four_faults_are_found_and_no_other(evidence: Evidence) -> None:
    assert new(rehearsed(evidence, PLANNED, live=True)) == ALL


@pytest.mark.parametrize(
    ("mended", "gone"),
    [
        (replace(PLANNED, servers=BY_ADDRESS), SPF),
        (replace(PLANNED, new_key=True), KEY),
        (replace(PLANNED, discovery=False), DISCOVERY),
    ],
    ids=lambda value: value if isinstance(value, str) else "mended",
)
def test_a_fault_that_is_mended_is_gone(evidence: Evidence, mended: State, gone: str) -> None:
    left = {rule for rule, _ in new(rehearsed(evidence, mended, live=True))} - {"SPF-LOOKUPS-NEAR"}
    assert left == {rule for rule, _ in ALL} - {gone}


def test_senders_keep_the_policy_of_now_whatever_is_planned(evidence: Evidence) -> None:
    """A policy is no record: a zone file cannot mend it, and time alone lets senders forget it."""
    done = rehearsed(evidence, MENDED, live=True)
    assert {rule for rule, _ in new(done)} - {"SPF-LOOKUPS-NEAR"} == {STS}
    [fault] = [f for f in done.then.findings if f.rule == STS]
    assert "2026-12-22" in (fault.message or "")  # four weeks after the evidence


def test_what_evidence_lacks_is_not_called_well(evidence: Evidence) -> None:
    """Nobody asked about the new provider before: without asking now, what hangs on it is unknown."""
    done = rehearsed(evidence, PLANNED, live=False)
    results = {f.rule: f.result for f in done.then.findings if f.rule in {SPF, STS, KEY}}
    assert results == {SPF: Result.UNKNOWN, STS: Result.FAIL, KEY: Result.FAIL}
    assert done.unseen


def test_before_the_move_all_is_well(evidence: Evidence) -> None:
    found = rehearsed(evidence, State(), live=True).now.findings
    failed = {f.rule for f in found if f.result is Result.FAIL and f.severity is not Severity.INFO}
    assert failed == {"TTL-MIGRATION"}  # which the profile of a move asks for, and a step of it lowers


def test_the_command_tells_the_same(evidence_at: Path, tmp_path: Path) -> None:
    planned = tmp_path / "planned.zone"
    planned.write_text(zone_file(PLANNED))
    sets = [word for key, value in GIVEN.items() for word in ("--set", f"{key}={value}")]
    with alone(story(State())) as words:
        done = mxaudit(
            *("migrate", "rehearse", DOMAIN, "--zone", planned, "--evidence", evidence_at, "--to", "google"),
            *(*sets, *words, "--live", "--dns-timeout", "10", "--json"),
        )
    contract.check("rehearsal", done.out)
    told = json.loads(done.out)
    graver = {(t["rule"], t["severity_then"]) for t in told["findings"] if t["turn"] == "new"}
    assert {(rule, severity) for rule, severity in graver if severity != "info"} == {(r, str(s)) for r, s in ALL}
    assert done.code == 1
