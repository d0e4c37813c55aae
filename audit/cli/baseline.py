"""`mxaudit baseline`: what is known is written down, so that what is new stands out."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from audit.cli.messages import unwritable
from audit.cli.whole import report_of
from audit.pipeline.baseline import BASELINE, baseline_of, write_baseline
from audit.report.words import plural


@click.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(BASELINE),
    show_default=True,
    help="Where to; a baseline that is there is replaced.",
)
def baseline(report: Path, out: Path) -> None:
    """Write down the findings of REPORT (a report.json) as known, to be told what is new from now on.

    What a waiver holds back is left out: it is accepted by its waiver alone.
    """
    known = baseline_of(report_of(report))
    try:
        write_baseline(out, known)
    except OSError as error:
        raise unwritable(error, out) from None
    click.echo(f"{out} knows {plural(len(known.findings), 'finding')}.", err=True)
