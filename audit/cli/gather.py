"""`mxaudit gather`: evidence only; nothing is judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import rich_click as click

from audit.cli.job import LIST, Job, Telling, read_list
from audit.cli.options import asking, asking_of, telling
from audit.cli.settings import configuration
from audit.pipeline.exits import Exit


@click.command()
@click.argument("source", metavar="[LIST|-]", default=LIST)
@click.option(
    "--only",
    type=click.Choice(["smtp"]),
    help="Only visit mail servers, where port 25 is open, to merge with evidence from where it is not.",
)
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: reports/<run id>/.")
@asking
@telling
def gather(source: str, out_dir: Path | None, only: Literal["smtp"] | None, **options: Any) -> None:
    """Write down what the world says of a list of domains; `judge` makes the report of it."""
    job = Job.of(read_list(source), source)
    config = configuration(asking_of(options), len(job.rows), only)
    told = Telling.of(options)
    directory = out_dir or Path("reports") / job.run_id(config)
    ended = job.gather(config, directory, told)
    told.say(f"Evidence: {directory}. Next: mxaudit {'merge OTHER' if only else 'judge'} {directory}")
    sys.exit(Exit.INTERRUPTED if ended.interrupted else Exit.OK)
