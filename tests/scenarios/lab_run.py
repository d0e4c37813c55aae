"""The embedded lab, audited once through the real resolver and SMTP client."""

from __future__ import annotations

import asyncio
import atexit
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from audit.cli.demo import gather_lab
from audit.model.report import DomainReport, RunReport
from audit.pipeline.gathering import Progress
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence, read_evidence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def unwatched(_: Progress) -> None:
    """Nobody looks at the progress of a test."""


def raised(error: BaseException) -> None:
    """A fault of ours is a failed test."""
    raise error


def gather_into(directory: Path) -> None:
    asyncio.run(gather_lab(NOW, directory, unwatched, raised))


@cache
def lab_evidence() -> tuple[Path, Evidence]:
    directory = Path(mkdtemp(prefix="mxaudit-lab-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    gather_into(directory)
    return directory, read_evidence(directory)


@cache
def lab_report() -> RunReport:
    return judge(lab_evidence()[1], fault=raised)


def results(domain: DomainReport) -> dict[tuple[str, str, str], str]:
    """Every result of a domain: (rule, kind of subject, its name) -> result, of a fail with its severity."""
    found = {
        (f.rule, f.subject.kind, f.subject.name): _text(str(f.result), f.severity or f.reason) for f in domain.findings
    }
    found.update({(j.rule, j.subject.kind, j.subject.name): "pass" for j in domain.passed})
    found.update({(j.rule, j.subject.kind, j.subject.name): "not_applicable" for j in domain.not_applicable})
    return found


def _text(result: str, more: str | None) -> str:
    return f"{result} {more}" if more else result
