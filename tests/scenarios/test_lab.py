"""Each domain of the lab shows what its story means, and nothing else."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.lab.sender_stories import OLD_MAILER
from audit.lab.stories import STORIES
from audit.lab.story import Story
from audit.model.report import Result, RunReport, Severity
from audit.pipeline.flow import PAGE, REPORT, Output, publish
from audit.pipeline.judging import judge
from audit.pipeline.store import read_evidence
from audit.report import FORMATS
from tests.scenarios.lab_run import gather_into, lab_evidence, lab_report, raised, results

GOLDEN = Path(__file__).with_name("lab.json")


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.domain)
def test_a_story_shows_exactly_its_fails(story: Story) -> None:
    (domain,) = (d for d in lab_report().domains if d.domain == story.domain)
    fails = {
        (f.rule, f.subject.name, f.severity)
        for f in domain.findings
        if f.result is Result.FAIL and f.severity is not Severity.INFO
    }
    assert fails == {*story.fails, *((rule, story.domain, Severity.LOW) for rule in story.lacks)}


def test_every_result_is_as_it_was() -> None:
    """Run with UPDATE_GOLDEN=1 to write the golden anew, then read the difference."""
    found = {str(d.domain): {" | ".join(k): v for k, v in sorted(results(d).items())} for d in lab_report().domains}
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == json.loads(GOLDEN.read_text("utf-8"))


def test_nothing_of_ours_broke() -> None:
    reasons = {f.reason for d in lab_report().domains for f in d.findings}
    assert not [r for r in reasons if r and r.startswith("internal.")]
    assert {d.status for d in lab_report().domains} == {"audited"}


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    again = tmp_path / "again"
    gather_into(again)
    second = judge(read_evidence(again), fault=raised)
    for name in ("json", "html"):
        assert FORMATS[name](lab_report()) == FORMATS[name](second)


def test_judging_opens_no_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = FORMATS["json"](lab_report())

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    directory, _ = lab_evidence()
    publish(directory, (Output("json", tmp_path / REPORT), Output("html", tmp_path / PAGE)), raised)
    assert (tmp_path / REPORT).read_bytes() == first


def test_the_dead_list_is_said_once() -> None:
    broken = [f for f in lab_report().findings if f.rule == "DNSBL-LIST-BROKEN"]
    assert len(broken) == 1
    assert {
        f.reason for d in lab_report().domains for f in d.findings if f.subject.name.endswith("dead-bl.lab.example")
    } == {"dnsbl.broken"}


def test_what_troubles_two_domains_is_said_once() -> None:
    told = [(i.rule, i.cause.kind, i.cause.name, i.affected, i.domains) for i in lab_report().insights]
    unserved = ("servfail.example", "silent.example")
    assert told == [
        ("NS-LAME", "name_server", "ns1.lab.example", 2, unserved),
        ("NS-LAME", "name_server", "ns2.lab.example", 2, unserved),
        ("SPF-INCLUDE-NONE", "include", OLD_MAILER, 2, ("spfshared.example", "spfsharedtoo.example")),
    ]


def test_the_report_round_trips() -> None:
    written = FORMATS["json"](lab_report())
    contract.check("report", written)
    assert contract.load(written, RunReport) == lab_report()


def test_each_finding_points_at_evidence_that_is_there() -> None:
    _, evidence = lab_evidence()
    keys = {
        d.domain: {*(a.question.key for a in d.answers), *(v.key for v in d.visits), *(f.key for f in d.fetches)}
        for d in evidence.domains
    }
    for domain in lab_report().domains:
        for finding in domain.findings:
            if finding.result is Result.FAIL:
                assert finding.evidence, finding
                assert set(finding.evidence) <= keys[str(domain.domain)], finding
