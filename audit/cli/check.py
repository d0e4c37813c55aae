"""`mxaudit check`: a few domains, for a person at a terminal."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.complying import sorted_out
from audit.cli.gating import Gating, gating
from audit.cli.job import Job, Telling
from audit.cli.messages import coloured, unwritable
from audit.cli.options import asking, asking_of, telling
from audit.cli.settings import configuration, outputs_of
from audit.cli.terminal import columns
from audit.pipeline.exits import Exit
from audit.pipeline.flow import publish
from audit.pipeline.gate import gate
from audit.report.html import SINGLE_FILE
from audit.report.text import render_text

ARGUMENTS = "arguments"


@click.command()
@click.argument("domains", metavar="DOMAIN…", nargs=-1, required=True)
@click.option(
    "-o", "--output", "output", multiple=True, metavar="FORMAT=PATH", help="A rendering; - is standard output."
)
@gating
@asking
@telling
def check(domains: tuple[str, ...], output: tuple[str, ...], **options: Any) -> None:
    """Audit a few domains and tell what was found.

    A DOMAIN may carry options as in a list, in quotes: "example.org selectors=s1".
    """
    listed = "\n".join(d.replace("\n", " ") for d in domains).encode("utf-8", "surrogateescape")
    job = Job.of(listed, ARGUMENTS)
    config = configuration(asking_of(options), len(job.rows))
    outputs = outputs_of(output, SINGLE_FILE)
    told, gated = Telling.of(options), Gating.of(options)
    if sorted_out(options["profile"])[1]:
        told.say("Compliance profiles are for `mxaudit run` and `mxaudit comply`: here they are left aside.")
    with tempfile.TemporaryDirectory(prefix="mxaudit-") as name:
        ended = job.gather(config, Path(name), told)
        try:
            report, printed = publish(Path(name), outputs, told.fault, decisions=gated.decisions)
        except OSError as error:
            raise unwritable(error, Path(name)) from None
    if any(wanted.path is None for wanted in outputs):
        sys.stdout.buffer.writelines(printed)
        sys.stdout.buffer.flush()
    else:
        text = render_text(report, colour=coloured(told.color, sys.stdout), width=columns())
        click.echo(text, nl=False, color=True)
    if ended.interrupted:
        sys.exit(Exit.INTERRUPTED)
    told.end(gate(report, gated.gate))
