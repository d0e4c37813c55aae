"""One run from a list to its reports: gather into evidence, judge the evidence from disk, render, publish.

The report is always made from what was written, so that judging the same evidence again gives the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audit import contract
from audit.gather.domain import Target
from audit.model.evidence import Digests, Row
from audit.model.report import RunReport
from audit.pipeline.config import RunConfig
from audit.pipeline.gathering import Ended, Watcher, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.judging import judge
from audit.pipeline.publication import Publication
from audit.pipeline.resuming import Resumed
from audit.pipeline.signals import Signals
from audit.pipeline.store import read_evidence
from audit.protocol.inquiry import FaultHook
from audit.report import FORMATS
from audit.report.text import render_text

REPORT, PAGE = "report.json", "index.html"


@dataclass(frozen=True, slots=True)
class Output:
    """A rendering that the user asked for. `path` None is standard output, and `columns` its width, if it has one."""

    format: str
    path: Path | None
    columns: int | None = None


async def gather_into(
    rows: Iterable[Target | Row],
    config: RunConfig,
    directory: Path,
    *,
    list_name: str,
    digests: Digests,
    watch: Watcher,
    fault: FaultHook,
    resumed: Resumed | None = None,
    total: int | None = None,
) -> Ended:
    """Write the evidence of a list into a directory, or go on with it. SIGINT, SIGTERM and SIGHUP end it early and keep
    what is done.

    Raises:
        OSError: the disk does not take the evidence.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def failed() -> None:  # in the journal's own thread
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(stop.set)

    with Journal(directory, resumed.standing if resumed else None, failed) as writer, Signals(stop):
        return await gather_list(
            rows,
            config,
            writer,
            list_name=list_name,
            digests=digests,
            watch=watch,
            stop=stop,
            fault=fault,
            resumed=resumed,
            total=total,
        )


def publish(evidence: Path, outputs: Iterable[Output], fault: FaultHook | None = None) -> tuple[RunReport, bytes]:
    """Judge a run's evidence and write its reports. Returns the report, and what is to go to standard output.

    Raises:
        EvidenceError: the evidence cannot be used.
        OSError: a report cannot be written.
    """
    report = judge(read_evidence(evidence), fault=fault)
    return report, write(report, outputs)


def write(report: RunReport, outputs: Iterable[Output]) -> bytes:
    """Render a report into files, all whole and together, or none; what is for standard output is returned."""
    printed = b""
    with Publication() as publication:
        for output in outputs:
            rendered = _rendered(report, output)
            if output.format == "json":
                contract.check("report", rendered)
            if output.path is None:
                printed += rendered
            else:
                with publication.file(output.path) as file:
                    file.write(rendered)
    return printed


def _rendered(report: RunReport, output: Output) -> bytes:
    if output.format == "text" and output.columns:
        return render_text(report, width=output.columns).encode("utf-8")
    return FORMATS[output.format](report)
