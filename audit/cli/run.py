"""`mxaudit run`: a list of domains in, evidence and reports out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.complying import attesting, demanded
from audit.cli.continuing import Continuing, alone_in, gathered, judging_ahead, place_of
from audit.cli.gating import Gating, gating
from audit.cli.job import LIST, Job, Telling
from audit.cli.messages import unwritable, whole_of
from audit.cli.options import asking, asking_of, paging, resuming, telling
from audit.cli.settings import configuration, outputs_of
from audit.cli.spreading import many_of, spreading
from audit.pipeline.complying import COMPLIANCE, COMPLIANCE_PAGE, of_run
from audit.pipeline.exits import Exit
from audit.pipeline.flow import PAGE, REPORT, Output, publish
from audit.pipeline.gate import gate
from audit.pipeline.latest import name_latest


@click.command()
@click.argument("source", metavar="[LIST|-]", default=LIST)
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: reports/<run id>/.")
@click.option(
    "-o", "--output", "output", multiple=True, metavar="FORMAT=PATH", help="One more rendering; - is standard output."
)
@spreading
@resuming
@paging
@gating
@asking
@attesting
@telling
def run(
    source: str,
    out_dir: Path | None,
    output: tuple[str, ...],
    *,
    resume: bool,
    adopt: bool,
    max_age: float | None,
    single_file_limit: int,
    **options: Any,
) -> None:
    """Audit a list of domains; write evidence, report.json and index.html."""
    going_on = Continuing(resume=resume, adopt=adopt, max_age=max_age)
    demands = demanded(options)
    job = Job.from_source(source)
    outputs, gated = outputs_of(output, single_file_limit), Gating.of(options)
    config = configuration(asking_of(options), len(job.rows))
    told = Telling.of(options)
    directory = place_of(job, config, out_dir, going_on)
    wanted = (
        Output("json", directory / REPORT),
        Output("html", directory / PAGE, rows_in_one_file=single_file_limit),
        *outputs,
    )
    beside = of_run(demands, directory) if demands else None
    with (
        alone_in(directory),
        many_of(options, directory, told) as many,
        judging_ahead(job, directory, many) as ahead,
    ):
        ended = gathered(job, config, directory, going_on, told, many=many, ahead=ahead)
        try:
            report, printed = publish(
                directory, wanted, told.fault, decisions=gated.decisions, ahead=ahead, told=directory, beside=beside
            )
            if out_dir is None and report.run.complete:
                name_latest(directory, report.run.observed_at)
        except OSError as error:
            raise unwritable(error, directory) from None
    sys.stdout.buffer.writelines(printed)
    sys.stdout.buffer.flush()
    told.summary(report)
    told.say(f"Reports: {directory / PAGE} and {directory / REPORT}")
    if demands:
        told.say(f"Compliance: {directory / COMPLIANCE_PAGE} and {directory / COMPLIANCE}")
    told.say(whole_of(directory))
    if ended.interrupted:
        told.say("Interrupted: the domains that were finished are in the reports, the others are told as cut short.")
        sys.exit(Exit.INTERRUPTED)
    told.end(gate(report, gated.gate))
