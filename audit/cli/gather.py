"""`mxaudit gather`: evidence only; nothing is judged."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.messages import ProgressLine, UserError, unwritable
from audit.cli.options import asking, asking_of, telling
from audit.cli.run import LIST, faults, read_list, run_id
from audit.cli.settings import configuration
from audit.pipeline import constants
from audit.pipeline.flow import gather_into
from audit.pipeline.gate import Exit
from audit.pipeline.listing import lines_of, read
from audit.syntax.escape import visible


@click.command()
@click.argument("source", metavar="[LIST|-]", default=LIST)
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: reports/<run id>/.")
@asking
@telling
def gather(source: str, out_dir: Path | None, **options: Any) -> None:
    """Write down what the world says of a list of domains; `judge` makes the report of it."""
    listed = read_list(source)
    config = configuration(asking_of(options))
    rows = tuple(read(lines_of(io.BytesIO(listed)), visible(source, 200)))
    if not rows:
        raise UserError(f"{source} names no domain: write one a line.")
    directory = out_dir or Path("reports") / run_id(config, listed)
    try:
        with ProgressLine(shown=not (options["quiet"] or options["no_progress"])) as watch:
            ended = asyncio.run(
                gather_into(
                    rows,
                    config,
                    directory,
                    list_name=visible(Path(source).name, 200),
                    digests=constants.digests(listed, config.extra_ca),
                    watch=watch,
                    fault=faults(verbose=options["verbose"]),
                )
            )
    except OSError as error:
        raise unwritable(error, directory) from None
    if not options["quiet"]:
        click.echo(f"Evidence: {directory}. Next: mxaudit judge {directory}", err=True)
    sys.exit(Exit.INTERRUPTED if ended.interrupted else Exit.OK)
