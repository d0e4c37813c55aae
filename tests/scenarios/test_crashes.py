"""A run that is killed again and again, and resumed, comes to the same report as one that was left alone.

What was written before a kill is not asked for again. A child is forked, so that no kill costs a start of Python. Much
longer, as in the acceptance: MXAUDIT_CRASH_DOMAINS=2000 MXAUDIT_CRASH_KILLS=20.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from audit import contract
from audit.cli import main
from audit.pipeline.ending import EVIDENCE, ending
from audit.pipeline.store import read_evidence
from tests.scenarios.resolver import resolver

DOMAINS = int(os.environ.get("MXAUDIT_CRASH_DOMAINS", "240"))
KILLS = int(os.environ.get("MXAUDIT_CRASH_KILLS", "6"))
AFTERWARDS = max(KILLS // 5, 1)  # kills that come when all is gathered, while reports are made
OPTIONS = ("--no-smtp", "--no-https", "--dnsbl", "none", "--no-second-opinion", "--now", "2026-11-24T12:00:00Z", "-q")
REPORTS = ("report.json", "index.html")
LONGEST = 600.0  # seconds for anything, on a machine that is very busy


def child(*words: str) -> BaseProcess:
    """The command in a process of its own, which has everything loaded."""

    def run() -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["mxaudit", *words]
        main()

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process


def until(condition: Callable[[], bool], process: BaseProcess) -> bool:
    """Wait for a condition; whether it came before the process ended."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        if not process.is_alive():
            return False
        time.sleep(0.002)
    return True


def recorded(directory: Path) -> list[str]:
    """The domains that have a whole record."""
    path = directory / EVIDENCE
    found = []
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if line.startswith(b'{"kind":"domain"') and line.endswith(b"\n"):
            contract.intact(line)
            found.append(line.partition(b'"domain":"')[2].partition(b'"')[0].decode())
    return found


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def killed(process: BaseProcess, chance: random.Random, when: Callable[[], bool], within: float = 0.03) -> None:
    """Kill a process so many seconds at most after something is so; it may have ended by itself."""
    if until(when, process):
        process.join(chance.random() * within)
    process.kill()
    process.join()


@pytest.mark.parametrize("seed", [int(os.environ.get("MXAUDIT_CRASH_SEED", "1"))])
def test_kill_9_at_any_moment_loses_nothing_that_was_done(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    log, listed = tmp_path / "log", tmp_path / "list.txt"
    listed.write_text("".join(f"d{n}.example\n" for n in range(DOMAINS)) + "not a domain\nd1.example\n", "ascii")
    once, often = tmp_path / "once", tmp_path / "often"
    with resolver(log) as nameserver:
        words = ("run", str(listed), "--nameserver", nameserver, "--concurrency", "20", *OPTIONS)
        alone = child(*words, "--out-dir", str(once))
        alone.join(LONGEST)
        whole = size(once / EVIDENCE)
        log.write_bytes(b"")
        resumed = (*words, "--out-dir", str(often), "--resume")
        kept: set[str] = set()
        counts = []
        for target in sorted(chance.randrange(whole) for _ in range(KILLS - AFTERWARDS)):
            before = size(log)
            killed(child(*resumed), chance, lambda target=target: size(often / EVIDENCE) >= target)  # type: ignore[misc]
            kept = rightly_asked(log, before, kept, often)
            counts.append(len(kept))
        for _ in range(AFTERWARDS):
            before = size(log)
            killed(child(*resumed), chance, lambda: ending(often) is not None, within=2.0)
            kept = rightly_asked(log, before, kept, often)
        last = child(*resumed)
        last.join(LONGEST)
    assert (alone.exitcode, last.exitcode) == (2, 2)  # for the line that is no domain
    assert counts == sorted(counts)
    assert len(set(counts)) > 1  # they came in the midst of it
    assert len(recorded(often)) == len(set(recorded(often))) == DOMAINS
    assert read_evidence(often).complete
    for name in REPORTS:
        assert (often / name).read_bytes() == (once / name).read_bytes(), name


def rightly_asked(log: Path, before: int, kept: set[str], directory: Path) -> set[str]:
    """What is recorded now; what was recorded before was not asked for again, and is still there."""
    time.sleep(0.1)  # the resolver reads what was still under way
    asked = log.read_bytes()[before:].decode("ascii").split()
    assert kept.isdisjoint(asked)
    now = set(recorded(directory))
    assert kept <= now
    return now
