"""One run from a list to its reports: gather into evidence, judge the evidence from disk, render, publish.

The report is always made from what was written, so that judging the same evidence again gives the same bytes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
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
from audit.pipeline.judging import judge
from audit.pipeline.store import EvidenceWriter, read_evidence
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
) -> Ended:
    """Write the evidence of a list into a directory. SIGINT or SIGTERM ends it early and keeps what is done."""
    stop = asyncio.Event()
    with EvidenceWriter(directory) as writer, _Signals(stop):
        return await gather_list(
            rows, config, writer, list_name=list_name, digests=digests, watch=watch, stop=stop, fault=fault
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
    """Render a report into files, each whole or not at all; what is for standard output is returned."""
    printed = b""
    for output in outputs:
        rendered = _rendered(report, output)
        if output.format == "json":
            contract.check("report", rendered)
        if output.path is None:
            printed += rendered
        else:
            _replace(output.path, rendered)
    return printed


def _rendered(report: RunReport, output: Output) -> bytes:
    if output.format == "text" and output.columns:
        return render_text(report, width=output.columns).encode("utf-8")
    return FORMATS[output.format](report)


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and rename: readers see the old or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mxaudit-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:  # whatever ends it, Ctrl-C too, leaves nothing behind, and goes on
        with suppress(OSError):
            Path(name).unlink()
        raise


class _Signals:
    """Turns the first SIGINT or SIGTERM into a wish to stop; the second ends the process as usual."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop, self._loop = stop, asyncio.get_running_loop()

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread, not on this system
                self._loop.add_signal_handler(number, self._asked)

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _asked(self) -> None:
        self._stop.set()
        self._remove()

    def _remove(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, RuntimeError, ValueError):
                self._loop.remove_signal_handler(number)
