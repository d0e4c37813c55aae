"""`mxaudit comply`: how domains stand to compliance profiles, by a report or by evidence."""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path
from typing import Any

import rich_click as click

from audit.catalog.tables import CatalogError
from audit.cli.complying import attesting, demands_of
from audit.cli.gating import FILE, decisions_of
from audit.cli.messages import UserError, unwritable
from audit.cli.terminal import columns
from audit.cli.whole import report_of
from audit.model.compliance import ControlState, Criticality
from audit.model.compliance_report import ComplianceReport
from audit.pipeline.complying import FORMATS, marked, of_report
from audit.pipeline.exits import Exit
from audit.pipeline.flow import REPORT
from audit.pipeline.judging import judge
from audit.pipeline.staging import Staging
from audit.pipeline.store import EvidenceError, read_evidence
from audit.report.compliance import text
from audit.syntax.escape import visible

EPILOG = (
    "Exit codes: 0 each required control is met, attested or not applicable; 1 one is not met; 2 the command or a file "
    "is wrong; 3 none is unmet, and one was not assessed or needs an attestation; 4 output cannot be written."
)
OPEN = (ControlState.NOT_ASSESSED, ControlState.NEEDS_ATTESTATION)
Wanted = tuple[str, Path | None]


@click.command(epilog=EPILOG)
@click.argument("place", metavar="REPORT|EVIDENCE", type=click.Path(exists=True, path_type=Path))
@click.option("--profile", "profiles", multiple=True, required=True, metavar="NAME|FILE", help="May be repeated.")
@attesting
@click.option(
    "--waivers",
    type=FILE,
    metavar="FILE",
    help="Findings that somebody accepts; their control is not met all the same. Default: as the report has them.",
)
@click.option(
    *("-o", "--output", "output"),
    multiple=True,
    metavar="FORMAT=PATH",
    help="json, html or text; - is standard output. Default: text=-.",
)
def comply(place: Path, profiles: tuple[str, ...], output: tuple[str, ...], **options: Any) -> None:
    """Tell how domains stand to compliance profiles. Nothing is asked: no socket is opened.

    REPORT is a report.json. EVIDENCE is the directory of a run, or the evidence.jsonl in it: it is judged again, so
    that a profile may be younger than it.
    """
    wanted = _outputs(output)
    demands = demands_of((name for text_ in profiles for name in text_.split(",") if name), options)
    decisions = decisions_of({**options, "baseline": None}, found=True)
    is_report = place.is_file() and place.suffix == ".json"
    directory = place.parent if place.is_file() else place
    try:
        if is_report:
            report = report_of(place)
            report = marked(report, decisions) if decisions.waivers else report
        else:
            spill = Path(tempfile.gettempdir())
            report = judge(read_evidence(place), spill=spill, decisions=decisions)
        file = place if is_report else directory / REPORT
        found = of_report(report, demands, file=file, directory=None if is_report else directory)
    except (EvidenceError, CatalogError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f"{error.filename or place} cannot be read: {error.strerror}.") from None
    _write(found, wanted)
    sys.exit(_code(found))


def _outputs(texts: tuple[str, ...]) -> tuple[Wanted, ...]:
    found: list[Wanted] = []
    for each in texts or ("text=-",):
        kind, sign, path = each.partition("=")
        if not sign or not path:
            raise UserError(f"-o takes FORMAT=PATH, such as html=compliance.html, not “{visible(each, 60)}”.")
        if kind not in FORMATS:
            near = difflib.get_close_matches(kind, FORMATS, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(FORMATS)}."
            raise UserError(f"There is no format “{visible(kind, 40)}”.{hint}")
        found.append((kind, None if path == "-" else Path(path)))
    if sum(path is None for _, path in found) > 1:
        raise UserError("Only one format can go to standard output.")
    return tuple(found)


def _write(found: ComplianceReport, wanted: tuple[Wanted, ...]) -> None:
    """All files, or none."""
    try:
        with Staging() as staging:
            for kind, path in wanted:
                if path is not None:
                    staging.put(path.parent, path.name, FORMATS[kind](found))
            staging.publish()
    except OSError as error:
        raise unwritable(error, Path()) from None
    for kind, path in wanted:
        if path is None:
            content = text.render(found, columns()) if kind == "text" else FORMATS[kind](found)
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()


def _code(found: ComplianceReport) -> Exit:
    """What the required controls come to."""
    states = {
        state
        for profile in found.profiles
        for control, count in zip(profile.controls, profile.fleet.controls, strict=True)
        for state in (ControlState.NOT_MET, *OPEN)
        if control.criticality is Criticality.REQUIRED and getattr(count, state.value)
    }
    if ControlState.NOT_MET in states:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if states else Exit.OK
