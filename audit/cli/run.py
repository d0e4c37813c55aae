"""`mxaudit run`: a list of domains in, evidence and reports out."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.messages import ProgressLine, UserError, fault_message, summary, unwritable
from audit.cli.options import asking, asking_of, gating, severity_of, telling
from audit.cli.settings import configuration, outputs_of
from audit.gather.domain import Target
from audit.model.evidence import Row
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.flow import PAGE, REPORT, Output, gather_into, publish
from audit.pipeline.gate import Exit, gate
from audit.pipeline.listing import lines_of, read
from audit.protocol.inquiry import FaultHook
from audit.syntax.escape import visible

LIST, STANDARD_INPUT = "domains.txt", "-"
MAX_LIST = 256 * 1024 * 1024


@click.command()
@click.argument("source", metavar="[LIST|-]", default=LIST)
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: reports/<run id>/.")
@click.option("-o", "output", multiple=True, metavar="FORMAT=PATH", help="One more rendering; - is standard output.")
@gating
@asking
@telling
def run(source: str, out_dir: Path | None, output: tuple[str, ...], **options: Any) -> None:
    """Audit a list of domains; write evidence, report.json and index.html."""
    listed = read_list(source)
    outputs = outputs_of(output)
    config = configuration(asking_of(options))
    rows = tuple(read(lines_of(io.BytesIO(listed)), visible(source, 200)))
    if not rows:
        raise UserError(f"{source} names no domain: write one a line.")
    directory = out_dir or Path("reports") / run_id(config, listed)
    wanted = (Output("json", directory / REPORT), Output("html", directory / PAGE), *outputs)
    code = carry_out(rows, listed, config, directory=directory, outputs=wanted, source=source, **telling_of(options))
    if not options["quiet"]:
        click.echo(f"Reports: {directory / PAGE} and {directory / REPORT}", err=True)
    sys.exit(code)


def telling_of(options: dict[str, Any]) -> dict[str, Any]:
    return {k: options[k] for k in ("quiet", "verbose", "no_progress", "fail_on", "max_unknown")}


def read_list(source: str) -> bytes:
    """The whole list, from a file or from standard input."""
    try:
        if source == STANDARD_INPUT:
            listed = sys.stdin.buffer.read(MAX_LIST + 1)
        else:
            with Path(source).open("rb") as file:
                listed = file.read(MAX_LIST + 1)
    except OSError as error:
        hint = " Name your list, or write domains.txt: a domain a line." if source == LIST else ""
        raise UserError(f"{source} cannot be read: {error.strerror}.{hint}") from None
    if len(listed) > MAX_LIST:
        raise UserError(f"{source} is larger than {MAX_LIST // 1024 // 1024} MiB.")
    return listed


def run_id(config: RunConfig, listed: bytes) -> str:
    """When, and of which list: a name for a directory, made of digits and letters only."""
    return f"{config.clock():%Y%m%dT%H%M%SZ}-{constants.digests(listed, ()).list[:8]}"


def faults(*, verbose: bool) -> FaultHook:
    """Where a fault of ours in one rule or domain is told, while the run goes on."""
    return lambda error: click.echo(fault_message(error, verbose=verbose), err=True) if verbose else None


def carry_out(
    rows: tuple[Target | Row, ...],
    listed: bytes,
    config: RunConfig,
    *,
    directory: Path,
    outputs: tuple[Output, ...],
    source: str,
    quiet: bool,
    verbose: bool,
    no_progress: bool,
    fail_on: str,
    max_unknown: float,
) -> Exit:
    """Gather, judge and publish; print what was asked for. Returns the exit code."""
    fault = faults(verbose=verbose)
    try:
        with ProgressLine(shown=not (quiet or no_progress)) as watch:
            ended = asyncio.run(
                gather_into(
                    rows,
                    config,
                    directory,
                    list_name=visible(Path(source).name, 200),
                    digests=constants.digests(listed, config.extra_ca),
                    watch=watch,
                    fault=fault,
                )
            )
        report, printed = publish(directory, outputs, fault)
    except OSError as error:
        raise unwritable(error, directory) from None
    sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()
    if not quiet:
        click.echo(summary(report), err=True)
    if ended.interrupted:
        return Exit.INTERRUPTED
    return gate(report, fail_on=severity_of(fail_on), max_unknown=max_unknown)
