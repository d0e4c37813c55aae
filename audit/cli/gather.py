"""`mxaudit gather`: evidence only; nothing is judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import rich_click as click

from audit.cli.continuing import Continuing, alone_in, gathered, place_of
from audit.cli.job import LIST, Job, Telling
from audit.cli.options import asking, asking_of, resuming, telling
from audit.cli.parting import Parting, parting
from audit.cli.settings import configuration
from audit.cli.spreading import many_of, spreading
from audit.pipeline.exits import Exit
from audit.syntax.escape import visible


@click.command()
@click.argument("source", metavar="[LIST|-]", default=LIST)
@click.option(
    "--only",
    type=click.Choice(["smtp"]),
    help="Only visit mail servers, where port 25 is open, to merge with evidence from where it is not.",
)
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: reports/<run id>/.")
@parting
@spreading
@resuming
@asking
@telling
def gather(
    source: str,
    out_dir: Path | None,
    only: Literal["smtp"] | None,
    *,
    resume: bool,
    adopt: bool,
    max_age: float | None,
    **options: Any,
) -> None:
    """Write down what the world says of a list of domains; `judge` makes the report of it."""
    going_on = Continuing(resume=resume, adopt=adopt, max_age=max_age)
    parts = Parting.of({**options, "only": only})
    job = Job.from_source(source)
    config = configuration(asking_of(options), len(job.rows), "smtp" if parts.before else only)
    told = Telling.of(options)
    part = parts.part(job, config)
    directory = place_of(job, config, out_dir, going_on, parts.suffix)
    with alone_in(directory), many_of(options, directory, told) as many:
        ended = gathered(job, part.config if part else config, directory, going_on, told, many=many, part=part)
    if part is not None:
        told.say(f"Evidence: {directory}. {parts.next(directory, visible(source, 200))}")
    else:
        told.say(f"Evidence: {directory}. Next: mxaudit {'merge OTHER' if only else 'judge'} {directory}")
    sys.exit(Exit.INTERRUPTED if ended.interrupted else Exit.OK)
