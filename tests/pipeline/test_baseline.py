"""A baseline: what is known is written down, and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit import contract
from audit.model.report import Finding, Result, RunReport, Severity, SubjectName, Waiver
from audit.pipeline.baseline import BaselineFile, baseline_of, read_baseline, write_baseline
from audit.pipeline.handwritten import HandwrittenError
from tests.records import REPORT

DOMAIN = next(d for d in REPORT.domains if d.findings)
FAIL = next(f for f in DOMAIN.findings if f.result is Result.FAIL)
WAIVER = Waiver(rule=FAIL.rule, domain=None, subject=None, reason="accepted", owner=None, expires=None, expired=False)


def of(name: str, severity: Severity = Severity.HIGH, waiver: Waiver | None = None) -> Finding:
    return replace(FAIL, subject=SubjectName(kind="host", name=name), severity=severity, waiver=waiver)


def report(*findings: Finding, run: tuple[Finding, ...] = ()) -> RunReport:
    return replace(REPORT, findings=run, domains=(replace(DOMAIN, status="audited", findings=findings),))


def test_it_holds_the_failures_that_count(tmp_path: Path) -> None:
    unknown = replace(FAIL, result=Result.UNKNOWN, severity=None, reason="dns.timeout", message=None)
    expired = replace(WAIVER, expired=True)
    given = report(of("b"), of("a", waiver=WAIVER), of("c", Severity.LOW, expired), unknown, run=(of("d"),))
    file = tmp_path / "baseline.json"
    write_baseline(file, baseline_of(given))
    assert contract.problems("baseline", file.read_bytes()) == []
    assert [e["subject"] for e in json.loads(file.read_text())["findings"]] == ["d", "b", "c"]
    known = read_baseline(file)
    assert known.findings == {
        contract.fingerprint(of("d"), ""): Severity.HIGH,
        contract.fingerprint(of("b"), DOMAIN.domain or ""): Severity.HIGH,
        contract.fingerprint(of("c"), DOMAIN.domain or ""): Severity.LOW,
    }
    assert known.name == "baseline.json"
    assert known.observed_at == REPORT.run.observed_at


def test_the_order_of_a_report_changes_nothing(tmp_path: Path) -> None:
    findings = (of("b"), of("a"), of("c"))
    assert baseline_of(report(*findings)) == baseline_of(report(*reversed(findings)))


def test_an_old_one_stays_where_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    write_baseline(file, baseline_of(report(of("a"))))
    before = file.read_bytes()
    broken = BaselineFile(baseline="else", observed_at=REPORT.run.observed_at, list_name="x", findings=())
    with pytest.raises(contract.ContractError):
        write_baseline(file, broken)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["baseline.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"baseline":"other","findings":[]}', "\x1b[2J"])
def test_what_is_no_baseline_is_told_of(tmp_path: Path, text: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(HandwrittenError) as caught:
        read_baseline(file)
    assert str(caught.value).startswith(f"{file} is no baseline, as `mxaudit baseline` writes it: ")
    assert str(caught.value).isprintable()
