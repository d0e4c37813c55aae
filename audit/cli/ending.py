"""How the command ends: its exit code, and what becomes of output that nobody takes.

To print the version takes nothing of what a command needs; the interpreter is most of that time.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from audit import __version__
from audit.pipeline.exits import Exit

OUTPUT = "standard output"


def run_command() -> int:
    """Run the command line, and tell its exit code."""
    try:
        code = _code()
        sys.stdout.flush()
    except BrokenPipeError:  # as with `| head`: who has read enough wants to hear no more
        code = Exit.UNREAD
    except OSError as error:  # only now is it known that nobody takes what was printed
        say(f"mxaudit: {OUTPUT} cannot be written: {error.strerror}.")
        code = Exit.INTERNAL
    drop_output()
    return code


def _code() -> int:
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"mxaudit, version {__version__}\n")
        return Exit.OK
    from audit.cli.group import called  # noqa: PLC0415 -- that takes its time

    return called()


def say(text: str) -> None:
    """Say why the command ends. Where standard error takes nothing, the code says it alone."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def drop_output() -> None:
    """What is still buffered and cannot be written goes nowhere, or the end of the process would complain of it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
