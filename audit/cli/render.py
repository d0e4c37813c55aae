"""`mxaudit render`: a report in other formats."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from audit.cli.messages import UserError, unwritable
from audit.cli.options import paging
from audit.cli.settings import outputs_of
from audit.cli.whole import report_of
from audit.pipeline.flow import write
from audit.pipeline.rereading import ReportError
from audit.report import FORMATS


@click.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    "output",
    multiple=True,
    required=True,
    metavar="FORMAT=PATH",
    help=f"{', '.join(FORMATS)}; - is standard output.",
)
@paging
def render(report: Path, output: tuple[str, ...], single_file_limit: int) -> None:
    """Render REPORT (a report.json) in other formats."""
    outputs = outputs_of(output, single_file_limit)
    loaded = report_of(report)
    try:
        printed = write(loaded, outputs)
    except OSError as error:
        raise unwritable(error, report) from None
    except ReportError as error:
        raise UserError(f"{report}: {error}") from None
    sys.stdout.buffer.writelines(printed)
    sys.stdout.buffer.flush()
