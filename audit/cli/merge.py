"""`mxaudit merge`: the evidence of several runs as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from audit.cli.job import Telling
from audit.cli.messages import UserError, unwritable
from audit.cli.options import telling
from audit.pipeline import merging
from audit.pipeline.ending import EVIDENCE
from audit.pipeline.store import EvidenceError, read_evidence


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out-dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the merged evidence goes: an empty directory, or a new one.",
)
@telling
def merge(runs: tuple[Path, ...], out_dir: Path, **options: Any) -> None:
    """Put the evidence of RUNS over one list together; `judge` makes the report of it.

    For where port 25 is closed: `run` or `gather` looks at all but mail servers there, `gather --only smtp` visits
    those from where it is open. DNS answers come from the first run that looked at a domain whole, each session with a
    mail server from the run that came furthest.
    """
    told = Telling.of(options)
    if out_dir.exists() and any(out_dir.iterdir()):
        raise UserError(f"{out_dir} is not empty; merged evidence replaces none.")
    try:
        merging.write_evidence(merging.merge([read_evidence(run) for run in runs]), out_dir)
    except (EvidenceError, merging.MergeError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise unwritable(error, out_dir / EVIDENCE) from None
    told.say(f"Evidence: {out_dir}. Next: mxaudit judge {out_dir}")
