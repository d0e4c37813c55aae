"""Who judges says whether a second opinion is wanted; otherwise it is as the run wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit import contract
from audit.model.report import RunReport
from audit.pipeline.journal import Journal
from tests.cli.command import mxaudit
from tests.pipeline.test_judging import HEAD, domain


@pytest.mark.parametrize(
    ("gathered", "options", "asked"),
    [
        (True, (), True),
        (False, (), False),
        (True, ("--no-second-opinion",), False),
        (False, ("--second-opinion",), True),
    ],
)
def test_judge(gathered: bool, options: tuple[str, ...], asked: bool, tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(replace(HEAD, settings=replace(HEAD.settings, second_opinion=gathered)))
        writer.write(domain())
    done = mxaudit("judge", tmp_path, *options, "-o", "json=-", "--fail-on", "never", "--max-unknown", "100")
    assert done.code == 0, done.err
    report = contract.load(done.out, RunReport)
    assert report.run.second_opinion is asked
    judged = {j.rule for d in report.domains for j in d.passed} | {f.rule for d in report.domains for f in d.findings}
    assert ("SPF-SECOND-OPINION" in judged) is asked
