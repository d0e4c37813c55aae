"""The command `mxaudit`: one module a sub-command. They parse and print; what they do is done below."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130  # as a shell tells of SIGINT


def main() -> None:
    """Run the command line. All that takes time is loaded in here: Ctrl-C may come in the first second as well."""
    try:
        _open_streams()
        from audit.cli.ending import run_command  # noqa: PLC0415 -- see above

        code = run_command()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _open_streams() -> None:
    """Where a stream was closed by whoever started us, put one that goes nowhere, before a file takes its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 -- open to the end
