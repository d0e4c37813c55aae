"""pflogsumm reads the same log as ours, and counts the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import mxaudit
from tests.desk.logs.generator import postfix_log
from tests.real.daemons import program

NAMES = {"received": "received", "delivered": "sent", "bounced": "bounced", "rejected": "rejected"}


@pytest.mark.real
def test_pflogsumm_counts_the_same(tmp_path: Path) -> None:
    summer = program("pflogsumm")
    if summer is None:
        if os.environ.get("REQUIRE_REAL") == "1":
            pytest.fail("REQUIRE_REAL is set, but pflogsumm is not installed", pytrace=False)
        pytest.skip("pflogsumm is not installed")
    log = tmp_path / "mail.log"
    log.write_bytes(b"".join(text for text, _ in postfix_log(2_000_000)))
    told = subprocess.run((summer, str(log)), capture_output=True, text=True, timeout=120, check=True).stdout
    theirs = {name: int(count) for count, name in re.findall(r"^ +([0-9]+) +(\w+)", told, re.MULTILINE)[:6]}
    ours = json.loads(mxaudit("logs", str(log), "--json").out)["totals"]
    assert {ours_name: theirs[name] for name, ours_name in NAMES.items()} == {n: ours[n] for n in NAMES.values()}
    deferrals = re.search(r"\(([0-9]+) +deferrals\)", told)
    assert deferrals is not None
    assert int(deferrals[1]) == ours["deferred"]
