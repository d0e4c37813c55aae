"""The group of all sub-commands, how each explains itself, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click as plain
import rich_click as click
from click.exceptions import Exit as LeaveEarly
from click.exceptions import NoArgsIsHelpError

from audit import __version__
from audit.cli.advice import advice
from audit.cli.check import check
from audit.cli.demo import demo
from audit.cli.doctor import doctor
from audit.cli.explain import explain
from audit.cli.gather import gather
from audit.cli.judge import judge
from audit.cli.merge import merge
from audit.cli.messages import UserError, columns, fault_message, sentence
from audit.cli.render import render
from audit.cli.reply import reply
from audit.cli.rules import rules
from audit.cli.run import run
from audit.cli.schema import schema
from audit.cli.smtp import smtp
from audit.cli.spf import spf
from audit.cli.validate import validate
from audit.pipeline.gate import Exit
from audit.report.pen import ROOMY
from audit.syntax.escape import visible

OUTPUT = "standard output"
EPILOG = (
    "Exit codes: 0 nothing reaches --fail-on; 1 a finding does; 2 the command or the list is wrong; 3 too much could "
    "not be tested (--max-unknown), or of a domain nothing; 4 a fault of mxaudit's own, or output cannot be written; "
    "130 interrupted, with what was done saved; 141 nobody read the output to its end. Where several hold: 130, 4, 2, "
    "1, 3."
)


class _NarrowPage(plain.HelpFormatter):
    """A page of help with each option on a line of its own, and what it does below."""

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 4, col_spacing: int = 2) -> None:
        super().write_dl(rows, min(col_max, 4), col_spacing)


class _Context(click.RichContext):
    """Tables that are drawn in a narrow terminal cut the names of options off; there, help is plain."""

    def get_help(self) -> str:
        width = columns()
        if width >= ROOMY:
            return super().get_help()
        page, command = _NarrowPage(width=width), self.command
        for part in (plain.Command.format_usage, plain.Command.format_help_text, plain.Command.format_options):
            part(command, self, page)
        if isinstance(command, plain.Group):
            plain.Group.format_commands(command, self, page)
        plain.Command.format_epilog(command, self, page)
        return page.getvalue().rstrip("\n")


def _explained(command: plain.Command) -> None:
    """Let a command, and those below it, explain themselves in any terminal."""
    command.context_class = _Context
    for below in command.commands.values() if isinstance(command, plain.Group) else ():
        _explained(below)


class _Group(click.RichGroup):
    """The group, whose output somebody may stop reading, the help included."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _perhaps_unread():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _perhaps_unread():
            return super().invoke(ctx)


@contextmanager
def _perhaps_unread() -> Iterator[None]:
    """Left to itself, click ends a broken pipe with 1, which would say that something was found."""
    try:
        yield
    except BrokenPipeError:
        sys.exit(Exit.UNREAD)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, prog_name="mxaudit")
def cli() -> None:
    """Audit the mail and DNS of domains. What could not be tested is never taken for good or bad."""


for command in (
    run,
    check,
    gather,
    merge,
    judge,
    render,
    validate,
    demo,
    doctor,
    rules,
    explain,
    schema,
    smtp,
    spf,
    reply,
    advice,
):
    cli.add_command(command)
_explained(cli)


def run_command() -> int:
    """Run the command line, and tell its exit code; a fault of ours ends in one sentence, not in a traceback."""
    code = _code()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # as with `| head`: who has read enough wants to hear no more
        code = Exit.UNREAD
    except OSError as error:  # only now is it known that nobody takes what was printed
        _say(f"mxaudit: {OUTPUT} cannot be written: {error.strerror}.")
        code = Exit.INTERNAL
    _drop_output()
    return code


def _code() -> int:
    """The exit code of the command."""
    try:
        cli.main(prog_name="mxaudit", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    except LeaveEarly as end:
        return end.exit_code
    except click.Abort:
        _say("mxaudit: interrupted.")
        return Exit.INTERRUPTED
    except NoArgsIsHelpError as asked:
        _say(asked.format_message())
        return Exit.USAGE
    except click.ClickException as error:
        _say(sentence(error))
        return error.exit_code if isinstance(error, UserError) else Exit.USAGE
    except BrokenPipeError:
        return Exit.UNREAD
    except OSError as error:
        place = visible(str(error.filename or OUTPUT), 300)
        _drop_output()  # or the same would be said again at the end
        _say(f"mxaudit: {place} cannot be used: {error.strerror}.")
        return Exit.INTERNAL
    except Exception as error:  # noqa: BLE001 -- the last resort: whatever it is, it is ours
        _say(fault_message(error, verbose="-v" in sys.argv))
        return Exit.INTERNAL
    return Exit.OK


def _say(text: str) -> None:
    """Say why the command ends. Where standard error takes nothing, the code says it alone."""
    with suppress(OSError):
        click.echo(text, err=True)


def _drop_output() -> None:
    """What is still buffered and cannot be written goes nowhere, or the end of the process would complain of it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
