"""`mxaudit judge`: a report from evidence, without the network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from audit.catalog.tables import CatalogError
from audit.cli.gating import Gating, gating
from audit.cli.job import Telling
from audit.cli.messages import UserError, unwritable, whole_of
from audit.cli.options import paging, telling
from audit.cli.settings import outputs_of
from audit.pipeline.flow import PAGE, REPORT, Output, write
from audit.pipeline.gate import gate
from audit.pipeline.judging import judge as judged
from audit.pipeline.store import EvidenceError, read_evidence


@click.command()
@click.argument("evidence", type=click.Path(exists=True, path_type=Path))
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: beside the evidence.")
@click.option(
    "-o",
    "--output",
    "output",
    multiple=True,
    metavar="FORMAT=PATH",
    help="Only these renderings; - is standard output.",
)
@click.option("--profile", help="Judge by this profile instead of the run's own.")
@click.option(
    "--second-opinion/--no-second-opinion",
    default=None,
    help="Let checkdmarc judge the same answers, and tell where it differs; default: as the run wanted.",
)
@paging
@gating
@telling
def judge(
    evidence: Path,
    out_dir: Path | None,
    output: tuple[str, ...],
    profile: str | None,
    *,
    second_opinion: bool | None,
    single_file_limit: int,
    **options: Any,
) -> None:
    """Judge EVIDENCE: the directory of a run, or the evidence.jsonl in it. No socket is opened."""
    told, gated = Telling.of(options), Gating.of(options)
    directory = out_dir or (evidence if evidence.is_dir() else evidence.parent)
    outputs = outputs_of(output, single_file_limit) or (
        Output("json", directory / REPORT),
        Output("html", directory / PAGE, rows_in_one_file=single_file_limit),
    )
    try:
        found = read_evidence(evidence)
        report = judged(found, profile, told.fault, second_opinion, directory, decisions=gated.decisions)
        printed = write(report, outputs, None if output else directory)
    except (EvidenceError, CatalogError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise unwritable(error, directory) from None
    sys.stdout.buffer.writelines(printed)
    sys.stdout.buffer.flush()
    told.summary(report)
    if not output:
        told.say(f"Reports: {directory / PAGE} and {directory / REPORT}")
        told.say(whole_of(directory))
    told.end(gate(report, gated.gate))
