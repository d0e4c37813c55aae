"""`mxaudit bounce`: mails that came back, explained for each recipient."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import rich_click as click

from audit import contract
from audit.cli.bounce_text import summary
from audit.cli.hiding_key import VARIABLE, hiding_key
from audit.cli.messages import UserError, coloured
from audit.cli.terminal import columns
from audit.cli.whole import whole
from audit.desk.bounce.reading import UNPARSEABLE, read_bounce
from audit.desk.bounce.rows import COLUMNS, Value, rows
from audit.desk.bounce.tally import Tally
from audit.model.report import Result, RunReport, glances
from audit.pipeline.exits import Exit
from audit.pipeline.mailboxes import Letter, letters_in, letters_of
from audit.report.csv import quoted
from audit.syntax.escape import inert, visible

EPILOG = (
    f"--redact takes a new key in each run, or that of {VARIABLE}, so that runs compare. "
    "Exit codes: 0 each mail was read, whatever it is; 2 the command is wrong, or a path cannot be read; 3 one or more "
    "mails could not be read: their rows say unparseable, and the rest was read all the same."
)
Names = Literal["mxaudit", "sisimai"]


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="FILE|DIR|MBOX|-…", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl", "csv"]),
    default="text",
    show_default=True,
    help="A summary with what to do first; or a row for each recipient.",
)
@click.option(
    "--reasons",
    type=click.Choice(["mxaudit", "sisimai"]),
    default="mxaudit",
    show_default=True,
    help="Whose names the reasons have.",
)
@click.option("--redact", is_flag=True, help="Put a keyed digest in the place of each address.")
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A report.json of your audit, joined with it.",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def bounce(paths: tuple[str, ...], form: str, reasons: Names, report: Path | None, color: str, *, redact: bool) -> None:
    """Explain bounces: for each recipient what the server said, why, whether it lasts, and what to do first.

    Takes a mail, an mbox, a Maildir or a directory of mails; "-" reads standard input. Complaints (ARF) and answers of
    programs are told apart, and what is no bounce is said to be none.
    """
    if not paths and sys.stdin.isatty():
        raise UserError("Name a file, a directory or an mbox of bounces, or - for standard input.")
    failing = _failing(report) if report else {}
    key = hiding_key() if redact else b""
    tally, out = Tally(), sys.stdout.buffer
    if form == "csv":
        out.write(_table_line(COLUMNS))
    for letter in _letters(paths or ("-",)):
        found = UNPARSEABLE if letter.problem else read_bounce(letter.octets)
        tally.add(found)
        if form != "text":
            for row in rows(letter.source, found, names=reasons, key=key):
                out.write(contract.dump(row) + b"\n" if form == "jsonl" else _table_line(_cells(row)))
    if form == "text":
        text = summary(
            tally,
            failing,
            sisimai=reasons == "sisimai",
            redact=redact,
            colour=coloured(color, sys.stdout),
            width=columns(),
        )
        click.echo(text, nl=False, color=True)
    out.flush()
    sys.exit(Exit.INCOMPLETE if tally.kinds["unparseable"] else Exit.OK)


def _letters(paths: tuple[str, ...]) -> Iterator[Letter]:
    for path in paths:
        if path == "-":
            yield from letters_of(sys.stdin.buffer, "-")
            continue
        try:
            yield from letters_in(Path(path))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "its name is none"
            raise UserError(f"{visible(path, 300)} cannot be read: {why}.") from None


def _cells(row: dict[str, Value]) -> tuple[str, ...]:
    words = {None: "", True: "true", False: "false"}
    return tuple(words[v] if v is None or isinstance(v, bool) else str(v) for v in (row[name] for name in COLUMNS))


def _table_line(values: tuple[str, ...]) -> bytes:
    return (",".join(quoted(inert(value, 2000)) for value in values) + "\r\n").encode("utf-8")


def _failing(path: Path) -> dict[str, list[str]]:
    """The rules that fail in a report, and at which domains."""
    text = whole(path)
    try:
        contract.check("report", text)
        report = contract.load(text, RunReport)
    except contract.ContractError as error:
        raise UserError(f"{visible(str(path), 300)} is not a report: {error}") from None
    found: dict[str, list[str]] = {}
    for domain in glances(report.domains):
        for finding in domain.findings:
            places = found.setdefault(finding.rule, []) if finding.result is Result.FAIL else []
            if domain.domain and domain.domain not in places:
                places.append(domain.domain)
    return found
