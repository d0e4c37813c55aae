"""pflogsumm (Debian's package), and the counts that it and `mxaudit logs` both make of a log of Postfix."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.real.daemons import program

OURS = {"received": "received", "delivered": "sent", "bounced": "bounced", "rejected": "rejected"}
_COUNT = re.compile(r"^ +([0-9]+) +(\w+)", re.MULTILINE)
_DEFERRALS = re.compile(r"\(([0-9]+)(k?) +deferrals\)")
_OCTETS = re.compile(r"^ +([0-9]+) +bytes received", re.MULTILINE)


def summed(log: Path) -> dict[str, int]:
    """What pflogsumm counts, under our names; skipped where it is not, which REQUIRE_REAL forbids."""
    summer = program("pflogsumm")
    if summer is None:
        if os.environ.get("REQUIRE_REAL") == "1":
            pytest.fail("REQUIRE_REAL is set, but pflogsumm is not installed", pytrace=False)
        pytest.skip("pflogsumm is not installed")
    text = subprocess.run((summer, str(log)), capture_output=True, text=True, timeout=300, check=True).stdout
    counts = {name: int(count) for count, name in _COUNT.findall(text)[:6]}
    deferrals = _DEFERRALS.search(text)
    found = {ours: counts[theirs] for theirs, ours in OURS.items()} | {
        "deferred": int(deferrals[1]) if deferrals else 0
    }
    octets = _OCTETS.search(text)
    return found | ({"octets": int(octets[1])} if octets else {})  # large sums are rounded to k and m
