"""The group of all sub-commands, how each explains itself, and what its end says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click as plain
import rich_click as click
from click.exceptions import Exit as LeaveEarly
from click.exceptions import NoArgsIsHelpError

from audit import __version__
from audit.cli.ending import OUTPUT, drop_output, say
from audit.cli.examples import examples_of
from audit.cli.sections import sections
from audit.cli.terminal import ROOMY, columns
from audit.pipeline.exits import Exit
from audit.syntax.escape import visible

# Each command, and the first sentence of its help. Loading a command may load the rules and all that can be asked of
# the world, so one is loaded when it is called; a test holds these sentences to theirs.
SENTENCES = {
    "run": "Audit a list of domains; write evidence, report.json and index.html.",
    "check": "Audit a few domains and tell what was found.",
    "gather": "Write down what the world says of a list of domains; `judge` makes the report of it.",
    "merge": "Put the evidence of RUNS over one list together; `judge` makes the report of it.",
    "judge": "Judge EVIDENCE: the directory of a run, or the evidence.jsonl in it. No socket is opened.",
    "render": "Render REPORT (a report.json) in other formats.",
    "baseline": "Write down the findings of REPORT (a report.json) as known, to be told what is new from now on.",
    "waive": "Accept the findings of RULE: write a waiver, with the reason.",
    "comply": "Tell how domains stand to compliance profiles. Nothing is asked: no socket is opened.",
    "verify-report": "Tell whether the evidence and reports of a run are as they were written.",
    "validate": "Hold FILE to the schema of its kind: a .json, each line of a .jsonl, or a .toml.",
    "demo": "Audit the embedded lab: 50 domains, each with one story. Nothing leaves this machine.",
    "doctor": "Look at our own vantage: the resolver, port 25, IPv6, the clock. Exit 3 when something is bad.",
    "config": "Look at the settings: mxaudit.toml, the environment, and the defaults.",
    "completion": "Print the script by which SHELL completes mxaudit: bash, zsh or fish.",
    "rules": "List the rules: id, severities, what they find.",
    "explain": "Explain RULE, such as SPF-LOOKUPS: what it finds, why that matters, and what to do.",
    "schema": "Print the JSON Schema NAME, such as report, waivers or config.",
    "smtp": "Test a mail server as an administrator does: connect, greeting, TLS, certificate, login, message.",
    "spf": "Look into SPF: who may send, what it costs, and what a receiver makes of one client.",
    "propagation": "Tell how far a change in the DNS has come: who has it, who differs why, and from when it is safe.",
    "migrate": "Move the mail of a domain to another provider: plan it, step by step, with times and a way back.",
    "reply": "Explain SMTP replies: what each means, whose side it is, whether it lasts, and what to do now.",
    "bounce": "Explain bounces: for each recipient what the server said, why, whether it lasts, and what to do first.",
    "logs": "Tell what logs of a mail server come to: what went, what did not, latency, TLS, causes, what to do.",
    "advice": "Tell what PROVIDER asks: hosts and ports, how to log in today, what senders must do, limits and pages.",
}
CONFIGURED = frozenset({"run", "check", "gather", "judge", "doctor", "demo"})
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
    """Help is plain: tables that are drawn leave a third of the line to what an option does, and cut names off."""

    def get_help(self) -> str:
        return self._page() + examples_of(self.command_path.partition(" ")[2])

    def _page(self) -> str:
        width = columns()
        page, command = (plain.HelpFormatter if width >= ROOMY else _NarrowPage)(width=width), self.command
        for part in (plain.Command.format_usage, plain.Command.format_help_text):
            part(command, self, page)
        for title, options in sections(command.get_params(self)):
            with page.section(title):
                page.write_dl([record for option in options if (record := option.get_help_record(self))])
        if isinstance(command, plain.Group):
            plain.Group.format_commands(command, self, page)
        plain.Command.format_epilog(command, self, page)
        return page.getvalue().rstrip("\n") + "\n"


def _explained(command: plain.Command) -> None:
    """Let a command, and those below it, explain themselves in any terminal."""
    command.context_class = _Context
    for below in command.commands.values() if isinstance(command, plain.Group) else ():
        _explained(below)


def loaded(name: str) -> plain.Command:
    """A command of the group, from the module of its name."""
    command: plain.Command = getattr(import_module(f"audit.cli.{(word := name.replace('-', '_'))}"), word)
    if name in CONFIGURED:
        from audit.cli.configured import configured  # noqa: PLC0415 -- it reads schemas, which takes its time

        if not any(parameter.name == "config" for parameter in command.params):
            configured(command, name)
    _explained(command)
    return command


class _Group(click.RichGroup):
    """The group, whose output somebody may stop reading, the help included."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _perhaps_unread():
            return super().make_context(*arguments, **more)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, plain.Command | None, list[str]]:
        """The command that is called, which until then was a name and a sentence."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(command.name) if command and command.name else command, rest

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


for _name, _sentence in SENTENCES.items():
    cli.add_command(click.RichCommand(name=_name, help=_sentence))
_explained(cli)


def called() -> int:
    """The exit code of the command that was called; a fault of ours ends in one sentence, not in a traceback."""
    try:
        cli.main(prog_name="mxaudit", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    except LeaveEarly as end:
        return end.exit_code
    except click.Abort:
        say("mxaudit: interrupted.")
        return Exit.INTERRUPTED
    except NoArgsIsHelpError as asked:
        say(asked.format_message())
        return Exit.USAGE
    except click.ClickException as error:
        return _complained(error)
    except BrokenPipeError:
        return Exit.UNREAD
    except OSError as error:
        place = visible(str(error.filename or OUTPUT), 300)
        drop_output()  # or the same would be said again at the end
        say(f"mxaudit: {place} cannot be used: {error.strerror}.")
        return Exit.INTERNAL
    except Exception as error:  # noqa: BLE001 -- the last resort: whatever it is, it is ours
        from audit.cli.messages import fault_message  # noqa: PLC0415 -- it knows of reports, which take a while to load

        say(fault_message(error, verbose="-v" in sys.argv))
        return Exit.INTERNAL
    return Exit.OK


def _complained(error: plain.ClickException) -> int:
    from audit.cli.messages import UserError, sentence  # noqa: PLC0415 -- as above

    say(sentence(error))
    return error.exit_code if isinstance(error, UserError) else Exit.USAGE
