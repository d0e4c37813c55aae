"""One run from a list to its reports: gather into evidence, judge the evidence from disk, render, publish.

The report is always made from what was written, so that judging the same evidence again gives the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from audit.gather.domain import Target
from audit.model.evidence import Digests, Row
from audit.model.report import RunReport
from audit.pipeline.ahead import Ahead
from audit.pipeline.config import RunConfig
from audit.pipeline.digests import put_digests
from audit.pipeline.garbage import seldom_collected
from audit.pipeline.gathering import Around, Ended, Watcher, as_it_is, gather_list
from audit.pipeline.journal import Journal
from audit.pipeline.judging import UNDECIDED, judge
from audit.pipeline.resuming import Resumed
from audit.pipeline.signals import Signals
from audit.pipeline.staging import Staging
from audit.pipeline.store import read_evidence
from audit.protocol.drive import FaultHook
from audit.report import STREAMS, html, text
from audit.rules.summary.marks import Decisions

REPORT, PAGE = "report.json", "index.html"
Beside: TypeAlias = Callable[[RunReport, Mapping[str, Path]], Mapping[str, bytes]]  # of what is staged, by its name


@dataclass(frozen=True, slots=True)
class Output:
    """A rendering that the user asked for. `path` None is standard output, and `columns` its width, if it has one. A
    page of HTML with more rows than `rows_in_one_file` has its details on pages of their own."""

    format: str
    path: Path | None
    columns: int | None = None
    rows_in_one_file: int = html.SINGLE_FILE


async def gather_into(
    rows: Iterable[Target | Row],
    config: RunConfig,
    directory: Path,
    *,
    total: int,
    list_name: str,
    digests: Digests,
    watch: Watcher,
    fault: FaultHook,
    resumed: Resumed | None = None,
    around: Around = as_it_is,
    ahead: Ahead | None = None,
) -> Ended:
    """Write the evidence of a list into a directory, or go on with it. SIGINT, SIGTERM and SIGHUP end it early and keep
    what is done. `ahead` judges meanwhile.

    Raises:
        OSError: the disk does not take the evidence.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def failed() -> None:  # in the journal's own thread
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(stop.set)

    with Journal(directory, resumed.standing if resumed else None, failed) as writer, Signals(stop), seldom_collected():
        if ahead is not None and (resumed is None or resumed.head is not None):  # else its file will be another
            ahead.begin()
        return await gather_list(
            rows,
            config,
            writer,
            total=total,
            list_name=list_name,
            digests=digests,
            watch=watch,
            stop=stop,
            fault=fault,
            resumed=resumed,
            around=around,
        )


def publish(
    evidence: Path,
    outputs: Iterable[Output],
    fault: FaultHook | None = None,
    *,
    decisions: Decisions = UNDECIDED,
    ahead: Ahead | None = None,
    told: Path | None = None,
    beside: Beside | None = None,
) -> tuple[RunReport, Iterator[bytes]]:
    """Judge the evidence that this run has just written, mark what people decided, and write the reports, with the
    digests of what stands in `told`. Returns the report, and what is to go to standard output.

    Raises:
        EvidenceError: the evidence cannot be used.
        OSError: a report cannot be written.
    """
    report = judge(read_evidence(evidence, own=True), fault=fault, spill=evidence, decisions=decisions, ahead=ahead)
    return report, write(report, outputs, told, beside)


@seldom_collected()
def write(
    report: RunReport, outputs: Iterable[Output], told: Path | None = None, beside: Beside | None = None
) -> Iterator[bytes]:
    """Render a report into files, all of them or none; what is for standard output is returned, part by part. `told`
    is the directory of which the digests are written as well, and into which goes what is made `beside`.

    Raises:
        ContractError: the report does not agree with its schema: a fault of ours.
        OSError: a file cannot be written.
    """
    outputs = tuple(outputs)
    with Staging() as staging:
        for output in outputs:
            if output.path is not None:
                staging.begin(output.path)
                for name, part in _files(report, output, output.path.name):
                    staging.put(output.path.parent, name, part)
        if told is not None and beside is not None:
            for name, text_ in beside(report, dict(staging.staged(told))).items():
                staging.put(told, name, text_)
        if told is not None:
            put_digests(told, staging)
        staging.publish()
    return (part for output in outputs if output.path is None for _, part in _files(report, output, ""))


def _files(report: RunReport, output: Output, name: str) -> Iterator[tuple[str, bytes]]:
    """The parts of a rendering, each with the file to which it belongs."""
    if output.format == "html" and output.path is not None:
        yield from html.files(report, name, output.rows_in_one_file)
        return
    parts = text.stream(report, width=output.columns) if output.format == "text" and output.columns else None
    yield from ((name, part) for part in parts or STREAMS[output.format](report))
