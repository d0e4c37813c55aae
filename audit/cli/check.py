"""`mxaudit check`: a few domains, for a person at a terminal."""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.messages import ProgressLine
from audit.cli.options import asking, asking_of, gating, severity_of, telling
from audit.cli.run import faults
from audit.cli.settings import configuration
from audit.pipeline import constants
from audit.pipeline.flow import gather_into, publish
from audit.pipeline.gate import Exit, gate
from audit.pipeline.listing import lines_of, read
from audit.report.text import render_text

ARGUMENTS = "arguments"


@click.command()
@click.argument("domains", metavar="DOMAIN…", nargs=-1, required=True)
@gating
@asking
@telling
def check(domains: tuple[str, ...], **options: Any) -> None:
    """Audit a few domains and tell what was found.

    A DOMAIN may carry options as in a list, in quotes: "example.org selectors=s1".
    """
    config = configuration(asking_of(options))
    listed = "\n".join(d.replace("\n", " ") for d in domains).encode("utf-8", "surrogateescape")
    rows = tuple(read(lines_of(io.BytesIO(listed)), ARGUMENTS))
    fault = faults(verbose=options["verbose"])
    with tempfile.TemporaryDirectory(prefix="mxaudit-") as name:
        directory = Path(name)
        with ProgressLine(shown=not (options["quiet"] or options["no_progress"])) as watch:
            ended = asyncio.run(
                gather_into(
                    rows,
                    config,
                    directory,
                    list_name=ARGUMENTS,
                    digests=constants.digests(listed, config.extra_ca),
                    watch=watch,
                    fault=fault,
                )
            )
        report, _ = publish(directory, (), fault)
    click.echo(render_text(report, colour=coloured(options["color"])), color=True)
    if ended.interrupted:
        sys.exit(Exit.INTERRUPTED)
    sys.exit(gate(report, fail_on=severity_of(options["fail_on"]), max_unknown=options["max_unknown"]))


def coloured(wish: str) -> bool:
    """Colour for a terminal, unless told otherwise."""
    return wish == "always" or (wish == "auto" and sys.stdout.isatty())
