"""What the command says to a person, on standard error; standard output carries only what was asked for."""

from __future__ import annotations

import os
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click as plain
import rich_click as click
from click.core import ParameterSource

from audit.cli.terminal import columns
from audit.model.evidence import InputLine
from audit.model.report import Problem, RunReport, Severity, glances
from audit.pipeline.digests import DIGESTS, digest_in
from audit.pipeline.exits import Exit
from audit.report.decisions import decisions
from audit.report.words import plural
from audit.syntax.escape import visible

COLOURS = {
    Severity.CRITICAL: "red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "cyan",
}


UNFOLDED = 1_000_000  # columns, where a program may read
NARROWEST = 32
ROWS_NAMED = 20  # of those that were not audited; a run that is interrupted may leave a million


class UserError(click.ClickException):
    """Something that the user can set right: one sentence, and a suggestion where there is one."""

    exit_code = int(Exit.USAGE)


class FileError(UserError):
    """What is wrong with a file that somebody wrote: a line for each thing, none of which can hide anything."""


class OutputError(UserError):
    exit_code = int(Exit.INTERNAL)


def unwritable(error: OSError, place: Path) -> OutputError:
    """What could not be written, and why. Of a file that was to be renamed, the name that it was to have."""
    return OutputError(f"{error.filename2 or error.filename or place} cannot be written: {error.strerror}.")


def sentence(error: click.ClickException) -> str:
    """What is wrong with a command, on one line; of one that click could not read, where to look."""
    if isinstance(error, FileError):
        return f"mxaudit: {error.message}"
    text = visible(" ".join(error.format_message().split()) + _said_in(error), 1000)
    if not isinstance(error, click.UsageError):
        return f"mxaudit: {text}"
    command = error.ctx.command_path if error.ctx else "mxaudit"
    return f"mxaudit: {text}{'' if text.endswith(('.', '?')) else '.'} See {command} --help."


def _said_in(error: click.ClickException) -> str:
    """Where a value stands that is not understood, if not on the command line."""
    if not (isinstance(error, plain.BadParameter) and error.ctx and error.param and error.param.name):
        return ""
    source = error.ctx.get_parameter_source(error.param.name)
    if source is ParameterSource.ENVIRONMENT:
        return f" (from {error.param.envvar})"
    if source is ParameterSource.DEFAULT_MAP:
        from audit.cli.configured import FOUND, key_of  # noqa: PLC0415 -- it is above this

        return f" (from {error.ctx.meta[FOUND].place(key_of(error.param.name))})"
    return ""


def fault_message(error: BaseException, *, verbose: bool) -> str:
    kind = type(error).__name__
    where = traceback.extract_tb(error.__traceback__)[-1:] if error.__traceback__ else []
    place = "".join(f" in {frame.name}, line {frame.lineno}" for frame in where)
    if verbose:
        trace = "".join(traceback.format_tb(error.__traceback__))
        return f"{trace}mxaudit: a fault of its own ({kind}{place})."
    return f"mxaudit: a fault of its own ({kind}{place}); -v shows more."


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """While something takes its time: what it is, on a line of a terminal that is gone afterwards."""
    shown = sys.stderr.isatty()
    if shown:
        click.echo(text[: columns() - 1], err=True, nl=False)
    try:
        yield
    finally:
        if shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def summary(report: RunReport, *, colour: bool = False) -> str:
    """A few lines on what came out."""
    counts, problems, unaudited = dict.fromkeys(Severity, 0), list[tuple[InputLine, Problem]](), 0
    waived = 0
    for domain in glances(report.domains):
        for finding in domain.findings:
            if finding.severity is not None:
                counts[finding.severity] += 1
                waived += finding.waived
        if domain.problem and domain.status != "duplicate":
            unaudited += 1
            problems += [(domain.input, domain.problem)] if unaudited <= ROWS_NAMED else []
    found = ", ".join(_painted(f"{n} {s}", s, colour=colour) for s, n in counts.items() if n) or "none"
    coverage = report.run.coverage
    applicable = coverage.passed + coverage.failed + coverage.unknown
    lines = [
        f"{coverage.audited:,} of {plural(coverage.rows, 'row')} audited. Findings: {found}{_waived(waived)}.",
        f"{coverage.unknown:,} of {plural(applicable, 'check')} could not be tested.",
    ]
    if not report.run.complete:
        lines.insert(0, f"Cut short: {report.run.done:,} of {plural(report.run.total, 'row')} are done.")
    for at, problem in problems:
        hint = f" Did you mean {visible(problem.suggestion, 80)}?" if problem.suggestion else ""
        lines.append(f"{visible(at.file, 200)}:{at.line}:{at.column}: {visible(problem.message, 300)}{hint}")
    if unaudited > ROWS_NAMED:
        more = plural(unaudited - ROWS_NAMED, "more row")
        lines.append(f"… and {more} not audited; the report names each.")
    lines += [visible(told, 500) for told in decisions(report)]
    lines += [f"Note: {s.text} {s.advice or ''}".rstrip() for s in report.run.vantage if s.state == "bad"]
    return "\n".join(lines)


def _waived(count: int) -> str:
    return f"; {count:,} of them waived" if count else ""


def folded(text: str, first: str = "", rest: str | None = None) -> str:
    """A text as lines that fit the terminal; where there is none, as one."""
    after = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        text, max(columns(UNFOLDED), NARROWEST), initial_indent=first, subsequent_indent=after, break_on_hyphens=False
    )
    return "\n".join(lines) if lines else first.rstrip()


def coloured(wish: str, stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: when asked, and by itself on a terminal unless NO_COLOR is set."""
    return wish == "always" or (wish == "auto" and stream.isatty() and not os.environ.get("NO_COLOR"))


def _painted(text: str, severity: Severity, *, colour: bool) -> str:
    return click.style(text, fg=COLOURS[severity], bold=severity is Severity.CRITICAL) if colour else text


def whole_of(directory: Path) -> str:
    """The digest of the whole run, and how to hold its files to it."""
    return f"Digest of evidence and reports: sha256:{digest_in(directory)} ({directory / DIGESTS})"
