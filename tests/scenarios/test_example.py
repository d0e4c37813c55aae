"""reports/example/ holds what the demo writes today: `make example` refreshes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit import contract
from audit.model.report import RunReport
from audit.pipeline.judging import judge
from audit.pipeline.store import read_evidence
from audit.report import FORMATS
from tests.scenarios.lab_run import lab_report, raised

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


def undated(report: RunReport) -> RunReport:
    """Without the digest of what judgement depends on: roots and suffixes change often."""
    digests = replace(report.run.digests, judgement="0" * 64)
    return replace(report, run=replace(report.run, digests=digests))


def example() -> RunReport:
    return contract.load((EXAMPLE / "report.json").read_bytes(), RunReport)


def test_the_example_is_what_the_demo_writes() -> None:
    assert undated(example()) == undated(lab_report()), "run `make example` and look at the difference"


def test_the_page_of_the_example_is_rendered_from_its_report() -> None:
    assert FORMATS["html"](example()) == (EXAMPLE / "index.html").read_bytes()


def test_the_evidence_of_the_example_gives_its_report() -> None:
    assert undated(judge(read_evidence(EXAMPLE), fault=raised)) == undated(example())


@pytest.mark.parametrize(
    ("name", "schema"), [("report.json", "report"), ("evidence.jsonl", "evidence"), ("hosts.jsonl", "hosts")]
)
def test_every_line_of_the_example_keeps_to_its_schema(name: str, schema: str) -> None:
    text = (EXAMPLE / name).read_bytes()
    for line in [text] if name.endswith(".json") else text.splitlines():
        contract.check(schema, line)
        assert contract.problems(schema, line) == []
