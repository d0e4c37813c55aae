"""The command `mxaudit`: one module a sub-command. They parse and print; what they do is done below."""

from __future__ import annotations

import os
import sys
from typing import Any

import rich_click as click
from click.exceptions import Exit as LeaveEarly
from click.exceptions import NoArgsIsHelpError

from audit import __version__
from audit.cli.check import check
from audit.cli.demo import demo
from audit.cli.doctor import doctor
from audit.cli.explain import explain
from audit.cli.gather import gather
from audit.cli.judge import judge
from audit.cli.messages import UserError, fault_message, sentence
from audit.cli.render import render
from audit.cli.rules import rules
from audit.cli.run import run
from audit.cli.schema import schema
from audit.cli.spf import spf
from audit.cli.validate import validate
from audit.pipeline.gate import Exit
from audit.syntax.escape import visible

OUTPUT = "standard output"
EPILOG = (
    "Exit codes: 0 nothing reaches --fail-on; 1 a finding does; 2 the command or the list is wrong; 3 too much could "
    "not be tested (--max-unknown), or of a domain nothing; 4 a fault of mxaudit's own, or output cannot be written; "
    "130 interrupted, with what was done saved. Where several hold: 130, 4, 2, 1, 3."
)


class _Group(click.RichGroup):
    """The group, whose output somebody may stop reading."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Left to itself, click ends a broken pipe with 1, which would say that something was found."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _drop_output()
            sys.exit(Exit.INTERNAL)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, prog_name="mxaudit")
def cli() -> None:
    """Audit the mail and DNS of domains. What could not be tested is never taken for good or bad."""


for command in (run, check, gather, judge, render, validate, demo, doctor, rules, explain, schema, spf):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a fault of ours ends in one sentence, not in a traceback."""
    code = _run()
    try:
        sys.stdout.flush()
    except OSError as error:  # only now is it known that nobody takes what was printed
        click.echo(f"mxaudit: {OUTPUT} cannot be written: {error.strerror}.", err=True)
        _drop_output()
        code = Exit.INTERNAL
    sys.exit(code)


def _run() -> int:
    """The exit code of the command."""
    try:
        cli.main(prog_name="mxaudit", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    except LeaveEarly as end:
        return end.exit_code
    except click.Abort:
        click.echo("mxaudit: interrupted.", err=True)
        return Exit.INTERRUPTED
    except NoArgsIsHelpError as asked:
        asked.show()
        return Exit.USAGE
    except click.ClickException as error:
        click.echo(sentence(error), err=True)
        return error.exit_code if isinstance(error, UserError) else Exit.USAGE
    except OSError as error:
        place = visible(str(error.filename or OUTPUT), 300)
        click.echo(f"mxaudit: {place} cannot be used: {error.strerror}.", err=True)
        _drop_output()  # or the same would be said again at the end
        return Exit.INTERNAL
    except Exception as error:  # noqa: BLE001 -- the last resort: whatever it is, it is ours
        click.echo(fault_message(error, verbose="-v" in sys.argv), err=True)
        return Exit.INTERNAL
    return Exit.OK


def _drop_output() -> None:
    """What is still buffered goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
