"""The memory that judging and rendering take does not grow with the list.

The evidence is made here, without a network: each domain has a mail host, an SPF record and a key of its own, which
fail in part, beside a host, an include and a key that many share. Each size is judged by a process of its own, by the
command line. MXAUDIT_MEMORY_DOMAINS=2000,10000 (or more) measures other sizes; so few as here already show a run whose
records or reports are kept: that takes 100 KiB a domain.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit import contract
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine, RunEnd
from audit.model.probe import Answer, DnsStatus, Question
from tests.pipeline.test_judging import HEAD, NOW

SIZES = tuple(map(int, os.environ.get("MXAUDIT_MEMORY_DOMAINS", "150,750").split(",")))
MOST, GROWTH, SLACK = 200.0, 1.10, 15.0  # MiB
JUDGE = """
import re, sys
from pathlib import Path
from audit.cli import main
sys.argv[1:] = ["judge", sys.argv[1], "--fail-on", "never", "--max-unknown", "100", "-q"]
try:
    main()
finally:
    # not getrusage, which also counts what the process that began this one had resident
    print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""
KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC8CNpvZXMMyVBhxVlgkYbhTLp7sYTgmXsONYbTrJ6BbtVPNVRjBQdkSXSJqXQ0lxiNCEZmXzbn"
    "HaZVkdvNhDPNkgVXqGQRPUZiCxwP7V0pCzWzcAmZsVIwXkRtBCn8NCnQqQzOTc1YcW1YQbB0tXvqkJ7ubSMDZlcXmL5wHQIDAQAB"
)


def asked(name: str) -> dict[str, tuple[str, ...]]:
    """What is said of one domain."""
    return {
        f"{name} MX": (f"10 mx.{name}.", "20 mx.shared.example."),
        f"mx.{name} A": ("192.0.2.1",),
        "mx.shared.example A": (),
        f"{name} TXT": (f'"v=spf1 include:_spf.gone.example include:_spf.{name} ~all"',),
        f"_dmarc.{name} TXT": ('"v=DMARC1; p=none"',),
        f"s1._domainkey.{name} TXT": (f'"v=DKIM1; k=rsa; p={KEY}"',),
    }


def record(line: int) -> DomainEvidence:
    """The domain in this line of the list."""
    name = f"d{line}.example"
    answers = (
        Asked(
            question=Question(name=question.split()[0], rdtype=question.split()[1]),
            answer=Answer(status=DnsStatus.NOERROR if records else DnsStatus.NODATA, records=records),
        )
        for question, records in asked(name).items()
    )
    return DomainEvidence(
        input=InputLine(file="list.txt", line=line, column=1, text=name),
        domain=name,
        unicode=name,
        options=DomainOptions(selectors=("s1",)),
        observed_at=NOW,
        sightings=None,
        answers=tuple(answers),
        visits=(),
        fetches=(),
    )


def write(directory: Path, count: int) -> None:
    head = replace(HEAD, settings=replace(HEAD.settings, smtp=False, https=False, second_opinion=False))
    with (directory / "evidence.jsonl").open("wb") as file:
        file.write(contract.line(head))
        for line in range(count, 0, -1):  # gathered in another order than that of the list
            file.write(contract.line(record(line)))
        file.write(contract.line(RunEnd(rows=count, done=count, outcome="complete")))


def judged(directory: Path, count: int) -> float:
    """The most that was resident when a list of this length was judged, in MiB."""
    directory.mkdir()
    write(directory, count)
    ended = subprocess.run(
        [sys.executable, "-c", JUDGE, str(directory)], capture_output=True, text=True, check=False, timeout=3600
    )
    assert ended.returncode in (0, 3), ended.stderr
    return float(ended.stdout.splitlines()[-1])


def test_a_longer_list_takes_no_more_memory_and_is_reported_whole(tmp_path: Path) -> None:
    """One test, as two that share what was judged would judge it once in each process of pytest."""
    directories = {count: tmp_path / f"of-{count}" for count in SIZES}
    resident = [judged(directory, count) for count, directory in directories.items()]
    assert max(resident) <= max(resident[0] * GROWTH, resident[0] + SLACK), resident
    assert max(resident) < MOST, resident
    hold_every_domain_in_the_order_of_the_list(directories)


def hold_every_domain_in_the_order_of_the_list(directories: dict[int, Path]) -> None:
    for count, directory in directories.items():
        report: dict[str, Any] = json.loads((directory / "report.json").read_bytes())
        assert [d["domain"] for d in report["domains"]] == [f"d{n}.example" for n in range(1, count + 1)]
        told = {(i["rule"], i["cause"]["name"]): i["affected"] for i in report["insights"]}
        assert count in told.values()
        (shared,) = (f for f in report["findings"] if f["rule"] == "DKIM-SHARED-KEY")
        assert shared["arguments"]["domains"] == count
        pages = list((directory / "index-pages").rglob("d*.html")) if count > 500 else []
        assert len(pages) == (count if count > 500 else 0)
