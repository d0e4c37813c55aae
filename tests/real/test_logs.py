"""pflogsumm reads the same log as ours, and counts the same.

Ours is held to the generator's counts of the same 50 MB in tests/cli/test_logs.py, so here pflogsumm is.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.command import mxaudit
from tests.desk.logs.generator import postfix_log
from tests.real.pflogsumm import summed

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("octets", "reads_too"), [(2_000_000, True), (50_000_000, False)])
def test_pflogsumm_counts_the_same(octets: int, reads_too: bool, tmp_path: Path) -> None:
    log, wanted = tmp_path / "mail.log", Counter[str]()
    with log.open("wb") as file:
        for text, counts in postfix_log(octets):
            file.write(text)
            wanted.update(counts)
    theirs = summed(log)
    assert {name: theirs[name] for name in wanted} == wanted
    if reads_too:
        ours = json.loads(mxaudit("logs", str(log), "--json").out)["totals"]
        assert {name: ours[name] for name in theirs} == theirs
