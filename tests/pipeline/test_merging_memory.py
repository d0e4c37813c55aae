"""The memory that merging takes does not grow with what was held with mail servers.

Each domain has a mail host of its own, whose session is as long as one with a usual chain of certificates. Each size is
merged by a process of its own, by the command line. A merge that kept its sessions would take 30 KiB a domain.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from audit import contract
from audit.model.evidence import RunEnd, RunEvidence, Visited
from audit.model.probe import Outcome, SmtpSession, SmtpVisit, Stage, StageName, TlsShown
from tests.pipeline.test_judging import HEAD, domain

SIZES = tuple(map(int, os.environ.get("MXAUDIT_MEMORY_DOMAINS", "100,1000").split(",")))
GROWTH, SLACK = 1.10, 12.0  # MiB
CHAIN = tuple(bytes([number]) * 7000 for number in range(3))
MERGE = """
import re, sys
from pathlib import Path
from typing import Literal
from audit.cli import main
sys.argv[1:] = ["merge", *sys.argv[2:], "--out-dir", sys.argv[1], "-q"]
try:
    main()
finally:
    print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def session() -> SmtpSession:
    tls = TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group=None, chain=CHAIN)
    return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.OK),), tls=tls)


def write(directory: Path, count: int, *, smtp: bool) -> None:
    """One of the two runs: one sees the DNS, the other visits."""
    directory.mkdir(parents=True)
    only: Literal["smtp"] | None = "smtp" if smtp else None
    head: RunEvidence = replace(
        HEAD, settings=replace(HEAD.settings, smtp=smtp, https=False, second_opinion=False, only=only), rows=count
    )
    with (directory / "evidence.jsonl").open("wb") as file, (directory / "hosts.jsonl").open("wb") as hosts:
        file.write(contract.line(head))
        for line in range(1, count + 1):
            name = f"d{line}.example"
            visits = (SmtpVisit(host=f"mx.{name}", address="192.0.2.1"),) if smtp else ()
            file.write(contract.line(replace(domain(name, line), visits=visits)))
            for visit in visits:
                hosts.write(contract.line(Visited(visit=visit, session=session())))
        file.write(contract.line(RunEnd(rows=count, done=count, outcome="complete")))


def merged(place: Path, count: int) -> float:
    """The most that was resident when two runs over a list of this length were merged, in MiB."""
    write(place / "dns", count, smtp=False)
    write(place / "smtp", count, smtp=True)
    ended = subprocess.run(
        [sys.executable, "-c", MERGE, str(place / "both"), str(place / "dns"), str(place / "smtp")],
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert ended.returncode == 0, ended.stderr
    return float(ended.stdout.splitlines()[-1])


def test_more_sessions_take_no_more_memory_and_all_are_there(tmp_path: Path) -> None:
    resident = [merged(tmp_path / str(count), count) for count in SIZES]
    assert max(resident) <= max(resident[0] * GROWTH, resident[0] + SLACK), resident
    for count in SIZES:
        both = tmp_path / str(count) / "both"
        assert len((both / "hosts.jsonl").read_bytes().splitlines()) == count
        domains = [line for line in (both / "evidence.jsonl").read_bytes().splitlines() if b'"kind":"domain"' in line]
        assert [json.loads(line)["visits"][0]["host"] for line in domains] == [
            f"mx.d{n}.example" for n in range(1, count + 1)
        ]
