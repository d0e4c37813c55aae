"""`OUT OPTION… -- FIRST DOMAIN…`: audit domains, each in a run of its own, and measure.

A process of its own, so that no server's memory is taken for the auditor's. The peak of resident memory is the kernel's
(proc(5): writing 5 to clear_refs begins it anew): it knows of what OpenSSL and the parsers hold as well. What is free
of the heap is given back before (malloc_trim(3)), or it would hide as much.
"""

from __future__ import annotations

import ctypes
import gc
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from tests.cli.command import Done, mxaudit

CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
KEPT = "kept"  # a measurement beside the domains: what 8 MiB in small pieces look like
PIECE, PIECES = 4096, 2048
WARM_UP = 2  # audits of FIRST, which fill what is kept from one to the next: roots, catalogue, templates


class Measured(TypedDict):
    code: int
    told: str
    seconds: float
    grown: int


def measure(out: Path, options: list[str], first: str, *domains: str) -> dict[str, Measured]:
    for turn in range(WARM_UP):
        warm = out / f"warm {turn} {domains[0]}"
        warm.mkdir()
        audited(warm, first, options)
    kept = grown(lambda: [bytes((n % 256,)) * PIECE for n in range(PIECES)])
    return {KEPT: kept, **{domain: audited(out, domain, options) for domain in domains}}


def audited(out: Path, domain: str, options: list[str]) -> Measured:
    listed = out / f"{domain}.txt"
    listed.write_text(f"{domain}\n")
    return grown(lambda: mxaudit("run", listed, "--out-dir", out / domain, *options))


def grown(work: Callable[[], object]) -> Measured:
    """How work ended, how many seconds it took, and by how many octets memory grew at its peak."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    CLEAR_REFS.write_text("5")
    before, began = _kept("VmRSS"), time.monotonic()
    done = work()
    seconds = time.monotonic() - began
    code, told = (done.code, done.err) if isinstance(done, Done) else (0, "")
    return {"code": code, "told": told, "seconds": seconds, "grown": _kept("VmHWM") - before}


def _kept(what: str) -> int:
    found = re.search(rf"^{what}:\s+([0-9]+) kB$", STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    _, where, *words = sys.argv
    at = words.index("--")
    json.dump(measure(Path(where), words[:at], *words[at + 1 :]), sys.stdout)
