"""`mxaudit logs`: what the logs of a mail server come to."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rich_click as click

from audit import contract
from audit.cli.hiding_key import VARIABLE, hiding_key
from audit.cli.logs_text import summary, totals
from audit.cli.messages import UserError, coloured
from audit.cli.terminal import columns
from audit.cli.whole import report_of
from audit.desk.logs.events import Entry
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.joining import failures
from audit.desk.logs.outcome import outcome
from audit.desk.logs.reading import LogReader
from audit.desk.logs.stamps import Stamps
from audit.desk.logs.tally import Tally
from audit.pipeline.exits import Exit
from audit.pipeline.logfiles import Line, LogFileError, followed, lines, opened
from audit.report.logs_page import render
from audit.syntax.escape import visible

EVERY = 10.0  # seconds between two lines of totals
EPILOG = (
    f"Local parts are hidden by a key that is new in each run, or by {VARIABLE}, so that runs compare. "
    "Exit codes: 0 the logs were read; 2 the command is wrong, or a file cannot be read; 3 no line of a mail server is "
    "in them."
)


@click.command(epilog=EPILOG)
@click.argument("files", metavar="FILE…|-", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Go on with what one file grows by, through rotation; Ctrl-C ends.")
@click.option("--since", metavar="TIME", help="Leave out what is older: 2026-11-24, or 2026-11-24T12:00:00Z.")
@click.option("--until", metavar="TIME", help="Leave out what is as late, or later.")
@click.option("--domain", metavar="DOMAIN", default="", help="Count only mail from or to it, and domains below.")
@click.option(
    "--join", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A report.json: its findings."
)
@click.option("--json", "as_json", is_flag=True, help="As a JSON object (mxaudit schema logs).")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to this file as well.")
@click.option("--year", type=click.IntRange(1970, 9998), help="The year of the first line, where lines have none.")
@click.option("--zone", metavar="+HHMM", default="+0000", show_default=True, help="The zone of times without one.")
@click.option("--salt", metavar="TEXT", default="", help="Hide local parts by this key, not a new one.")
@click.option("--show-addresses", is_flag=True, help="Show local parts as they are.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def logs(
    *,
    files: tuple[str, ...],
    since: str | None,
    until: str | None,
    domain: str,
    join: Path | None,
    html: Path | None,
    year: int | None,
    zone: str,
    salt: str,
    color: str,
    follow: bool,
    as_json: bool,
    show_addresses: bool,
) -> None:
    """Tell what logs of a mail server come to: what went, what did not, latency, TLS, causes, what to do.

    Reads Postfix, Exim, Sendmail and OpenSMTPD, and what `journalctl -o export` prints; plain, gzip or zstd. Give
    the files of a rotation from the oldest to the newest. "-" reads standard input.
    """
    if not files and sys.stdin.isatty():
        raise UserError("Name a log, such as /var/log/mail.log, or - for standard input.")
    if follow and (len(files) != 1 or files[0] == "-"):
        raise UserError("Only one file can be followed: name one with -f.")
    found = failures(report_of(join)) if join else None
    stamps = Stamps(datetime.now(UTC), year=year, zone=_zone(zone))
    hiding = Hiding(b"" if show_addresses else salt.encode() or hiding_key())
    tally = Tally(hiding, domain=domain.strip(".").lower())
    reader = LogReader(stamps, tally, hiding, since=_moment(since), until=_moment(until))
    if follow:
        _follow(reader, files[0])
    else:
        for name in files or ("-",):
            _read(reader, name)
    value = outcome(reader, found)
    if html:
        html.write_bytes(render(value))
    if as_json:
        click.echo(contract.pretty(value), nl=False)
    else:
        text = summary(value, colour=coloured(color, sys.stdout), width=columns())
        click.echo(text, nl=False, color=True)
    sys.exit(Exit.OK if reader.counted else Exit.INCOMPLETE)


def _read(reader: LogReader, name: str) -> None:
    reader.stamps.again()
    try:
        with opened(name) as stream:
            _take(reader, lines(stream))
    except (OSError, EOFError, LogFileError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise UserError(f"{visible(name, 300)} cannot be read: {why}.") from None


def _take(reader: LogReader, coming: Iterable[Line]) -> None:
    for line in coming:
        if isinstance(line, dict):
            reader.entry(_entry(line))
        elif line is not None:
            reader.line(line.decode("utf-8", "replace").rstrip("\r\n"))


def _entry(fields: dict[bytes, bytes]) -> Entry:
    said = {name: value.decode("utf-8", "replace")[:8192] for name, value in fields.items()}
    stamp = said.get(b"__REALTIME_TIMESTAMP", "")
    moment = int(stamp) / 1e6 if stamp.isdecimal() and len(stamp) < 18 else None
    pid = said.get(b"SYSLOG_PID") or said.get(b"_PID", "")
    return Entry(moment, said.get(b"SYSLOG_IDENTIFIER", ""), pid, said.get(b"MESSAGE", ""))


def _follow(reader: LogReader, name: str) -> None:
    """Read until somebody ends it; a line of totals now and then, on standard error."""
    told, counted = time.monotonic(), 0
    try:
        for line in followed(name):
            _take(reader, (line,))
            if line is None and reader.counted > counted and time.monotonic() - told >= EVERY:
                click.echo(totals(outcome(reader)), err=True)
                told, counted = time.monotonic(), reader.counted
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise UserError(f"{visible(name, 300)} cannot be read: {error.strerror}.") from None


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"“{visible(text, 60)}” is no time: write 2026-11-24 or 2026-11-24T12:00:00Z.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _zone(text: str) -> timedelta:
    digits = text[1:].replace(":", "")
    if text[:1] not in {"+", "-"} or len(digits) != 4 or not digits.isdecimal():
        raise UserError(f"“{visible(text, 60)}” is no zone: write +0100, or -0500.")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -span if text[0] == "-" else span
